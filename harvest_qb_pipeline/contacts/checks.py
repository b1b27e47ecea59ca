"""Asset checks of contacts: links are one to one, and what a person should look at.

Belongs here: showing offending rows. Must not be here: the queries (`sql/`). The ledger enforces one-to-one links by a
unique column, whatever these checks find; the check shows what would have broken it.
"""

from functools import cache

import dagster as dg

from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.kinds import of_room
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.posting.push import row_of
from harvest_qb_pipeline.posting.report import Row
from harvest_qb_pipeline.warehouse.dagster import offending
from harvest_qb_pipeline.warehouse.database import Warehouse, query_rows
from harvest_qb_pipeline.warehouse.models import PACKAGE, SqlModel, models_in


@cache
def _one_to_one() -> SqlModel:
    (model,) = models_in(PACKAGE / "contacts" / "sql" / "invariants", "contacts")
    return model


@dg.asset_check(
    asset=["contacts", "who_is_who"],
    name="links_are_one_to_one",
    description="No client, project or person is linked with two records, and no record of QuickBooks twice.",
    blocking=True,
)
def links_are_one_to_one(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
    return offending(query_rows(warehouse.connection, _one_to_one().sql), dg.AssetCheckSeverity.ERROR)


@dg.asset_check(
    asset=["contacts", "who_is_who"],
    name="nobody_in_conflict",
    description="Nobody is linked with a record that cannot be used, and no name fits several. Rows say what to do.",
)
def nobody_in_conflict(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
    rows = query_rows(
        warehouse.connection,
        "SELECT DISTINCT link_key, harvest_name, sentence FROM contacts.who_is_who"
        " WHERE state = 'conflicting' ORDER BY link_key",
    )
    return offending(rows, dg.AssetCheckSeverity.WARN)


@dg.asset_check(
    asset=["contacts", "field_comparison"],
    name="fields_agree",
    description="Linked records say the same on both sides. What was changed on the side that does not own the field "
    "is told here, and never overwritten (rule 50): change it on the owner's side, or change [contacts.owners].",
)
def fields_agree(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
    rows = query_rows(
        warehouse.connection,
        """
        SELECT record_name, field, owner, harvest_value, quickbooks_value, agreed_value, status, link_key
        FROM contacts.field_comparison WHERE status IN ('differs', 'unusable', 'open_balance') ORDER BY link_key, field
        """,
    )
    return offending(rows, dg.AssetCheckSeverity.WARN)


@dg.asset_check(
    asset=["contacts", "posted_contacts"],
    name="nobody_refused",
    description="No customer, job, vendor, client or change of one was rejected or stopped after its sending began. "
    "Each row says why: mend the cause, then run the job `retry` with its key.",
)
def nobody_refused(ledger: dg.ResourceParam[Ledger]) -> dg.AssetCheckResult:
    begun = reading.begun_documents(ledger)
    stopped = [posting for posting in reading.postings(ledger, state="held") if posting.document in begun]
    differing = [posting for posting in reading.postings(ledger, state="posted") if posting.flags]
    found = [*reading.postings(ledger, state="rejected"), *stopped, *differing]
    rows: list[Row] = [
        {"posting": row.key, "state": row.state, "id": row.external_id, "reason": row.reason}
        for row in (row_of(posting) for posting in found if posting.kind in of_room("contacts"))
    ]
    return offending(rows, dg.AssetCheckSeverity.ERROR)


CHECKS = [links_are_one_to_one, nobody_in_conflict, fields_agree, nobody_refused]
