-- Records of QuickBooks that a stated link is about which cannot stand: nobody else is taken for them meanwhile, and none is made of them.
-- Grain: sort of link x record in QuickBooks. Rule 49.
SELECT
    link_type,  -- client, project, person, task or category
    quickbooks_id,  -- The record in QuickBooks
    any_value(place) AS place,  -- Where it is stated: file and line in words
    any_value(harvest_wanted) AS whose,  -- Whom it is said to be in Harvest, as it is written
    bool_or(problem = 'harvest_missing') AS is_nobody  -- Whether Harvest knows nobody of that name or id
FROM (SELECT link_type, unnest(claimed_ids) AS quickbooks_id, place, harvest_wanted, problem FROM policy.links WHERE problem IS NOT NULL)
GROUP BY link_type, quickbooks_id
