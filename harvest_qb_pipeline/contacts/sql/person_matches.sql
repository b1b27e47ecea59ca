-- Whom each person in Harvest is in QuickBooks: employees are Employees, contractors and people who are repaid are Vendors.
-- Grain: person x party type. Key: link_key. Rule 44: stated or linked, else the same e-mail, else the one exact name.
WITH wanted AS (
    SELECT u.user_id_harvest AS id, u.user_name AS name, u.email, u.is_contractor, u.is_active AS is_user_active, 'employee' AS party_type, false AS is_repaid
    FROM harvest.users AS u CROSS JOIN policy.context AS x
    -- A list that the policy leaves unread knows nobody.
    WHERE NOT u.is_contractor AND x.employees = 'read'
    UNION ALL
    SELECT u.user_id_harvest, u.user_name, u.email, u.is_contractor, u.is_active, 'vendor', r.is_repaid
    FROM harvest.users AS u
    CROSS JOIN LATERAL (
        SELECT count(*) > 0 AS is_repaid FROM policy.reimbursable AS r WHERE r.user_id_harvest = u.user_id_harvest
    ) AS r
    CROSS JOIN policy.context AS x
    WHERE (u.is_contractor OR r.is_repaid) AND x.vendors = 'read'
),
parties AS (
    SELECT 'employee' AS party_type, employee_id_qb AS party_id, display_name, is_active FROM quickbooks.employees
    UNION ALL
    SELECT 'vendor', vendor_id_qb, display_name, is_active FROM quickbooks.vendors
),
stated AS (
    SELECT harvest_id AS id, party_type, wanted, quickbooks_id AS found_id, place AS stated_in, problem, listed AS could_be
    FROM policy.links WHERE link_type = 'person' AND harvest_id IS NOT NULL
),
linked AS (
    SELECT family_of(l.key) AS party_type, id_in(l.key, family_of(l.key)) AS id, l.external_id AS found_id,
        EXISTS (SELECT 1 FROM ledger.postings AS p WHERE p.key = l.key AND p.external_id = l.external_id AND p.state = 'posted') AS is_ours
    FROM ledger.links AS l
    WHERE family_of(l.key) IN ('employee', 'vendor') AND NOT l.is_removed
),
candidates AS (
    SELECT n.party_type, n.harvest_id AS id, count(*) FILTER (n.relation = 'equal') AS equal_count,
        min(n.quickbooks_id) FILTER (n.relation = 'equal') AS equal_id, min(n.rule) FILTER (n.relation = 'equal') AS rule,
        string_agg(p.display_name || ' (id ' || n.quickbooks_id || CASE WHEN p.is_active THEN '' ELSE ', inactive' END || ')', ', '
            ORDER BY n.score DESC, n.quickbooks_id) AS listed
    FROM (
        SELECT 'employee' AS party_type, * FROM contacts.employee_candidates UNION ALL SELECT 'vendor', * FROM contacts.vendor_candidates
    ) AS n
    JOIN parties AS p ON p.party_type = n.party_type AND p.party_id = n.quickbooks_id
    GROUP BY ALL
),
chosen AS (
    SELECT
        w.*,
        CASE
            WHEN s.id IS NOT NULL THEN 'stated'
            WHEN l.found_id IS NOT NULL THEN 'linked'
            WHEN k.equal_count = 1 THEN k.rule
            WHEN k.listed IS NULL THEN 'planned'
        END AS how,
        CASE WHEN s.id IS NOT NULL THEN s.found_id ELSE coalesce(l.found_id, CASE WHEN k.equal_count = 1 THEN k.equal_id END) END AS chosen_id,
        s.wanted,
        s.stated_in,
        s.problem,
        s.could_be,
        l.is_ours,
        k.listed
    FROM wanted AS w
    LEFT JOIN stated AS s ON s.id = w.id AND s.party_type = w.party_type
    LEFT JOIN linked AS l ON l.id = w.id AND l.party_type = w.party_type
    LEFT JOIN candidates AS k ON k.id = w.id AND k.party_type = w.party_type
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
        p.display_name,
        t.owner,
        CASE
            WHEN h.how = 'stated' AND h.problem <> 'quickbooks_missing' THEN 'stated_unclear'
            WHEN (h.how = 'stated' OR (h.how = 'linked' AND NOT h.is_ours)) AND p.party_id IS NULL THEN 'person_missing'
            WHEN h.chosen_id IS NOT NULL AND NOT p.is_active AND h.is_user_active THEN 'person_inactive'
            WHEN h.how = 'planned' AND h.party_type = 'employee' THEN 'person_unlinked'
            WHEN h.how = 'planned' AND t.owner IS NOT NULL THEN 'name_taken'
            WHEN h.how = 'planned' AND (regexp_matches(h.name, '[:[:cntrl:]]') OR trim(h.name) = '') THEN 'person_name'
            WHEN h.how = 'planned' AND x.new_vendors = 'never' THEN 'person_unlinked'
            WHEN h.how IS NULL THEN 'person_similar'
        END AS hold
    FROM chosen AS h
    CROSS JOIN policy.context AS x
    LEFT JOIN parties AS p ON p.party_type = h.party_type AND p.party_id = h.chosen_id
    LEFT JOIN names_taken AS t ON t.name = lower(trim(h.name))
),
explained AS (
    SELECT *, CASE party_type WHEN 'employee' THEN employee_key(id) ELSE vendor_key(id) END AS link_key, CASE WHEN hold IS NOT NULL THEN json_object(
        'name', name, 'party', party_type, 'is_employee', nullif(party_type = 'employee', false), 'link_key', link_key, 'wanted', wanted,
        'known_id', chosen_id, 'party_name', display_name, 'owner', owner, 'listed', listed, 'stated_in', stated_in,
        'is_stated', nullif(how = 'stated', false), 'is_contradicted', nullif(problem = 'contradicted', false), 'could_be', could_be
    ) END AS params
    FROM judged
)
SELECT
    id AS user_id_harvest,  -- The person in Harvest
    name AS user_name,  -- Their name
    email,  -- Their e-mail address
    is_contractor,  -- Whether Harvest calls them a contractor
    is_repaid,  -- Whether the policy says that they are repaid through a vendor
    is_user_active,  -- Whether they are active in Harvest
    party_type,  -- employee or vendor
    link_key,  -- Key of the link in the ledger
    how AS matched_by,  -- stated (policy), linked (ledger), same e-mail, exact name, planned (nobody there yet); empty when a person has to say
    CASE WHEN hold IS NULL THEN chosen_id END AS party_id_qb,  -- The employee or vendor in QuickBooks; empty when there is none or it is held
    CASE WHEN hold IS NULL THEN display_name END AS party_name,  -- Their name there
    chosen_id AS known_party_id_qb,  -- Whom they are known or found to be, also when it cannot be used
    hold AS hold_code,  -- Why nothing can be written for this person; empty when it can
    contacts_person_hold(hold, params) AS sentence,  -- The same for a bookkeeper
    listed AS candidates  -- Whom they could be, by e-mail or name
FROM explained
