-- Tasks and people of the first project of a client that comes from QuickBooks. Grain: task or person. Without any: Harvest's defaults.
SELECT
    kind,  -- task or person
    statement AS ordinal,  -- Place in the list
    wanted,  -- The task or person as the policy says it
    CAST(found_id AS BIGINT) AS harvest_id  -- The task or person in Harvest; empty when it has none such, active
FROM policy.references
WHERE setting IN ('[contacts.first_project] tasks', '[contacts.first_project] people')
