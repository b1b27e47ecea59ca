-- Harvest clients that QuickBooks does not have: proposed as customers. Made since the cut-over they are wanted anyway, the others when a document needs them.
-- Grain: client. Key: client_id_harvest. Nobody in QuickBooks is like it (rule 49); a name that QuickBooks refuses waits (rule 48).
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
    x.new_customers = 'since_cutover' AND c.is_active AND (c.created_at AT TIME ZONE x.timezone)::DATE >= x.cutover_on AS is_wanted,  -- The policy wants it, needed or not
    m.hold_code,  -- Why it waits; empty when it does not
    m.sentence  -- The same for a bookkeeper
FROM contacts.client_matches AS m
JOIN harvest.clients AS c USING (client_id_harvest)
JOIN policy.clients AS b USING (client_id_harvest)
CROSS JOIN policy.context AS x
LEFT JOIN contacts.client_contacts AS k USING (client_id_harvest)
WHERE m.matched_by = 'planned' AND x.new_customers <> 'never'
