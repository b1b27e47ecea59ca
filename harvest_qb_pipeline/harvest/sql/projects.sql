-- Projects, archived ones included. Grain: project. Key: project_id_harvest.
-- Amounts in the client's currency. Rules 9 and 15.
-- layer: answer
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"client":{"id":"VARCHAR","name":"VARCHAR"},"name":"VARCHAR","code":"VARCHAR","is_active":"VARCHAR",
        "is_billable":"VARCHAR","is_fixed_fee":"VARCHAR","bill_by":"VARCHAR","hourly_rate":"VARCHAR",
        "fee":"VARCHAR","budget_by":"VARCHAR","budget":"VARCHAR","cost_budget":"VARCHAR",
        "budget_is_monthly":"VARCHAR","starts_on":"VARCHAR","ends_on":"VARCHAR","notes":"VARCHAR",
        "created_at":"VARCHAR"}
    ') AS p
    FROM raw_harvest.projects
    WHERE NOT is_deleted
)
SELECT
    id AS project_id_harvest,  -- The project in Harvest
    CAST(p.client.id AS BIGINT) AS client_id_harvest,  -- Its client
    p.client."name" AS client_name,  -- Name of the client
    p."name" AS project_name,  -- Its name
    nullif(p.code, '') AS project_code,  -- Its code, if any
    CAST(p.is_active AS BOOLEAN) AS is_active,  -- Not archived; archived projects can still be invoiced
    CAST(p.is_billable AS BOOLEAN) AS is_billable,  -- Its time can be billable at all
    CAST(p.is_fixed_fee AS BOOLEAN) AS is_fixed_fee,  -- Billed by a fee, its hours never (rule 15)
    p.bill_by,  -- Where rates come from: Project, Tasks, People or none
    CAST(p.hourly_rate AS DECIMAL(18,5)) AS hourly_rate,  -- Rate per hour where bill_by is Project
    CAST(p.fee AS DECIMAL(18,3)) AS fee,  -- The fixed fee
    p.budget_by,  -- project, project_cost, task, task_fees, person or none
    CAST(p.budget AS DECIMAL(18,3)) AS budget_hours,  -- Budget in hours
    CAST(p.cost_budget AS DECIMAL(18,3)) AS budget_amount,  -- Budget in money
    CAST(p.budget_is_monthly AS BOOLEAN) AS is_budget_monthly,  -- The budget starts anew each month
    CAST(p.starts_on AS DATE) AS starts_on,  -- First day
    CAST(p.ends_on AS DATE) AS ends_on,  -- Last day
    p.notes,  -- Notes
    CAST(p.created_at AS TIMESTAMPTZ) AS created_at,  -- When it was added
    updated_at  -- When it last changed
FROM parsed
