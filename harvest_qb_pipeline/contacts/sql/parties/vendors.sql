-- Vendors of QuickBooks as parties to be recognised. Grain: vendor.
SELECT
    vendor_id_qb AS id,  -- The vendor
    display_name AS name,  -- Its name
    CASE WHEN email <> '' THEN [email] ELSE [] END AS emails,  -- Its address
    is_active  -- Not put aside
FROM quickbooks.vendors
ORDER BY id
