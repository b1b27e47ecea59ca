-- Jobs of QuickBooks with everybody above them: the one walk up from a job, through other jobs, to its customer.
-- Grain: job. Key: customer_id_qb. QuickBooks has five levels.
WITH RECURSIVE above AS (
    SELECT customer_id_qb AS id, parent_customer_id_qb AS above_id FROM quickbooks.customers WHERE is_job AND parent_customer_id_qb IS NOT NULL
    -- UNION, not UNION ALL: a circle of parents must end.
    UNION
    SELECT a.id, p.parent_customer_id_qb
    FROM above AS a JOIN quickbooks.customers AS p ON p.customer_id_qb = a.above_id
    WHERE p.parent_customer_id_qb IS NOT NULL
)
SELECT
    a.id AS customer_id_qb,  -- The job, itself a customer
    max(t.customer_id_qb) AS top_customer_id_qb,  -- The customer at the top; empty when it was not read
    max(t.display_name) AS top_customer_name,  -- Its name
    list(a.above_id ORDER BY a.above_id) AS customers_above  -- Ids of all customers and jobs above
FROM above AS a
LEFT JOIN quickbooks.customers AS t ON t.customer_id_qb = a.above_id AND NOT t.is_job
GROUP BY a.id
