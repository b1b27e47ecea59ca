-- Bills whose sending began: their work is never planned again, it is finished or unwound (posting rules).
-- Grain: document. Key: document_key.
SELECT
    document AS document_key,  -- The bill in the ledger
    bool_and(state = 'posted') AS is_finished,  -- Every posting of it is posted
    max(doc_number) AS doc_number,  -- Its number in both systems
    max(external_id) FILTER (kind = 'twin') AS invoice_id_harvest,  -- Its twin in Harvest, once known
    max(external_id) FILTER (kind = 'invoice') AS invoice_id_qb,  -- Its invoice in QuickBooks, once known
    max(external_id) FILTER (kind = 'twin_open') IS NOT NULL AS is_opened,  -- Its twin was marked as sent
    max(occurs_on) FILTER (kind = 'invoice') AS issue_on,  -- Its invoice day
    max(amount) FILTER (kind = 'invoice') AS amount,  -- Its total
    max(currency) FILTER (kind = 'invoice') AS currency,  -- Its currency
    billing_begun_hold(
        CASE WHEN bool_and(state = 'posted') THEN 'posted' ELSE 'unfinished' END, json_object('bill', coalesce(max(doc_number), document))
    ) AS reason  -- What its entries are told
FROM ledger.postings
WHERE is_newest AND state NOT IN ('superseded', 'cancelled') AND kind IN ('twin', 'invoice', 'twin_open')
GROUP BY document
HAVING bool_or(
    state IN ('sending', 'uncertain', 'posted') OR external_id IS NOT NULL OR is_in_flight OR unknown_attempts > 0
)
