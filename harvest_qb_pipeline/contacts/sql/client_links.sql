-- Which client of Harvest is which customer of QuickBooks: links that stand, and those that this plan makes.
-- Grain: link. Key: client_id_harvest, and customer_id_qb too: one to one. Rule 49.
SELECT
    m.client_id_harvest,  -- The client in Harvest
    m.client_name,  -- Its name in Harvest
    coalesce(l.external_id, m.customer_id_qb) AS customer_id_qb,  -- The customer in QuickBooks
    q.display_name AS customer_name,  -- Its name in QuickBooks, as it was read last
    customer_key(m.client_id_harvest) AS link_key,  -- Key of the link in the ledger
    coalesce(l.how, CASE m.matched_by WHEN 'stated' THEN 'confirmed' WHEN 'marker' THEN 'adopted' ELSE 'matched' END) AS how,  -- created by us, matched by name, confirmed by a person, or adopted
    coalesce(l.rule, CASE m.matched_by WHEN 'stated' THEN 'policy look-up' WHEN 'marker' THEN 'marker' ELSE 'exact name' END) AS rule,  -- The rule it was made by
    l.made_by,  -- Who made it; empty when this plan does
    l.made_at  -- When; empty when this plan makes it
FROM contacts.client_matches AS m
LEFT JOIN ledger.links AS l ON l.key = customer_key(m.client_id_harvest) AND NOT l.is_removed
    AND NOT (m.matched_by = 'stated' AND m.customer_id_qb IS NOT NULL AND m.customer_id_qb <> l.external_id)
LEFT JOIN quickbooks.customers AS q ON q.customer_id_qb = coalesce(l.external_id, m.customer_id_qb)
WHERE l.key IS NOT NULL OR (m.customer_id_qb IS NOT NULL AND m.matched_by IN ('stated', 'name', 'marker'))
