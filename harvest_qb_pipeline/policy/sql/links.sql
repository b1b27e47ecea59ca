-- layer: answer
-- Who is who as a person has stated it, in the policy or its look-up file: it wins over everything that is found (rule 49).
-- Grain: record of Harvest x party, or a stated link whose record of Harvest nobody knows. Without a quickbooks_id, the record waits.
WITH stated AS (
    SELECT s.statement, s.link_type, s.party, h.reference_id AS harvest_reference, h.problem AS harvest_problem, h.wanted AS harvest_wanted,
        h.listed AS harvest_listed, q.reference_id AS quickbooks_reference, q.wanted, q.listed, h.place
    FROM policy.stated_links AS s
    JOIN policy.references AS h ON h.part = 'harvest' AND h.statement = s.statement
    JOIN policy.references AS q ON q.part = 'quickbooks' AND q.statement = s.statement
),
parties AS (
    -- A person may be an employee and a vendor; what is said of neither is said of both.
    SELECT *, unnest(CASE WHEN link_type <> 'person' THEN [NULL] WHEN party IS NULL THEN ['employee', 'vendor'] ELSE [party] END) AS party_type
    FROM stated
),
theirs AS (
    SELECT reference_id, record_type, any_value(record_id) AS record_id, count(*) AS fitting
    FROM policy.candidates GROUP BY reference_id, record_type
),
paired AS (
    SELECT p.*, CAST(h.record_id AS BIGINT) AS harvest_id, t.fitting, t.record_id AS found_id
    FROM parties AS p
    LEFT JOIN policy.candidates AS h ON h.reference_id = p.harvest_reference
    LEFT JOIN theirs AS t ON t.reference_id = p.quickbooks_reference AND (p.party_type IS NULL OR t.record_type = p.party_type)
)
SELECT
    link_type,  -- client, project, person, task or category
    party_type,  -- Of a person: employee or vendor
    harvest_id,  -- The record in Harvest; empty when nobody knows it
    any_value(harvest_wanted ORDER BY statement) AS harvest_wanted,  -- The same as it is written
    any_value(wanted ORDER BY statement) AS wanted,  -- The record in QuickBooks as it is written
    CASE WHEN count(DISTINCT coalesce(found_id, '')) = 1 AND any_value(harvest_problem) IS DISTINCT FROM 'ambiguous' AND any_value(fitting) = 1 THEN any_value(found_id) END AS quickbooks_id,  -- The record in QuickBooks; empty while there is a problem
    coalesce(list(DISTINCT found_id ORDER BY found_id) FILTER (fitting = 1), []) AS claimed_ids,  -- Whom it is said to be in QuickBooks, also while there is a problem
    string_agg(DISTINCT place, ' and ' ORDER BY place) AS place,  -- Where it is stated: file and line in words
    CASE
        WHEN count(DISTINCT coalesce(found_id, '')) > 1 THEN 'contradicted'
        WHEN any_value(harvest_problem) = 'ambiguous' THEN 'harvest_ambiguous'
        WHEN any_value(harvest_problem) = 'missing' THEN 'harvest_missing'
        WHEN any_value(fitting) > 1 THEN 'quickbooks_ambiguous'
        WHEN any_value(fitting) IS NULL THEN 'quickbooks_missing'
    END AS problem,  -- Why it cannot stand: harvest_missing, harvest_ambiguous, quickbooks_missing, quickbooks_ambiguous, contradicted (two lines say so and so); empty when it can
    any_value(CASE WHEN harvest_problem = 'ambiguous' THEN harvest_listed ELSE listed END ORDER BY statement) AS listed  -- Records that the name fits
FROM paired
GROUP BY link_type, party_type, harvest_id, CASE WHEN harvest_id IS NULL THEN statement END
