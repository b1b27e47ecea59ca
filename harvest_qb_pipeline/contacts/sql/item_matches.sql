-- What each task and each invoice category of Harvest is billed as in QuickBooks: stated by the policy, or linked by a person.
-- Grain: task or category. Key: link_key. Names only suggest: an item decides the income account.
WITH sources AS (
    SELECT 'task' AS source_type, task_id_harvest AS id, task_name AS name FROM harvest.tasks
    UNION ALL
    SELECT 'category', category_id_harvest, category_name FROM harvest.invoice_item_categories
),
said AS (
    SELECT link_type AS source_type, harvest_id AS id, wanted || ' (stated in ' || place || ')' AS wanted, quickbooks_id AS found_id, true AS is_looked_up
    FROM policy.links WHERE link_type IN ('task', 'category') AND harvest_id IS NOT NULL
    UNION ALL
    -- A rule for a task alone says what that task is; a look-up goes before it.
    SELECT 'task', task_id_harvest, item_wanted, known_item_id_qb, false FROM policy.item_rules
    WHERE task_id_harvest IS NOT NULL AND client_id_harvest IS NULL AND project_id_harvest IS NULL
),
stated AS (
    SELECT p.*
    FROM said AS p
    LEFT JOIN quickbooks.items AS i ON i.item_id_qb = p.found_id
    QUALIFY row_number() OVER (PARTITION BY p.source_type, p.id ORDER BY p.is_looked_up DESC, i.is_active DESC, i.item_id_qb) = 1
),
linked AS (
    SELECT record_in(l.key) AS source_type, id_in(l.key, 'item') AS id, l.external_id AS found_id
    FROM ledger.links AS l WHERE family_of(l.key) = 'item' AND NOT l.is_removed
),
candidates AS (
    SELECT n.source_type, n.harvest_id AS id,
        string_agg(i.item_name || ' (id ' || n.quickbooks_id || CASE WHEN i.is_active THEN '' ELSE ', inactive' END || ')', ', '
            ORDER BY n.score DESC, n.quickbooks_id) AS listed
    FROM (
        SELECT 'task' AS source_type, * FROM contacts.task_candidates UNION ALL SELECT 'category', * FROM contacts.category_candidates
    ) AS n
    JOIN quickbooks.items AS i ON i.item_id_qb = n.quickbooks_id
    GROUP BY ALL
),
chosen AS (
    SELECT s.*, CASE WHEN p.id IS NOT NULL THEN 'stated' WHEN l.found_id IS NOT NULL THEN 'linked' END AS how,
        CASE WHEN p.id IS NOT NULL THEN p.found_id ELSE l.found_id END AS chosen_id, p.wanted, coalesce(p.is_looked_up, false) AS is_looked_up, k.listed
    FROM sources AS s
    LEFT JOIN stated AS p ON p.source_type = s.source_type AND p.id = s.id
    LEFT JOIN linked AS l ON l.source_type = s.source_type AND l.id = s.id
    LEFT JOIN candidates AS k ON k.source_type = s.source_type AND k.id = s.id
)
SELECT
    c.source_type,  -- task or category
    c.id AS source_id_harvest,  -- The task or invoice category in Harvest
    c.name AS source_name,  -- Its name
    item_key(c.source_type, c.id) AS link_key,  -- Key of the link in the ledger
    c.how AS matched_by,  -- stated (policy) or linked (ledger); empty when nobody has said
    CASE WHEN i.is_active THEN c.chosen_id END AS item_id_qb,  -- The item in QuickBooks; empty when nobody has said or it cannot be used
    CASE WHEN i.is_active THEN i.item_name END AS item_name,  -- Its name
    c.is_looked_up,  -- The policy's look-up says so, which wins over its item rules
    CASE WHEN c.is_looked_up THEN c.wanted END AS item_wanted,  -- The item as a look-up says it, and in which line
    c.chosen_id AS known_item_id_qb,  -- The item it is known to be, also when that cannot be used
    c.code AS hold_code,  -- Why the item cannot be used; empty when it can
    contacts_item_hold(c.code, json_object('name', c.name, 'wanted', c.wanted, 'known_id', c.chosen_id, 'item', i.item_name)) AS sentence,  -- The same for a bookkeeper
    c.listed AS candidates  -- Items whose names are equal or close
FROM (
    SELECT c.*, CASE WHEN c.how IS NOT NULL AND i.item_id_qb IS NULL THEN 'item_missing' WHEN c.how IS NOT NULL AND NOT i.is_active THEN 'item_inactive' END AS code
    FROM chosen AS c LEFT JOIN quickbooks.items AS i ON i.item_id_qb = c.chosen_id
) AS c
LEFT JOIN quickbooks.items AS i ON i.item_id_qb = c.chosen_id
