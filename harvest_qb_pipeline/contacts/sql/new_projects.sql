-- Jobs and projects of QuickBooks that are to become Harvest projects: below a known client whose projects are jobs.
-- Grain: job. Key: customer_id_qb. Made since the cut-over, active, nothing like it in Harvest, and not made by us (rule 49).
SELECT
    q.customer_id_qb,  -- The job in QuickBooks
    c.client_id_harvest,  -- The client in Harvest that its customer is
    CASE
        WHEN starts_with(lower(q.display_name), lower(c.customer_name) || ' - ') THEN substr(q.display_name, length(c.customer_name) + 4)
        ELSE q.display_name
    END AS project_name,  -- The project's name: the job's, without the customer's before it
    t.is_billable,  -- Whether its time is billable
    t.bill_by,  -- Project, Tasks, People or none
    t.hourly_rate,  -- Rate per hour where bill_by is Project
    t.budget_by,  -- What the budget counts
    t.budget,  -- The budget, in hours or in money as budget_by says
    t.task_ids,  -- Its tasks; empty for Harvest's default tasks
    t.user_ids,  -- Its people, besides those whom Harvest puts on every new project
    CASE WHEN s.place IS NOT NULL THEN 'stated_unclear' ELSE t.hold_code END AS hold_code,  -- Why it waits; empty when it does not
    contacts_new_project_hold(
        CASE WHEN s.place IS NOT NULL THEN 'stated_unclear' ELSE t.hold_code END,
        json_object('name', q.display_name, 'customer_id', q.customer_id_qb, 'place', s.place, 'whose', s.whose, 'why', t.sentence)
    ) AS sentence  -- The same for a bookkeeper
FROM quickbooks.customers AS q
CROSS JOIN policy.context AS x
CROSS JOIN contacts.first_project AS t
JOIN contacts.client_matches AS c ON c.customer_id_qb = q.parent_customer_id_qb
JOIN policy.clients AS b ON b.client_id_harvest = c.client_id_harvest AND b.project_customers = 'job'
LEFT JOIN policy.claims AS s ON s.link_type = 'project' AND s.quickbooks_id = q.customer_id_qb
WHERE x.new_clients = 'create' AND q.is_active AND q.is_job
    AND (q.created_at AT TIME ZONE x.timezone)::DATE >= x.cutover_on
    AND marked_id(q.notes, 'job') IS NULL
    AND q.customer_id_qb NOT IN (SELECT known_customer_id_qb FROM contacts.project_matches WHERE known_customer_id_qb IS NOT NULL)
    AND q.customer_id_qb NOT IN (SELECT quickbooks_id FROM contacts.project_candidates)
