-- Every record of either side is linked at most once: one client is one customer, one project one job, one person one party of a sort.
SELECT
    link_type,  -- client, project or person
    side,  -- The side that has the record
    record_id,  -- The record that is linked more than once
    links  -- With what
FROM (
    SELECT link_type, 'quickbooks' AS side, quickbooks_type || ' ' || quickbooks_id AS record_id, string_agg(link_key, ', ' ORDER BY link_key) AS links
    FROM contacts.who_is_who WHERE how IS NOT NULL AND link_type <> 'item'
    GROUP BY ALL HAVING count(*) > 1
    UNION ALL
    SELECT link_type, 'harvest', link_key, string_agg(quickbooks_id, ', ' ORDER BY quickbooks_id)
    FROM contacts.who_is_who WHERE how IS NOT NULL
    GROUP BY ALL HAVING count(*) > 1
)
