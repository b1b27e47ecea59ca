-- Drafts whose amount or hours are not the sum of their lines, and lines without a draft.
WITH summed AS (
    SELECT document_key, sum(amount) AS amount, sum(quantity) FILTER (line_type = 'time') AS hours
    FROM billing.invoice_lines GROUP BY document_key
)
SELECT
    document_key,  -- The draft
    d.amount AS draft_amount,  -- What the draft says
    s.amount AS lines_amount,  -- What its lines add up to
    d.hours AS draft_hours,  -- Hours of the draft
    s.hours AS lines_hours  -- Hours of its lines
FROM billing.invoice_drafts AS d
FULL JOIN summed AS s USING (document_key)
WHERE d.amount IS DISTINCT FROM s.amount OR d.hours IS DISTINCT FROM s.hours
