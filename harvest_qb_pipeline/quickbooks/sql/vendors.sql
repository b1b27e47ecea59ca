-- Vendors, inactive ones included. Grain: vendor. Key: vendor_id_qb.
-- The balance is in the vendor's currency, which never changes (rule 12). Names: rule 48. Their bank and tax details stay
-- in the raw table.
-- layer: answer
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"DisplayName":"VARCHAR","GivenName":"VARCHAR","FamilyName":"VARCHAR","CompanyName":"VARCHAR",
        "PrimaryEmailAddr":{"Address":"VARCHAR"},"CurrencyRef":{"value":"VARCHAR"},"Active":"VARCHAR",
        "Balance":"VARCHAR","SyncToken":"VARCHAR","MetaData":{"CreateTime":"VARCHAR"}}
    ') AS p
    FROM raw_quickbooks.vendors
    WHERE NOT is_deleted
)
SELECT
    id AS vendor_id_qb,  -- The vendor in QuickBooks
    p."DisplayName" AS display_name,  -- Its name, unique over customers, vendors and employees
    p."GivenName" AS given_name,  -- First name
    p."FamilyName" AS family_name,  -- Last name
    p."CompanyName" AS company_name,  -- Company name
    p."PrimaryEmailAddr"."Address" AS email,  -- E-mail address
    p."CurrencyRef"."value" AS currency,  -- Its currency (ISO 4217)
    CAST(p."Active" AS BOOLEAN) AS is_active,  -- Active
    CAST(p."Balance" AS DECIMAL(18,3)) AS balance,  -- What it is owed
    p."SyncToken" AS sync_token,  -- Version, needed to change it
    CAST(p."MetaData"."CreateTime" AS TIMESTAMPTZ) AS created_at,  -- When it was made
    updated_at  -- When it last changed
FROM parsed
