-- Lines of the invoices in Harvest. Grain: line. Key: invoice_line_id_harvest. Amounts in the invoice's currency.
-- A line names its project, but neither task nor person nor entries.
-- layer: answer
WITH lines AS (
    SELECT id AS invoice_id, unnest(from_json(payload->'$.line_items', '[{
        "id":"VARCHAR","project":{"id":"VARCHAR","name":"VARCHAR"},"kind":"VARCHAR","description":"VARCHAR",
        "quantity":"VARCHAR","unit_price":"VARCHAR","amount":"VARCHAR","taxed":"VARCHAR","taxed2":"VARCHAR"
    }]')) AS p
    FROM raw_harvest.invoices
    WHERE NOT is_deleted
)
SELECT
    CAST(p.id AS BIGINT) AS invoice_line_id_harvest,  -- The line in Harvest
    invoice_id AS invoice_id_harvest,  -- Its invoice
    CAST(p.project.id AS BIGINT) AS project_id_harvest,  -- Its project, if any
    p.kind AS item_category,  -- Item category, such as Service
    p.description,  -- What the client reads
    CAST(p.quantity AS DECIMAL(18,5)) AS quantity,  -- Hours or pieces
    CAST(p.unit_price AS DECIMAL(18,5)) AS unit_price,  -- Price of one
    CAST(p.amount AS DECIMAL(18,3)) AS amount,  -- Quantity x unit price, rounded
    CAST(p.taxed AS BOOLEAN) AS is_taxed,  -- Subject to the first tax
    CAST(p.taxed2 AS BOOLEAN) AS is_taxed2  -- Subject to the second tax
FROM lines
