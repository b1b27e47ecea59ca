-- Lines of the drafts: hours of one project, part (task, person, ...), item and rate; then adjustments.
-- Grain: line. Key: document_key, line_number. Amount = quantity x unit price, rounded half up to the currency's minor
-- unit, here and nowhere else (rule 7); a line never mixes rates. Rule 20: adjustments are signed lines.
-- layer: answer
-- rows: document_key of billing.billable_time
WITH worked AS (
    SELECT
        b.document_key,
        b.project_id_harvest,
        b.line_part_id,
        i.rule_number,
        coalesce(b.billable_rate, 0) AS unit_price,
        any_value(b.task_id_harvest) AS task_id,
        any_value(b.user_id_harvest) AS user_id,
        sum(b.hours_rounded)::DECIMAL(18,2) AS quantity,
        count(*) AS entries,
        min(b.spent_on) AS worked_from,
        max(b.spent_on) AS worked_to,
        any_value(i.item_id_qb) AS item_id_qb,
        any_value(i.account_id_qb) AS account_id_qb
    FROM billing.billable_time AS b
    JOIN billing.work_items AS i USING (project_id_harvest, task_id_harvest)
    WHERE b.verdict = 'line'
    GROUP BY b.document_key, b.project_id_harvest, b.line_part_id, i.rule_number, coalesce(b.billable_rate, 0)
),
described AS (
    SELECT
        w.*,
        c.minor_digits,
        c.currency,
        c.grouping,
        p.project_label,
        CASE c.grouping
            WHEN 'project_task' THEN coalesce(t.task_name, 'Task ' || w.task_id)
            WHEN 'project_person' THEN coalesce(u.user_name, 'Person ' || w.user_id)
            WHEN 'detailed' THEN coalesce(t.task_name, 'Task ' || w.task_id) || ', ' || coalesce(u.user_name, 'Person ' || w.user_id)
        END AS part_name,
        n.notes
    FROM worked AS w
    JOIN billing.projects AS p USING (project_id_harvest)
    JOIN billing.clients AS c USING (client_id_harvest)
    LEFT JOIN harvest.tasks AS t ON t.task_id_harvest = w.task_id
    LEFT JOIN harvest.users AS u ON u.user_id_harvest = w.user_id
    LEFT JOIN billing.line_notes AS n
        ON n.time_entry_id_harvest = CASE WHEN c.grouping = 'detailed' THEN w.line_part_id END
),
time_lines AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY document_key
            ORDER BY
                project_label, project_id_harvest, CASE WHEN grouping = 'detailed' THEN worked_from END,
                part_name, line_part_id, unit_price DESC, rule_number
        ) AS line_number
    FROM described
),
adjusted AS (
    SELECT
        l.document_key,
        CASE l.minor_digits WHEN 0 THEN round(a.amount, 0) WHEN 3 THEN round(a.amount, 3) ELSE round(a.amount, 2) END AS amount,
        a.reason,
        l.last_line + row_number() OVER (PARTITION BY l.document_key ORDER BY a.adjustment_id) AS line_number,
        l.currency,
        l.minor_digits,
        l.worked_from,
        l.worked_to,
        l.project_id
    FROM ledger.adjustments AS a
    JOIN (
        SELECT
            document_key, max(line_number) AS last_line, any_value(currency) AS currency, any_value(minor_digits) AS minor_digits,
            min(worked_from) AS worked_from, max(worked_to) AS worked_to, min(project_id_harvest) AS project_id
        FROM time_lines GROUP BY document_key
    ) AS l ON l.document_key = a.document
    WHERE a.removed_by IS NULL
)
SELECT
    document_key,  -- The draft
    line_number,  -- Position on the invoice, from 1
    'time' AS line_type,  -- time or adjustment
    project_id_harvest,  -- The project
    line_part_id,  -- The task, person or entry that sets the line apart, or 0
    rule_number,  -- The item rule of the policy
    -- Neither system's lines can hold control characters.
    left(regexp_replace(project_label || coalesce(': ' || part_name, '') || ' (' || CASE
        WHEN worked_from = worked_to THEN strftime(worked_from, '%b %-d, %Y')
        ELSE strftime(worked_from, '%b %-d, %Y') || ' - ' || strftime(worked_to, '%b %-d, %Y')
    END || ')' || coalesce(chr(10) || notes, ''), '[\x00-\x09\x0B-\x1F\x7F]', ' ', 'g'), 4000) AS description,  -- Text for the client; at most 4000 characters
    quantity,  -- Hours
    unit_price::DECIMAL(18,5) AS unit_price,  -- Rate per hour
    CASE minor_digits
        WHEN 0 THEN round(quantity * unit_price::DECIMAL(18,5), 0)
        WHEN 3 THEN round(quantity * unit_price::DECIMAL(18,5), 3)
        ELSE round(quantity * unit_price::DECIMAL(18,5), 2)
    END::DECIMAL(18,3) AS amount,  -- Quantity x unit price, rounded once
    currency,  -- Currency of the amount
    minor_digits,  -- Decimal places of that currency's amounts
    entries,  -- Time entries in the line
    worked_from,  -- First day of work
    worked_to,  -- Last day of work
    item_id_qb,  -- Item in QuickBooks; empty holds the draft
    account_id_qb  -- Income account where the policy names another than the item's
FROM time_lines
UNION ALL BY NAME
SELECT
    a.document_key,
    a.line_number,
    'adjustment' AS line_type,
    a.project_id AS project_id_harvest,
    left(regexp_replace(a.reason, '[\x00-\x09\x0B-\x1F\x7F]', ' ', 'g'), 4000) AS description,
    1 AS quantity,
    a.amount AS unit_price,
    a.amount::DECIMAL(18,3) AS amount,
    a.currency,
    a.minor_digits,
    0 AS entries,
    a.worked_from,
    a.worked_to,
    i.item_id_qb
FROM adjusted AS a
CROSS JOIN policy.adjustment_item AS i
