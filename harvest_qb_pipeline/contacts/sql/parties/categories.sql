-- Invoice categories of Harvest as things to be recognised. Grain: category.
SELECT
    category_id_harvest::VARCHAR AS id,  -- The category
    category_name AS name  -- Its name
FROM harvest.invoice_item_categories
ORDER BY id
