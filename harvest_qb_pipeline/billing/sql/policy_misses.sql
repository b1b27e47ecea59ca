-- Clients, projects and tasks that the policy names and Harvest does not have: what is said about them holds for nobody.
-- Grain: setting of the policy x record named. A slip of the pen in a cap or a cadence would else go unseen.
WITH named AS (
    SELECT '[[clients]]' AS setting, 'client' AS kind, client_id_harvest AS id, client_name AS name FROM policy.billing_rules
    UNION SELECT '[[clients.groups]]', 'project', project_id_harvest, project_name FROM policy.groups
    UNION SELECT '[[items.rules]]', 'client', client_id_harvest, client_name FROM policy.item_rules
    UNION SELECT '[[items.rules]]', 'project', project_id_harvest, project_name FROM policy.item_rules
    UNION SELECT '[[items.rules]]', 'task', task_id_harvest, task_name FROM policy.item_rules
    UNION SELECT '[[free]]', 'client', client_id_harvest, client_name FROM policy.free
    UNION SELECT '[[free]]', 'project', project_id_harvest, project_name FROM policy.free
    UNION SELECT '[[free]]', 'task', task_id_harvest, task_name FROM policy.free
    UNION SELECT '[[caps]]', 'project', project_id_harvest, project_name FROM policy.caps
    UNION SELECT '[[customers]]', 'client', client_id_harvest, client_name FROM policy.customers
),
there AS (
    SELECT 'client' AS kind, client_id_harvest AS id, lower(trim(client_name)) AS name FROM harvest.clients
    UNION ALL SELECT 'project', project_id_harvest, lower(trim(project_name)) FROM harvest.projects
    UNION ALL SELECT 'project', project_id_harvest, lower(trim(project_code)) FROM harvest.projects
    UNION ALL SELECT 'task', task_id_harvest, lower(trim(task_name)) FROM harvest.tasks
)
SELECT
    n.setting,  -- Where the policy says it
    n.kind,  -- client, project or task
    coalesce(n.name, n.id::VARCHAR) AS wanted,  -- The record as the policy names it
    'The policy names ' || n.kind || ' ' || coalesce(n.name, n.id::VARCHAR) || ' under ' || n.setting
        || ', and Harvest has none such. Until it is put right there, that rule holds for nobody.' AS sentence  -- The same for a bookkeeper
FROM named AS n
ANTI JOIN there AS t ON t.kind = n.kind AND (t.id = n.id OR t.name = lower(n.name))
WHERE n.id IS NOT NULL OR n.name IS NOT NULL
