-- Which job or project of QuickBooks each Harvest project is: below its client's customer, stated, linked, marked or of the same name.
-- Grain: project. Key: project_id_harvest. Rules 42, 48, 49.
WITH named AS (
    SELECT
        p.project_id_harvest AS id,
        p.client_id_harvest AS client_id,
        p.project_name AS name,
        p.project_code AS code,
        p.is_active AS is_project_active,
        c.client_name,
        c.matched_by AS client_matched_by,
        c.customer_id_qb AS parent_id,
        c.hold_code AS client_hold,
        b.project_customers = 'job' AS is_for_job,
        -- Names are unique over all lists and may hold no colon; what a template leaves behind is trimmed.
        left(trim(regexp_replace(replace(replace(replace(replace(x.job_name, '{client}', c.client_name), '{project}', coded_name(p.project_name, p.project_code)),
            '{code}', coalesce(p.project_code, '')), ':', ' -'), '[[:cntrl:]\s]+', ' ', 'g'), ' -'), 500) AS job_name
    FROM harvest.projects AS p
    JOIN contacts.client_matches AS c USING (client_id_harvest)
    JOIN policy.clients AS b USING (client_id_harvest)
    CROSS JOIN policy.context AS x
),
stated AS (
    SELECT harvest_id AS id, wanted, quickbooks_id AS found_id, place AS stated_in, problem, listed AS could_be
    FROM policy.links WHERE link_type = 'project' AND harvest_id IS NOT NULL
),
linked AS (
    SELECT id_in(l.key, 'job') AS id, l.external_id AS found_id,
        EXISTS (
            SELECT 1 FROM ledger.postings AS p
            WHERE p.key = l.key AND p.external_id = l.external_id AND p.state = 'posted'
        ) AS is_ours
    FROM ledger.links AS l
    WHERE id_in(l.key, 'job') IS NOT NULL AND NOT l.is_removed
),
made AS (
    -- A job is made once: when a person takes its link back, another one is theirs to name.
    SELECT id_in(key, 'job') AS id, any_value(external_id) AS made_id
    FROM ledger.postings WHERE id_in(key, 'job') IS NOT NULL AND state = 'posted' GROUP BY 1
),
marked AS (
    -- Made by us, says its note, although the ledger knows nothing of it (any more); unless a person has said that it is not this one.
    SELECT id, min(found_id) AS found_id
    FROM (
        SELECT marked_id(notes, 'job') AS id, customer_id_qb AS found_id
        FROM quickbooks.customers
        WHERE marked_id(notes, 'job') IS NOT NULL
    ) AS m
    WHERE found_id NOT IN (SELECT found_id FROM linked)
        AND NOT EXISTS (
            SELECT 1 FROM ledger.link_decisions AS d
            WHERE d.key = job_key(m.id) AND d.external_id = m.found_id AND d.decision = 'rejected' AND NOT d.is_withdrawn
        )
    GROUP BY id HAVING count(*) = 1
),
candidates AS (
    SELECT
        n.harvest_id AS id,
        count(*) FILTER (n.relation = 'equal') AS equal_count,
        min(n.quickbooks_id) FILTER (n.relation = 'equal') AS equal_id,
        string_agg(q.display_name || ' (id ' || n.quickbooks_id || CASE WHEN q.is_active THEN '' ELSE ', inactive' END || ')', ', '
            ORDER BY n.score DESC, n.quickbooks_id) AS listed
    FROM contacts.project_candidates AS n
    JOIN quickbooks.customers AS q ON q.customer_id_qb = n.quickbooks_id
    GROUP BY n.harvest_id
),
chosen AS (
    SELECT
        n.*,
        CASE
            WHEN s.id IS NOT NULL THEN 'stated'
            WHEN l.found_id IS NOT NULL THEN 'linked'
            WHEN m.found_id IS NOT NULL THEN 'marker'
            WHEN k.equal_count = 1 THEN 'name'
            WHEN k.listed IS NULL THEN 'planned'
        END AS how,
        CASE
            WHEN s.id IS NOT NULL THEN s.found_id
            ELSE coalesce(l.found_id, m.found_id, CASE WHEN k.equal_count = 1 THEN k.equal_id END)
        END AS chosen_id,
        s.wanted,
        s.stated_in,
        s.problem,
        s.could_be,
        l.is_ours,
        e.made_id,
        k.listed
    FROM named AS n
    LEFT JOIN stated AS s USING (id)
    LEFT JOIN linked AS l USING (id)
    LEFT JOIN made AS e USING (id)
    LEFT JOIN marked AS m USING (id)
    LEFT JOIN candidates AS k USING (id)
),
names_taken AS (
    SELECT lower(display_name) AS name, min(owner) AS owner
    FROM (
        SELECT display_name, 'vendor (id ' || vendor_id_qb || ')' AS owner FROM quickbooks.vendors
        UNION ALL SELECT display_name, 'employee (id ' || employee_id_qb || ')' FROM quickbooks.employees
        UNION ALL SELECT display_name, 'customer (id ' || customer_id_qb || ')' FROM quickbooks.customers
    )
    GROUP BY lower(display_name)
),
judged AS (
    SELECT
        h.*,
        q.display_name,
        q.is_project,
        t.owner,
        z.place AS claimed_in,
        z.whose AS claimed_for,
        CASE
            WHEN h.how = 'stated' AND h.problem <> 'quickbooks_missing' THEN 'stated_unclear'
            WHEN h.how = 'name' AND z.place IS NOT NULL THEN 'stated_unclear'
            WHEN (h.how IN ('stated', 'marker') OR (h.how = 'linked' AND NOT h.is_ours)) AND q.customer_id_qb IS NULL THEN 'job_missing'
            WHEN h.chosen_id IS NOT NULL AND NOT q.is_active THEN 'job_inactive'
            -- A job may hang below another job of the customer.
            WHEN h.chosen_id IS NOT NULL AND h.parent_id IS NOT NULL AND NOT list_contains(a.customers_above, h.parent_id) THEN 'job_elsewhere'
            WHEN h.how = 'planned' AND h.made_id IS NOT NULL THEN 'job_unlinked'
            WHEN h.how = 'planned' AND h.job_name = '' THEN 'job_name'
            WHEN h.how = 'planned' AND t.owner IS NOT NULL THEN 'name_taken'
            WHEN h.how = 'planned' AND h.is_for_job AND h.is_project_active
                AND count(*) FILTER (h.how = 'planned' AND h.is_for_job AND h.is_project_active) OVER (PARTITION BY lower(h.job_name)) > 1 THEN 'name_shared'
            WHEN h.how IS NULL THEN 'job_similar'
        END AS hold,
        coded_name(h.name, h.code) AS label
    FROM chosen AS h
    LEFT JOIN quickbooks.customers AS q ON q.customer_id_qb = h.chosen_id
    LEFT JOIN contacts.job_customers AS a ON a.customer_id_qb = h.chosen_id
    LEFT JOIN names_taken AS t ON t.name = lower(h.job_name)
    -- Stated for one that nobody knows: it is not for us to say whose it is instead.
    LEFT JOIN policy.claims AS z ON z.link_type = 'project' AND z.quickbooks_id = h.chosen_id AND z.is_nobody
),
explained AS (
    SELECT *, CASE WHEN hold IS NOT NULL THEN json_object(
        'label', label, 'link_key', job_key(id), 'wanted', wanted, 'known_id', chosen_id, 'job', display_name, 'client_name', client_name,
        'made_id', made_id, 'job_name', job_name, 'owner', owner, 'listed', listed, 'stated_in', stated_in,
        'is_stated', nullif(how = 'stated', false), 'is_contradicted', nullif(problem = 'contradicted', false), 'is_unclear', nullif(problem IS NOT NULL, false), 'could_be', could_be,
        'claimed_in', claimed_in, 'claimed_for', claimed_for
    ) END AS params
    FROM judged
)
SELECT
    id AS project_id_harvest,  -- The project in Harvest
    name AS project_name,  -- Its name
    code AS project_code,  -- Its code, if any
    client_id AS client_id_harvest,  -- Its client in Harvest
    client_name,  -- The client's name
    is_for_job,  -- Whether the policy makes a job of each project of this client
    how AS matched_by,  -- stated (policy), linked (ledger), marker (our note in QuickBooks), name, planned (a new job); empty when a person has to say
    CASE WHEN hold IS NULL THEN chosen_id END AS customer_id_qb,  -- The job in QuickBooks, itself a customer; empty when new or held
    CASE WHEN hold IS NULL THEN display_name END AS job_display_name,  -- Its name there
    is_project,  -- Whether it is one of QuickBooks' own projects
    chosen_id AS known_customer_id_qb,  -- The job it is known or found to be, also when it cannot be used
    parent_id AS parent_customer_id_qb,  -- The customer of its client; empty when new or held
    client_hold,  -- Why its client cannot be used; empty when it can
    job_name AS wanted_name,  -- What its job is called by the policy's naming rule
    hold AS hold_code,  -- Why no document can be made out to its job; empty when one can
    contacts_project_hold(hold, params) AS sentence,  -- The same for a bookkeeper
    listed AS candidates  -- Jobs whose names are equal or close
FROM explained
