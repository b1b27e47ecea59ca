-- What each draft reaches for: its projects, and the window that the import of its twin has to span.
-- Grain: draft x project. The window is the same for all projects of a draft: an invoice has one (rule 22).
-- rows: document_key of billing.billable_time
WITH worked AS (
    SELECT document_key, project_id_harvest, min(spent_on) AS first_on, count(*) AS entries
    FROM billing.billable_time WHERE verdict = 'line' GROUP BY ALL
)
SELECT
    w.document_key,  -- The draft
    w.project_id_harvest,  -- A project on it
    min(w.first_on) OVER (PARTITION BY w.document_key) AS window_from,  -- First day of work on the draft
    p.period_to AS window_to,  -- Last day of its period
    w.entries,  -- Entries of the project on the draft
    x.twin = 'import' AS has_twin  -- Whether an import in Harvest will claim the hours
FROM worked AS w
JOIN billing.periods AS p USING (document_key)
CROSS JOIN policy.context AS x
