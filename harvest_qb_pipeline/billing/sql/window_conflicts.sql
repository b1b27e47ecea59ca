-- Entries that the import of a draft would take, or that would stop it, although they are not on the draft (rule 22).
-- Grain: draft x time entry. Only where the policy makes twins: without an import, entries can wait by themselves.
-- rows: project_id_harvest of billing.draft_projects, billing.billable_time, harvest.time_entries
SELECT
    d.document_key,  -- The draft that cannot be imported alone
    b.time_entry_id_harvest,  -- The entry in its window
    b.user_id_harvest,  -- Who worked
    b.project_id_harvest,  -- The project
    b.spent_on,  -- The day
    b.hours_rounded,  -- The hours
    b.reason_code,  -- Why it is not on the draft
    b.document_key AS would_be_on,  -- The bill that it is on or would be on
    billing_window_hold(b.reason_code, NULL) AS obstacle  -- The same in words
FROM billing.draft_projects AS d
JOIN billing.billable_time AS b
    ON b.project_id_harvest = d.project_id_harvest AND b.spent_on BETWEEN d.window_from AND d.window_to
JOIN harvest.time_entries AS t
    ON t.time_entry_id_harvest = b.time_entry_id_harvest AND t.project_id_harvest = b.project_id_harvest
    AND t.is_billable AND NOT t.is_billed
WHERE d.has_twin
    AND NOT (b.verdict = 'line' AND b.document_key = d.document_key)
    AND b.reason_code <> 'no_hours'
    AND b.verdict <> 'not_hourly'
