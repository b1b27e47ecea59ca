-- The company's settings that decide what can be posted. Grain: one row. Rules 1, 12, 19, 27, 34.
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"AccountingInfoPrefs":{"BookCloseDate":"VARCHAR","ClassTrackingPerTxnLine":"VARCHAR",
        "TrackDepartments":"VARCHAR"},
        "CurrencyPrefs":{"HomeCurrency":{"value":"VARCHAR"},"MultiCurrencyEnabled":"VARCHAR"},
        "SalesFormsPrefs":{"DefaultTerms":{"value":"VARCHAR"},"CustomTxnNumbers":"VARCHAR",
        "AllowDiscount":"VARCHAR",
        "AllowServiceDate":"VARCHAR","AutoApplyCredit":"VARCHAR"},"TaxPrefs":{"UsingSalesTax":"VARCHAR",
        "PartnerTaxEnabled":"VARCHAR"}}
    ') AS p
    FROM raw_quickbooks.preferences
    WHERE NOT is_deleted
)
SELECT
    CAST(p."AccountingInfoPrefs"."BookCloseDate" AS DATE) AS book_close_on,  -- Closing date: nothing may be dated on or before it (rule 1)
    p."CurrencyPrefs"."HomeCurrency"."value" AS home_currency,  -- Home currency (ISO 4217)
    coalesce(CAST(p."CurrencyPrefs"."MultiCurrencyEnabled" AS BOOLEAN), false) AS is_multicurrency,  -- Transactions may be in other currencies
    coalesce(CAST(p."SalesFormsPrefs"."CustomTxnNumbers" AS BOOLEAN), false) AS has_custom_numbers,  -- Our numbers stick (rule 27)
    coalesce(CAST(p."SalesFormsPrefs"."AllowDiscount" AS BOOLEAN), false) AS allows_discount,  -- Discount lines are possible (rule 19)
    coalesce(CAST(p."SalesFormsPrefs"."AllowServiceDate" AS BOOLEAN), false) AS has_service_dates,  -- Lines show their day
    coalesce(CAST(p."SalesFormsPrefs"."AutoApplyCredit" AS BOOLEAN), false) AS applies_credits,  -- QuickBooks applies credits by itself
    coalesce(CAST(p."AccountingInfoPrefs"."ClassTrackingPerTxnLine" AS BOOLEAN), false) AS has_line_classes,  -- Lines may carry a class
    coalesce(CAST(p."AccountingInfoPrefs"."TrackDepartments" AS BOOLEAN), false) AS has_locations,  -- Transactions may carry a location
    coalesce(CAST(p."TaxPrefs"."UsingSalesTax" AS BOOLEAN), false) AS is_using_sales_tax,  -- Sales tax is set up (rule 34)
    coalesce(CAST(p."TaxPrefs"."PartnerTaxEnabled" AS BOOLEAN), false) AS is_tax_automated,  -- QuickBooks computes sales tax and may change totals (rule 34)
    p."SalesFormsPrefs"."DefaultTerms"."value" AS default_term_id_qb,  -- Default payment terms
    updated_at  -- When they last changed
FROM parsed
