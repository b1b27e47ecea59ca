"""Asset checks of the derived tables: the invariants that planning enforces, and what a person should look at.

Belongs here: showing offending rows. Must not be here: the queries of invariants (each room's `sql/`), or what a push
met (`posted.py`).
"""

from collections.abc import Iterable, Sequence

import dagster as dg

from harvest_qb_pipeline.planning.capability import CAPABILITIES
from harvest_qb_pipeline.planning.invariants import breach_of, invariants_of
from harvest_qb_pipeline.warehouse.dagster import offending
from harvest_qb_pipeline.warehouse.database import Warehouse, query_rows
from harvest_qb_pipeline.warehouse.models import SqlModel

_SHOWN_AT = {
    "one_verdict": "billable_time",
    "lines_sum_to_drafts": "invoice_drafts",
    "sources_sum_to_lines": "line_sources",
    "one_bill_per_entry": "line_sources",
    "links_are_one_to_one": "who_is_who",
}
"""The table that each invariant is shown at."""


def _invariant(invariant: SqlModel) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=[invariant.schema, _SHOWN_AT[invariant.name]],
        name=invariant.name,
        description=f"No rows are right. {invariant.description}",
        blocking=True,
    )
    def checked(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
        return offending(list(breach_of(warehouse.connection, invariant).rows), dg.AssetCheckSeverity.ERROR)

    return checked


def _look(
    name: str, table: str, words: str, query: str, *, severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.WARN
) -> dg.AssetChecksDefinition:
    """A check whose query returns the rows that a person should look at."""

    @dg.asset_check(asset=table.split("."), name=name, description=words)
    def checked(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
        return offending(query_rows(warehouse.connection, query), severity)

    return checked


def _invariants(rooms: Iterable[str]) -> Sequence[dg.AssetChecksDefinition]:
    return [_invariant(invariant) for room in rooms for invariant in invariants_of(room)]


CHECKS = [
    *_invariants(capability.name for capability in CAPABILITIES),
    _look(
        "policy_fits",
        "policy.unresolved",
        "Every record that the policy and its look-up file name is in Harvest or QuickBooks, once. Rows say "
        "which line to mend.",
        "SELECT file, line, setting, kind, wanted, problem, sentence FROM policy.unresolved"
        " ORDER BY file, line, reference_id",
    ),
    _look(
        "nobody_in_conflict",
        "contacts.who_is_who",
        "Nobody is linked with a record that cannot be used, and no name fits several. Rows say what to do.",
        "SELECT DISTINCT link_key, harvest_name, sentence FROM contacts.who_is_who"
        " WHERE state = 'conflicting' ORDER BY link_key",
    ),
    _look(
        "fields_agree",
        "contacts.field_comparison",
        "Linked records say the same on both sides. What was changed on the side that does not own the field "
        "is told here, and never overwritten (rule 50): change it on the owner's side, or change [contacts.owners].",
        "SELECT record_name, field, owner, harvest_value, quickbooks_value, agreed_value, status, link_key"
        " FROM contacts.field_comparison WHERE status IN ('differs', 'unusable', 'open_balance')"
        " ORDER BY link_key, field",
    ),
    _look(
        "ties_to_harvest",
        "billing.uninvoiced_differences",
        "Unbilled billable hours and money agree with Harvest's own uninvoiced report, project by project.",
        "SELECT * FROM billing.uninvoiced_differences ORDER BY abs(amount_difference) DESC",
    ),
    _look(
        "no_copies",
        "billing.possible_duplicates",
        "No invoice in QuickBooks looks like a copy of ours, as Harvest's native copy would leave (rule 28).",
        "SELECT * FROM billing.possible_duplicates ORDER BY document_key",
        severity=dg.AssetCheckSeverity.ERROR,
    ),
]
