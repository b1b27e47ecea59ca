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
    CASE WHEN f.tasks_missing IS NOT NULL OR f.people_missing IS NOT NULL THEN 'template_incomplete' END AS hold_code,  -- Why no project can be made from it; empty when one can
    CASE WHEN f.tasks_missing IS NOT NULL OR f.people_missing IS NOT NULL THEN 'Harvest has no active '
        || concat_ws(', and no active ', 'task ' || f.tasks_missing, 'person ' || f.people_missing)
        || '. Correct [contacts.first_project] in the policy' END AS sentence  -- The same for a bookkeeper
FROM policy.first_project AS t
CROSS JOIN found AS f
