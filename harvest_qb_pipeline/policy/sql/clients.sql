-- layer: answer
-- How each Harvest client is billed: the policy's entry for it (by id before by name), else its defaults.
-- Grain: client. Key: client_id_harvest. Rules 5, 21.
WITH entries AS (
    SELECT statement, CAST(found_id AS BIGINT) AS client_id, is_by_id
    FROM policy.references
    WHERE setting = '[[clients]]' AND part = 'client' AND found_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY found_id ORDER BY is_by_id DESC, statement) = 1
),
terms AS (
    SELECT CASE setting WHEN '[billing]' THEN 0 ELSE statement END AS statement, wanted, found_id, listed, problem
    FROM policy.references WHERE setting IN ('[billing]', '[[clients]]') AND part = 'terms'
)
SELECT
    c.client_id_harvest,  -- The client in Harvest
    b.statement,  -- The entry under [[clients]] that holds for it; 0 for the defaults
    b.cadence,  -- monthly, semi_monthly, weekly, every_two_weeks or on_demand (rule 5)
    b.anchor_on,  -- First day of one two-week period
    b.grouping,  -- What makes a line: project_task, project_person, project or detailed
    b.invoice_per,  -- client, project or group (rule 21)
    b.project_customers,  -- client: invoices go to the customer; job: to its job of the project
    b.grace_days,  -- Days after a period's end before it closes (rule 5)
    t.found_id AS term_id_qb,  -- Payment terms in QuickBooks; empty when it has none such, active
    t.wanted || CASE WHEN t.problem = 'ambiguous' THEN ' (it has ' || t.listed || ')' ELSE '' END AS terms_wanted,  -- Payment terms as the policy says
    b.minimum_invoice,  -- Below it, work is carried over to the next period (rule 21)
    b.clean_projects,  -- Bill projects without blocked time although others wait (rule 13)
    b.credit_limit  -- The most the customer may owe (rule 25)
FROM harvest.clients AS c
LEFT JOIN entries AS e ON e.client_id = c.client_id_harvest
JOIN policy.stated_billing AS b ON b.statement = coalesce(e.statement, 0)
LEFT JOIN terms AS own ON own.statement = b.statement
JOIN terms AS t ON t.statement = coalesce(own.statement, 0)
