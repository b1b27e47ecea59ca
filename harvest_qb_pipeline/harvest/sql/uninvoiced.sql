-- Harvest's own report of uninvoiced time and expenses, to compare drafts with. Grain: project x currency.
-- Amounts in the client's currency; fixed fees count, so an amount can be negative.
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"project_id":"VARCHAR","project_name":"VARCHAR","client_id":"VARCHAR","client_name":"VARCHAR",
        "currency":"VARCHAR","total_hours":"VARCHAR","uninvoiced_hours":"VARCHAR",
        "uninvoiced_expenses":"VARCHAR","uninvoiced_amount":"VARCHAR","from":"VARCHAR","to":"VARCHAR"}
    ') AS p
    FROM raw_harvest.uninvoiced
    WHERE NOT is_deleted
)
SELECT
    CAST(p.project_id AS BIGINT) AS project_id_harvest,  -- The project
    p.project_name,  -- Its name
    CAST(p.client_id AS BIGINT) AS client_id_harvest,  -- The client
    p.client_name,  -- Its name
    p.currency,  -- Currency of the amounts
    CAST(p.total_hours AS DECIMAL(18,2)) AS total_hours,  -- All hours of the span
    CAST(p.uninvoiced_hours AS DECIMAL(18,2)) AS uninvoiced_hours,  -- Billable hours that are on no invoice
    CAST(p.uninvoiced_expenses AS DECIMAL(18,3)) AS uninvoiced_expenses,  -- Billable expenses that are on no invoice
    CAST(p.uninvoiced_amount AS DECIMAL(18,3)) AS uninvoiced_amount,  -- Hours at their rates plus expenses
    CAST(p."from" AS DATE) AS from_on,  -- First day of the report
    CAST(p."to" AS DATE) AS to_on  -- Last day of the report
FROM parsed
