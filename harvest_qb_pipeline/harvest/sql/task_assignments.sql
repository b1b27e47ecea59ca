-- Which task is used in which project. Grain: project x task. Key: task_assignment_id_harvest.
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"project":{"id":"VARCHAR"},"task":{"id":"VARCHAR"},"is_active":"VARCHAR","billable":"VARCHAR",
        "hourly_rate":"VARCHAR","budget":"VARCHAR"}
    ') AS p
    FROM raw_harvest.task_assignments
    WHERE NOT is_deleted
)
SELECT
    id AS task_assignment_id_harvest,  -- The assignment in Harvest
    CAST(p.project.id AS BIGINT) AS project_id_harvest,  -- The project
    CAST(p.task.id AS BIGINT) AS task_id_harvest,  -- The task
    CAST(p.is_active AS BOOLEAN) AS is_active,  -- In use
    CAST(p.billable AS BOOLEAN) AS is_billable,  -- Its time is billable
    CAST(p.hourly_rate AS DECIMAL(18,5)) AS hourly_rate,  -- Rate per hour where the project bills by tasks
    CAST(p.budget AS DECIMAL(18,3)) AS budget,  -- Budget in hours or money, as the project says
    updated_at  -- When it last changed
FROM parsed
