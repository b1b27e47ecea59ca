-- Invoices in QuickBooks that still exist, voided ones included. Grain: invoice. Key: invoice_id_qb.
-- Amounts in the invoice's currency; the rate is home units per 1 foreign unit (rule 12).
-- layer: answer
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"ExchangeRate":"VARCHAR","HomeTotalAmt":"VARCHAR","DocNumber":"VARCHAR",
        "CustomerRef":{"value":"VARCHAR","name":"VARCHAR"},"TxnDate":"VARCHAR",
        "DueDate":"VARCHAR","CurrencyRef":{"value":"VARCHAR"},"TotalAmt":"VARCHAR","Balance":"VARCHAR",
        "TxnTaxDetail":{"TotalTax":"VARCHAR"},"SalesTermRef":{"value":"VARCHAR"},"PrivateNote":"VARCHAR",
        "CustomerMemo":{"value":"VARCHAR"},"EmailStatus":"VARCHAR","SyncToken":"VARCHAR",
        "MetaData":{"CreateTime":"VARCHAR"}}
    ') AS p
    FROM raw_quickbooks.invoices
    WHERE NOT is_deleted
)
SELECT
    id AS invoice_id_qb,  -- The invoice in QuickBooks
    p."DocNumber" AS doc_number,  -- Its number; not unique by itself (rule 26)
    p."CustomerRef"."value" AS customer_id_qb,  -- Its customer or job
    p."CustomerRef"."name" AS customer_name,  -- Name of the customer
    CAST(p."TxnDate" AS DATE) AS transaction_on,  -- Its date
    CAST(p."DueDate" AS DATE) AS due_on,  -- Day it is due
    p."CurrencyRef"."value" AS currency,  -- Currency of its amounts
    coalesce(CAST(p."ExchangeRate" AS DECIMAL(18,9)), 1) AS exchange_rate,  -- Home units per 1 unit of the currency
    CAST(p."TotalAmt" AS DECIMAL(18,3)) AS total_amount,  -- Total
    coalesce(CAST(p."HomeTotalAmt" AS DECIMAL(18,3)), CAST(p."TotalAmt" AS DECIMAL(18,3))) AS total_amount_home,  -- Total in home currency
    CAST(p."Balance" AS DECIMAL(18,3)) AS balance,  -- What is still due; 0 means paid or voided
    CAST(p."TxnTaxDetail"."TotalTax" AS DECIMAL(18,3)) AS tax_amount,  -- Sales tax
    p."SalesTermRef"."value" AS term_id_qb,  -- Payment terms
    p."PrivateNote" AS private_note,  -- Memo; ours end in our marker (rule 27)
    p."CustomerMemo"."value" AS customer_memo,  -- Message to the customer
    p."EmailStatus" AS email_status,  -- NotSet, NeedToSend or EmailSent (rule 29)
    CAST(p."TotalAmt" AS DECIMAL(18,3)) = 0 AND coalesce(p."PrivateNote", '') LIKE 'Voided%' AS is_voided,  -- Voided
    p."SyncToken" AS sync_token,  -- Version, needed to change it
    CAST(p."MetaData"."CreateTime" AS TIMESTAMPTZ) AS created_at,  -- When it was made
    updated_at  -- When it last changed
FROM parsed
