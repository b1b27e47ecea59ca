-- What time is worth to its clients and what it cost. Grain: project x month. Key: project_id_harvest, month_on.
-- Worth is the entry's own billable rate times its rounded hours, billed or not; nothing is converted between currencies.
-- Confidential: not in the analysts' copy unless the policy says cost_rates = "analysts" (rule 46).
-- layer: answer
WITH summed AS (
    SELECT
        e.project_id_harvest,
        e.client_id_harvest,
        CAST(date_trunc('month', e.spent_on) AS DATE) AS month_on,
        any_value(e.project_name) AS project_name,
        any_value(e.client_name) AS client_name,
        sum(e.hours_worked) AS hours_worked,
        coalesce(sum(e.hours_rounded * e.billable_rate) FILTER (e.is_billable), 0) AS amount,
        coalesce(sum(t.cost), 0) AS cost,
        count(*) FILTER (t.cost_rate IS NULL) AS entries_without_cost
    FROM harvest.time_entries AS e
    JOIN confidential.time_costs AS t USING (time_entry_id_harvest)
    GROUP BY e.project_id_harvest, e.client_id_harvest, CAST(date_trunc('month', e.spent_on) AS DATE)
)
SELECT
    s.project_id_harvest,  -- The project
    s.project_name,  -- Its name
    s.client_id_harvest,  -- Its client
    s.client_name,  -- The client's name
    s.month_on,  -- First day of the month of the work
    s.hours_worked,  -- Hours as logged
    CAST(s.amount AS DECIMAL(18,3)) AS amount,  -- What the time is worth, in currency
    c.currency,  -- The client's currency (ISO 4217)
    CAST(s.cost AS DECIMAL(18,3)) AS cost,  -- What it cost, in cost_currency; only of entries whose rate is known
    f.currency AS cost_currency,  -- The firm's own currency (ISO 4217)
    s.entries_without_cost,  -- Entries whose cost is not known: with some, the margin looks too high
    CASE WHEN c.currency = f.currency THEN CAST(s.amount - s.cost AS DECIMAL(18,3)) END AS margin  -- Worth less cost; empty where the two currencies differ
FROM summed AS s
JOIN harvest.clients AS c USING (client_id_harvest)
CROSS JOIN harvest.company AS f
