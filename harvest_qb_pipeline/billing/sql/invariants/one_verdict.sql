-- Time entries that do not have exactly one verdict: entries lost between Harvest and the drafts, or counted twice.
SELECT
    t.time_entry_id_harvest,  -- The entry
    t.spent_on,  -- Its day
    t.hours_rounded,  -- Its hours
    count(b.time_entry_id_harvest) AS verdicts  -- How many verdicts it has; one is right
FROM harvest.time_entries AS t
LEFT JOIN billing.billable_time AS b
    ON b.time_entry_id_harvest = t.time_entry_id_harvest
    AND b.verdict IN (
        'line', 'in_flight', 'billed_before', 'held', 'not_due', 'before_cutover', 'not_hourly', 'not_billable', 'running'
    )
GROUP BY t.time_entry_id_harvest, t.spent_on, t.hours_rounded
HAVING count(b.time_entry_id_harvest) <> 1
