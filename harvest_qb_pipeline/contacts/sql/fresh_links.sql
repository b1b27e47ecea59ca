-- Links that this plan makes, with the fields of both sides as they are now: a later change is known by them.
-- Grain: link. Key: link_key. Rules 49, 50.
WITH links AS (
    SELECT link_key, customer_id_qb AS quickbooks_id, how, rule FROM contacts.client_links WHERE made_at IS NULL
    UNION ALL
    SELECT link_key, customer_id_qb, how, rule FROM contacts.project_links WHERE made_at IS NULL
    UNION ALL
    SELECT link_key, party_id_qb, how, rule FROM contacts.person_links WHERE made_at IS NULL
    UNION ALL
    SELECT link_key, item_id_qb, how, rule FROM contacts.item_links WHERE made_at IS NULL
),
fields AS (
    SELECT link_key, json_object('harvest', json_group_object(field, harvest_value), 'quickbooks', json_group_object(field, quickbooks_value)) AS baseline
    FROM contacts.field_comparison
    GROUP BY link_key
)
SELECT
    l.link_key,  -- Key of the link to be
    l.quickbooks_id,  -- The record in QuickBooks
    l.how,  -- matched, confirmed (stated in the policy) or adopted
    l.rule,  -- By which rule
    f.baseline  -- The fields of both sides now
FROM links AS l
LEFT JOIN fields AS f USING (link_key)
