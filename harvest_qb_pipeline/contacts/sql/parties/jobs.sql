-- Jobs and projects of QuickBooks as parties to be recognised, at any depth below a customer. Grain: job.
SELECT
    j.customer_id_qb AS id,  -- The job, itself a customer
    -- A job's own name may begin with its customer's, since names are unique over all lists (rule 48).
    CASE
        WHEN starts_with(lower(j.display_name), lower(b.top_customer_name) || ' - ') THEN substr(j.display_name, length(b.top_customer_name) + 4)
        ELSE j.display_name
    END AS name,  -- Its name, without its customer's
    j.is_active AS is_active,  -- Not put aside
    b.top_customer_id_qb AS "group"  -- The customer at the top
FROM quickbooks.customers AS j
JOIN contacts.job_customers AS b USING (customer_id_qb)
WHERE b.top_customer_id_qb IS NOT NULL
ORDER BY id
