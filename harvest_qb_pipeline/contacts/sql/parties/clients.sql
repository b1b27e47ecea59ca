-- Clients of Harvest as parties to be recognised. Grain: client.
SELECT
    c.client_id_harvest::VARCHAR AS id,  -- The client
    c.client_name AS name,  -- Its name
    c.currency AS currency,  -- Its currency
    c.address AS address,  -- Its billing address
    c.is_active AS is_active,  -- Not archived
    coalesce(list(DISTINCT k.email) FILTER (k.email <> ''), []) AS emails,  -- Addresses of its contacts
    coalesce(list(DISTINCT p.project_name) FILTER (p.project_name IS NOT NULL), []) AS projects  -- Names of its projects
FROM harvest.clients AS c
LEFT JOIN harvest.contacts AS k USING (client_id_harvest)
LEFT JOIN harvest.projects AS p USING (client_id_harvest)
GROUP BY ALL
ORDER BY id
