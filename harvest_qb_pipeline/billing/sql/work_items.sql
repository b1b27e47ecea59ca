-- The QuickBooks item of each kind of work that is to be billed: looked up, else by the first rule of the policy that fits, else as linked by a person.
-- Grain: project x task. Rule 34 names the tax code elsewhere; the income account is the item's unless a rule says other.
WITH work AS (
    SELECT DISTINCT b.project_id_harvest, b.task_id_harvest
    -- Work of bills that are under way too: a refused one may have to name another item.
    FROM billing.billable_time AS b WHERE b.verdict IN ('line', 'in_flight')
),
rules AS (
    FROM policy.item_rules
    UNION ALL BY NAME
    -- What a person linked the task with goes before the policy's default, which has the last number.
    SELECT CASE WHEN is_looked_up THEN -row_number() OVER (ORDER BY source_id_harvest) ELSE 900000 + row_number() OVER (ORDER BY source_id_harvest) END AS rule_number,
        source_id_harvest AS task_id_harvest, coalesce(item_wanted, known_item_id_qb) AS item_wanted, item_id_qb
    FROM contacts.item_matches
    -- A look-up that names no item still says that the task is not the default one.
    WHERE source_type = 'task' AND (is_looked_up OR (known_item_id_qb IS NOT NULL AND matched_by = 'linked'))
),
ruled AS (
    SELECT
        w.project_id_harvest AS project_id,
        w.task_id_harvest AS task_id,
        r.*
    FROM work AS w
    JOIN billing.projects AS p ON p.project_id_harvest = w.project_id_harvest
    JOIN billing.clients AS c ON c.client_id_harvest = p.client_id_harvest
    JOIN rules AS r
        ON (r.client_id_harvest IS NULL OR r.client_id_harvest = c.client_id_harvest)
        AND (r.project_id_harvest IS NULL OR r.project_id_harvest = w.project_id_harvest)
        AND (r.task_id_harvest IS NULL OR r.task_id_harvest = w.task_id_harvest)
    QUALIFY row_number() OVER (PARTITION BY w.project_id_harvest, w.task_id_harvest ORDER BY r.rule_number) = 1
)
SELECT
    r.project_id AS project_id_harvest,  -- The project
    r.task_id AS task_id_harvest,  -- The task
    r.rule_number,  -- The rule of the policy that fits; lines never mix rules
    r.item_wanted,  -- The item as the policy says it
    i.item_id_qb,  -- The item in QuickBooks; empty when it has none such, active
    i.item_name,  -- Its name in QuickBooks
    r.account_wanted,  -- Another income account, as the policy says it
    r.account_id_qb  -- That account in QuickBooks; empty when there is none such, active
FROM ruled AS r
LEFT JOIN quickbooks.items AS i
    ON i.item_id_qb = r.item_id_qb AND i.is_active AND coalesce(i.item_type, '') NOT IN ('Category', 'Group')
