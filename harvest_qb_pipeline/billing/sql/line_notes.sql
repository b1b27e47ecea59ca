-- What was done, word for word, for lines of one entry each.
-- Grain: time entry that may stand on a line alone. Key: time_entry_id_harvest.
-- rows: project_id_harvest of harvest.time_entries
SELECT
    t.time_entry_id_harvest,  -- The entry in Harvest
    t.project_id_harvest,  -- Its project
    nullif(trim(regexp_replace(t.notes, '\r\n?', chr(10), 'g')), '') AS notes  -- Its notes, line breaks as one character
FROM harvest.time_entries AS t
JOIN billing.projects AS p USING (project_id_harvest)
JOIN billing.clients AS c ON c.client_id_harvest = p.client_id_harvest
WHERE c.grouping = 'detailed' AND t.is_billable AND NOT t.is_billed
