-- The policy's template of a new client's first project, with its tasks and people found in Harvest.
-- Grain: one row. A task or person that Harvest does not have, active, holds every project to be made from it.
WITH found AS (
    SELECT
        coalesce(list(harvest_id ORDER BY ordinal) FILTER (kind = 'task' AND harvest_id IS NOT NULL), []) AS task_ids,
        coalesce(list(harvest_id ORDER BY ordinal) FILTER (kind = 'person' AND harvest_id IS NOT NULL), []) AS user_ids,
        string_agg(wanted, ', ' ORDER BY ordinal) FILTER (kind = 'task' AND harvest_id IS NULL) AS tasks_missing,
        string_agg(wanted, ', ' ORDER BY ordinal) FILTER (kind = 'person' AND harvest_id IS NULL) AS people_missing
    FROM policy.first_project_members
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
    f.hold_code,  -- Why no project can be made from it; empty when one can
    contacts_first_project_hold(f.hold_code, json_object('tasks', f.tasks_missing, 'people', f.people_missing)) AS sentence  -- The same for a bookkeeper
FROM policy.first_project AS t
CROSS JOIN (SELECT *, CASE WHEN tasks_missing IS NOT NULL OR people_missing IS NOT NULL THEN 'template_incomplete' END AS hold_code FROM found) AS f
