-- Fields of linked records on both sides: which agree, which follow their owner's change, which only differ and are reported.
-- Grain: linked client or project x field. Key: link_key, field. Rules 50, 51: a change flows from the owner; the other side's is told, not overwritten.
-- layer: answer
WITH records AS (
    SELECT
        l.link_key,
        'client' AS link_type,
        l.client_id_harvest AS harvest_id,
        l.customer_id_qb AS quickbooks_id,
        c.client_name AS record_name,
        q.landed_at AS quickbooks_landed_at,
        q.balance_with_jobs AS balance,
        q.is_active AS is_in_use,
        [
            {'field': 'name', 'mine': trim(c.client_name), 'theirs': regexp_replace(q.display_name, ' \(deleted( \d+)?\)$', '')},
            {'field': 'email', 'mine': trim(k.email), 'theirs': q.email},
            {'field': 'phone', 'mine': trim(k.phone_office), 'theirs': q.phone},
            {'field': 'mobile', 'mine': trim(k.phone_mobile), 'theirs': q.mobile},
            {'field': 'address', 'mine': trim(c.address), 'theirs': q.address},
            {'field': 'active', 'mine': CASE WHEN c.is_active THEN 'active' ELSE 'inactive' END, 'theirs': CASE WHEN q.is_active THEN 'active' ELSE 'inactive' END},
            {'field': 'terms', 'mine': b.term_id_qb, 'theirs': q.term_id_qb},
            {'field': 'taxable', 'mine': x.customers_taxable::VARCHAR, 'theirs': q.is_taxable::VARCHAR}
        ] AS fields,
        k.is_usable_email
    FROM contacts.client_links AS l
    JOIN harvest.clients AS c USING (client_id_harvest)
    JOIN quickbooks.customers AS q USING (customer_id_qb)
    JOIN policy.clients AS b USING (client_id_harvest)
    CROSS JOIN policy.context AS x
    LEFT JOIN contacts.client_contacts AS k USING (client_id_harvest)
    UNION ALL
    SELECT
        l.link_key,
        'project',
        l.project_id_harvest,
        l.customer_id_qb,
        p.project_name,
        q.landed_at,
        q.balance_with_jobs,
        q.is_active,
        [
            {'field': 'name', 'mine': m.wanted_name, 'theirs': regexp_replace(q.display_name, ' \(deleted( \d+)?\)$', '')},
            {'field': 'active', 'mine': CASE WHEN p.is_active THEN 'active' ELSE 'inactive' END, 'theirs': CASE WHEN q.is_active THEN 'active' ELSE 'inactive' END}
        ],
        NULL
    FROM contacts.project_links AS l
    JOIN harvest.projects AS p USING (project_id_harvest)
    JOIN contacts.project_matches AS m USING (project_id_harvest)
    JOIN quickbooks.customers AS q ON q.customer_id_qb = l.customer_id_qb
    -- QuickBooks' own projects are its own; they are used, not changed.
    WHERE m.is_for_job AND NOT q.is_project
),
compared AS (
    SELECT r.* EXCLUDE (fields), f.field, nullif(f.mine, '') AS mine, nullif(f.theirs, '') AS theirs, coalesce(o.owner, 'quickbooks') AS owner
    FROM (SELECT *, unnest(fields) AS f FROM records) AS r
    LEFT JOIN policy.owners AS o ON o.field = CASE f.field WHEN 'mobile' THEN 'phone' ELSE f.field END
),
based AS (
    SELECT c.*, CASE c.owner WHEN 'harvest' THEN c.mine ELSE c.theirs END AS owned, CASE c.owner WHEN 'harvest' THEN c.theirs ELSE c.mine END AS other,
        -- What differs when a link is made is told; only what changes later is sent.
        -- What was last made equal on purpose, by an update or by making the one for the other.
        coalesce(l.baseline->'sent'->c.field, m.baseline->'sent'->c.field) AS sent,
        CASE WHEN l.key IS NULL THEN owned ELSE coalesce((sent->>'value'), (l.baseline->c.owner->>c.field)) END AS base,
        (sent->>'at')::TIMESTAMPTZ AS sent_at,
        -- Links from before fields were noted tell nothing of what was agreed.
        sent IS NOT NULL OR l.key IS NULL OR (l.baseline->c.owner) IS NOT NULL OR l.how = 'created' AS is_base_known
    FROM compared AS c
    LEFT JOIN ledger.links AS l ON l.key = c.link_key AND NOT l.is_removed
    -- A client that was made in Harvest for this very customer.
    LEFT JOIN ledger.links AS m ON c.link_type = 'client' AND m.key = client_key(c.quickbooks_id) AND m.external_id = c.harvest_id::VARCHAR AND NOT m.is_removed
),
plain AS (
    -- Layout, case and commas are not a difference of address or e-mail.
    SELECT b.*,
        list_transform([owned, other, base], lambda v: CASE field
            WHEN 'address' THEN trim(regexp_replace(lower(v), '[\s,]+', ' ', 'g'))
            WHEN 'email' THEN lower(trim(v))
            WHEN 'phone' THEN regexp_replace(v, '[^0-9+]', '', 'g')
            WHEN 'mobile' THEN regexp_replace(v, '[^0-9+]', '', 'g')
            ELSE v END) AS v
    FROM based AS b
)
SELECT
    link_key,  -- The linked pair
    link_type,  -- client or project
    harvest_id,  -- The record in Harvest
    record_name,  -- Its name in Harvest
    quickbooks_id,  -- The record in QuickBooks
    field,  -- name, email, phone, mobile, address, active, terms or taxable
    owner,  -- The side whose changes flow to the other, by the policy (rule 50)
    mine AS harvest_value,  -- In Harvest; for terms and taxable, in the policy; for a job's name, by the naming rule
    theirs AS quickbooks_value,  -- In QuickBooks
    base AS agreed_value,  -- The owner's value when both were last made equal, or linked
    CASE
        WHEN v[1] IS NOT DISTINCT FROM v[2] THEN 'agrees'
        WHEN field = 'active' AND x.archived_becomes = 'keep' THEN 'not_kept'
        -- What is put aside, or merged away, is left as it is.
        WHEN field <> 'active' AND NOT is_in_use THEN 'not_kept'
        WHEN field IN ('terms', 'taxable') AND owner = 'quickbooks' THEN 'not_kept'
        WHEN field = 'email' AND owner = 'harvest' AND NOT is_usable_email THEN 'unusable'
        WHEN sent_at >= quickbooks_landed_at AND v[1] IS NOT DISTINCT FROM v[3] THEN 'sent'
        WHEN v[1] IS NULL THEN 'differs'
        WHEN v[1] = v[3] THEN 'differs'
        -- Without knowing what was agreed, only an empty field is filled.
        WHEN NOT is_base_known AND v[2] IS NOT NULL THEN 'differs'
        WHEN field = 'active' AND owned = 'inactive' AND owner = 'harvest' AND coalesce(balance, 0) <> 0 THEN 'open_balance'
        ELSE 'to_send'
    END AS status,  -- agrees; to_send: the owner's change is to follow; sent: it did, and is not read back yet; differs: told only; unusable: the other side would refuse it; open_balance (rule 51); not_kept: the policy leaves it alone
    balance  -- What the customer or job owes, jobs included
FROM plain
CROSS JOIN policy.context AS x
