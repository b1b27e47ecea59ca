-- What each task or invoice category of Harvest is billed as: links that stand, and those that the policy states.
-- Grain: task or category. Key: link_key; several tasks may be one item.
SELECT
    m.source_type,  -- task or category
    m.source_id_harvest,  -- The task or invoice category in Harvest
    m.source_name,  -- Its name in Harvest
    coalesce(l.external_id, m.item_id_qb) AS item_id_qb,  -- The item in QuickBooks
    i.item_name,  -- Its name in QuickBooks, as it was read last
    m.link_key,  -- Key of the link in the ledger
    coalesce(l.how, 'confirmed') AS how,  -- confirmed by a person, in the ledger or in the policy
    coalesce(l.rule, 'policy look-up') AS rule,  -- The rule it was made by
    l.made_by,  -- Who made it; empty when this plan does
    l.made_at  -- When; empty when this plan makes it
FROM contacts.item_matches AS m
LEFT JOIN ledger.links AS l ON l.key = m.link_key AND NOT l.is_removed
    AND NOT (m.matched_by = 'stated' AND m.item_id_qb IS NOT NULL AND m.item_id_qb <> l.external_id)
LEFT JOIN quickbooks.items AS i ON i.item_id_qb = coalesce(l.external_id, m.item_id_qb)
WHERE l.key IS NOT NULL OR (m.item_id_qb IS NOT NULL AND m.matched_by = 'stated')
