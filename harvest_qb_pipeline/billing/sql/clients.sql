-- How each Harvest client is billed: the policy's choices for it, with its currency and week.
-- Grain: client. Key: client_id_harvest. Rules 5, 21.
SELECT
    c.client_id_harvest,  -- The client in Harvest
    c.client_name,  -- Its name in Harvest
    c.currency,  -- The currency of its invoices
    coalesce(m.minor_digits, 2) AS minor_digits,  -- Decimal places of that currency's amounts
    p.cadence,  -- monthly, semi_monthly, weekly, every_two_weeks or on_demand
    p.anchor_on,  -- First day of one two-week period
    CASE
        WHEN p.cadence = 'weekly' THEN coalesce((SELECT week_start_day FROM harvest.company), 'Monday')
    END AS week_start_day,  -- Weeks start on Harvest's day (rule 4); only for weekly clients
    p.grouping,  -- What makes a line: project_task, project_person, project or detailed
    p.invoice_per,  -- client, project or group
    p.project_customers,  -- client or job: who an invoice is made out to
    p.grace_days,  -- Days after a period's end before it closes
    p.term_id_qb,  -- Payment terms in QuickBooks; empty when it has none such, active
    p.terms_wanted,  -- Payment terms as the policy says
    p.minimum_invoice,  -- Below it, work is carried over; 0 for no minimum
    p.clean_projects,  -- Whether projects without blocked time bill although others wait
    p.credit_limit  -- The most the customer may owe, in the client's currency; empty for no limit
FROM harvest.clients AS c
JOIN policy.clients AS p USING (client_id_harvest)
LEFT JOIN policy.currencies AS m ON m.currency = c.currency
