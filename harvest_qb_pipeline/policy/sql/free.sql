-- Work that is billed at a rate of nothing on purpose: what is empty does not matter. Grain: entry of the policy. Rule 14.
-- An entry that names a client, project or task nobody knows holds for nobody.
SELECT
    CAST(max(found_id) FILTER (part = 'client') AS BIGINT) AS client_id_harvest,  -- Of this client
    CAST(max(found_id) FILTER (part = 'project') AS BIGINT) AS project_id_harvest,  -- On this project
    CAST(max(found_id) FILTER (part = 'task') AS BIGINT) AS task_id_harvest  -- On this task
FROM policy.references
WHERE setting = '[[free]]'
GROUP BY statement
HAVING bool_and(found_id IS NOT NULL)
