-- Items of QuickBooks as things to be recognised. Grain: item that can be sold.
SELECT
    item_id_qb AS id,  -- The item
    item_name AS name,  -- Its name
    is_active  -- Not put aside
FROM quickbooks.items
WHERE item_type <> 'Category'
ORDER BY id
