-- People of Harvest as parties to be recognised. Grain: person.
SELECT
    user_id_harvest::VARCHAR AS id,  -- The person
    user_name AS name,  -- Their name
    CASE WHEN email <> '' THEN [email] ELSE [] END AS emails,  -- Their address
    is_active  -- Not archived
FROM harvest.users
ORDER BY id
