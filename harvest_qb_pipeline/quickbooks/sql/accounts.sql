-- The chart of accounts, inactive ones included. Grain: account. Key: account_id_qb.
-- The balance is in the account's currency.
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"Name":"VARCHAR","FullyQualifiedName":"VARCHAR","AcctNum":"VARCHAR","AccountType":"VARCHAR",
        "AccountSubType":"VARCHAR","Classification":"VARCHAR","CurrencyRef":{"value":"VARCHAR"},
        "Active":"VARCHAR","ParentRef":{"value":"VARCHAR"},"CurrentBalance":"VARCHAR"}
    ') AS p
    FROM raw_quickbooks.accounts
    WHERE NOT is_deleted
)
SELECT
    id AS account_id_qb,  -- The account in QuickBooks
    p."Name" AS account_name,  -- Its name
    p."FullyQualifiedName" AS fully_qualified_name,  -- Name with its parents, as in Parent:Child
    p."AcctNum" AS account_number,  -- Its number
    p."AccountType" AS account_type,  -- Such as Income, Bank, Accounts Receivable, Other Current Liability
    p."AccountSubType" AS account_subtype,  -- Finer than the type
    p."Classification" AS classification,  -- Asset, Liability, Equity, Revenue or Expense
    p."CurrencyRef"."value" AS currency,  -- Its currency (rule 12)
    CAST(p."Active" AS BOOLEAN) AS is_active,  -- Active
    p."ParentRef"."value" AS parent_account_id_qb,  -- The account above it
    CAST(p."CurrentBalance" AS DECIMAL(18,3)) AS balance,  -- Balance now
    updated_at  -- When it last changed
FROM parsed
