-- Jobs and projects of QuickBooks as parties to be recognised, at any depth below a customer. Grain: job.
WITH RECURSIVE below AS (
    SELECT customer_id_qb AS id, customer_id_qb AS top, display_name AS top_name FROM quickbooks.customers WHERE NOT is_job
    UNION ALL
    SELECT j.customer_id_qb, b.top, b.top_name
    FROM quickbooks.customers AS j JOIN below AS b ON j.parent_customer_id_qb = b.id
    WHERE j.is_job
)
SELECT
    j.customer_id_qb AS id,  -- The job, itself a customer
    -- A job's own name may begin with its customer's, since names are unique over all lists (rule 48).
    CASE
        WHEN starts_with(lower(j.display_name), lower(b.top_name) || ' - ') THEN substr(j.display_name, length(b.top_name) + 4)
        ELSE j.display_name
    END AS name,  -- Its name, without its customer's
    j.is_active AS is_active,  -- Not put aside
    b.top AS "group"  -- The customer at the top
FROM quickbooks.customers AS j
JOIN below AS b ON b.id = j.customer_id_qb
WHERE j.is_job
ORDER BY id
