-- The company in QuickBooks. Grain: one row.
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"CompanyName":"VARCHAR","LegalName":"VARCHAR","Country":"VARCHAR","DefaultTimeZone":"VARCHAR",
        "FiscalYearStartMonth":"VARCHAR","Email":{"Address":"VARCHAR"}}
    ') AS p
    FROM raw_quickbooks.company_info
    WHERE NOT is_deleted
)
SELECT
    p."CompanyName" AS company_name,  -- Its name
    p."LegalName" AS legal_name,  -- Its legal name
    p."Country" AS country,  -- Country code
    p."DefaultTimeZone" AS timezone,  -- Its time zone (rule 4)
    p."FiscalYearStartMonth" AS fiscal_year_starts,  -- First month of the fiscal year
    p."Email"."Address" AS email,  -- E-mail address
    updated_at  -- When it last changed
FROM parsed
