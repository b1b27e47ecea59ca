-- What becomes of each time entry: exactly one verdict, with the reason in words.
-- Grain: time entry. Key: time_entry_id_harvest. Hours are Harvest's rounded hours, rates the entry's own (rule 9).
-- Rules 3, 5, 13, 14, 15, 17, 22, 23, 25.
-- layer: answer
-- rows: project_id_harvest of harvest.time_entries
WITH period_days AS (
    SELECT
        client_id_harvest,
        group_key,
        unnest(generate_series(period_from, period_to, INTERVAL 1 DAY))::DATE AS spent_on,
        billed_in,
        is_due,
        is_begun OR is_billed_by_hand AS is_billed_already,
        is_carried_over
    FROM billing.periods
),
free_work AS (
    SELECT DISTINCT t.project_id_harvest, t.task_id_harvest
    FROM (
        SELECT DISTINCT client_id_harvest, project_id_harvest, task_id_harvest
        FROM harvest.time_entries WHERE is_billable AND coalesce(billable_rate, 0) = 0
    ) AS t
    JOIN policy.free AS f
        ON (f.client_id_harvest IS NULL OR f.client_id_harvest = t.client_id_harvest)
        AND (f.project_id_harvest IS NULL OR f.project_id_harvest = t.project_id_harvest)
        AND (f.task_id_harvest IS NULL OR f.task_id_harvest = t.task_id_harvest)
),
judged AS (
    SELECT
        t.time_entry_id_harvest,
        t.client_id_harvest,
        t.project_id_harvest,
        t.task_id_harvest,
        t.user_id_harvest,
        t.spent_on,
        t.hours_rounded,
        t.billable_rate,
        t.invoice_number,
        d.billed_in,
        coalesce(d.is_billed_already, false) AS is_late,
        b.document_key AS claimed_by,
        b.reason AS claimed_reason,
        CASE
            WHEN b.document_key IS NOT NULL AND NOT b.is_finished THEN 'in_flight'
            WHEN b.has_twin AND NOT t.is_billed THEN 'unmarked'
            WHEN b.document_key IS NOT NULL THEN 'billed_by_us'
            WHEN t.is_billed AND t.invoice_number IS NULL THEN 'billed_by_hand'
            WHEN t.is_billed THEN 'billed_in_harvest'
            WHEN NOT t.is_billable THEN 'not_billable'
            WHEN t.is_running THEN 'running'
            WHEN t.spent_on < x.cutover_on THEN 'before_cutover'
            WHEN p.project_id_harvest IS NULL THEN 'unknown_project'
            WHEN p.is_fixed_fee THEN 'not_hourly'
            WHEN t.hours_rounded = 0 THEN 'no_hours'
            WHEN d.billed_in IS NULL AND c.cadence = 'on_demand' THEN 'nobody_asked'
            WHEN d.billed_in IS NULL OR NOT d.is_due THEN CASE WHEN d.is_carried_over THEN 'carried_over' ELSE 'not_due' END
            WHEN t.client_id_harvest <> p.client_id_harvest OR p.is_in_two_groups THEN 'split_billing'
            WHEN coalesce(x.use_harvest_approvals, h.approval_feature) AND t.approval_status IS DISTINCT FROM 'approved'
                THEN 'unapproved_time'
            WHEN coalesce(t.billable_rate, 0) = 0 AND f.task_id_harvest IS NULL THEN 'missing_rate'
            ELSE 'line'
        END AS code,
        CASE c.grouping
            WHEN 'project_task' THEN t.task_id_harvest
            WHEN 'project_person' THEN t.user_id_harvest
            WHEN 'detailed' THEN t.time_entry_id_harvest
            ELSE 0
        END AS line_part_id,
        c.clean_projects
    FROM harvest.time_entries AS t
    CROSS JOIN policy.context AS x
    CROSS JOIN harvest.company AS h
    LEFT JOIN billing.projects AS p ON p.project_id_harvest = t.project_id_harvest
    LEFT JOIN billing.clients AS c ON c.client_id_harvest = p.client_id_harvest
    LEFT JOIN billing.claimed_time AS b ON b.time_entry_id_harvest = t.time_entry_id_harvest
    LEFT JOIN period_days AS d
        ON d.client_id_harvest = p.client_id_harvest AND d.group_key = p.group_key AND d.spent_on = t.spent_on
    LEFT JOIN free_work AS f ON f.project_id_harvest = t.project_id_harvest AND f.task_id_harvest = t.task_id_harvest
),
blocked_projects AS (
    SELECT DISTINCT billed_in, project_id_harvest, true AS is_blocked
    FROM judged
    WHERE clean_projects AND code IN ('unapproved_time', 'missing_rate', 'split_billing', 'running')
)
SELECT
    j.time_entry_id_harvest,  -- The entry in Harvest
    j.client_id_harvest,  -- Its client
    j.project_id_harvest,  -- Its project
    j.task_id_harvest,  -- Its task
    j.user_id_harvest,  -- Who worked
    j.spent_on,  -- The day of the work
    j.hours_rounded,  -- Hours as Harvest invoices them
    j.billable_rate,  -- The entry's own rate, in the client's currency
    CASE
        WHEN j.code IN ('unmarked', 'billed_by_us', 'billed_by_hand', 'billed_in_harvest') THEN 'billed_before'
        WHEN j.code IN ('carried_over', 'nobody_asked') THEN 'not_due'
        WHEN j.code = 'no_hours' THEN 'not_billable'
        WHEN j.code IN ('unapproved_time', 'missing_rate', 'split_billing', 'unknown_project') THEN 'held'
        WHEN j.reason_code = 'blocked_project' THEN 'held'
        ELSE j.code
    END AS verdict,  -- line, in_flight, billed_before, held, not_due, before_cutover, not_hourly, not_billable or running
    j.reason_code,  -- The reason for machines; finer than the verdict
    billing_entry_hold(j.reason_code, CASE
        WHEN j.code IN ('in_flight', 'billed_by_us', 'unmarked') THEN json_object('begun', j.claimed_reason)
        WHEN j.code = 'billed_in_harvest' THEN json_object('number', j.invoice_number)
        WHEN j.is_late THEN json_object('is_late', true)
    END) AS reason,  -- The reason in words
    coalesce(j.claimed_by, CASE WHEN j.code IN (
        'line', 'unapproved_time', 'missing_rate', 'split_billing', 'not_due', 'carried_over'
    ) THEN j.billed_in END) AS document_key,  -- The bill it is on, was on, or would be on
    j.is_late AND j.code = 'line' AS is_late,  -- Worked in a period that was already billed (rule 3)
    j.line_part_id  -- What sets its line apart within project and rate: the task, the person, itself, or 0
FROM (
    SELECT j.*, CASE WHEN j.code = 'line' AND k.is_blocked THEN 'blocked_project' ELSE j.code END AS reason_code
    FROM judged AS j
    LEFT JOIN blocked_projects AS k ON k.billed_in = j.billed_in AND k.project_id_harvest = j.project_id_harvest
) AS j
