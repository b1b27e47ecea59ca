-- Invoices as they would be made now, each with how many reasons it has to wait.
-- Grain: draft. Key: document_key. Hours are rounded hours; amounts are in the client's currency. A draft accounts for
-- every unbilled billable entry of its client (or project, or group) up to its last day: on a line, or held with a reason.
-- layer: answer
SELECT
    d.document_key,  -- The bill in the ledger
    d.client_id_harvest,  -- Its client in Harvest
    d.client_name,  -- The client's name
    d.group_key,  -- The invoice group; empty for the client's common invoice
    d.group_name,  -- What people call the group
    d.purchase_order,  -- Purchase order of the group
    d.job_project_id_harvest,  -- The project, where each has an invoice of its own
    d.is_for_job,  -- Made out to the job of that project
    d.period_key,  -- The period in keys
    d.period_from,  -- First day of the period
    d.period_to,  -- Last day of the period: the import ends here
    d.window_from,  -- First day of work on it: the import begins here
    d.project_ids,  -- Its projects in Harvest
    d.grouping,  -- What makes a line
    d.entries,  -- Time entries on it
    d.late_entries,  -- Of these, worked in a period that was already billed (rule 3)
    d.people,  -- People who worked
    d.hours,  -- Hours on it
    d.amount,  -- Sum of its lines
    d.adjustments,  -- Of this, adjustments (rule 20)
    d.currency,  -- Currency of the amounts
    d.usual_on,  -- Invoice day by the policy (rule 2)
    d.issue_on,  -- Invoice day, after the remedy for closed books (rule 1)
    d.due_on,  -- Day it is due, always explicit
    d.term_id_qb,  -- The terms in QuickBooks
    d.customer_id_qb,  -- Who it is made out to; empty when the customer is new or held
    d.is_new_customer,  -- Its customer is created with it
    (SELECT count(*) FROM billing.draft_holds AS h WHERE h.document_key = d.document_key) AS hold_count  -- Reasons to wait; 0 = ready
FROM billing.draft_scopes AS d
