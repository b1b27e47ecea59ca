-- The kinds of invoice lines. Grain: category. Key: category_id_harvest.
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"name":"VARCHAR","use_as_service":"VARCHAR","use_as_expense":"VARCHAR","created_at":"VARCHAR"}
    ') AS p
    FROM raw_harvest.invoice_item_categories
    WHERE NOT is_deleted
)
SELECT
    id AS category_id_harvest,  -- The category in Harvest
    p."name" AS category_name,  -- Its name, as `kind` on invoice lines
    CAST(p.use_as_service AS BOOLEAN) AS is_used_for_time,  -- Harvest gives it to imported hours
    CAST(p.use_as_expense AS BOOLEAN) AS is_used_for_expenses,  -- Harvest gives it to imported expenses
    CAST(p.created_at AS TIMESTAMPTZ) AS created_at,  -- When it was added
    updated_at  -- When it last changed
FROM parsed
