-- QuickBooks customers that are to become Harvest clients with a contact and a first project.
-- Grain: customer. Key: customer_id_qb. Made since the cut-over, active, no job, nobody like it in Harvest, and not made by us (rule 49).
WITH eligible AS (
    SELECT q.*
    FROM quickbooks.customers AS q
    CROSS JOIN policy.context AS x
    WHERE x.new_clients = 'create' AND q.is_active AND NOT q.is_job
        AND (q.created_at AT TIME ZONE x.timezone)::DATE >= x.cutover_on
        -- What we made for a client comes back through the changes, and is no news.
        AND marked_id(q.notes, 'customer') IS NULL
        AND q.customer_id_qb NOT IN (SELECT known_customer_id_qb FROM contacts.client_matches WHERE known_customer_id_qb IS NOT NULL)
        AND q.customer_id_qb NOT IN (SELECT quickbooks_id FROM contacts.client_candidates)
),
named AS (
    SELECT e.*, c.client_id_harvest AS namesake_id, s.place, s.whose,
        CASE WHEN s.place IS NOT NULL THEN 'stated_unclear' WHEN c.client_id_harvest IS NOT NULL THEN 'name_taken' ELSE t.hold_code END AS hold_code
    FROM eligible AS e
    CROSS JOIN contacts.first_project AS t
    LEFT JOIN policy.claims AS s ON s.link_type = 'client' AND s.quickbooks_id = e.customer_id_qb
    LEFT JOIN (SELECT lower(trim(client_name)) AS name, min(client_id_harvest) AS client_id_harvest FROM harvest.clients GROUP BY 1) AS c
        ON c.name = lower(trim(e.display_name))
)
SELECT
    e.customer_id_qb,  -- The customer in QuickBooks
    e.display_name AS client_name,  -- The name of the client to be
    e.currency,  -- Its currency
    e.address,  -- Its billing address
    coalesce(nullif(e.given_name, ''), CASE WHEN coalesce(e.email, '') <> '' THEN e.display_name END) AS contact_first_name,  -- Its contact; empty when QuickBooks knows none
    CASE WHEN coalesce(e.given_name, '') <> '' THEN e.family_name END AS contact_last_name,  -- The contact's last name
    e.email AS contact_email,  -- The contact's e-mail address
    e.phone AS contact_phone,  -- Office phone
    e.mobile AS contact_mobile,  -- Mobile phone
    replace(t.project_name, '{customer}', e.display_name) AS project_name,  -- The first project's name
    replace(t.project_code, '{customer}', e.display_name) AS project_code,  -- Its code
    t.is_billable,  -- Whether its time is billable
    t.bill_by,  -- Project, Tasks, People or none
    t.hourly_rate,  -- Rate per hour where bill_by is Project
    t.budget_by,  -- What the budget counts
    t.budget,  -- The budget, in hours or in money as budget_by says
    t.task_ids,  -- Its tasks; empty for Harvest's default tasks
    t.user_ids,  -- Its people, besides those whom Harvest puts on every new project
    e.hold_code,  -- Why it waits; empty when it does not
    contacts_new_client_hold(
        e.hold_code,
        json_object('name', e.display_name, 'client_id', e.namesake_id, 'link_key', customer_key(e.namesake_id), 'customer_id', e.customer_id_qb,
            'place', e.place, 'whose', e.whose, 'why', t.sentence)
    ) AS sentence  -- The same for a bookkeeper
FROM named AS e
CROSS JOIN contacts.first_project AS t
