-- Which entry is in which line, with its share of the amount: the explanation of each cent.
-- Grain: time entry on a draft. Key: time_entry_id_harvest. Shares add up to the line (largest remainder, rule 8).
-- Entries without hours that the import of a draft would claim with the rest are here too, with no line (rule 22).
-- Each step is materialised, else exact products would be computed again for every comparison further down.
-- layer: answer
-- rows: project_id_harvest of billing.billable_time, billing.invoice_lines, billing.draft_projects
WITH priced AS MATERIALIZED (
    SELECT
        l.document_key,
        l.line_number,
        b.project_id_harvest,
        b.time_entry_id_harvest,
        b.hours_rounded,
        l.unit_price,
        (b.hours_rounded * l.unit_price)::DECIMAL(18,7) AS exact,
        (l.amount - l.quantity * l.unit_price)::DECIMAL(18,7) AS rounding,
        l.minor_digits
    FROM billing.billable_time AS b
    JOIN billing.work_items AS i USING (project_id_harvest, task_id_harvest)
    JOIN billing.invoice_lines AS l
        ON l.document_key = b.document_key
        AND l.project_id_harvest = b.project_id_harvest
        AND l.line_part_id = b.line_part_id
        AND l.rule_number = i.rule_number
        AND l.unit_price = coalesce(b.billable_rate, 0)
    WHERE b.verdict = 'line' AND l.line_type = 'time'
),
shares AS MATERIALIZED (
    SELECT
        *,
        -- Down to a whole minor unit: an amount less half a unit rounds to it, and dividing would leave DECIMAL.
        greatest(0, CASE minor_digits
            WHEN 0 THEN round(exact - 0.5::DECIMAL(2,1), 0)
            WHEN 3 THEN round(exact - 0.0005::DECIMAL(5,4), 3)
            ELSE round(exact - 0.005::DECIMAL(4,3), 2)
        END)::DECIMAL(18,3) AS whole,
        CASE minor_digits WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END::DECIMAL(4,3) AS unit
    FROM priced
),
ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY project_id_harvest, document_key, line_number ORDER BY exact - whole DESC, time_entry_id_harvest) AS place,
        sum(exact - whole) OVER (PARTITION BY project_id_harvest, document_key, line_number) + rounding AS left_over
    FROM shares
    WHERE exact <> whole
)
SELECT
    document_key,  -- The draft
    line_number,  -- Its line; empty for an entry without hours
    project_id_harvest,  -- Its project
    time_entry_id_harvest,  -- The entry in Harvest
    hours_rounded,  -- Hours as billed
    unit_price,  -- Rate as billed
    whole AS amount  -- Its share of the line's amount
FROM shares
WHERE exact = whole
UNION ALL
SELECT
    document_key,
    line_number,
    project_id_harvest,
    time_entry_id_harvest,
    hours_rounded,
    unit_price,
    (whole + CASE WHEN place * unit <= left_over THEN unit ELSE 0 END)::DECIMAL(18,3)
FROM ranked
UNION ALL
SELECT
    s.document_key,
    NULL,
    b.project_id_harvest,
    b.time_entry_id_harvest,
    b.hours_rounded,
    coalesce(b.billable_rate, 0)::DECIMAL(18,5),
    0::DECIMAL(18,3)
FROM billing.billable_time AS b
JOIN billing.draft_projects AS s
    ON s.project_id_harvest = b.project_id_harvest AND b.spent_on BETWEEN s.window_from AND s.window_to
WHERE s.has_twin AND b.reason_code = 'no_hours'
