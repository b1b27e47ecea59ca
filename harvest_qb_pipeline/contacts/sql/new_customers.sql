-- Harvest clients that are to become QuickBooks customers: made since the cut-over, or to be billed now, as the policy says.
-- Grain: client. Key: client_id_harvest. Nobody in QuickBooks is like it (rule 49); a name that QuickBooks refuses waits (rule 48).
WITH needed AS (
    -- A bill that is planned or approved keeps the customer that it waits for, whatever the drafts say meanwhile.
    SELECT DISTINCT unnest(from_json(depends_on, '["VARCHAR"]')) AS key
    FROM ledger.postings WHERE is_newest AND kind IN ('twin', 'invoice') AND state IN ('planned', 'approved', 'sending', 'uncertain', 'rejected')
),
billed AS (
    SELECT client_id_harvest FROM billing.invoice_drafts WHERE is_new_customer AND hold_count = 0
    UNION
    SELECT id_in(key, 'customer') FROM needed WHERE id_in(key, 'customer') IS NOT NULL
)
SELECT
    m.client_id_harvest,  -- The client in Harvest
    m.client_name,  -- Its name
    m.currency,  -- Its currency, which its customer keeps for ever (rule 12)
    c.address,  -- Its billing address
    k.first_name AS contact_first_name,  -- Its contact
    k.last_name AS contact_last_name,  -- The contact's last name
    CASE WHEN k.is_usable_email THEN trim(k.email) END AS email,  -- The contact's address, if QuickBooks takes it
    k.phone_office AS phone,  -- Office phone
    k.phone_mobile AS mobile,  -- Mobile phone
    b.term_id_qb,  -- Payment terms by the policy, if QuickBooks has them
    x.customers_taxable AS is_taxable,  -- Taxable, if the policy says
    d.client_id_harvest IS NOT NULL AS is_billed_now,  -- A bill that may go out waits for it
    m.hold_code,  -- Why it waits; empty when it does not
    m.sentence  -- The same for a bookkeeper
FROM contacts.client_matches AS m
JOIN harvest.clients AS c USING (client_id_harvest)
JOIN policy.clients AS b USING (client_id_harvest)
CROSS JOIN policy.context AS x
LEFT JOIN contacts.client_contacts AS k USING (client_id_harvest)
LEFT JOIN billed AS d ON d.client_id_harvest = m.client_id_harvest
WHERE m.matched_by = 'planned'
    AND (
        -- A bill tells its own hold; what nobody bills yet is held here.
        (d.client_id_harvest IS NOT NULL AND x.new_customers <> 'never')
        OR (x.new_customers = 'since_cutover' AND c.is_active AND (c.created_at AT TIME ZONE x.timezone)::DATE >= x.cutover_on
            AND m.client_id_harvest NOT IN (SELECT client_id_harvest FROM billing.invoice_drafts WHERE hold_count > 0 AND m.hold_code IS NOT NULL))
    )
