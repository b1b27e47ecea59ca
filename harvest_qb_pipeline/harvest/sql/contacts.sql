-- People at the clients. Grain: contact. Key: contact_id_harvest.
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"client":{"id":"VARCHAR","name":"VARCHAR"},"title":"VARCHAR","first_name":"VARCHAR",
        "last_name":"VARCHAR","email":"VARCHAR","phone_office":"VARCHAR","phone_mobile":"VARCHAR"}
    ') AS p
    FROM raw_harvest.contacts
    WHERE NOT is_deleted
)
SELECT
    id AS contact_id_harvest,  -- The contact in Harvest
    CAST(p.client.id AS BIGINT) AS client_id_harvest,  -- Their client
    p.client."name" AS client_name,  -- Name of the client
    p.title,  -- Title or position
    p.first_name,  -- First name
    p.last_name,  -- Last name
    nullif(p.email, '') AS email,  -- E-mail address
    nullif(p.phone_office, '') AS phone_office,  -- Office phone
    nullif(p.phone_mobile, '') AS phone_mobile,  -- Mobile phone
    updated_at  -- When the contact last changed
FROM parsed
