-- Employees of QuickBooks as parties to be recognised. Grain: employee.
SELECT
    employee_id_qb AS id,  -- The employee
    display_name AS name,  -- Their name
    CASE WHEN email <> '' THEN [email] ELSE [] END AS emails,  -- Their address
    is_active  -- Not put aside
FROM quickbooks.employees
ORDER BY id
