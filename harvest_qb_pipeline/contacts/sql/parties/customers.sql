-- Customers of QuickBooks, without jobs, as parties to be recognised. Grain: customer.
SELECT
    c.customer_id_qb AS id,  -- The customer
    c.display_name AS name,  -- Its name
    c.currency AS currency,  -- Its currency
    c.address AS address,  -- Its billing address
    c.is_active AS is_active,  -- Not put aside
    CASE WHEN c.email <> '' THEN [c.email] ELSE [] END AS emails,  -- Its address
    coalesce(list(DISTINCT j.display_name) FILTER (j.display_name IS NOT NULL), []) AS projects  -- Names of its jobs
FROM quickbooks.customers AS c
LEFT JOIN quickbooks.customers AS j ON j.parent_customer_id_qb = c.customer_id_qb
WHERE NOT c.is_job
GROUP BY ALL
ORDER BY id
