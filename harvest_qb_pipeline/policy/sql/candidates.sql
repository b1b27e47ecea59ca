-- Which records each reference of the policy fits: by id, else by name. The only place where what the policy names is compared with names.
-- Grain: reference x record. Case and outer spaces do not matter; what fits as well as the best is here too, so that nobody guesses.
WITH records AS (
    SELECT 'client' AS kind, 'client' AS record_type, client_id_harvest::VARCHAR AS id, client_name AS name, client_name AS label,
        1 AS rank, is_active, NULL::BIGINT AS client_id
    FROM harvest.clients
    UNION ALL SELECT 'project', 'project', project_id_harvest::VARCHAR, project_name, project_name, 1, is_active, client_id_harvest FROM harvest.projects
    UNION ALL SELECT 'project', 'project', project_id_harvest::VARCHAR, project_code, project_name, 1, is_active, client_id_harvest FROM harvest.projects
    UNION ALL SELECT 'task', 'task', task_id_harvest::VARCHAR, task_name, task_name, 1, is_active, NULL FROM harvest.tasks
    UNION ALL SELECT 'category', 'category', category_id_harvest::VARCHAR, category_name, category_name, 1, true, NULL FROM harvest.invoice_item_categories
    UNION ALL SELECT 'person', 'person', user_id_harvest::VARCHAR, user_name, user_name, 1, is_active, NULL FROM harvest.users
    UNION ALL SELECT 'person', 'person', user_id_harvest::VARCHAR, email, user_name, 1, is_active, NULL FROM harvest.users
    UNION ALL SELECT 'customer', 'customer', customer_id_qb, display_name, display_name, 1, is_active, NULL FROM quickbooks.customers
    UNION ALL SELECT 'job', 'job', customer_id_qb, display_name, display_name, 1, is_active, NULL FROM quickbooks.customers WHERE is_job
    UNION ALL SELECT 'job', 'job', customer_id_qb, fully_qualified_name, display_name, 1, is_active, NULL FROM quickbooks.customers WHERE is_job
    UNION ALL SELECT unnest(['employee', 'party']), 'employee', employee_id_qb, display_name, display_name, 1, is_active, NULL FROM quickbooks.employees
    UNION ALL SELECT unnest(['vendor', 'party']), 'vendor', vendor_id_qb, display_name, display_name, 1, is_active, NULL FROM quickbooks.vendors
    -- An item or account below another goes by its whole name first. Categories and bundles are nothing to sell.
    UNION ALL SELECT 'item', 'item', item_id_qb, fully_qualified_name, fully_qualified_name, 1, is_active, NULL FROM quickbooks.items
    WHERE coalesce(item_type, '') NOT IN ('Category', 'Group')
    UNION ALL SELECT 'item', 'item', item_id_qb, item_name, fully_qualified_name, 2, is_active, NULL FROM quickbooks.items
    WHERE coalesce(item_type, '') NOT IN ('Category', 'Group')
    UNION ALL SELECT 'account', 'account', account_id_qb, fully_qualified_name, fully_qualified_name, 1, is_active, NULL FROM quickbooks.accounts
    UNION ALL SELECT 'account', 'account', account_id_qb, account_name, fully_qualified_name, 2, is_active, NULL FROM quickbooks.accounts
    UNION ALL SELECT 'term', 'term', term_id_qb, term_name, term_name, 1, is_active, NULL FROM quickbooks.terms
),
fitting AS (
    SELECT r.reference_id, r.within_id, r.is_used_active, k.*
    FROM policy.stated_references AS r
    JOIN records AS k ON k.kind = r.kind AND k.id = r.wanted_id
    UNION ALL
    SELECT r.reference_id, r.within_id, r.is_used_active, k.*
    FROM policy.stated_references AS r
    JOIN records AS k ON k.kind = r.kind AND lower(trim(k.name)) = lower(trim(r.wanted_name))
),
within AS (
    -- A project that is named under a client is one of that client's.
    SELECT f.* FROM fitting AS f
    WHERE f.within_id IS NULL OR f.kind <> 'project'
        OR EXISTS (SELECT 1 FROM fitting AS c WHERE c.reference_id = f.within_id AND c.id = f.client_id::VARCHAR)
),
ranked AS (
    SELECT reference_id, record_type, id, any_value(label) AS label, bool_and(is_active) AS is_active, min(rank) AS rank,
        any_value(is_used_active OR kind IN ('item', 'account', 'term')) AS prefers_active
    FROM within GROUP BY ALL
)
SELECT
    reference_id,  -- The reference
    record_type,  -- client, project, task, category, person, customer, job, employee, vendor, item, account or term
    id AS record_id,  -- A record that it fits
    label AS record_name,  -- The record's name
    is_active  -- Whether it is in use: not archived, not inactive
FROM ranked
-- Where only what is in use will do, or lists keep what was put aside, that is the one meant if there is one.
QUALIFY rank() OVER (PARTITION BY reference_id, record_type ORDER BY rank, prefers_active AND NOT is_active) = 1
