-- Billable hours and money by project against Harvest's own uninvoiced report, where the two differ.
-- Grain: project. A difference is no error by itself (hours of fixed fees and of running timers count differently there),
-- but one that nobody can explain is. Over the days of that report; expenses are left out of both sides. Rule 55.
-- layer: answer
-- rows: project_id_harvest of billing.projects, billing.billable_time, harvest.time_entries
WITH ours AS (
    SELECT
        b.project_id_harvest,
        sum(b.hours_rounded)::DECIMAL(18,2) AS hours,
        sum(b.hours_rounded * coalesce(b.billable_rate, 0))::DECIMAL(18,2) AS amount
    FROM billing.billable_time AS b
    JOIN harvest.time_entries AS t USING (time_entry_id_harvest, project_id_harvest)
    WHERE t.is_billable AND NOT t.is_billed
        AND t.spent_on >= coalesce((SELECT min(u.from_on) FROM harvest.uninvoiced AS u), t.spent_on)
        AND t.spent_on <= coalesce((SELECT max(u.to_on) FROM harvest.uninvoiced AS u), t.spent_on)
    GROUP BY b.project_id_harvest
),
theirs AS (
    SELECT project_id_harvest, sum(uninvoiced_hours) AS hours, sum(uninvoiced_amount - uninvoiced_expenses) AS amount
    FROM harvest.uninvoiced GROUP BY project_id_harvest
)
SELECT
    p.project_id_harvest,  -- The project
    p.project_label,  -- Its code and name
    p.is_fixed_fee,  -- Fixed fees are reported by fee in Harvest, by hours here
    coalesce(o.hours, 0) AS hours,  -- Unbilled billable hours as landed
    coalesce(t.hours, 0) AS hours_harvest,  -- The same in Harvest's report
    coalesce(o.hours, 0) - coalesce(t.hours, 0) AS hours_difference,  -- Ours less theirs
    coalesce(o.amount, 0) AS amount,  -- Unbilled hours x rates as landed
    coalesce(t.amount, 0) AS amount_harvest,  -- The same in Harvest's report
    coalesce(o.amount, 0) - coalesce(t.amount, 0) AS amount_difference  -- Ours less theirs
FROM billing.projects AS p
LEFT JOIN ours AS o USING (project_id_harvest)
LEFT JOIN theirs AS t USING (project_id_harvest)
WHERE coalesce(o.hours, 0) <> coalesce(t.hours, 0)
    OR (NOT p.is_fixed_fee AND abs(coalesce(o.amount, 0) - coalesce(t.amount, 0)) >= 0.01)
