"""The small jobs with which a person decides in the Dagster UI, and everything at once."""

import dagster as dg
import duckdb
import pytest

from harvest_qb_pipeline_tests.stories.firm import D, Firm

CLIENT = "Acme Ltd"


def planned(firm: Firm) -> str:
    client = firm.client(CLIENT)
    firm.log(firm.project(client, "Website"), "2026-10-05", "2")
    firm.draw_up()
    return f"invoice/client-{client}/2026-10"


def decide(firm: Firm, job: str, op: str, *, may_fail: bool = False, **config: object) -> dg.ExecuteInProcessResult:
    return firm.job(job, {"ops": {op: {"config": config}}}, may_fail=may_fail)


def test_a_person_approves_cancels_and_retries_in_the_ui(firm: Firm):
    key = planned(firm)
    sha256 = firm.document(key).sha256
    wrong = decide(
        firm, "approve", "approve_documents", may_fail=True, documents=[f"{key}@{'0' * 64}"], approved_by="Bea"
    )
    assert not wrong.success
    bare = decide(firm, "approve", "approve_documents", may_fail=True, documents=[key], approved_by="Bea")
    assert not bare.success
    assert firm.document(key).state == "planned"

    for _ in range(2):
        decide(firm, "approve", "approve_documents", documents=[f"{key}@{sha256}"], approved_by="Bea")
    document = firm.document(key)
    assert document.state == "approved"
    assert [(given.approved_by, given.via) for given in document.approvals] == [("Bea", "dagster")]

    decide(firm, "cancel", "cancel_documents", documents=[f"{key}@{sha256}"], reason="Wrong client", cancelled_by="Bea")
    assert firm.document(key).state == "cancelled"
    firm.push()
    assert firm.quickbooks("Invoice") == []


def test_a_rejected_invoice_is_retried_from_the_ui_once_its_cause_is_mended(firm: Firm):
    key = planned(firm)
    firm.approve(key)
    firm.refuse_an_invoice()
    firm.push()
    assert firm.posting(key).state == "rejected"
    assert firm.quickbooks("Invoice") == []
    decide(firm, "retry", "retry_rejected", keys=[f"{key}@{firm.document(key).sha256[:12]}"], retried_by="Bea")
    firm.push()
    assert firm.both(key) == (D(200), D(200))


@pytest.mark.slow
def test_everything_can_be_materialised_in_one_run_the_published_copy_included(firm: Firm):
    client = firm.client(CLIENT)
    firm.log(firm.project(client, "Website"), "2026-10-05", "2")
    with firm.at_work(), dg.DagsterInstance.ephemeral() as instance:
        everything = firm.definitions.get_implicit_global_asset_job_def()
        result = everything.execute_in_process(instance=instance)
    assert result.success
    made = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key}
    assert made >= {"warehouse/published_copy", "billing/posted_invoices", "ledger/postings", "raw_harvest/users"}
    with duckdb.connect(str(firm.home / "analytics.duckdb"), read_only=True) as con:
        assert con.execute("SELECT amount FROM billing.invoice_drafts").fetchall() == [(D("200.000"),)]
        assert con.execute("SELECT state FROM ledger.postings WHERE kind = 'invoice'").fetchall() == [("planned",)]
        # Whoever opens the copy reads what a column means.
        silent = "SELECT table_name FROM duckdb_columns() WHERE schema_name IN ('harvest', 'contacts', 'billing')"
        assert con.execute(f"{silent} AND comment IS NULL").fetchall() == []
