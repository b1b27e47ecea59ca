-- Payment terms, inactive ones included. Grain: terms. Key: term_id_qb.
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"DueDays":"VARCHAR","DayOfMonthDue":"VARCHAR","DueNextMonthDays":"VARCHAR","Name":"VARCHAR",
        "Active":"VARCHAR","Type":"VARCHAR"}
    ') AS p
    FROM raw_quickbooks.terms
    WHERE NOT is_deleted
)
SELECT
    id AS term_id_qb,  -- The terms in QuickBooks
    p."Name" AS term_name,  -- Their name, such as Net 30
    CAST(p."Active" AS BOOLEAN) AS is_active,  -- Active
    p."Type" AS term_type,  -- STANDARD: days after the invoice; DATE_DRIVEN: a day of the month
    CAST(CAST(p."DueDays" AS DECIMAL(9,2)) AS INTEGER) AS due_days,  -- Days from the invoice to the due day
    CAST(CAST(p."DayOfMonthDue" AS DECIMAL(9,2)) AS INTEGER) AS due_day_of_month,  -- Day of the month it is due
    CAST(CAST(p."DueNextMonthDays" AS DECIMAL(9,2)) AS INTEGER) AS due_next_month_days,  -- This close to that day, it is due a month later
    updated_at  -- When they last changed
FROM parsed
