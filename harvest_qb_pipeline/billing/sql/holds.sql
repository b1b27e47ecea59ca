-- Everything that waits, and why: drafts, and work or expenses that are on no draft.
-- Grain: subject x code. Rules 14, 15, 22, 23, 28, 37 and those of billing.draft_holds.
-- layer: answer
WITH fixed_fee AS (
    SELECT b.project_id_harvest, b.client_id_harvest, count(*) AS entries, sum(b.hours_rounded)::DECIMAL(18,2) AS hours,
        count(DISTINCT b.user_id_harvest) AS people
    FROM billing.billable_time AS b WHERE b.verdict = 'not_hourly' GROUP BY ALL
),
no_draft AS (
    SELECT t.* FROM billing.blocked_time AS t
    WHERE NOT EXISTS (
        SELECT 1 FROM billing.draft_holds AS h WHERE h.document_key = t.document_key AND h.code = t.reason_code
    )
),
unmarked AS (
    SELECT document_key, client_id_harvest, count(*) AS entries, sum(hours_rounded)::DECIMAL(18,2) AS hours,
        count(DISTINCT user_id_harvest) AS people
    FROM billing.billable_time WHERE reason_code = 'unmarked' GROUP BY ALL
),
gone AS (
    SELECT b.*, billed_client(b.document_key) AS client_id_harvest
    FROM billing.begun_documents AS b
    WHERE b.invoice_id_harvest IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM harvest.invoices AS i WHERE i.invoice_id_harvest = TRY_CAST(b.invoice_id_harvest AS BIGINT))
)
SELECT
    'draft' AS subject,  -- draft, time, project, expense, bill (one that was planned or is posted) or policy
    h.document_key,  -- The bill, where there is one
    h.client_id_harvest,  -- The client
    NULL::BIGINT AS project_id_harvest,  -- The project, where it is about one
    NULL::BIGINT AS expense_id_harvest,  -- The expense, where it is about one
    h.code,  -- The reason for machines
    h.sentence,  -- The reason for a bookkeeper
    h.entries,  -- Entries behind it
    h.hours,  -- Their hours
    h.people,  -- Their people
    NULL::DECIMAL(18,3) AS amount,  -- Money behind it, where it is about money
    NULL::VARCHAR AS currency  -- Its currency
FROM billing.draft_holds AS h
UNION ALL BY NAME
SELECT
    'time' AS subject, t.document_key, t.client_id_harvest, t.reason_code AS code,
    billing_time_hold(t.reason_code, json_object('extent', t.extent, 'who', t.who)) || '.' AS sentence,
    t.entries, t.hours, t.people
FROM no_draft AS t
UNION ALL BY NAME
SELECT
    'project' AS subject, f.client_id_harvest, f.project_id_harvest, 'fixed_fee_without_schedule' AS code,
    billing_project_hold(code, json_object('project', p.project_label, 'fee', money_text(q.fee, c.currency), 'hours', hours_text(f.hours))) || '.' AS sentence,
    f.entries, f.hours, f.people, q.fee AS amount, c.currency
FROM fixed_fee AS f
JOIN billing.projects AS p USING (project_id_harvest)
JOIN harvest.projects AS q USING (project_id_harvest)
JOIN billing.clients AS c ON c.client_id_harvest = f.client_id_harvest
UNION ALL BY NAME
SELECT
    'expense' AS subject, e.client_id_harvest, e.project_id_harvest, e.expense_id_harvest, 'expense_not_billed' AS code,
    billing_expense_hold(code, json_object(
        'amount', money_text(e.total_cost, c.currency), 'day', day_text(e.spent_on), 'category', e.expense_category_name,
        'person', e.user_name, 'project', p.project_label
    )) || '.' AS sentence,
    1 AS entries, e.total_cost AS amount, c.currency
FROM harvest.expenses AS e
JOIN billing.projects AS p USING (project_id_harvest)
JOIN billing.clients AS c ON c.client_id_harvest = p.client_id_harvest
CROSS JOIN policy.context AS x
WHERE e.is_billable AND NOT e.is_billed AND e.spent_on >= x.cutover_on
UNION ALL BY NAME
SELECT
    'bill' AS subject, u.document_key, u.client_id_harvest, 'unmarked' AS code,
    billing_bill_hold(code, json_object(
        'entries', entries_text(u.entries), 'hours', hours_text(u.hours), 'number', coalesce(b.doc_number, u.document_key)
    )) || '.' AS sentence,
    u.entries, u.hours, u.people
FROM unmarked AS u JOIN billing.begun_documents AS b USING (document_key)
UNION ALL BY NAME
SELECT
    'bill' AS subject, g.document_key, g.client_id_harvest, 'twin_gone' AS code,
    billing_bill_hold(code, json_object('number', g.doc_number, 'invoice_id', g.invoice_id_harvest)) || '.' AS sentence,
    g.amount, g.currency
FROM gone AS g
UNION ALL BY NAME
SELECT 'policy' AS subject, 'policy_misses' AS code, m.sentence FROM policy.unresolved AS m
UNION ALL BY NAME
SELECT
    'bill' AS subject, a.document AS document_key, c.client_id_harvest, 'adjustment_left' AS code,
    billing_bill_hold(code, json_object(
        'amount', money_text(a.amount, c.currency), 'client', c.client_name, 'reason', a.reason, 'bill', a.document
    )) || '.' AS sentence,
    a.amount, c.currency
FROM ledger.adjustments AS a
JOIN billing.clients AS c ON c.client_id_harvest = billed_client(a.document)
WHERE a.removed_by IS NULL
    AND a.document NOT IN (SELECT g.document_key FROM billing.begun_documents AS g)
    AND NOT EXISTS (SELECT 1 FROM billing.billable_time AS b WHERE b.document_key = a.document)
UNION ALL BY NAME
SELECT
    'bill' AS subject, d.document_key, d.client_id_harvest, 'possible_duplicate' AS code, d.sentence, d.amount, d.currency
FROM billing.possible_duplicates AS d
