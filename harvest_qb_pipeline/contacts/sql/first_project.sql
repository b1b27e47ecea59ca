-- The policy's template of a new client's first project, with its tasks and people found in Harvest.
-- Grain: one row. A task or person that Harvest does not have, active, holds every project to be made from it.
WITH tasks AS (
    SELECT f.ordinal, coalesce(f.task_name, f.task_id_harvest::VARCHAR) AS wanted, min(k.task_id_harvest) AS id
    FROM policy.first_project_tasks AS f
    LEFT JOIN harvest.tasks AS k ON k.is_active AND (k.task_id_harvest = f.task_id_harvest OR lower(k.task_name) = lower(trim(f.task_name)))
    GROUP BY ALL
),
people AS (
    SELECT f.ordinal, coalesce(f.user_name, f.user_id_harvest::VARCHAR) AS wanted, min(u.user_id_harvest) AS id
    FROM policy.first_project_people AS f
    LEFT JOIN harvest.users AS u
        ON u.is_active AND (u.user_id_harvest = f.user_id_harvest OR lower(trim(f.user_name)) IN (lower(u.user_name), lower(u.email)))
    GROUP BY ALL
),
found AS (
    SELECT
        (SELECT coalesce(list(id ORDER BY ordinal) FILTER (id IS NOT NULL), []) FROM tasks) AS task_ids,
        (SELECT coalesce(list(id ORDER BY ordinal) FILTER (id IS NOT NULL), []) FROM people) AS user_ids,
        (SELECT string_agg(wanted, ', ' ORDER BY ordinal) FROM tasks WHERE id IS NULL) AS tasks_missing,
        (SELECT string_agg(wanted, ', ' ORDER BY ordinal) FROM people WHERE id IS NULL) AS people_missing
)
SELECT
    t.project_name,  -- The project's name; {customer} stands for the customer's
    t.project_code,  -- Its code, alike
    t.is_billable,  -- Whether its time is billable
    t.bill_by,  -- Project, Tasks, People or none
    t.hourly_rate,  -- Rate per hour where bill_by is Project
    t.budget_by,  -- What the budget counts
    t.budget,  -- The budget, in hours or in money as budget_by says
    f.task_ids,  -- Its tasks in Harvest; empty for Harvest's default tasks
    f.user_ids,  -- Its people in Harvest, besides those whom Harvest puts on every new project
    CASE WHEN f.tasks_missing IS NOT NULL OR f.people_missing IS NOT NULL THEN 'template_incomplete' END AS hold_code,  -- Why no project can be made from it; empty when one can
    CASE WHEN f.tasks_missing IS NOT NULL OR f.people_missing IS NOT NULL THEN 'Harvest has no active '
        || concat_ws(', and no active ', 'task ' || f.tasks_missing, 'person ' || f.people_missing)
        || '. Correct [contacts.first_project] in the policy' END AS sentence  -- The same for a bookkeeper
FROM policy.first_project AS t
CROSS JOIN found AS f
