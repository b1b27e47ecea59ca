-- Logged expenses. Grain: expense. Key: expense_id_harvest. Amounts in the client's currency, gross (rule 40).
-- Harvest does not say who paid (rule 38).
-- layer: answer
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"approval_status":"VARCHAR","is_closed":"VARCHAR","spent_date":"VARCHAR","user":{"id":"VARCHAR",
        "name":"VARCHAR"},"client":{"id":"VARCHAR",
        "name":"VARCHAR","currency":"VARCHAR"},"project":{"id":"VARCHAR","name":"VARCHAR"},
        "expense_category":{"id":"VARCHAR","name":"VARCHAR"},"units":"VARCHAR","total_cost":"VARCHAR",
        "billable":"VARCHAR","is_billed":"VARCHAR","is_locked":"VARCHAR","locked_reason":"VARCHAR",
        "invoice":{"id":"VARCHAR","number":"VARCHAR"},"receipt":{"file_name":"VARCHAR"},"notes":"VARCHAR"}
    ') AS p
    FROM raw_harvest.expenses
    WHERE NOT is_deleted
)
SELECT
    id AS expense_id_harvest,  -- The expense in Harvest
    CAST(p.spent_date AS DATE) AS spent_on,  -- Its day
    CAST(p."user".id AS BIGINT) AS user_id_harvest,  -- Whose expense it is
    p."user"."name" AS user_name,  -- Their name
    CAST(p.client.id AS BIGINT) AS client_id_harvest,  -- The client
    p.client."name" AS client_name,  -- Its name
    p.client.currency AS currency,  -- Currency of the amounts
    CAST(p.project.id AS BIGINT) AS project_id_harvest,  -- The project
    p.project."name" AS project_name,  -- Its name
    CAST(p.expense_category.id AS BIGINT) AS expense_category_id_harvest,  -- The category
    p.expense_category."name" AS expense_category_name,  -- Its name
    CAST(p.units AS DECIMAL(18,3)) AS units,  -- How many units, 1 for plain amounts
    CAST(p.total_cost AS DECIMAL(18,3)) AS total_cost,  -- What it cost
    CAST(p.billable AS BOOLEAN) AS is_billable,  -- Billable to the client
    CAST(p.is_billed AS BOOLEAN) AS is_billed,  -- Marked as invoiced
    CAST(p.is_locked AS BOOLEAN) AS is_locked,  -- Locked against changes by staff
    p.locked_reason,  -- Why it is locked
    coalesce(p.approval_status, CASE WHEN CAST(p.is_closed AS BOOLEAN) THEN 'approved' ELSE 'unsubmitted' END) AS approval_status,  -- unsubmitted, submitted or approved
    CAST(p.invoice.id AS BIGINT) AS invoice_id_harvest,  -- The invoice it is on
    p.invoice."number" AS invoice_number,  -- Its number
    p.receipt.file_name AS receipt_file_name,  -- File name of the receipt, if any
    p.notes,  -- What it was for
    updated_at  -- When it last changed
FROM parsed
