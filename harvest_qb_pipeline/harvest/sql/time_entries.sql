-- Logged time. Grain: time entry. Key: time_entry_id_harvest. Hours have 2 places, rates up to 5.
-- Invoices bill hours_rounded and the entry's own billable_rate, payroll hours_worked (rule 9). What it cost is
-- confidential and stands in confidential.time_costs (rule 46).
-- layer: answer
-- rows: id of raw_harvest.time_entries
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"approval_status":"VARCHAR","is_closed":"VARCHAR","spent_date":"VARCHAR","user":{"id":"VARCHAR",
        "name":"VARCHAR"},"client":{"id":"VARCHAR",
        "name":"VARCHAR"},"project":{"id":"VARCHAR","name":"VARCHAR","code":"VARCHAR"},
        "task":{"id":"VARCHAR","name":"VARCHAR"},"hours":"VARCHAR","rounded_hours":"VARCHAR",
        "billable_rate":"VARCHAR","billable":"VARCHAR","is_billed":"VARCHAR","is_running":"VARCHAR",
        "is_locked":"VARCHAR","locked_reason":"VARCHAR","invoice":{"id":"VARCHAR","number":"VARCHAR"},
        "notes":"VARCHAR","timer_started_at":"VARCHAR","created_at":"VARCHAR"}
    ') AS p
    FROM raw_harvest.time_entries
    WHERE NOT is_deleted
)
SELECT
    id AS time_entry_id_harvest,  -- The entry in Harvest
    CAST(p.spent_date AS DATE) AS spent_on,  -- The day of the work
    CAST(p."user".id AS BIGINT) AS user_id_harvest,  -- Who worked
    p."user"."name" AS user_name,  -- Their name
    CAST(p.client.id AS BIGINT) AS client_id_harvest,  -- The client
    p.client."name" AS client_name,  -- Its name
    CAST(p.project.id AS BIGINT) AS project_id_harvest,  -- The project
    p.project."name" AS project_name,  -- Its name
    nullif(p.project.code, '') AS project_code,  -- Its code, if any
    CAST(p.task.id AS BIGINT) AS task_id_harvest,  -- The task
    p.task."name" AS task_name,  -- Its name
    CAST(p.hours AS DECIMAL(12,2)) AS hours_worked,  -- Hours as logged, a running timer included
    CAST(p.rounded_hours AS DECIMAL(12,2)) AS hours_rounded,  -- Hours after the account's rounding, as invoiced
    CAST(p.billable_rate AS DECIMAL(18,5)) AS billable_rate,  -- Rate per hour in the client's currency; empty when not billable or without a rate (rule 14)
    CAST(p.billable AS BOOLEAN) AS is_billable,  -- Billable
    CAST(p.is_billed AS BOOLEAN) AS is_billed,  -- Marked as invoiced, by an invoice or by hand (rule 23)
    CAST(p.is_running AS BOOLEAN) AS is_running,  -- Its timer is running
    CAST(p.is_locked AS BOOLEAN) AS is_locked,  -- Locked against changes by staff
    p.locked_reason,  -- Why it is locked
    coalesce(p.approval_status, CASE WHEN CAST(p.is_closed AS BOOLEAN) THEN 'approved' ELSE 'unsubmitted' END) AS approval_status,  -- unsubmitted, submitted or approved (older accounts only say closed)
    CAST(p.invoice.id AS BIGINT) AS invoice_id_harvest,  -- The invoice it is on
    p.invoice."number" AS invoice_number,  -- Its number
    p.notes,  -- What was done
    CAST(p.timer_started_at AS TIMESTAMPTZ) AS timer_started_at,  -- Since when its timer runs
    CAST(p.created_at AS TIMESTAMPTZ) AS created_at,  -- When it was logged
    updated_at  -- When it last changed; rates and rounding do not move it (rule 9)
FROM parsed
