-- The QuickBooks item of adjustment lines: the one that the policy names for them, else its default. Grain: one row. Rule 20.
SELECT
    wanted || CASE WHEN problem = 'ambiguous' THEN ' (it has ' || listed || ')' ELSE '' END AS item_wanted,  -- The item as the policy says it
    found_id AS item_id_qb  -- The item in QuickBooks; empty when it has none such, active
FROM policy.references
WHERE setting = '[items]'
QUALIFY row_number() OVER (ORDER BY part) = 1
