-- Harvest projects without a job in QuickBooks, where the policy makes a job of each project of the client: proposed as jobs.
-- Grain: project. Key: project_id_harvest. Below a customer that is known or proposed; wanted anyway when made since the cut-over. Rules 42, 48, 49.
SELECT
    m.project_id_harvest,  -- The project in Harvest
    m.project_name,  -- Its name
    m.client_id_harvest,  -- Its client in Harvest
    m.wanted_name AS job_name,  -- The job's name by the policy's naming rule
    c.currency,  -- The currency of its customer
    c.customer_id_qb AS parent_customer_id_qb,  -- Its customer in QuickBooks; empty when that is planned as well
    x.bill_with_parent AS is_billed_with_parent,  -- Whether its invoices go to the customer above
    x.new_customers = 'since_cutover' AND p.is_active AND (p.created_at AT TIME ZONE x.timezone)::DATE >= x.cutover_on AS is_wanted,  -- The policy wants it, needed or not
    m.hold_code,  -- Why it waits; empty when it does not
    m.sentence  -- The same for a bookkeeper
FROM contacts.project_matches AS m
JOIN contacts.client_matches AS c USING (client_id_harvest)
JOIN harvest.projects AS p USING (project_id_harvest)
CROSS JOIN policy.context AS x
WHERE m.is_for_job AND m.matched_by = 'planned'
    AND (c.customer_id_qb IS NOT NULL OR m.client_id_harvest IN (SELECT client_id_harvest FROM contacts.new_customers WHERE hold_code IS NULL))
    AND x.new_customers <> 'never'
