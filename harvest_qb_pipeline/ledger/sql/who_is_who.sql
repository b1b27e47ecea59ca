-- Everybody on both sides as of now: what the last plan said, with the links and decisions made since laid over it.
-- Grain: pair (linked, suggested or conflicting), or a record that only one side has. Runs on SQLite and on Postgres.
-- `families(prefix, record_type, link_type, party_type)` is put before it by `who_is_who.py`; the parameter is one key, or empty for all.
standing AS (
    SELECT l.key, l.external_id, l.how, l.rule, l.made_by, l.made_at, f.prefix, f.record_type, f.link_type, f.party_type
    FROM links AS l
    JOIN families AS f ON l.key LIKE f.prefix || '%'
    WHERE NOT l.is_removed AND l.system = 'quickbooks' AND (CAST(:key AS TEXT) IS NULL OR l.key = :key)
),
planned AS (
    SELECT s.*, f.prefix, f.record_type, f.party_type
    FROM suggestions AS s
    JOIN families AS f ON s.key LIKE f.prefix || '%'
    WHERE (CAST(:key AS TEXT) IS NULL OR s.key = :key) AND s.key NOT IN (SELECT key FROM standing)
),
staying AS (
    -- Pairs that nothing said since contradicts. A link that had a maker and stands no more was taken back.
    SELECT p.*
    FROM planned AS p
    WHERE p.external_id IS NOT NULL
        AND (p.how IS NULL OR p.made_by IS NULL)
        AND NOT EXISTS (SELECT 1 FROM links AS l WHERE l.exclusive = p.claim)
        AND NOT EXISTS (
            SELECT 1 FROM link_decisions AS d
            WHERE d.key = p.key AND d.external_id = p.external_id AND d.decision = 'rejected' AND NOT d.is_withdrawn
        )
),
pairs AS (
    -- A link that can no longer be used is a conflict for as long as it is that very link.
    SELECT a.link_type, coalesce(s.state, 'linked') AS state, a.key, a.prefix, a.record_type, a.party_type, a.external_id,
        a.how, a.rule, a.made_by, a.made_at, s.score, s.reasons, s.sentence
    FROM standing AS a
    LEFT JOIN suggestions AS s ON s.key = a.key AND s.external_id = a.external_id AND s.how IS NOT NULL
    UNION ALL
    SELECT link_type, state, key, prefix, record_type, party_type, external_id, how, NULL, NULL, NULL, score, reasons, sentence
    FROM staying
),
alone AS (
    -- Keys left without link or suggestion. Why there is nobody is what the plan said, if it found nobody either.
    SELECT p.link_type, CASE WHEN p.external_id IS NULL THEN p.state ELSE 'unmatched' END AS state, p.key, p.prefix, p.record_type,
        p.party_type, CASE WHEN p.external_id IS NULL THEN p.sentence END AS sentence
    FROM planned AS p
    WHERE p.ordinal = 0 AND p.key NOT IN (SELECT key FROM staying)
)
SELECT p.link_type, p.state, p.key AS link_key, substr(p.key, length(p.prefix) + 1) AS harvest_id, ours.name AS harvest_name,
    p.party_type AS quickbooks_type, p.external_id AS quickbooks_id,
    CASE WHEN p.made_by IS NULL THEN coalesce(theirs.full_name, theirs.name) ELSE theirs.name END AS quickbooks_name,
    p.how, p.rule, p.made_by, p.made_at, p.score, p.reasons, p.sentence
FROM pairs AS p
LEFT JOIN records AS ours ON ours.record_type = p.record_type AND ours.record_id = substr(p.key, length(p.prefix) + 1)
LEFT JOIN records AS theirs ON theirs.record_type = p.party_type AND theirs.record_id = p.external_id
UNION ALL
SELECT a.link_type, a.state, a.key, substr(a.key, length(a.prefix) + 1), ours.name, a.party_type, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, a.sentence
FROM alone AS a
LEFT JOIN records AS ours ON ours.record_type = a.record_type AND ours.record_id = substr(a.key, length(a.prefix) + 1)
UNION ALL
SELECT CASE WHEN r.is_job THEN 'project' WHEN r.record_type = 'Customer' THEN 'client' WHEN r.record_type = 'Item' THEN 'item' ELSE 'person' END,
    'unmatched', NULL, NULL, NULL, r.record_type, r.record_id, coalesce(r.full_name, r.name), NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM records AS r
LEFT JOIN (SELECT DISTINCT party_type, external_id FROM pairs) AS taken ON taken.party_type = r.record_type AND taken.external_id = r.record_id
WHERE CAST(:key AS TEXT) IS NULL AND r.is_active AND taken.external_id IS NULL AND coalesce(r.item_type, '') <> 'Category'
    AND r.record_type IN (SELECT party_type FROM families)
