-- Customers and jobs, inactive ones included. Grain: customer or job. Key: customer_id_qb.
-- Balances in the customer's currency, which never changes (rule 12). Names: rule 48.
-- layer: answer
WITH parsed AS (
    SELECT id, updated_at, landed_at, from_json(payload, '
        {"Job":"VARCHAR","IsProject":"VARCHAR","Taxable":"VARCHAR","DisplayName":"VARCHAR",
        "FullyQualifiedName":"VARCHAR","CompanyName":"VARCHAR","GivenName":"VARCHAR","FamilyName":"VARCHAR",
        "CurrencyRef":{"value":"VARCHAR"},"Active":"VARCHAR","ParentRef":{"value":"VARCHAR"},
        "BillWithParent":"VARCHAR","Balance":"VARCHAR","BalanceWithJobs":"VARCHAR",
        "SalesTermRef":{"value":"VARCHAR"},"PrimaryEmailAddr":{"Address":"VARCHAR"},
        "PrimaryPhone":{"FreeFormNumber":"VARCHAR"},"Mobile":{"FreeFormNumber":"VARCHAR"},
        "BillAddr":{"Line1":"VARCHAR","Line2":"VARCHAR","Line3":"VARCHAR","Line4":"VARCHAR","Line5":"VARCHAR",
        "City":"VARCHAR","CountrySubDivisionCode":"VARCHAR","PostalCode":"VARCHAR","Country":"VARCHAR"},"Notes":"VARCHAR",
        "SyncToken":"VARCHAR","MetaData":{"CreateTime":"VARCHAR"}}
    ') AS p
    FROM raw_quickbooks.customers
    WHERE NOT is_deleted
)
SELECT
    id AS customer_id_qb,  -- The customer in QuickBooks
    p."DisplayName" AS display_name,  -- Its name, unique over customers, vendors and employees
    p."FullyQualifiedName" AS fully_qualified_name,  -- Name with its parents, as in Parent:Child
    p."CompanyName" AS company_name,  -- Company name
    p."GivenName" AS given_name,  -- First name of the person behind it
    p."FamilyName" AS family_name,  -- Their last name
    p."CurrencyRef"."value" AS currency,  -- Its currency (ISO 4217)
    CAST(p."Active" AS BOOLEAN) AS is_active,  -- Active
    coalesce(CAST(p."Job" AS BOOLEAN), false) AS is_job,  -- A job: a customer below another
    coalesce(CAST(p."IsProject" AS BOOLEAN), false) AS is_project,  -- A job that is a QuickBooks project
    p."ParentRef"."value" AS parent_customer_id_qb,  -- The customer above it
    CAST(p."BillWithParent" AS BOOLEAN) AS is_billed_with_parent,  -- Its invoices go to the parent
    CAST(p."Balance" AS DECIMAL(18,3)) AS balance,  -- What it owes, without its jobs
    CAST(p."BalanceWithJobs" AS DECIMAL(18,3)) AS balance_with_jobs,  -- What it owes, jobs included
    coalesce(CAST(p."Taxable" AS BOOLEAN), false) AS is_taxable,  -- Taxable
    p."SalesTermRef"."value" AS term_id_qb,  -- Its payment terms
    p."PrimaryEmailAddr"."Address" AS email,  -- E-mail address
    p."PrimaryPhone"."FreeFormNumber" AS phone,  -- Phone, as it was typed
    p."Mobile"."FreeFormNumber" AS mobile,  -- Mobile phone, as it was typed
    nullif(concat_ws(chr(10),
        nullif(p."BillAddr"."Line1", ''), nullif(p."BillAddr"."Line2", ''), nullif(p."BillAddr"."Line3", ''),
        nullif(p."BillAddr"."Line4", ''), nullif(p."BillAddr"."Line5", ''),
        nullif(concat_ws(', ', nullif(p."BillAddr"."City", ''),
            nullif(concat_ws(' ', nullif(p."BillAddr"."CountrySubDivisionCode", ''), nullif(p."BillAddr"."PostalCode", '')), ''),
            nullif(p."BillAddr"."Country", '')), '')
    ), '') AS address,  -- Billing address in lines; town, region, postal code and country are the last one
    p."Notes" AS notes,  -- Notes; ours end in our marker (rule 27)
    p."SyncToken" AS sync_token,  -- Version, needed to change it
    CAST(p."MetaData"."CreateTime" AS TIMESTAMPTZ) AS created_at,  -- When it was made
    updated_at,  -- When it last changed
    landed_at  -- When this version of it was read
FROM parsed
