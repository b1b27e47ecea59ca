-- Employees, inactive ones included. Grain: employee. Key: employee_id_qb. Names: rule 48.
-- Cost rates are confidential and stand in confidential.people; birthdays and numbers of social security stay in the
-- raw table (rule 46).
-- layer: answer
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"DisplayName":"VARCHAR","GivenName":"VARCHAR","FamilyName":"VARCHAR",
        "PrimaryEmailAddr":{"Address":"VARCHAR"},"Active":"VARCHAR","SyncToken":"VARCHAR",
        "MetaData":{"CreateTime":"VARCHAR"}}
    ') AS p
    FROM raw_quickbooks.employees
    WHERE NOT is_deleted
)
SELECT
    id AS employee_id_qb,  -- The employee in QuickBooks
    p."DisplayName" AS display_name,  -- Their name, unique over customers, vendors and employees
    p."GivenName" AS given_name,  -- First name
    p."FamilyName" AS family_name,  -- Last name
    p."PrimaryEmailAddr"."Address" AS email,  -- E-mail address
    CAST(p."Active" AS BOOLEAN) AS is_active,  -- Active
    p."SyncToken" AS sync_token,  -- Version, needed to change it
    CAST(p."MetaData"."CreateTime" AS TIMESTAMPTZ) AS created_at,  -- When it was made
    updated_at  -- When it last changed
FROM parsed
