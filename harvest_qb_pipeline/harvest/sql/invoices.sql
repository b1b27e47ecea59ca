-- Invoices in Harvest that still exist. Grain: invoice. Key: invoice_id_harvest. Amounts in the invoice's currency.
-- A draft can carry payments; closed means written off (rule 32).
-- layer: answer
WITH parsed AS (
    SELECT id, updated_at, from_json(payload, '
        {"client":{"id":"VARCHAR","name":"VARCHAR"},"number":"VARCHAR","purchase_order":"VARCHAR",
        "currency":"VARCHAR","amount":"VARCHAR","due_amount":"VARCHAR","discount_amount":"VARCHAR",
        "tax_amount":"VARCHAR","tax2_amount":"VARCHAR","state":"VARCHAR","issue_date":"VARCHAR",
        "due_date":"VARCHAR","payment_term":"VARCHAR","period_start":"VARCHAR","period_end":"VARCHAR",
        "subject":"VARCHAR","notes":"VARCHAR","sent_at":"VARCHAR","paid_date":"VARCHAR",
        "closed_at":"VARCHAR","retainer":{"id":"VARCHAR"},"recurring_invoice_id":"VARCHAR",
        "created_at":"VARCHAR"}
    ') AS p
    FROM raw_harvest.invoices
    WHERE NOT is_deleted
)
SELECT
    id AS invoice_id_harvest,  -- The invoice in Harvest
    CAST(p.client.id AS BIGINT) AS client_id_harvest,  -- Its client
    p.client."name" AS client_name,  -- Name of the client
    p."number" AS invoice_number,  -- Its number, any text
    p.purchase_order,  -- Purchase order
    p.currency,  -- Currency of its amounts
    CAST(p.amount AS DECIMAL(18,3)) AS amount,  -- Total
    CAST(p.due_amount AS DECIMAL(18,3)) AS due_amount,  -- What is still due
    CAST(p.discount_amount AS DECIMAL(18,3)) AS discount_amount,  -- Discount
    CAST(p.tax_amount AS DECIMAL(18,3)) AS tax_amount,  -- First tax
    CAST(p.tax2_amount AS DECIMAL(18,3)) AS tax2_amount,  -- Second tax
    p.state,  -- draft, open, paid or closed
    CAST(p.issue_date AS DATE) AS issued_on,  -- Its date
    CAST(p.due_date AS DATE) AS due_on,  -- Day it is due
    p.payment_term,  -- Payment terms
    CAST(p.period_start AS DATE) AS period_from,  -- First day of imported time
    CAST(p.period_end AS DATE) AS period_to,  -- Last day of imported time
    p.subject,  -- Subject
    p.notes,  -- Notes
    CAST(p.sent_at AS TIMESTAMPTZ) AS sent_at,  -- When it was sent or opened
    CAST(p.paid_date AS DATE) AS paid_on,  -- Day of the payment that settled it (rule 2)
    CAST(p.closed_at AS TIMESTAMPTZ) AS closed_at,  -- When it was written off
    CAST(p.retainer.id AS BIGINT) AS retainer_id_harvest,  -- Retainer it belongs to
    CAST(p.recurring_invoice_id AS BIGINT) AS recurring_invoice_id_harvest,  -- Recurring invoice that made it
    CAST(p.created_at AS TIMESTAMPTZ) AS created_at,  -- When it was made
    updated_at  -- When it last changed, payments included
FROM parsed
