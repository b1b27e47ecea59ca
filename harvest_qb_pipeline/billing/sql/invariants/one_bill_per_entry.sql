-- Entries that two drafts would bill, or that a draft bills although a begun bill has consumed them.
SELECT
    s.time_entry_id_harvest,  -- The entry
    count(DISTINCT s.document_key) AS drafts,  -- Drafts that would bill it
    any_value(c.document_key) AS consumed_by  -- The begun bill that has consumed it
FROM billing.line_sources AS s
LEFT JOIN billing.claimed_time AS c USING (time_entry_id_harvest)
GROUP BY s.time_entry_id_harvest
HAVING count(*) > 1 OR any_value(c.document_key) IS NOT NULL
