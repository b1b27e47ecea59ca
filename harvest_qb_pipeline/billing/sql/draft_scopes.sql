-- What each draft is: its client and period, window, days, terms, customer and totals, before its holds.
-- Grain: draft. Key: document_key. Amounts in the client's currency. Rules 1, 2, 5, 21, 26.
-- rows: document_key of billing.billable_time, billing.draft_projects, billing.invoice_lines
WITH worked AS (
    SELECT
        document_key,
        count(*) AS entries,
        sum(hours_rounded)::DECIMAL(18,2) AS hours,
        count(*) FILTER (is_late) AS late_entries,
        count(DISTINCT user_id_harvest) AS people
    FROM billing.billable_time WHERE verdict = 'line' GROUP BY document_key
),
reach AS (
    SELECT document_key, any_value(window_from) AS window_from, list_sort(list(project_id_harvest)) AS project_ids
    FROM billing.draft_projects GROUP BY document_key
),
totals AS (
    SELECT
        document_key,
        sum(amount)::DECIMAL(18,3) AS amount,
        coalesce(sum(amount) FILTER (line_type = 'adjustment'), 0)::DECIMAL(18,3) AS adjustments
    FROM billing.invoice_lines GROUP BY document_key
),
groups AS (
    SELECT client_id_harvest, group_key, any_value(group_name) AS group_name, any_value(purchase_order) AS purchase_order,
        CASE WHEN group_key LIKE 'project-%' THEN any_value(project_id_harvest) END AS project_id_harvest
    FROM billing.projects GROUP BY client_id_harvest, group_key
),
terms AS (
    SELECT c.client_id_harvest, c.terms_wanted AS wanted, c.term_id_qb, t.due_days, t.due_day_of_month AS due_day, t.due_next_month_days
    FROM billing.clients AS c
    LEFT JOIN quickbooks.terms AS t USING (term_id_qb)
),
dated AS (
    SELECT
        p.document_key,
        CASE x.invoice_date WHEN 'closing_day' THEN p.closes_on ELSE p.period_to END AS usual_on,
        CASE
            WHEN x.books_closed = 'next_open_day' THEN greatest(usual_on, coalesce(q.book_close_on + 1, usual_on))
            ELSE usual_on
        END AS issue_on
    FROM billing.periods AS p
    CROSS JOIN policy.context AS x
    LEFT JOIN quickbooks.preferences AS q ON true
)
SELECT
    w.document_key,  -- The bill in the ledger
    p.client_id_harvest,  -- Its client in Harvest
    c.client_name,  -- The client's name
    p.group_key,  -- The invoice group; empty for the client's common invoice
    g.group_name,  -- What people call the group
    g.purchase_order,  -- Purchase order of the group
    g.project_id_harvest AS job_project_id_harvest,  -- The project, where each has an invoice of its own
    c.project_customers = 'job' AND g.project_id_harvest IS NOT NULL AS is_for_job,  -- Made out to the job of that project
    p.period_key,  -- The period in keys
    p.period_from,  -- First day of the period
    p.period_to,  -- Last day of the period
    p.closed_at,  -- When the period closed
    r.window_from,  -- First day of work on it: the import begins here
    r.project_ids,  -- Its projects in Harvest
    c.grouping,  -- What makes a line
    w.entries,  -- Time entries on it
    w.late_entries,  -- Of these, worked in a period that was already billed
    w.people,  -- People who worked
    w.hours,  -- Hours on it
    t.amount,  -- Sum of its lines
    t.adjustments,  -- Of this, adjustments
    c.currency,  -- Currency of the amounts
    d.usual_on,  -- Invoice day by the policy
    d.issue_on,  -- Invoice day, after the remedy for closed books
    CASE
        WHEN k.due_day IS NULL THEN d.issue_on + coalesce(k.due_days, 0)::INTEGER
        WHEN d.issue_on + coalesce(k.due_next_month_days, 0) <= date_trunc('month', d.issue_on)::DATE
            + least(k.due_day, day(last_day(d.issue_on)))::INTEGER - 1
            THEN date_trunc('month', d.issue_on)::DATE + least(k.due_day, day(last_day(d.issue_on)))::INTEGER - 1
        ELSE last_day(d.issue_on) + least(k.due_day, day(last_day(last_day(d.issue_on) + 1)))::INTEGER
    END::DATE AS due_on,  -- Day it is due, by days or by a day of the month, this one or the next
    k.wanted AS terms_wanted,  -- Payment terms as the policy says
    k.term_id_qb,  -- The terms in QuickBooks; empty when it has none such, active
    m.customer_id_qb,  -- Who it is made out to; empty when the customer is new or held
    coalesce(m.matched_by = 'planned' AND m.hold_code IS NULL, false) AS is_new_customer,  -- Its customer is created with it
    m.open_balance,  -- What the customer owes now
    c.credit_limit,  -- What it may owe by the policy
    c.minimum_invoice,  -- Below it, by the policy, a bill is not worth sending
    c.clean_projects  -- Whether it bills without the projects that wait
FROM worked AS w
JOIN billing.periods AS p USING (document_key)
JOIN billing.clients AS c USING (client_id_harvest)
JOIN reach AS r USING (document_key)
JOIN totals AS t USING (document_key)
JOIN dated AS d USING (document_key)
JOIN terms AS k USING (client_id_harvest)
LEFT JOIN groups AS g ON g.client_id_harvest = p.client_id_harvest AND g.group_key = p.group_key
LEFT JOIN contacts.client_matches AS m ON m.client_id_harvest = p.client_id_harvest
