-- Blocked time by draft and reason, with the people and hours behind it, in words.
-- Grain: would-be draft x reason. Rules 13, 14, 25.
-- rows: document_key of billing.billable_time
WITH per_person AS (
    SELECT
        b.document_key,
        b.client_id_harvest,
        b.reason_code,
        coalesce(u.user_name, 'Person ' || b.user_id_harvest) AS user_name,
        count(*) AS entries,
        sum(b.hours_rounded) AS hours
    FROM billing.billable_time AS b
    LEFT JOIN harvest.users AS u USING (user_id_harvest)
    WHERE b.verdict = 'held'
    GROUP BY ALL
)
SELECT
    document_key,  -- The bill that the time would be on
    client_id_harvest,  -- Its client
    reason_code,  -- unapproved_time, missing_rate, split_billing or blocked_project
    sum(entries)::BIGINT AS entries,  -- Time entries
    sum(hours)::DECIMAL(18,2) AS hours,  -- Their rounded hours
    count(*) AS people,  -- People
    array_to_string(list(
        user_name || ' ' || hours_text(hours) ORDER BY hours DESC, user_name
    )[:6], ', ') || CASE WHEN count(*) > 6 THEN ' and ' || (count(*) - 6) || ' more' ELSE '' END AS who,  -- The people with their hours
    entries_text(sum(entries)) || ', ' || hours_text(sum(hours)) || ', by '
        || CASE WHEN count(*) = 1 THEN 'one person' ELSE count(*) || ' people' END AS extent  -- Entries, hours and people in words
FROM per_person
GROUP BY document_key, client_id_harvest, reason_code
