-- Everybody on both sides: linked, suggested, in conflict, or unmatched. What `harvest-qb links` lists.
-- Grain: pair (linked or suggested), or a record that only one side has.
-- layer: answer
WITH links AS (
    SELECT 'client' AS link_type, link_key, client_id_harvest AS harvest_id, client_name AS harvest_name, 'Customer' AS quickbooks_type,
        customer_id_qb AS quickbooks_id, customer_name AS quickbooks_name, how, rule, made_by, made_at
    FROM contacts.client_links
    UNION ALL
    SELECT 'project', link_key, project_id_harvest, project_name, 'Customer', customer_id_qb, job_display_name, how, rule, made_by, made_at
    FROM contacts.project_links
    UNION ALL
    SELECT 'person', link_key, user_id_harvest, user_name, CASE party_type WHEN 'employee' THEN 'Employee' ELSE 'Vendor' END, party_id_qb, party_name,
        how, rule, made_by, made_at
    FROM contacts.person_links
    UNION ALL
    SELECT 'item', link_key, source_id_harvest, source_name, 'Item', item_id_qb, item_name, how, rule, made_by, made_at
    FROM contacts.item_links
),
matches AS (
    SELECT 'client' AS link_type, customer_key(client_id_harvest) AS link_key, client_id_harvest AS harvest_id, client_name AS harvest_name,
        'Customer' AS quickbooks_type, hold_code, sentence, matched_by, true AS is_expected
    FROM contacts.client_matches
    UNION ALL
    SELECT 'project', job_key(project_id_harvest), project_id_harvest, project_name, 'Customer', hold_code, sentence, matched_by, is_for_job
    FROM contacts.project_matches
    UNION ALL
    SELECT 'person', link_key, user_id_harvest, user_name, CASE party_type WHEN 'employee' THEN 'Employee' ELSE 'Vendor' END, hold_code, sentence,
        matched_by, is_user_active
    FROM contacts.person_matches
    UNION ALL
    SELECT 'item', link_key, source_id_harvest, source_name, 'Item', hold_code, sentence, matched_by, true
    FROM contacts.item_matches
),
candidates AS (
    SELECT customer_key(harvest_id) AS link_key, * FROM contacts.client_candidates
    UNION ALL SELECT job_key(harvest_id), * FROM contacts.project_candidates
    UNION ALL SELECT employee_key(harvest_id), * FROM contacts.employee_candidates
    UNION ALL SELECT vendor_key(harvest_id), * FROM contacts.vendor_candidates
    UNION ALL SELECT item_key('task', harvest_id), * FROM contacts.task_candidates
    UNION ALL SELECT item_key('category', harvest_id), * FROM contacts.category_candidates
),
theirs AS (
    SELECT CASE WHEN is_job THEN 'project' ELSE 'client' END AS link_type, 'Customer' AS quickbooks_type, customer_id_qb AS quickbooks_id,
        fully_qualified_name AS quickbooks_name, is_active
    FROM quickbooks.customers
    UNION ALL SELECT 'person', 'Employee', employee_id_qb, display_name, is_active FROM quickbooks.employees
    UNION ALL SELECT 'person', 'Vendor', vendor_id_qb, display_name, is_active FROM quickbooks.vendors
    UNION ALL SELECT 'item', 'Item', item_id_qb, item_name, is_active FROM quickbooks.items WHERE item_type <> 'Category'
),
suggested AS (
    SELECT m.*, c.quickbooks_id, t.quickbooks_name, c.score, c.reasons, c.relation
    FROM matches AS m
    JOIN candidates AS c USING (link_key)
    LEFT JOIN theirs AS t ON t.quickbooks_type = m.quickbooks_type AND t.quickbooks_id = c.quickbooks_id
    ANTI JOIN links AS l ON l.link_key = m.link_key
),
pairs AS (
    -- A link that can no longer be used is a conflict, and says why.
    SELECT l.link_type, CASE WHEN m.hold_code IS NULL THEN 'linked' ELSE 'conflicting' END AS state, l.link_key, l.harvest_id,
        l.harvest_name, l.quickbooks_type, l.quickbooks_id, l.quickbooks_name, l.how, l.rule, l.made_by, l.made_at, NULL::DOUBLE AS score,
        NULL::VARCHAR[] AS reasons, m.sentence
    FROM links AS l LEFT JOIN matches AS m USING (link_key)
    UNION ALL
    SELECT s.link_type, CASE WHEN s.relation IN ('similar', 'equal') OR NOT s.is_expected THEN 'suggested' ELSE 'conflicting' END, s.link_key, s.harvest_id, s.harvest_name,
        s.quickbooks_type, s.quickbooks_id, s.quickbooks_name, NULL, NULL, NULL, NULL, s.score, s.reasons, s.sentence
    FROM suggested AS s
    UNION ALL
    SELECT m.link_type, CASE WHEN m.hold_code IN ('name_taken', 'name_shared', 'customer_taken') THEN 'conflicting' ELSE 'unmatched' END, m.link_key, m.harvest_id, m.harvest_name,
        m.quickbooks_type, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, m.sentence
    FROM matches AS m
    ANTI JOIN links AS l ON l.link_key = m.link_key
    ANTI JOIN candidates AS c ON c.link_key = m.link_key
    WHERE m.is_expected
    UNION ALL
    SELECT t.link_type, 'unmatched', NULL, NULL, NULL, t.quickbooks_type, t.quickbooks_id, t.quickbooks_name, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM theirs AS t
    ANTI JOIN links AS l ON l.quickbooks_type = t.quickbooks_type AND l.quickbooks_id = t.quickbooks_id
    ANTI JOIN suggested AS s ON s.quickbooks_type = t.quickbooks_type AND s.quickbooks_id = t.quickbooks_id
    WHERE t.is_active
)
SELECT
    link_type,  -- client, project, person or item
    state,  -- linked, suggested (a person may confirm), conflicting (a person has to decide) or unmatched
    link_key,  -- Key of the link, there or to be; empty when only QuickBooks has the record
    harvest_id,  -- The record in Harvest
    harvest_name,  -- Its name there
    quickbooks_type,  -- Customer, Employee, Vendor or Item
    quickbooks_id,  -- The record in QuickBooks
    quickbooks_name,  -- Its name there, with its parents
    how,  -- How the link came to be: created, matched, confirmed or adopted
    rule,  -- By which rule
    made_by,  -- Who made it
    made_at,  -- When
    score,  -- Of a suggestion: how likely they are the same, up to 100
    reasons,  -- Of a suggestion: what speaks for it
    sentence  -- What is wrong and what to do, where something is
FROM pairs
