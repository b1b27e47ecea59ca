-- Lines of bills that stand in Harvest and that QuickBooks has not accepted: what they would name by policy and links now.
-- Grain: line. Key: document_key, line_number. What a line bills is settled; only what it names may follow (rule 52).
SELECT
    s.document AS document_key,  -- The bill in the ledger
    s.line AS line_number,  -- Position on the invoice
    min(i.item_id_qb) AS item_id_qb,  -- The item in QuickBooks; empty when it has none such, active
    min(i.account_id_qb) AS account_id_qb,  -- Income account where the policy names another than the item's
    count(DISTINCT (i.rule_number, i.item_id_qb, i.account_id_qb)) = 1 AS is_settled  -- One item for all of its hours
FROM ledger.sources AS s
JOIN billing.begun_documents AS b ON b.document_key = s.document
LEFT JOIN billing.work_items AS i
    ON i.project_id_harvest = TRY_CAST(split_part(s.version, ':', 1) AS BIGINT)
    AND i.task_id_harvest = TRY_CAST(split_part(s.version, ':', 2) AS BIGINT)
WHERE b.invoice_id_qb IS NULL AND s.purpose = 'bill' AND s.source_type = 'time_entry' AND s.line IS NOT NULL
GROUP BY s.document, s.line
