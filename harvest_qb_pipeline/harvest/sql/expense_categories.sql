-- The kinds of expenses. Grain: category. Key: expense_category_id_harvest.
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"name":"VARCHAR","unit_name":"VARCHAR","unit_price":"VARCHAR","is_active":"VARCHAR"}
    ') AS p
    FROM raw_harvest.expense_categories
    WHERE NOT is_deleted
)
SELECT
    id AS expense_category_id_harvest,  -- The category in Harvest
    p."name" AS expense_category_name,  -- Its name
    p.unit_name,  -- What is counted, such as mile; empty for plain amounts
    CAST(p.unit_price AS DECIMAL(18,5)) AS unit_price,  -- Price of one unit (rule 41)
    CAST(p.is_active AS BOOLEAN) AS is_active,  -- Not archived
    updated_at  -- When it last changed
FROM parsed
