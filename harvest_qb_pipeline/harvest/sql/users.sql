-- People with access to Harvest, archived ones included. Grain: person. Key: user_id_harvest.
-- Cost rates are confidential and stand in confidential.people (rule 46).
-- layer: answer
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"access_roles":"JSON","roles":"JSON","first_name":"VARCHAR","last_name":"VARCHAR","email":"VARCHAR",
        "is_contractor":"VARCHAR",
        "is_active":"VARCHAR","default_hourly_rate":"VARCHAR","weekly_capacity":"VARCHAR",
        "timezone":"VARCHAR","created_at":"VARCHAR"}
    ') AS p
    FROM raw_harvest.users
    WHERE NOT is_deleted
)
SELECT
    id AS user_id_harvest,  -- The person in Harvest
    concat_ws(' ', nullif(trim(p.first_name), ''), nullif(trim(p.last_name), '')) AS user_name,  -- First and last name, as on time entries
    p.first_name,  -- First name
    p.last_name,  -- Last name
    p.email,  -- E-mail address, unique in the account
    CAST(p.is_contractor AS BOOLEAN) AS is_contractor,  -- Contractor rather than employee (rule 44)
    CAST(p.is_active AS BOOLEAN) AS is_active,  -- Not archived
    from_json(p.access_roles, '["VARCHAR"]') AS access_roles,  -- administrator, manager or member, and what managers may do besides
    from_json(p.roles, '["VARCHAR"]') AS business_roles,  -- Roles in the firm, such as Designer
    CAST(p.default_hourly_rate AS DECIMAL(18,5)) AS default_billable_rate,  -- Default billable rate per hour
    CAST(p.weekly_capacity AS BIGINT) AS weekly_capacity_seconds,  -- Working time in a week, in seconds
    p.timezone AS timezone_harvest,  -- Time zone by its name in Harvest, which is not an IANA name
    CAST(p.created_at AS TIMESTAMPTZ) AS created_at,  -- When the person was added
    updated_at  -- When the person last changed
FROM parsed
