-- What logged time cost the firm. Grain: time entry. Key: time_entry_id_harvest. In the firm's own currency.
-- Confidential: not in the analysts' copy unless the policy says cost_rates = "analysts" (rule 46).
-- layer: step
-- rows: id of raw_harvest.time_entries
WITH parsed AS (
    SELECT id, from_json(payload, '{"hours":"VARCHAR","cost_rate":"VARCHAR"}') AS p
    FROM raw_harvest.time_entries
    WHERE NOT is_deleted
)
SELECT
    id AS time_entry_id_harvest,  -- The entry in Harvest
    CAST(p.cost_rate AS DECIMAL(18,5)) AS cost_rate,  -- Cost of an hour, as it was when the time was logged; empty where Harvest knows none
    CAST(p.hours AS DECIMAL(12,2)) AS hours_worked,  -- Hours as logged, which is what people are paid for (rule 9)
    CAST(CAST(p.hours AS DECIMAL(12,2)) * CAST(p.cost_rate AS DECIMAL(18,5)) AS DECIMAL(18,3)) AS cost  -- Hours times rate
FROM parsed
