"""Asset checks of billing: the invariants that planning enforces, and tie-outs that a person should look at.

Belongs here: showing offending rows. Must not be here: the queries (`sql/`).
"""

import dagster as dg

from harvest_qb_pipeline.billing.invariants import breach_of, invariants
from harvest_qb_pipeline.warehouse.dagster import markdown_table
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
        return _result(rows, dg.AssetCheckSeverity.ERROR)

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
    return _result(rows, dg.AssetCheckSeverity.WARN)


@dg.asset_check(
    asset=["billing", "possible_duplicates"],
    name="no_copies",
    description="No invoice in QuickBooks looks like a copy of ours, as Harvest's native copy would leave (rule 28).",
)
def no_copies(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
    rows = query_rows(warehouse.connection, "SELECT * FROM billing.possible_duplicates ORDER BY document_key")
    return _result(rows, dg.AssetCheckSeverity.ERROR)


def _result(rows: list[Row], severity: dg.AssetCheckSeverity) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=not rows,
        severity=severity,
        metadata={"rows": len(rows), "offending": dg.MetadataValue.md(markdown_table(rows[:50]))},
    )


CHECKS = [*(_check(invariant) for invariant in invariants()), ties_to_harvest, no_copies]
