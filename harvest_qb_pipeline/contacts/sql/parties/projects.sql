-- Projects of Harvest whose client has a customer, as parties to be recognised. Grain: project.
SELECT
    p.project_id_harvest::VARCHAR AS id,  -- The project
    p.project_name AS name,  -- Its name
    p.project_code AS code,  -- Its code
    p.is_active AS is_active,  -- Not archived
    m.customer_id_qb AS "group"  -- The customer of its client: only jobs below that are compared
FROM harvest.projects AS p
JOIN contacts.client_matches AS m USING (client_id_harvest)
WHERE m.customer_id_qb IS NOT NULL
ORDER BY id
