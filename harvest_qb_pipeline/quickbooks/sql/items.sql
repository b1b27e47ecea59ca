-- Products and services, inactive ones included. Grain: item. Key: item_id_qb. Prices in home currency.
-- layer: answer
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"Taxable":"VARCHAR","Name":"VARCHAR","FullyQualifiedName":"VARCHAR","Type":"VARCHAR","Active":"VARCHAR",
        "Description":"VARCHAR","UnitPrice":"VARCHAR","IncomeAccountRef":{"value":"VARCHAR"},
        "ExpenseAccountRef":{"value":"VARCHAR"},"SyncToken":"VARCHAR"}
    ') AS p
    FROM raw_quickbooks.items
    WHERE NOT is_deleted
)
SELECT
    id AS item_id_qb,  -- The item in QuickBooks
    p."Name" AS item_name,  -- Its name
    p."FullyQualifiedName" AS fully_qualified_name,  -- Name with its categories, as in Category:Item
    p."Type" AS item_type,  -- Service, NonInventory, Inventory, Category or Group
    CAST(p."Active" AS BOOLEAN) AS is_active,  -- Active
    p."Description" AS description,  -- Default description on forms
    CAST(p."UnitPrice" AS DECIMAL(18,5)) AS unit_price,  -- Default price
    p."IncomeAccountRef"."value" AS income_account_id_qb,  -- Account its sales are booked to
    p."ExpenseAccountRef"."value" AS expense_account_id_qb,  -- Account its purchases are booked to
    coalesce(CAST(p."Taxable" AS BOOLEAN), false) AS is_taxable,  -- Taxable
    p."SyncToken" AS sync_token,  -- Version, needed to change it
    updated_at  -- When it last changed
FROM parsed
