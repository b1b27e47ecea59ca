-- Which invoice the work of each project goes on, and what the policy caps it at.
-- Grain: project. Key: project_id_harvest. Rules 15, 21.
WITH named_groups AS (
    SELECT p.project_id_harvest AS id, g.group_key AS found_key, g.group_name AS found_name, g.purchase_order AS found_order,
        count(DISTINCT g.group_key) OVER (PARTITION BY p.project_id_harvest) AS groups
    FROM harvest.projects AS p
    JOIN billing.clients AS c ON c.client_id_harvest = p.client_id_harvest AND c.invoice_per = 'group'
    JOIN policy.groups AS g ON g.project_id_harvest = p.project_id_harvest AND g.client_id_harvest = c.client_id_harvest
    QUALIFY row_number() OVER (PARTITION BY p.project_id_harvest ORDER BY NOT g.is_by_id, g.group_key) = 1
)
SELECT
    p.project_id_harvest,  -- The project in Harvest
    p.client_id_harvest,  -- Its client in Harvest
    p.project_name,  -- Its name
    p.project_code,  -- Its code, if any
    CASE
        WHEN coalesce(p.project_code, '') = '' THEN p.project_name
        ELSE '[' || p.project_code || '] ' || p.project_name
    END AS project_label,  -- Code and name, as on invoices
    p.is_fixed_fee,  -- Its hours are never billed by the hour (rule 15)
    CASE c.invoice_per
        WHEN 'project' THEN 'project-' || p.project_id_harvest
        WHEN 'group' THEN coalesce(g.found_key, '')
        ELSE ''
    END AS group_key,  -- Part of the document key: empty for the client's common invoice
    CASE c.invoice_per WHEN 'project' THEN p.project_name WHEN 'group' THEN g.found_name END AS group_name,  -- What people call the group
    CASE c.invoice_per WHEN 'group' THEN g.found_order END AS purchase_order,  -- Purchase order of the group
    coalesce(g.groups, 0) > 1 AS is_in_two_groups,  -- The policy puts it on two invoices, by id and by name: held (rule 25)
    x.cap_amount  -- The most that may ever be billed on the project
FROM harvest.projects AS p
JOIN billing.clients AS c USING (client_id_harvest)
LEFT JOIN named_groups AS g ON g.id = p.project_id_harvest
LEFT JOIN policy.caps AS x ON x.project_id_harvest = p.project_id_harvest
