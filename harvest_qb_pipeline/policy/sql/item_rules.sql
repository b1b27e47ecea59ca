-- Which QuickBooks item a line uses: the rules of the policy for clients, projects and tasks that are known, and its default.
-- Grain: rule. Key: rule_number; the lowest that fits wins. A rule that names a client, project or task nobody knows holds for nobody.
WITH ruled AS (
    SELECT
        statement AS rule_number,
        max(found_id) FILTER (part = 'client') AS client_id,
        max(found_id) FILTER (part = 'project') AS project_id,
        max(found_id) FILTER (part = 'task') AS task_id
    FROM policy.references WHERE setting = '[[items.rules]]'
    GROUP BY statement
    HAVING bool_and(found_id IS NOT NULL) FILTER (part IN ('client', 'project', 'task'))
    UNION ALL
    -- The default comes after every rule.
    SELECT 1000000, NULL, NULL, NULL
),
named AS (
    SELECT CASE setting WHEN '[items]' THEN 1000000 ELSE statement END AS rule_number, part, found_id, known_id,
        wanted || CASE WHEN problem = 'ambiguous' THEN ' (it has ' || listed || ')' ELSE '' END AS wanted
    FROM policy.references
    WHERE (setting = '[[items.rules]]' AND part IN ('item', 'income_account')) OR (setting = '[items]' AND part = 'default')
)
SELECT
    r.rule_number,  -- The lowest number that fits wins
    CAST(r.client_id AS BIGINT) AS client_id_harvest,  -- Holds for this client
    CAST(r.project_id AS BIGINT) AS project_id_harvest,  -- Holds for this project
    CAST(r.task_id AS BIGINT) AS task_id_harvest,  -- Holds for this task
    i.wanted AS item_wanted,  -- The item as the policy says it
    i.found_id AS item_id_qb,  -- The item in QuickBooks; empty when it has none such, active
    i.known_id AS known_item_id_qb,  -- The item it is, also when that is inactive
    a.wanted AS account_wanted,  -- Another income account than the item's, as the policy says it
    a.found_id AS account_id_qb  -- That account in QuickBooks; empty when it has none such, active
FROM ruled AS r
JOIN named AS i ON i.rule_number = r.rule_number AND i.part <> 'income_account'
LEFT JOIN named AS a ON a.rule_number = r.rule_number AND a.part = 'income_account'
