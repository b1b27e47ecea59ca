-- layer: answer
-- What the policy names and nobody can tell which record it is: it is not there, not in use, or there are several.
-- Grain: reference, or lines that contradict each other. What is said of it holds for nobody, and what could be meant by it waits.
SELECT
    r.reference_id,  -- The reference
    r.setting,  -- The setting that it stands in
    r.file,  -- The file that says it
    r.line,  -- The line there; empty for a default that the file does not say
    r.kind,  -- What is named: client, project, task, category, person, customer, job, employee, vendor, party, item, account or term
    r.wanted,  -- The record as it is written
    r.problem,  -- missing, inactive, ambiguous or contradicted
    r.listed,  -- Records that it fits, with their ids
    r.within_id,  -- The reference to the client that it is said of
    'The policy names ' || CASE r.kind WHEN 'term' THEN 'terms' WHEN 'party' THEN 'employee or vendor' ELSE r.kind END || ' '
        || CASE WHEN r.is_by_id THEN 'with id ' ELSE '' END || r.wanted || ' under ' || r.setting || ' (' || r.place || '), and '
        || CASE WHEN r.kind IN ('client', 'project', 'task', 'category', 'person') THEN 'Harvest' ELSE 'QuickBooks' END || ' has '
        || CASE r.problem
            WHEN 'missing' THEN 'none such. '
            WHEN 'inactive' THEN 'put it aside: ' || r.listed || '. '
            ELSE 'several such: ' || r.listed || '. Name it by its id. '
        END
        || CASE
            WHEN r.kind NOT IN ('client', 'project', 'task', 'category', 'person') OR r.setting LIKE '[contacts.first%' THEN 'Until it is put right there, what needs it is held.'
            WHEN r.problem = 'ambiguous' THEN 'Until it is put right there, that rule holds for nobody, and what it could mean is held.'
            ELSE 'Until it is put right there, that rule holds for nobody.'
        END AS sentence  -- The same for a bookkeeper
FROM policy.references AS r
WHERE r.problem IS NOT NULL
UNION ALL BY NAME
-- Lines that name the same record otherwise, as by its id and by its name, and say different things of it.
SELECT
    '[contacts] lookup' AS setting,
    split_part(l.place, ',', 1) AS file,
    l.link_type AS kind,
    l.harvest_wanted AS wanted,
    'contradicted' AS problem,
    l.place || ' say different things of one ' || l.link_type || ', ' || l.harvest_wanted || '. Until one of them is taken out, it is held.' AS sentence
FROM policy.links AS l
WHERE l.problem = 'contradicted'
