-- Lines whose amount, hours or entries are not the sum of their sources: cents or hours that nobody could explain.
WITH summed AS (
    SELECT document_key, line_number, sum(amount) AS amount, sum(hours_rounded) AS hours, count(*) AS entries
    FROM billing.line_sources WHERE line_number IS NOT NULL GROUP BY ALL
)
SELECT
    document_key,  -- The draft
    line_number,  -- The line
    l.amount AS line_amount,  -- What the line says
    s.amount AS sources_amount,  -- What its entries add up to
    l.quantity AS line_hours,  -- Hours of the line
    s.hours AS sources_hours,  -- Hours of its entries
    l.entries AS line_entries,  -- Entries the line counts
    s.entries AS sources_entries  -- Entries it has
FROM (SELECT * FROM billing.invoice_lines WHERE line_type = 'time') AS l
FULL JOIN summed AS s USING (document_key, line_number)
WHERE l.amount IS DISTINCT FROM s.amount OR l.quantity IS DISTINCT FROM s.hours OR l.entries IS DISTINCT FROM s.entries
