-- layer: answer
-- Every record that the policy and its look-up file name: as it is written, in which line, and which record it is.
-- Grain: reference. Key: reference_id. A name that fits several records is none of them: nobody guesses.
WITH fits AS (
    SELECT
        reference_id,
        count(*) AS fitting,
        any_value(record_id) AS record_id,
        any_value(record_name) AS record_name,
        bool_or(is_active) AS is_active,
        string_agg(record_name || ' (id ' || record_id || CASE WHEN is_active THEN '' ELSE ', not in use' END || ')', ', '
            ORDER BY length(record_id), record_id) AS listed
    FROM policy.candidates GROUP BY reference_id, record_type
),
found AS (
    -- A person may be an employee and a vendor: one in each list.
    SELECT reference_id, sum(fitting)::INTEGER AS fitting, max(fitting) AS most, any_value(record_id) AS record_id,
        any_value(record_name) AS record_name, bool_or(is_active) AS is_active, string_agg(listed, ', ' ORDER BY listed) AS listed
    FROM fits GROUP BY reference_id
),
judged AS (
    SELECT r.*, f.* EXCLUDE (reference_id),
        CASE
            WHEN f.reference_id IS NULL THEN 'missing'
            WHEN f.most > 1 THEN 'ambiguous'
            WHEN r.is_used_active AND NOT f.is_active THEN 'inactive'
        END AS problem
    FROM policy.stated_references AS r
    LEFT JOIN found AS f USING (reference_id)
)
SELECT
    j.reference_id,  -- The reference, counted over the whole policy
    j.setting,  -- The setting that it stands in
    j.statement,  -- Which entry of that setting, from 1
    j.part,  -- What it is in that entry: client, project, item, terms ...
    j.kind,  -- What is named: client, project, task, category, person, customer, job, employee, vendor, party, item, account or term
    coalesce(j.wanted_name, j.wanted_id) AS wanted,  -- The record as it is written
    j.wanted_id IS NOT NULL AS is_by_id,  -- Whether it is named by its id
    j.within_id,  -- The reference to the client that a project or task is said of
    j.file,  -- The file that says it
    j.line,  -- The line there; empty for a default that the file does not say
    j.file || coalesce(', line ' || j.line, '') AS place,  -- File and line in words
    CASE WHEN j.problem IS NULL OR j.problem = 'inactive' THEN j.record_id END AS known_id,  -- The one record that it fits, also when that is put aside and cannot be used
    CASE WHEN j.problem IS NULL THEN j.record_id END AS found_id,  -- The record; empty while there is a problem
    CASE WHEN j.problem IS NULL THEN j.record_name END AS found_name,  -- Its name
    coalesce(j.fitting, 0) AS fitting,  -- How many records it fits
    j.listed,  -- Which, with their ids
    CASE
        -- Lists that the policy leaves unread know nobody, and of an unknown client nobody knows the projects.
        WHEN j.kind IN ('employee', 'party') AND x.employees = 'ignore' AND j.problem = 'missing' THEN NULL
        WHEN j.kind IN ('vendor', 'party') AND x.vendors = 'ignore' AND j.problem = 'missing' THEN NULL
        WHEN j.kind = 'project' AND w.problem IS NOT NULL THEN NULL
        ELSE j.problem
    END AS problem  -- missing, inactive or ambiguous; empty when it is settled, or when nothing can be said
FROM judged AS j
CROSS JOIN policy.context AS x
LEFT JOIN judged AS w ON w.reference_id = j.within_id
