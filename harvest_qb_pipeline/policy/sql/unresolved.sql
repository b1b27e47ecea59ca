-- layer: answer
-- What the policy names and nobody can tell which record it is: it is not there, not in use, or there are several.
-- Grain: reference, or lines that contradict each other. What is said of it holds for nobody, and what could be meant by it waits.
WITH told AS (
    SELECT *, kind IN ('client', 'project', 'task', 'category', 'person') AS is_of_harvest
    FROM policy.references WHERE problem IS NOT NULL
)
SELECT
    reference_id,  -- The reference
    setting,  -- The setting that it stands in
    file,  -- The file that says it
    line,  -- The line there; empty for a default that the file does not say
    kind,  -- What is named: client, project, task, category, person, customer, job, employee, vendor, party, item, account or term
    wanted,  -- The record as it is written
    problem,  -- missing, inactive, ambiguous or contradicted
    within_id,  -- The reference to the client that it is said of
    policy_name_hold(CASE problem WHEN 'missing' THEN 'nobody' WHEN 'inactive' THEN 'put_aside' WHEN 'ambiguous' THEN 'several' END, json_object(
        'what', CASE kind WHEN 'term' THEN 'terms' WHEN 'party' THEN 'employee or vendor' ELSE kind END || CASE WHEN is_by_id THEN ' with id ' ELSE ' ' END || wanted,
        'setting', setting, 'place', place, 'listed', listed, 'system', CASE WHEN is_of_harvest THEN 'Harvest' ELSE 'QuickBooks' END,
        'is_needed', nullif(NOT is_of_harvest OR setting LIKE '[contacts.first_project]%', false)
    )) || '.' AS sentence  -- The same for a bookkeeper
FROM told
UNION ALL BY NAME
-- Lines that name the same record otherwise, as by its id and by its name, and say different things of it.
SELECT
    '[contacts] lookup' AS setting,
    split_part(place, ',', 1) AS file,
    link_type AS kind,
    harvest_wanted AS wanted,
    problem,
    policy_name_hold('contradicted', json_object('place', place, 'what', link_type || ', ' || harvest_wanted)) || '.' AS sentence
FROM policy.links
WHERE problem = 'contradicted'
