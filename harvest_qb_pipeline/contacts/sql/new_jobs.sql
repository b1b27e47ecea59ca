-- Harvest projects that are to become jobs in QuickBooks, where the policy makes a job of each project of the client.
-- Grain: project. Key: project_id_harvest. Made since the cut-over, or to be billed now; below a customer that is known or new. Rules 42, 48, 49.
WITH billed AS (
    SELECT job_project_id_harvest AS id FROM billing.invoice_drafts WHERE is_for_job AND hold_count = 0
    UNION
    -- A bill that is planned or approved keeps the job that it waits for, whatever the drafts say meanwhile.
    SELECT id_in(key, 'job')
    FROM (
        SELECT unnest(from_json(depends_on, '["VARCHAR"]')) AS key
        FROM ledger.postings WHERE is_newest AND kind IN ('twin', 'invoice') AND state IN ('planned', 'approved', 'sending', 'uncertain', 'rejected')
    )
    WHERE id_in(key, 'job') IS NOT NULL
)
SELECT
    m.project_id_harvest,  -- The project in Harvest
    m.project_name,  -- Its name
    m.client_id_harvest,  -- Its client in Harvest
    m.wanted_name AS job_name,  -- The job's name by the policy's naming rule
    c.currency,  -- The currency of its customer
    c.customer_id_qb AS parent_customer_id_qb,  -- Its customer in QuickBooks; empty when that is planned as well
    x.bill_with_parent AS is_billed_with_parent,  -- Whether its invoices go to the customer above
    m.hold_code,  -- Why it waits; empty when it does not
    m.sentence  -- The same for a bookkeeper
FROM contacts.project_matches AS m
JOIN contacts.client_matches AS c USING (client_id_harvest)
JOIN harvest.projects AS p USING (project_id_harvest)
CROSS JOIN policy.context AS x
LEFT JOIN billed AS d ON d.id = m.project_id_harvest
WHERE m.is_for_job AND m.matched_by = 'planned'
    AND (c.customer_id_qb IS NOT NULL OR m.client_id_harvest IN (SELECT client_id_harvest FROM contacts.new_customers WHERE hold_code IS NULL))
    AND x.new_customers <> 'never'
    AND (
        d.id IS NOT NULL
        OR (x.new_customers = 'since_cutover' AND p.is_active AND (p.created_at AT TIME ZONE x.timezone)::DATE >= x.cutover_on)
    )
