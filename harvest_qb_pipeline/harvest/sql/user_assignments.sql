-- Who works on which project. Grain: project x person. Key: user_assignment_id_harvest.
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"project":{"id":"VARCHAR"},"user":{"id":"VARCHAR"},"is_active":"VARCHAR",
        "is_project_manager":"VARCHAR","use_default_rates":"VARCHAR","hourly_rate":"VARCHAR",
        "budget":"VARCHAR"}
    ') AS p
    FROM raw_harvest.user_assignments
    WHERE NOT is_deleted
)
SELECT
    id AS user_assignment_id_harvest,  -- The assignment in Harvest
    CAST(p.project.id AS BIGINT) AS project_id_harvest,  -- The project
    CAST(p."user".id AS BIGINT) AS user_id_harvest,  -- The person
    CAST(p.is_active AS BOOLEAN) AS is_active,  -- In use
    CAST(p.is_project_manager AS BOOLEAN) AS is_project_manager,  -- Manages the project
    CAST(p.use_default_rates AS BOOLEAN) AS has_default_rates,  -- The person's own rates hold instead of the one here
    CAST(p.hourly_rate AS DECIMAL(18,5)) AS hourly_rate,  -- Rate per hour where the project bills by people
    CAST(p.budget AS DECIMAL(18,3)) AS budget_hours,  -- Budget in hours where the project budgets by person
    updated_at  -- When it last changed
FROM parsed
