"""What Dagster shows of a plan, and that every table has its asset."""

import dagster as dg

from harvest_qb_pipeline.automation.planned import planned
from harvest_qb_pipeline.automation.posted import posted
from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline.warehouse.dagster import sql_assets
from harvest_qb_pipeline.warehouse.models import models_of
from harvest_qb_pipeline_tests.billing.books import Books

PLANNED, POSTED = dg.AssetKey(["billing", "planned_invoices"]), dg.AssetKey(["billing", "posted_invoices"])


class _Open:
    """What the asset asks of the warehouse."""

    def __init__(self, books: Books) -> None:
        self.connection = books.con


def test_planning_shows_drafts_documents_with_their_hashes_and_what_waits(books, tmp_path):
    books.entry("2026-10-05", "2.5")
    books.entry("2026-09-05", "1")
    books.con.execute("UPDATE quickbooks.preferences SET book_close_on = '2026-09-30'")
    books.build()
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), actor="test")
    resources = {"warehouse": _Open(books), "ledger": ledger, "policy": books.policy}
    run = dg.materialize([planned], resources=resources, selection=[PLANNED])
    (made,) = run.asset_materializations_for_node("plan_documents")
    assert made.asset_key == PLANNED
    shown = made.metadata
    assert (shown["new"].value, shown["held"].value, shown["vanished"].value) == (2, 1, 0)
    bill = next(p for p in reading.postings(ledger, state="planned") if p.kind == "invoice")
    documents = str(shown["to_approve"].value)
    assert "| invoice/client-1/2026-10@" in documents
    assert bill.doc_number in documents
    assert "The books are closed to Sep 30, 2026" in str(shown["all_holds"].value)
    assert "| invoice/client-1/2026-10 | Acme Ltd | 2026-10 | 1 | 2.50 | 250.000 | USD |" in str(shown["drafts"].value)
    ledger.close()


def test_every_table_is_an_asset_under_its_own_name():
    keys = {"/".join(key.path) for asset in sql_assets("billing") for key in asset.keys}
    assert keys == {f"billing/{model.name}" for model in models_of("billing")}


def test_planning_comes_after_every_table_and_posting_after_planning():
    needed = {"/".join(key.path) for key in planned.asset_deps[PLANNED]}
    assert {f"billing/{model.name}" for model in models_of("billing")} <= needed
    assert {"/".join(key.path) for key in posted.asset_deps[POSTED]} == {"billing/planned_invoices"}
