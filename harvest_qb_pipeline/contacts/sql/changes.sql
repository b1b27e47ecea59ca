-- Changes that are to follow their owner to the other side, one for each record: what is planned as updates.
-- Grain: record and sort of change. Key: document_key, numbered after the changes of that record that are done. Rules 50, 51.
WITH moving AS (
    SELECT
        f.*,
        CASE
            WHEN f.owner = 'harvest' THEN CASE f.link_type WHEN 'client' THEN 'customer_update' ELSE 'job_update' END
            WHEN f.field IN ('email', 'phone', 'mobile') THEN 'contact_update'
            ELSE 'client_update'
        END AS kind,
        CASE f.owner WHEN 'harvest' THEN f.harvest_value ELSE f.quickbooks_value END AS value,
        -- To put a record aside is a decision of its own, and may have to wait for its balance.
        CASE WHEN f.field = 'active' THEN 'active' ELSE '' END AS part
    FROM contacts.field_comparison AS f
    WHERE f.status IN ('to_send', 'open_balance') AND (f.owner = 'harvest' OR f.link_type = 'client')
),
grouped AS (
    SELECT
        change_series(kind, link_key, part) AS series,
        kind,
        part,
        any_value(link_key) AS link_key,
        any_value(record_name) AS record_name,
        any_value(owner) AS owner,
        any_value(harvest_id) AS harvest_id,
        any_value(quickbooks_id) AS quickbooks_id,
        list(field ORDER BY field) AS fields,
        list(value ORDER BY field) AS field_values,
        CASE WHEN bool_or(status = 'open_balance') THEN 'open_balance' END AS hold_code,
        max(balance) AS balance
    FROM moving
    GROUP BY ALL
),
done AS (
    SELECT series_of(key) AS series, count(*) AS changes
    FROM ledger.postings WHERE operation = 'update' AND state = 'posted' GROUP BY 1
)
SELECT
    change_key(g.series, coalesce(d.changes, 0) + 1) AS document_key,  -- The change in the ledger
    g.kind,  -- customer_update, job_update, client_update or contact_update
    g.link_key,  -- The linked pair
    g.record_name,  -- The record's name in Harvest
    g.owner,  -- The side that the values come from
    CASE g.kind
        WHEN 'client_update' THEN g.harvest_id::VARCHAR
        WHEN 'contact_update' THEN k.contact_id_harvest::VARCHAR
        ELSE g.quickbooks_id
    END AS external_id,  -- The record that is changed
    g.fields,  -- Its fields that change
    g.field_values,  -- Their values to be, in the same order
    g.hold_code,  -- Why it waits; empty when it does not
    contacts_change_hold(g.hold_code, json_object('name', g.record_name, 'balance', amount_text(g.balance))) AS sentence  -- The same for a bookkeeper
FROM grouped AS g
LEFT JOIN done AS d USING (series)
LEFT JOIN contacts.client_contacts AS k ON k.client_id_harvest = g.harvest_id AND g.kind = 'contact_update'
WHERE g.kind <> 'contact_update' OR k.contact_id_harvest IS NOT NULL
