-- How each Harvest client is billed: the policy's row for it (by id, else by name, else the default).
-- Grain: client. Key: client_id_harvest. Rules 5, 21.
WITH fitting AS (
    SELECT
        c.client_id_harvest AS id,
        c.client_name AS name,
        c.currency AS client_currency,
        r.*,
        row_number() OVER (
            PARTITION BY c.client_id_harvest
            ORDER BY r.client_id_harvest IS NULL, r.client_name IS NULL
        ) AS preference
    FROM harvest.clients AS c
    JOIN policy.billing_rules AS r
        ON r.client_id_harvest = c.client_id_harvest
        OR (r.client_id_harvest IS NULL AND r.client_name IS NULL)
        OR lower(trim(r.client_name)) = lower(trim(c.client_name))
)
SELECT
    id AS client_id_harvest,  -- The client in Harvest
    name AS client_name,  -- Its name in Harvest
    client_currency AS currency,  -- The currency of its invoices
    coalesce(m.minor_digits, 2) AS minor_digits,  -- Decimal places of that currency's amounts
    cadence,  -- monthly, semi_monthly, weekly, every_two_weeks or on_demand
    anchor_on,  -- First day of one two-week period
    CASE
        WHEN cadence = 'weekly' THEN coalesce((SELECT week_start_day FROM harvest.company), 'Monday')
    END AS week_start_day,  -- Weeks start on Harvest's day (rule 4); only for weekly clients
    grouping,  -- What makes a line: project_task, project_person, project or detailed
    invoice_per,  -- client, project or group
    project_customers,  -- client or job: who an invoice is made out to
    grace_days,  -- Days after a period's end before it closes
    terms_id_qb,  -- Payment terms by id, as the policy says
    terms_name,  -- Payment terms by name, as the policy says
    minimum_invoice,  -- Below it, work is carried over; 0 for no minimum
    clean_projects,  -- Whether projects without blocked time bill although others wait
    credit_limit  -- The most the customer may owe, in the client's currency; empty for no limit
FROM fitting
LEFT JOIN policy.currencies AS m ON m.currency = client_currency
WHERE preference = 1
