-- What an hour of each person costs, as each system says it. Grain: person in one system. Key: system, person_id.
-- Confidential: not in the analysts' copy unless the policy says cost_rates = "analysts" (rule 46).
-- layer: answer
WITH users AS (
    SELECT id, from_json(payload, '{"cost_rate":"VARCHAR"}') AS p
    FROM raw_harvest.users
    WHERE NOT is_deleted
),
employees AS (
    SELECT id, from_json(payload, '{"CostRate":"VARCHAR"}') AS p
    FROM raw_quickbooks.employees
    WHERE NOT is_deleted
),
vendors AS (
    SELECT id, from_json(payload, '{"CostRate":"VARCHAR"}') AS p
    FROM raw_quickbooks.vendors
    WHERE NOT is_deleted
),
rates AS (
    SELECT 'harvest' AS system, 'User' AS record, CAST(id AS VARCHAR) AS person_id, p.cost_rate FROM users
    UNION ALL
    SELECT 'quickbooks', 'Employee', CAST(id AS VARCHAR), p."CostRate" FROM employees
    UNION ALL
    SELECT 'quickbooks', 'Vendor', CAST(id AS VARCHAR), p."CostRate" FROM vendors
)
SELECT
    system,  -- harvest or quickbooks
    record,  -- User, Employee or Vendor
    person_id,  -- The record in that system: user_id_harvest, employee_id_qb or vendor_id_qb
    CAST(cost_rate AS DECIMAL(18,5)) AS cost_rate  -- Cost of an hour today, in the firm's own currency
FROM rates
WHERE cost_rate IS NOT NULL
