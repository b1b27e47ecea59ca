-- Tasks of Harvest as things to be recognised. Grain: task.
SELECT
    task_id_harvest::VARCHAR AS id,  -- The task
    task_name AS name  -- Its name
FROM harvest.tasks
ORDER BY id
