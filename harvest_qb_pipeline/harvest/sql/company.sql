-- The Harvest account: its switches and week. Grain: one row.
-- Harvest tells neither a time zone nor its rounding (rules 4 and 9).
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"name":"VARCHAR","base_uri":"VARCHAR","plan_type":"VARCHAR","is_active":"VARCHAR",
        "week_start_day":"VARCHAR","wants_timestamp_timers":"VARCHAR","currency":"VARCHAR",
        "date_format":"VARCHAR","approval_feature":"VARCHAR","expense_feature":"VARCHAR",
        "invoice_feature":"VARCHAR","weekly_capacity":"VARCHAR"}
    ') AS p
    FROM raw_harvest.company
    WHERE NOT is_deleted
)
SELECT
    p."name" AS company_name,  -- Name of the account
    p.base_uri AS base_url,  -- Address of the account in a browser
    p.plan_type,  -- Subscription plan
    CAST(p.is_active AS BOOLEAN) AS is_active,  -- Whether the account is active
    p.week_start_day,  -- Saturday, Sunday or Monday: the first day of its weeks (rule 4)
    CAST(p.wants_timestamp_timers AS BOOLEAN) AS has_timestamp_timers,  -- Time is logged by start and end instead of by duration
    p.currency,  -- Currency of clients that have none of their own (ISO 4217)
    p.date_format,  -- How it prints days, also on invoice lines
    CAST(p.approval_feature AS BOOLEAN) AS approval_feature,  -- Timesheet approval is on: only approved time is billed (rule 13)
    CAST(p.expense_feature AS BOOLEAN) AS expense_feature,  -- The expense module is on
    CAST(p.invoice_feature AS BOOLEAN) AS invoice_feature,  -- The invoice module is on (rule 23)
    CAST(p.weekly_capacity AS BIGINT) AS weekly_capacity_seconds  -- Default working time in a week, in seconds
FROM parsed
