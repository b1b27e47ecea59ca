-- Time entries that a begun bill has consumed, as the ledger knows them (rule 23: they stay consumed).
-- Grain: time entry. Key: time_entry_id_harvest.
SELECT
    CAST(s.source_id AS BIGINT) AS time_entry_id_harvest,  -- The entry in Harvest
    any_value(s.document) AS document_key,  -- The bill that consumed it
    bool_and(b.is_finished) AS is_finished,  -- Whether that bill is wholly posted
    bool_or(b.invoice_id_harvest IS NOT NULL) AS has_twin,  -- Whether that bill marks it as invoiced in Harvest
    any_value(b.reason) AS reason  -- Why it is not billed again
FROM ledger.sources AS s
JOIN billing.begun_documents AS b ON b.document_key = s.document
WHERE s.purpose = 'bill' AND s.source_type = 'time_entry'
GROUP BY s.source_id
