-- Billable rates of people over time. Grain: rate. Key: billable_rate_id_harvest.
-- For reading only: invoices bill the rate on the entry itself (rule 9).
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"user_id":"VARCHAR","amount":"VARCHAR","start_date":"VARCHAR","end_date":"VARCHAR"}
    ') AS p
    FROM raw_harvest.user_billable_rates
    WHERE NOT is_deleted
)
SELECT
    id AS billable_rate_id_harvest,  -- The rate in Harvest
    CAST(p.user_id AS BIGINT) AS user_id_harvest,  -- Whose rate it is
    CAST(p.amount AS DECIMAL(18,5)) AS billable_rate,  -- Rate per hour
    CAST(p.start_date AS DATE) AS starts_on,  -- First day it holds; empty for always
    CAST(p.end_date AS DATE) AS ends_on,  -- Last day it holds; empty for until further notice
    updated_at  -- When it last changed
FROM parsed
