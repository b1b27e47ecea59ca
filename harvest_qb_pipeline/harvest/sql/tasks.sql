-- The kinds of work, archived ones included. Grain: task. Key: task_id_harvest.
-- layer: answer
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"name":"VARCHAR","billable_by_default":"VARCHAR","default_hourly_rate":"VARCHAR",
        "is_default":"VARCHAR","is_active":"VARCHAR"}
    ') AS p
    FROM raw_harvest.tasks
    WHERE NOT is_deleted
)
SELECT
    id AS task_id_harvest,  -- The task in Harvest
    p."name" AS task_name,  -- Its name
    CAST(p.billable_by_default AS BOOLEAN) AS is_billable_by_default,  -- New projects take it as billable
    CAST(p.default_hourly_rate AS DECIMAL(18,5)) AS default_hourly_rate,  -- Rate per hour that new projects take
    CAST(p.is_default AS BOOLEAN) AS is_default,  -- New projects take it by themselves
    CAST(p.is_active AS BOOLEAN) AS is_active,  -- Not archived
    updated_at  -- When it last changed
FROM parsed
