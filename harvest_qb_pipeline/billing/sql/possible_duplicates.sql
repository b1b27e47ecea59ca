-- Invoices in QuickBooks that look like copies of ours: the same number, or the same customer, amount and day.
-- Grain: our bill x other invoice. Harvest's native copy cannot be seen through its API, only what it leaves (rule 28).
-- layer: answer
WITH ours AS (
    SELECT b.*, q.customer_id_qb, q.total_amount, q.transaction_on, q.doc_number AS number
    FROM billing.begun_documents AS b
    JOIN quickbooks.invoices AS q USING (invoice_id_qb)
)
SELECT
    o.document_key,  -- Our bill
    billed_client(o.document_key) AS client_id_harvest,  -- Its client in Harvest
    o.invoice_id_qb,  -- Our invoice in QuickBooks
    q.invoice_id_qb AS other_invoice_id_qb,  -- The other one
    q.total_amount AS amount,  -- The other one's total
    q.currency,  -- Its currency
    billing_bill_hold('possible_duplicate', json_object(
        'other_number', q.doc_number, 'other_id', q.invoice_id_qb, 'amount', money_text(q.total_amount, q.currency),
        'number', o.number, 'invoice_id', o.invoice_id_qb, 'is_same_number', nullif(q.doc_number = o.number, false)
    )) || '.' AS sentence  -- The same for a bookkeeper
FROM ours AS o
JOIN quickbooks.invoices AS q
    ON q.invoice_id_qb <> o.invoice_id_qb
    AND (
        q.doc_number = o.number
        OR (q.customer_id_qb = o.customer_id_qb AND q.total_amount = o.total_amount AND q.transaction_on = o.transaction_on)
    )
WHERE q.invoice_id_qb NOT IN (SELECT b.invoice_id_qb FROM billing.begun_documents AS b WHERE b.invoice_id_qb IS NOT NULL)
