-- Who each client is in QuickBooks: stated or linked by id, else the one exact name, else a new customer, else a hold.
-- Grain: client. Key: client_id_harvest. Rules 12, 48, 49.
WITH stated AS (
    SELECT c.client_id_harvest, any_value(coalesce(s.customer_name, s.customer_id_qb)) AS wanted, any_value(q.customer_id_qb) AS found_id
    FROM harvest.clients AS c
    JOIN policy.customers AS s
        ON s.client_id_harvest = c.client_id_harvest OR lower(trim(s.client_name)) = lower(trim(c.client_name))
    LEFT JOIN quickbooks.customers AS q
        ON q.customer_id_qb = s.customer_id_qb OR lower(q.display_name) = lower(trim(s.customer_name))
    GROUP BY c.client_id_harvest
),
linked AS (
    SELECT CAST(replace(l.key, 'customer/client-', '') AS BIGINT) AS client_id_harvest, l.external_id AS found_id,
        -- One that we made may be younger than what was last read from QuickBooks.
        EXISTS (
            SELECT 1 FROM ledger.postings AS p
            WHERE p.key = l.key AND p.external_id = l.external_id AND p.state = 'posted'
        ) AS is_ours
    FROM ledger.links AS l
    WHERE l.key LIKE 'customer/client-%' AND NOT l.is_removed
),
candidates AS (
    SELECT
        n.client_id_harvest,
        count(*) FILTER (n.relation = 'equal') AS equal_count,
        min(n.customer_id_qb) FILTER (n.relation = 'equal') AS equal_id,
        max(n.clients_of_name) FILTER (n.relation = 'equal') AS clients_of_name,
        string_agg(
            q.display_name || ' (id ' || n.customer_id_qb || CASE WHEN q.is_active THEN '' ELSE ', inactive' END || ')', ', '
            ORDER BY n.score DESC, n.customer_id_qb
        ) AS listed
    FROM contacts.customer_candidates AS n
    JOIN quickbooks.customers AS q USING (customer_id_qb)
    GROUP BY n.client_id_harvest
),
chosen AS (
    SELECT
        c.client_id_harvest AS id,
        c.client_name AS name,
        c.currency AS client_currency,
        CASE
            WHEN s.client_id_harvest IS NOT NULL THEN 'stated'
            WHEN l.found_id IS NOT NULL THEN 'linked'
            WHEN n.equal_count = 1 AND n.clients_of_name = 1 THEN 'name'
            WHEN n.listed IS NULL THEN 'planned'
        END AS how,
        CASE
            WHEN s.client_id_harvest IS NOT NULL THEN s.found_id
            WHEN l.found_id IS NOT NULL THEN l.found_id
            WHEN n.equal_count = 1 AND n.clients_of_name = 1 THEN n.equal_id
        END AS chosen_id,
        s.wanted,
        l.is_ours,
        n.*
    FROM billing.clients AS c
    LEFT JOIN stated AS s USING (client_id_harvest)
    LEFT JOIN linked AS l USING (client_id_harvest)
    LEFT JOIN candidates AS n USING (client_id_harvest)
),
judged AS (
    SELECT
        h.*,
        q.display_name,
        q.is_active,
        q.currency AS customer_currency,
        q.balance_with_jobs,
        CASE
            WHEN (h.how = 'stated' OR (h.how = 'linked' AND NOT h.is_ours)) AND q.customer_id_qb IS NULL THEN 'customer_missing'
            WHEN h.how IS NOT NULL AND h.how <> 'planned' AND NOT q.is_active THEN 'customer_inactive'
            WHEN h.how IS NOT NULL AND h.how <> 'planned' AND q.currency <> h.client_currency THEN 'currency_conflict'
            WHEN h.how = 'planned' AND (regexp_matches(h.name, '[:[:cntrl:]]') OR length(h.name) > 500) THEN 'customer_name'
            WHEN h.how IS NULL AND h.equal_count > 1 THEN 'customer_ambiguous'
            WHEN h.how IS NULL AND h.equal_count = 1 THEN 'customer_shared'
            WHEN h.how IS NULL THEN 'customer_similar'
        END AS code
    FROM chosen AS h
    LEFT JOIN quickbooks.customers AS q ON q.customer_id_qb = h.chosen_id
)
SELECT
    id AS client_id_harvest,  -- The client in Harvest
    name AS client_name,  -- Its name in Harvest
    client_currency AS currency,  -- Its currency
    how AS matched_by,  -- stated (policy), linked (ledger), name, planned (a new customer); empty when held
    CASE WHEN code IS NULL THEN chosen_id END AS customer_id_qb,  -- The customer in QuickBooks; empty when new or held
    CASE WHEN code IS NULL THEN display_name END AS customer_name,  -- Its name in QuickBooks
    CASE WHEN code IS NULL THEN balance_with_jobs END AS open_balance,  -- What it owes now, jobs included
    code AS hold_code,  -- Why no invoice can be made out to this client; empty when one can
    CASE code
        WHEN 'customer_missing' THEN
            'The customer of ' || name || coalesce(' that the policy names, ' || wanted || ',', ' (id ' || chosen_id || ')')
            || ' is not in QuickBooks as it was read last. Sync; if it is gone, name another under [[customers]] in the policy'
        WHEN 'customer_inactive' THEN
            'The customer of ' || name || ' in QuickBooks, ' || display_name || ' (id ' || chosen_id || '), is inactive. '
            || 'Make it active again, or name another under [[customers]] in the policy'
        WHEN 'currency_conflict' THEN
            name || ' is billed in ' || client_currency || ', but its customer ' || display_name || ' (id ' || chosen_id
            || ') keeps ' || customer_currency || ' for ever. Make another customer in QuickBooks, and name it under [[customers]] in the policy'
        WHEN 'customer_name' THEN
            'A customer named ' || name || ' cannot be made: QuickBooks allows 500 characters and no colon, tab or line break. '
            || 'Rename the client in Harvest, or name its customer under [[customers]] in the policy'
        WHEN 'customer_ambiguous' THEN
            'More than one customer in QuickBooks could be ' || name || ': ' || listed || '. Name the right one under [[customers]] in the policy'
        WHEN 'customer_shared' THEN
            'Several Harvest clients are called like ' || name || ', and QuickBooks has one such customer: ' || listed
            || '. Say whose it is under [[customers]] in the policy'
        WHEN 'customer_similar' THEN
            'No customer in QuickBooks is called exactly ' || name || ', but there is ' || listed
            || '. Name it under [[customers]] in the policy, or rename one of them so that a new one can be made'
    END AS sentence,  -- The same for a bookkeeper
    listed AS candidates  -- Customers whose names are equal or close
FROM judged
