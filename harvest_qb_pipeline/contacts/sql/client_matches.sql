-- Who each client is in QuickBooks: stated or linked by id, else known by our marker, else the one exact name, else new, else a hold.
-- Grain: client. Key: client_id_harvest. Rules 12, 48, 49.
WITH stated AS (
    SELECT harvest_id AS client_id_harvest, wanted, quickbooks_id AS found_id, place AS stated_in, problem, listed AS could_be
    FROM policy.links WHERE link_type = 'client' AND harvest_id IS NOT NULL
),
linked AS (
    SELECT id_in(l.key, 'customer') AS client_id_harvest, l.external_id AS found_id,
        -- One that we made may be younger than what was last read from QuickBooks.
        EXISTS (
            SELECT 1 FROM ledger.postings AS p
            WHERE p.key = l.key AND p.external_id = l.external_id AND p.state = 'posted'
        ) AS is_ours
    FROM ledger.links AS l
    WHERE id_in(l.key, 'customer') IS NOT NULL AND NOT l.is_removed
),
made AS (
    -- A customer is made once: when a person takes its link back, another one is theirs to name.
    SELECT id_in(key, 'customer') AS client_id_harvest, any_value(external_id) AS made_id
    FROM ledger.postings WHERE id_in(key, 'customer') IS NOT NULL AND state = 'posted' GROUP BY 1
),
marked AS (
    -- Made by us, says its note, although the ledger knows nothing of it (any more); unless a person has said that it is not this one.
    SELECT id, min(found_id) AS found_id
    FROM (
        SELECT marked_id(notes, 'customer') AS id, customer_id_qb AS found_id
        FROM quickbooks.customers
        WHERE marked_id(notes, 'customer') IS NOT NULL
    ) AS m
    WHERE found_id NOT IN (SELECT found_id FROM linked)
        AND NOT EXISTS (
            SELECT 1 FROM ledger.link_decisions AS d
            WHERE d.key = customer_key(m.id) AND d.external_id = m.found_id AND d.decision = 'rejected' AND NOT d.is_withdrawn
        )
    GROUP BY id HAVING count(*) = 1
),
candidates AS (
    SELECT
        n.harvest_id AS client_id_harvest,
        count(*) FILTER (n.relation IN ('equal', 'ambiguous')) AS equal_count,
        count(*) FILTER (n.relation = 'currency') AS currency_count,
        count(*) FILTER (n.relation = 'inactive') AS inactive_count,
        coalesce(
            min(n.quickbooks_id) FILTER (n.relation IN ('equal', 'ambiguous')), min(n.quickbooks_id) FILTER (n.relation = 'currency'),
            min(n.quickbooks_id) FILTER (n.relation = 'inactive')
        ) AS equal_id,
        coalesce(max(n.harvest_of_name) FILTER (n.relation IN ('equal', 'ambiguous')), 1) AS clients_of_name,
        string_agg(
            q.display_name || ' (id ' || n.quickbooks_id || CASE WHEN q.is_active THEN '' ELSE ', inactive' END || ')', ', '
            ORDER BY n.score DESC, n.quickbooks_id
        ) AS listed
    FROM contacts.client_candidates AS n
    JOIN quickbooks.customers AS q ON q.customer_id_qb = n.quickbooks_id
    GROUP BY n.harvest_id
),
chosen AS (
    SELECT
        c.client_id_harvest AS id,
        c.client_name AS name,
        c.currency AS client_currency,
        CASE
            WHEN s.client_id_harvest IS NOT NULL THEN 'stated'
            WHEN l.found_id IS NOT NULL THEN 'linked'
            WHEN m.found_id IS NOT NULL THEN 'marker'
            WHEN n.equal_count = 1 AND n.clients_of_name = 1 THEN 'name'
            WHEN n.listed IS NULL THEN 'planned'
        END AS how,
        CASE
            WHEN s.client_id_harvest IS NOT NULL THEN s.found_id
            WHEN l.found_id IS NOT NULL THEN l.found_id
            WHEN m.found_id IS NOT NULL THEN m.found_id
            WHEN n.equal_count = 1 AND n.clients_of_name = 1 THEN n.equal_id
            -- Of that name, but not to be used: the sentence tells why.
            WHEN n.equal_count = 0 AND n.currency_count + n.inactive_count = 1 THEN n.equal_id
        END AS chosen_id,
        s.wanted,
        s.stated_in,
        s.problem,
        s.could_be,
        l.is_ours,
        e.made_id,
        n.*
    FROM harvest.clients AS c
    LEFT JOIN stated AS s USING (client_id_harvest)
    LEFT JOIN linked AS l USING (client_id_harvest)
    LEFT JOIN made AS e USING (client_id_harvest)
    LEFT JOIN marked AS m ON m.id = c.client_id_harvest
    LEFT JOIN candidates AS n USING (client_id_harvest)
),
names_taken AS (
    SELECT lower(trim(display_name)) AS name, min(' vendor called ' || display_name || ' (id ' || vendor_id_qb || ')') AS owner
    FROM quickbooks.vendors GROUP BY 1
    UNION ALL
    SELECT lower(trim(display_name)), min('n employee called ' || display_name || ' (id ' || employee_id_qb || ')')
    FROM quickbooks.employees GROUP BY 1
    UNION ALL
    -- A customer of this very name is here only when a person said that it is not the client's.
    SELECT lower(trim(display_name)), min(CASE WHEN is_job THEN ' job' ELSE ' customer' END || ' called ' || display_name || ' (id ' || customer_id_qb || ')')
    FROM quickbooks.customers GROUP BY 1
),
rivals AS (
    -- Stated for one client while another is linked with it, or stated for both.
    SELECT a.id AS of_id, min(b.id) AS id, arg_min(b.name, b.id) AS name
    FROM chosen AS a
    JOIN chosen AS b ON b.chosen_id = a.chosen_id AND b.id <> a.id
    WHERE a.how = 'stated' AND b.how IN ('stated', 'linked')
    GROUP BY a.id
),
judged AS (
    SELECT
        h.*,
        q.display_name,
        q.is_active,
        q.currency AS customer_currency,
        q.balance_with_jobs,
        x.home_currency,
        t.owner,
        o.id AS other_id,
        o.name AS other_name,
        k.place AS claimed_in,
        k.whose AS claimed_for,
        CASE
            WHEN h.how = 'stated' AND h.problem <> 'quickbooks_missing' THEN 'stated_unclear'
            WHEN h.how = 'name' AND k.place IS NOT NULL THEN 'stated_unclear'
            WHEN (h.how IN ('stated', 'marker') OR (h.how = 'linked' AND NOT h.is_ours)) AND q.customer_id_qb IS NULL THEN 'customer_missing'
            WHEN h.how = 'stated' AND o.id IS NOT NULL THEN 'customer_taken'
            WHEN h.chosen_id IS NOT NULL AND NOT q.is_active THEN 'customer_inactive'
            WHEN h.chosen_id IS NOT NULL AND q.currency <> h.client_currency THEN 'currency_conflict'
            WHEN h.how = 'planned' AND h.made_id IS NOT NULL THEN 'customer_unlinked'
            WHEN h.how = 'planned' AND (regexp_matches(h.name, '[:[:cntrl:]]') OR length(h.name) > 500 OR trim(h.name) = '') THEN 'customer_name'
            WHEN h.how = 'planned' AND t.owner IS NOT NULL THEN 'name_taken'
            WHEN h.how = 'planned' AND count(*) FILTER (h.how = 'planned') OVER (PARTITION BY lower(trim(h.name))) > 1 THEN 'name_shared'
            WHEN h.how = 'planned' AND h.client_currency <> x.home_currency AND x.is_multicurrency IS false THEN 'currency_not_enabled'
            WHEN h.how IS NULL AND h.equal_count > 0 AND h.clients_of_name > 1 THEN 'customer_shared'
            WHEN h.how IS NULL AND h.equal_count > 1 THEN 'customer_ambiguous'
            WHEN h.how IS NULL THEN 'customer_similar'
        END AS code
    FROM chosen AS h
    LEFT JOIN quickbooks.customers AS q ON q.customer_id_qb = h.chosen_id
    LEFT JOIN quickbooks.preferences AS x ON true
    LEFT JOIN names_taken AS t ON t.name = lower(trim(h.name))
    LEFT JOIN rivals AS o ON o.of_id = h.id
    -- Stated for one that nobody knows: it is not for us to say whose it is instead.
    LEFT JOIN policy.claims AS k ON k.link_type = 'client' AND k.quickbooks_id = h.chosen_id AND k.is_nobody
    QUALIFY row_number() OVER (PARTITION BY h.id ORDER BY t.owner) = 1
),
explained AS (
    SELECT *, CASE WHEN code IS NOT NULL THEN json_object(
        'name', name, 'short_name', left(name, 60), 'link_key', customer_key(id), 'wanted', wanted, 'stated_in', stated_in, 'known_id', chosen_id,
        'customer', display_name, 'currency', client_currency, 'customer_currency', customer_currency, 'home_currency', home_currency,
        'made_id', made_id, 'other_name', other_name, 'other_key', customer_key(other_id), 'owner', owner, 'listed', listed,
        'is_stated', nullif(how = 'stated', false), 'is_contradicted', nullif(problem = 'contradicted', false), 'is_unclear', nullif(problem IS NOT NULL, false), 'could_be', could_be,
        'claimed_in', claimed_in, 'claimed_for', claimed_for
    ) END AS params
    FROM judged
)
SELECT
    id AS client_id_harvest,  -- The client in Harvest
    name AS client_name,  -- Its name in Harvest
    client_currency AS currency,  -- Its currency
    CASE WHEN how IN ('name', 'planned', 'stated', 'linked', 'marker') THEN how END AS matched_by,  -- stated (policy), linked (ledger), marker (our note in QuickBooks), name, planned (a new customer); empty when a person has to say
    CASE WHEN code IS NULL THEN chosen_id END AS customer_id_qb,  -- The customer in QuickBooks; empty when new or held
    CASE WHEN code IS NULL THEN display_name END AS customer_name,  -- Its name in QuickBooks
    CASE WHEN code IS NULL THEN balance_with_jobs END AS open_balance,  -- What it owes now, jobs included
    chosen_id AS known_customer_id_qb,  -- The customer it is known or found to be, also when it cannot be used
    code AS hold_code,  -- Why no document can be made out to this client; empty when one can
    contacts_client_hold(code, params) AS sentence,  -- The same for a bookkeeper
    listed AS candidates  -- Customers whose names are equal or close
FROM explained
