-- The billing periods of each client's invoices, from the first day with open work to the period after today.
-- Grain: client x invoice group x period. Key: document_key. Rules 3 (work for a period already billed goes on the
-- next one), 4 (weeks), 5 (periods and grace days), 21 (below the minimum, work is carried over).
WITH RECURSIVE open_days AS (
    SELECT
        p.client_id_harvest, p.group_key, d.spent_on, sum(d.hours) AS hours, sum(d.value) AS value
    FROM billing.open_days AS d
    JOIN billing.projects AS p USING (project_id_harvest)
    GROUP BY ALL
),
hand_made AS (
    SELECT p.client_id_harvest, p.group_key, i.issued_on, t.spent_on, sum(t.hours_rounded) AS hours
    FROM harvest.time_entries AS t
    JOIN billing.projects AS p USING (project_id_harvest)
    JOIN harvest.invoices AS i USING (invoice_id_harvest)
    ANTI JOIN billing.claimed_time AS c ON c.time_entry_id_harvest = t.time_entry_id_harvest
    WHERE t.is_billed AND NOT p.is_fixed_fee AND t.spent_on >= (SELECT min(o.spent_on) - 31 FROM open_days AS o)
    GROUP BY ALL
),
groups AS (
    SELECT
        o.client_id_harvest,
        o.group_key,
        c.cadence,
        c.anchor_on,
        c.week_start_day,
        c.grace_days,
        c.minimum_invoice,
        min(o.spent_on) AS first_on,
        greatest(least(max(o.spent_on), any_value(x.today) + 400), any_value(x.today)) + 62 AS last_on
    FROM open_days AS o
    JOIN billing.clients AS c USING (client_id_harvest)
    CROSS JOIN policy.context AS x
    GROUP BY ALL
),
days AS (
    SELECT k.*, unnest(generate_series(k.first_on, k.last_on, INTERVAL 1 DAY))::DATE AS day
    FROM (
        SELECT cadence, anchor_on, week_start_day, min(first_on) AS first_on, max(last_on) AS last_on
        FROM groups WHERE cadence <> 'on_demand' GROUP BY ALL
    ) AS k
),
spans AS (
    SELECT DISTINCT
        cadence,
        anchor_on,
        week_start_day,
        CASE cadence
            WHEN 'monthly' THEN date_trunc('month', day)::DATE
            WHEN 'semi_monthly' THEN date_trunc('month', day)::DATE + CASE WHEN day(day) <= 15 THEN 0 ELSE 15 END
            WHEN 'weekly' THEN day - CAST(
                (isodow(day) - CASE week_start_day WHEN 'Sunday' THEN 7 WHEN 'Saturday' THEN 6 ELSE 1 END + 7) % 7 AS INTEGER
            )
            ELSE day - CAST((((day - anchor_on) % 14) + 14) % 14 AS INTEGER)
        END AS period_from,
        CASE cadence
            WHEN 'monthly' THEN last_day(day)
            WHEN 'semi_monthly' THEN
                CASE WHEN day(day) <= 15 THEN date_trunc('month', day)::DATE + 14 ELSE last_day(day) END
            WHEN 'weekly' THEN period_from + 6
            ELSE period_from + 13
        END AS period_to
    FROM days
),
calendar AS (
    SELECT
        g.client_id_harvest,
        g.group_key,
        g.minimum_invoice,
        s.period_from,
        s.period_to,
        CASE g.cadence WHEN 'monthly' THEN strftime(s.period_to, '%Y-%m') ELSE s.period_to::VARCHAR END AS period_key,
        s.period_to + g.grace_days AS closes_on,
        timezone(x.timezone, (s.period_to + g.grace_days + 1)::TIMESTAMP) AS closed_at,
        s.period_to + g.grace_days < x.today AS is_closed
    FROM groups AS g
    CROSS JOIN policy.context AS x
    JOIN spans AS s
        ON s.cadence = g.cadence
        AND s.anchor_on IS NOT DISTINCT FROM g.anchor_on
        AND s.week_start_day IS NOT DISTINCT FROM g.week_start_day
        AND s.period_to >= g.first_on
        AND s.period_from <= g.last_on
    UNION ALL
    SELECT
        g.client_id_harvest,
        g.group_key,
        g.minimum_invoice,
        lag(r.to_on + 1, 1, least(g.first_on, r.to_on)) OVER (
            PARTITION BY g.client_id_harvest, g.group_key ORDER BY r.to_on
        ) AS period_from,
        r.to_on,
        r.to_on::VARCHAR,
        r.to_on,
        r.requested_at + x.clock_shift_days * INTERVAL 1 DAY,
        r.to_on <= x.today
    FROM groups AS g
    CROSS JOIN policy.context AS x
    JOIN (
        SELECT TRY_CAST(client_id_harvest AS BIGINT) AS client_id_harvest, to_on, max(requested_at) AS requested_at
        FROM ledger.billing_requests WHERE withdrawn_by IS NULL GROUP BY ALL
    ) AS r ON r.client_id_harvest = g.client_id_harvest
    WHERE g.cadence = 'on_demand'
),
numbered AS (
    SELECT
        c.*,
        bill_key(c.client_id_harvest, c.group_key, c.period_key) AS document_key,
        row_number() OVER (PARTITION BY c.client_id_harvest, c.group_key ORDER BY c.period_to) AS position,
        coalesce((
            SELECT sum(o.value) FROM open_days AS o
            WHERE o.client_id_harvest = c.client_id_harvest AND o.group_key = c.group_key
                AND o.spent_on BETWEEN c.period_from AND c.period_to
        ), 0) AS open_value,
        coalesce((
            SELECT sum(o.hours) FROM open_days AS o
            WHERE o.client_id_harvest = c.client_id_harvest AND o.group_key = c.group_key
                AND o.spent_on BETWEEN c.period_from AND c.period_to
        ), 0) AS open_hours,
        coalesce((
            SELECT sum(h.hours) FROM hand_made AS h
            WHERE h.client_id_harvest = c.client_id_harvest AND h.group_key = c.group_key
                AND h.spent_on BETWEEN c.period_from AND c.period_to AND h.issued_on >= c.period_to
        ), 0) AS hand_made_hours
    FROM calendar AS c
),
marked AS (
    SELECT n.*, b.document_key IS NOT NULL AS is_begun,
        n.hand_made_hours > 0 AND n.hand_made_hours >= n.open_hours AS is_billed_by_hand
    FROM numbered AS n LEFT JOIN billing.begun_documents AS b USING (document_key)
),
rolled AS (
    SELECT *, open_value AS rolled_value,
        is_begun OR is_billed_by_hand OR (is_closed AND open_value > 0 AND open_value < minimum_invoice) AS is_passed_on
    FROM marked WHERE position = 1
    UNION ALL
    SELECT m.*,
        m.open_value + CASE WHEN r.is_passed_on THEN r.rolled_value ELSE 0 END AS next_value,
        m.is_begun OR m.is_billed_by_hand OR (m.is_closed AND next_value > 0 AND next_value < m.minimum_invoice)
    FROM rolled AS r
    JOIN marked AS m
        ON m.client_id_harvest = r.client_id_harvest AND m.group_key = r.group_key AND m.position = r.position + 1
)
SELECT
    client_id_harvest,  -- The client in Harvest
    group_key,  -- The invoice group; empty for the client's common invoice
    document_key,  -- The bill of the period in the ledger
    period_key,  -- The period in keys: its month, or its last day
    period_from,  -- First day
    period_to,  -- Last day
    closes_on,  -- Last day of grace; the period is due from the next day on
    closed_at,  -- The moment it closes, in the policy's time zone
    is_closed,  -- Whether it has closed, so that its work is due
    is_begun,  -- Its bill is posted or being posted by us: work that turns up now is late
    is_billed_by_hand,  -- Most of it is on Harvest invoices of its last day or later: what is left is late
    rolled_value AS open_value,  -- Hours x rates of open work up to here, with what earlier periods passed on
    is_passed_on AND NOT is_begun AND NOT is_billed_by_hand AS is_carried_over,  -- Below the minimum, so it waits for the next period
    first_value(CASE WHEN NOT is_passed_on THEN document_key END IGNORE NULLS) OVER following AS billed_in,  -- The bill its open work goes on
    first_value(CASE WHEN NOT is_passed_on THEN is_closed END IGNORE NULLS) OVER following AS is_due  -- Whether that bill's period has closed
FROM rolled
WINDOW following AS (
    PARTITION BY client_id_harvest, group_key ORDER BY period_to ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
)
