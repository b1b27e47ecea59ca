-- Hours that nobody has billed yet, by project and day: what billing periods are made of.
-- Grain: project x day. Hours are rounded hours, values hours x rates in the client's currency. Fixed fees are left out.
-- rows: project_id_harvest of harvest.time_entries
SELECT
    t.project_id_harvest,  -- The project
    t.spent_on,  -- The day
    sum(t.hours_rounded) AS hours,  -- Open hours
    sum(t.hours_rounded * coalesce(t.billable_rate, 0)) AS value  -- Open hours x rates
FROM harvest.time_entries AS t
JOIN billing.projects AS p USING (project_id_harvest)
CROSS JOIN policy.context AS x
ANTI JOIN billing.claimed_time AS c ON c.time_entry_id_harvest = t.time_entry_id_harvest
WHERE t.is_billable AND NOT t.is_billed AND NOT p.is_fixed_fee AND t.spent_on >= x.cutover_on
GROUP BY t.project_id_harvest, t.spent_on
