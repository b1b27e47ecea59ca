-- Which named invoice group each project is in, by the policy; the work of others goes on their client's common invoice.
-- Grain: project x group. Rule 21. A project in two groups is held (rule 25).
SELECT DISTINCT
    CAST(p.found_id AS BIGINT) AS project_id_harvest,  -- The project in Harvest
    CAST(c.found_id AS BIGINT) AS client_id_harvest,  -- Its client
    g.group_key,  -- The group in keys
    g.group_name,  -- The group as people call it
    g.purchase_order,  -- Its purchase order number
    p.is_by_id  -- Named by its id, which goes before names
FROM policy.stated_groups AS g
JOIN policy.references AS c ON c.setting = '[[clients]]' AND c.part = 'client' AND c.statement = g.client_statement
JOIN policy.references AS p ON p.setting = '[[clients.groups]]' AND p.statement = g.statement
WHERE c.found_id IS NOT NULL AND p.found_id IS NOT NULL
