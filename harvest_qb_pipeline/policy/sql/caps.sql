-- The most that may ever be billed on a project. Grain: project. Key: project_id_harvest. Rule 21.
SELECT
    CAST(r.found_id AS BIGINT) AS project_id_harvest,  -- The project in Harvest
    min(c.cap_amount) AS cap_amount  -- Its cap, in its client's currency
FROM policy.stated_caps AS c
JOIN policy.references AS r ON r.setting = '[[caps]]' AND r.statement = c.statement
WHERE r.found_id IS NOT NULL
GROUP BY r.found_id
