-- Clients, archived ones included. Grain: client. Key: client_id_harvest.
-- Every client has one currency (rule 12).
-- layer: answer
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"name":"VARCHAR","currency":"VARCHAR","address":"VARCHAR","is_active":"VARCHAR",
        "created_at":"VARCHAR"}
    ') AS p
    FROM raw_harvest.clients
    WHERE NOT is_deleted
)
SELECT
    id AS client_id_harvest,  -- The client in Harvest
    p."name" AS client_name,  -- Its name
    p.currency,  -- Currency of its invoices (ISO 4217)
    p.address,  -- Postal address as free text; lines end in CR LF
    CAST(p.is_active AS BOOLEAN) AS is_active,  -- Not archived; archived clients can still be invoiced
    CAST(p.created_at AS TIMESTAMPTZ) AS created_at,  -- When it was added
    updated_at  -- When it last changed
FROM parsed
