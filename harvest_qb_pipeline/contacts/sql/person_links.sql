-- Which person of Harvest is which employee or vendor of QuickBooks: links that stand, and those that this plan makes.
-- Grain: link. Key: link_key; one to one for each party type. Rule 44.
SELECT
    m.user_id_harvest,  -- The person in Harvest
    m.user_name,  -- Their name in Harvest
    m.party_type,  -- employee or vendor
    coalesce(l.external_id, m.party_id_qb) AS party_id_qb,  -- The employee or vendor in QuickBooks
    coalesce(e.display_name, v.display_name) AS party_name,  -- Their name in QuickBooks, as it was read last
    m.link_key,  -- Key of the link in the ledger
    coalesce(l.how, CASE m.matched_by WHEN 'stated' THEN 'confirmed' ELSE 'matched' END) AS how,  -- created by us, matched, confirmed by a person, or adopted
    coalesce(l.rule, CASE m.matched_by WHEN 'stated' THEN 'policy look-up' ELSE m.matched_by END) AS rule,  -- The rule it was made by
    l.made_by,  -- Who made it; empty when this plan does
    l.made_at  -- When; empty when this plan makes it
FROM contacts.person_matches AS m
LEFT JOIN ledger.links AS l ON l.key = m.link_key AND NOT l.is_removed
    AND NOT (m.matched_by = 'stated' AND m.party_id_qb IS NOT NULL AND m.party_id_qb <> l.external_id)
LEFT JOIN quickbooks.employees AS e ON m.party_type = 'employee' AND e.employee_id_qb = coalesce(l.external_id, m.party_id_qb)
LEFT JOIN quickbooks.vendors AS v ON m.party_type = 'vendor' AND v.vendor_id_qb = coalesce(l.external_id, m.party_id_qb)
WHERE l.key IS NOT NULL OR (m.party_id_qb IS NOT NULL AND m.matched_by NOT IN ('linked', 'planned'))
