-- Why drafts wait: one row per reason, in a bookkeeper's words (holds.toml; who is who says its own). A draft with any row here is not sent.
-- Grain: draft x code. Rules 1, 9, 12, 13, 18, 21, 22, 23, 25, 28, 34, 48, 49.
WITH conflicts AS (
    SELECT
        w.document_key,
        count(*) AS entries,
        array_to_string(list(
            coalesce(u.user_name, 'Person ' || w.user_id_harvest) || ', ' || strftime(w.spent_on, '%b %-d') || ', '
            || hours_text(w.hours_rounded) || ' (' || w.obstacle || ', entry ' || w.time_entry_id_harvest || ')'
            ORDER BY w.spent_on, w.time_entry_id_harvest
        )[:6], '; ') AS named
    FROM billing.window_conflicts AS w
    JOIN billing.draft_scopes AS d USING (document_key)
    LEFT JOIN harvest.users AS u USING (user_id_harvest)
    -- Unapproved time of the draft's own period is told once, with people and hours.
    WHERE NOT (w.reason_code = 'unapproved_time' AND w.would_be_on = w.document_key AND NOT d.clean_projects)
    GROUP BY w.document_key
),
no_item AS (
    SELECT l.document_key, string_agg(DISTINCT coalesce(i.item_wanted, x.item_wanted), ', ') AS wanted
    FROM billing.invoice_lines AS l
    CROSS JOIN policy.adjustment_item AS x
    LEFT JOIN billing.work_items AS i
        ON l.line_type = 'time' AND i.project_id_harvest = l.project_id_harvest AND i.rule_number = l.rule_number
    WHERE l.item_id_qb IS NULL
    GROUP BY l.document_key
),
no_account AS (
    SELECT DISTINCT b.document_key, i.account_wanted AS wanted
    FROM (SELECT DISTINCT document_key, project_id_harvest, task_id_harvest FROM billing.billable_time WHERE verdict = 'line') AS b
    JOIN billing.work_items AS i USING (project_id_harvest, task_id_harvest)
    WHERE i.account_wanted IS NOT NULL AND i.account_id_qb IS NULL
),
billed_so_far AS (
    SELECT t.project_id_harvest, sum(CAST(s.amount AS DECIMAL(18,3))) AS amount
    FROM ledger.sources AS s
    JOIN billing.begun_documents AS g ON g.document_key = s.document
    JOIN harvest.time_entries AS t ON t.time_entry_id_harvest = CAST(s.source_id AS BIGINT)
    WHERE s.purpose = 'bill' AND s.source_type = 'time_entry' AND EXISTS (SELECT 1 FROM policy.caps)
    GROUP BY t.project_id_harvest
),
capped AS (
    SELECT l.document_key, l.project_id_harvest, sum(l.amount) AS now, any_value(l.currency) AS currency
    FROM billing.invoice_lines AS l
    JOIN billing.projects AS p USING (project_id_harvest)
    WHERE p.cap_amount IS NOT NULL AND l.line_type = 'time'
    GROUP BY l.document_key, l.project_id_harvest
),
over_cap AS (
    SELECT k.document_key, p.project_label, p.cap_amount, k.now, k.currency, coalesce(b.amount, 0)
        -- Earlier drafts go out first, and count.
        + coalesce(sum(k.now) OVER (PARTITION BY k.project_id_harvest ORDER BY d.issue_on, k.document_key
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM capped AS k
    JOIN billing.draft_scopes AS d USING (document_key)
    JOIN billing.projects AS p USING (project_id_harvest)
    LEFT JOIN billed_so_far AS b USING (project_id_harvest)
    QUALIFY now + before > p.cap_amount
),
owed AS (
    SELECT document_key, coalesce(open_balance, 0) + coalesce(sum(amount) OVER (PARTITION BY client_id_harvest
        ORDER BY issue_on, document_key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS amount
    FROM billing.draft_scopes
),
others AS (
    SELECT d.document_key, string_agg(with_id(coalesce(q.doc_number, 'without a number'), q.invoice_id_qb), ', ' ORDER BY q.invoice_id_qb) AS listed
    FROM billing.draft_scopes AS d
    JOIN quickbooks.invoices AS q
        ON q.customer_id_qb = d.customer_id_qb AND q.total_amount = d.amount AND q.transaction_on = d.issue_on
    WHERE q.invoice_id_qb NOT IN (SELECT b.invoice_id_qb FROM billing.begun_documents AS b WHERE b.invoice_id_qb IS NOT NULL)
        AND d.amount > 0
    GROUP BY d.document_key
),
unclear AS (
    -- A rule whose names fit several records holds for none of them: what it may be meant for waits.
    SELECT DISTINCT b.document_key, u.sentence
    FROM policy.unresolved AS u
    JOIN policy.candidates AS k USING (reference_id)
    LEFT JOIN policy.references AS c ON c.reference_id = u.within_id
    JOIN (
        SELECT DISTINCT document_key, client_id_harvest, project_id_harvest, task_id_harvest FROM billing.billable_time WHERE verdict = 'line'
    ) AS b
        ON CAST(k.record_id AS BIGINT) = CASE u.kind WHEN 'client' THEN b.client_id_harvest WHEN 'project' THEN b.project_id_harvest ELSE b.task_id_harvest END
        AND (c.found_id IS NULL OR CAST(c.found_id AS BIGINT) = b.client_id_harvest)
    WHERE u.problem = 'ambiguous' AND u.kind IN ('client', 'project', 'task')
        AND u.setting IN ('[[clients]]', '[[clients.groups]]', '[[items.rules]]', '[[caps]]')
),
found AS (
    SELECT t.document_key, 'unapproved_time' AS code, t.entries, t.hours, t.people,
        json_object('extent', t.extent, 'is_one', nullif(t.entries = 1, false), 'who', t.who) AS params
    FROM billing.blocked_time AS t
    JOIN billing.clients AS c USING (client_id_harvest)
    WHERE t.reason_code = 'unapproved_time' AND NOT c.clean_projects
    UNION ALL BY NAME
    SELECT document_key, 'not_isolable' AS code, entries, json_object('named', named, 'more', CASE WHEN entries > 6 THEN entries - 6 END) AS params
    FROM conflicts
    UNION ALL BY NAME
    SELECT document_key, 'missing_reference' AS code, json_object('item', wanted) AS params
    FROM no_item
    UNION ALL BY NAME
    SELECT document_key, 'missing_reference' AS code, json_object('account', wanted) AS params
    FROM no_account
    UNION ALL BY NAME
    SELECT document_key, 'missing_reference' AS code, json_object('terms', terms_wanted) AS params
    FROM billing.draft_scopes WHERE term_id_qb IS NULL
    UNION ALL BY NAME
    SELECT document_key, 'policy_unclear' AS code, rtrim(sentence, '.') AS sentence FROM unclear
    UNION ALL BY NAME
    SELECT document_key, 'over_cap' AS code,
        json_object('project', project_label, 'cap', money_text(cap_amount, currency), 'before', amount_text(before), 'now', amount_text(now)) AS params
    FROM over_cap
    UNION ALL BY NAME
    SELECT document_key, 'not_synced_since_close' AS code, json_object() AS params
    FROM billing.unswept_drafts
    UNION ALL BY NAME
    SELECT document_key, 'possible_duplicate' AS code, json_object('listed', listed) AS params
    FROM others
    UNION ALL BY NAME
    SELECT d.document_key, m.hold_code AS code, m.sentence
    FROM billing.draft_scopes AS d JOIN contacts.client_matches AS m USING (client_id_harvest) WHERE m.hold_code IS NOT NULL
    UNION ALL BY NAME
    SELECT d.document_key, m.hold_code AS code, m.sentence
    FROM billing.draft_scopes AS d JOIN contacts.project_matches AS m ON m.project_id_harvest = d.job_project_id_harvest
    WHERE d.is_for_job AND m.hold_code IS NOT NULL
    UNION ALL BY NAME
    SELECT d.document_key, r.code, r.params
    FROM billing.draft_scopes AS d
    JOIN owed AS o USING (document_key)
    CROSS JOIN policy.context AS x
    CROSS JOIN harvest.company AS h
    LEFT JOIN quickbooks.preferences AS q ON true
    CROSS JOIN LATERAL (
        SELECT unnest([
            {'code': 'books_closed', 'holds': d.issue_on <= q.book_close_on,
                'params': json_object('closed_to', day_text(q.book_close_on), 'issue_on', day_text(d.issue_on))},
            {'code': 'foreign_currency', 'holds': d.currency <> q.home_currency,
                'params': json_object('client', d.client_name, 'currency', d.currency, 'home_currency', q.home_currency)},
            {'code': 'no_tax_rule', 'holds': x.services_tax_code IS NULL, 'params': json_object()},
            {'code': 'customer_not_made', 'holds': x.new_customers = 'never' AND d.is_new_customer,
                'params': json_object('client', d.client_name, 'link_key', customer_key(d.client_id_harvest))},
            {'code': 'native_copy_on', 'holds': x.native_copy = 'on', 'params': json_object()},
            {'code': 'invoices_off', 'holds': x.twin = 'import' AND NOT h.invoice_feature, 'params': json_object()},
            -- What waits has carried the period over the minimum; without it, the clean projects are not enough (rule 21).
            {'code': 'below_minimum', 'holds': d.clean_projects AND d.amount > 0
                AND greatest(d.amount, d.amount - d.adjustments) < d.minimum_invoice,
                'params': json_object('amount', money_text(d.amount, d.currency), 'minimum', amount_text(d.minimum_invoice))},
            {'code': 'negative_total', 'holds': d.amount < 0, 'params': json_object('amount', money_text(d.amount, d.currency))},
            {'code': 'over_credit_limit', 'holds': d.credit_limit IS NOT NULL AND o.amount + d.amount > d.credit_limit,
                'params': json_object('client', d.client_name, 'owed', money_text(o.amount, d.currency),
                    'would_owe', amount_text(o.amount + d.amount), 'limit', amount_text(d.credit_limit))}
        ], recursive := true)
    ) AS r
    WHERE r.holds
)
SELECT
    f.document_key,  -- The draft that waits
    d.client_id_harvest,  -- Its client
    f.code,  -- The reason for machines
    coalesce(f.sentence, billing_draft_hold(f.code, f.params)) || '.' AS sentence,  -- The reason for people: what is wrong and what to do
    f.entries,  -- Time entries behind it, where there are some
    f.hours,  -- Their hours
    f.people  -- Their people
FROM found AS f
JOIN billing.draft_scopes AS d USING (document_key)
