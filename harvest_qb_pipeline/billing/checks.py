"""Asset checks of billing: the invariants that planning enforces, and tie-outs that a person should look at.

Belongs here: showing offending rows. Must not be here: the queries (`sql/`). A push that met a refusal or no answer
ends well for Dagster, since everything else was sent; these checks are where it turns red.
"""

import dagster as dg

from harvest_qb_pipeline.billing.invariants import breach_of, invariants
from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.model import StoredPosting
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.posting.push import row_of
from harvest_qb_pipeline.warehouse.dagster import offending
from harvest_qb_pipeline.warehouse.database import Row, Warehouse, query_rows
from harvest_qb_pipeline.warehouse.models import SqlModel

_CHECKED = {
    "one_verdict": "billable_time",
    "lines_sum_to_drafts": "invoice_drafts",
    "sources_sum_to_lines": "line_sources",
    "one_bill_per_entry": "line_sources",
}
"""The table that each invariant is shown at."""


def _check(invariant: SqlModel) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=["billing", _CHECKED[invariant.name]],
        name=invariant.name,
        description=f"No rows are right. {invariant.description}",
        blocking=True,
    )
    def checked(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
        rows = list(breach_of(warehouse.connection, invariant).rows)
        return offending(rows, dg.AssetCheckSeverity.ERROR)

    return checked


@dg.asset_check(
    asset=["billing", "uninvoiced_differences"],
    name="ties_to_harvest",
    description="Unbilled billable hours and money agree with Harvest's own uninvoiced report, project by project.",
)
def ties_to_harvest(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
    rows = query_rows(
        warehouse.connection, "SELECT * FROM billing.uninvoiced_differences ORDER BY abs(amount_difference) DESC"
    )
    return offending(rows, dg.AssetCheckSeverity.WARN)


@dg.asset_check(
    asset=["billing", "possible_duplicates"],
    name="no_copies",
    description="No invoice in QuickBooks looks like a copy of ours, as Harvest's native copy would leave (rule 28).",
)
def no_copies(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
    rows = query_rows(warehouse.connection, "SELECT * FROM billing.possible_duplicates ORDER BY document_key")
    return offending(rows, dg.AssetCheckSeverity.ERROR)


@dg.asset_check(
    asset=["billing", "posted_invoices"],
    name="nothing_refused",
    description="No posting was rejected, stopped after its sending began, or stands in the other system otherwise "
    "than planned. Each row says why: mend the cause, then run the job `retry` with its key.",
)
def nothing_refused(ledger: dg.ResourceParam[Ledger]) -> dg.AssetCheckResult:
    begun = reading.begun_documents(ledger)
    stopped = [posting for posting in reading.postings(ledger, state="held") if posting.document in begun]
    differing = [posting for posting in reading.postings(ledger, state="posted") if posting.flags]
    rows = [*reading.postings(ledger, state="rejected"), *stopped, *differing]
    return offending([_shown(posting) for posting in rows], dg.AssetCheckSeverity.ERROR)


@dg.asset_check(
    asset=["billing", "posted_invoices"],
    name="nothing_uncertain",
    description="Of everything that was sent it is known whether it arrived. Nothing to do: the next push looks first.",
)
def nothing_uncertain(ledger: dg.ResourceParam[Ledger]) -> dg.AssetCheckResult:
    rows = [_shown(posting) for posting in reading.postings(ledger, state="uncertain")]
    return offending(rows, dg.AssetCheckSeverity.WARN)


def _shown(posting: StoredPosting) -> Row:
    row = row_of(posting)
    return {
        "posting": row.key,
        "state": row.state,
        "number": row.doc_number,
        "amount": row.amount,
        "currency": row.currency,
        "reason": row.reason,
    }


CHECKS = [
    *(_check(invariant) for invariant in invariants()),
    ties_to_harvest,
    no_copies,
    nothing_refused,
    nothing_uncertain,
]
