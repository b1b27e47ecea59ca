-- Drafts whose days were not read in full since their period closed: what was deleted meanwhile is not known (rule 12).
-- Grain: draft. Key: document_key. Days are read again at every sync, and seldom that says something else here.
-- when: answer_changed
SELECT d.document_key  -- The draft
FROM billing.draft_scopes AS d
CROSS JOIN policy.context AS x
WHERE NOT EXISTS (
    SELECT 1 FROM raw_harvest.swept_windows AS s
    WHERE s.stream = 'time_entries' AND s.from_on <= d.window_from AND s.to_on >= d.period_to
        AND s.began_at + x.clock_shift_days * INTERVAL 1 DAY >= d.closed_at
)
