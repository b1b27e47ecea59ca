-- Lines of the invoices in QuickBooks, in their order. Grain: line. Key: invoice_id_qb, line_position.
-- Amounts in the invoice's currency. The sub-total that QuickBooks appends is left out.
-- layer: answer
WITH lines AS (
    SELECT id AS invoice_id, unnest(from_json(payload->'$.Line', '[{
        "Id":"VARCHAR","DetailType":"VARCHAR","Description":"VARCHAR","Amount":"VARCHAR",
        "SalesItemLineDetail":{"ItemRef":{"value":"VARCHAR","name":"VARCHAR"},"Qty":"VARCHAR","UnitPrice":"VARCHAR",
        "ServiceDate":"VARCHAR","TaxCodeRef":{"value":"VARCHAR"},"ClassRef":{"value":"VARCHAR"}}
    }]')) AS p, generate_subscripts(from_json(payload->'$.Line', '["JSON"]'), 1) AS position
    FROM raw_quickbooks.invoices
    WHERE NOT is_deleted
)
SELECT
    invoice_id AS invoice_id_qb,  -- Its invoice
    CAST(position AS INTEGER) AS line_position,  -- Its place on the invoice, from 1
    p."Id" AS invoice_line_id_qb,  -- The line in QuickBooks; discounts have none
    p."DetailType" AS line_type,  -- SalesItemLineDetail, DiscountLineDetail, DescriptionOnly or GroupLineDetail
    p."SalesItemLineDetail"."ItemRef"."value" AS item_id_qb,  -- Its item
    p."SalesItemLineDetail"."ItemRef"."name" AS item_name,  -- Name of the item
    p."Description" AS description,  -- What the customer reads
    CAST(p."SalesItemLineDetail"."Qty" AS DECIMAL(18,5)) AS quantity,  -- Hours or pieces
    CAST(p."SalesItemLineDetail"."UnitPrice" AS DECIMAL(18,5)) AS unit_price,  -- Price of one
    CAST(p."Amount" AS DECIMAL(18,3)) AS amount,  -- Quantity x unit price (rule 7)
    CAST(p."SalesItemLineDetail"."ServiceDate" AS DATE) AS service_on,  -- Day of the service
    p."SalesItemLineDetail"."TaxCodeRef"."value" AS tax_code_id_qb,  -- Tax code: TAX or NON in the US
    p."SalesItemLineDetail"."ClassRef"."value" AS class_id_qb  -- Class
FROM lines
WHERE p."DetailType" <> 'SubTotalLineDetail'
