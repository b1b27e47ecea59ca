"""One plan of several rooms, and a plan of one that leaves the others' documents as they are."""

from harvest_qb_pipeline.ledger import approval, reading
from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline.planning.capability import BILLING, CONTACTS
from harvest_qb_pipeline.planning.planner import plan
from harvest_qb_pipeline_tests.billing.books import Books

OCTOBER, ACME = "invoice/client-1/2026-10", "customer/client-1"


def test_one_plan_shows_the_bill_and_its_customer_and_approves_both(tmp_path):
    books, ledger = Books(), open_ledger(tmp_path / "ledger.sqlite", actor="test")
    books.con.execute("DELETE FROM quickbooks.customers")
    books.entry("2026-10-05", "2.5")
    books.build()
    result = plan(ledger, books.con, books.policy).result
    assert {row.document for row in result.rows} == {ACME, OCTOBER}
    done = approval.approve_all(ledger, by="Bea", plan_id=result.plan_id)
    assert (done.refused, {document for one in done.approved for document in one.approved}) == ((), {ACME, OCTOBER})
    ledger.close()


def test_planning_contacts_alone_leaves_bills_and_what_they_wait_for(tmp_path):
    books, ledger = Books(), open_ledger(tmp_path / "ledger.sqlite", actor="test")
    books.con.execute("DELETE FROM quickbooks.customers")
    books.entry("2026-10-05", "2.5")
    books.build()
    plan(ledger, books.con, books.policy)
    before = {posting.key: (posting.revision, posting.state) for posting in reading.postings(ledger)}
    again = plan(ledger, books.con, books.policy, [CONTACTS])
    assert {row.document: row.change for row in again.result.rows} == {ACME: "unchanged"}
    assert {posting.key: (posting.revision, posting.state) for posting in reading.postings(ledger)} == before
    # The last plan is all that a person has to approve, whichever rooms it planned.
    shown = approval.approve_all(ledger, by="Bea", plan_id=again.result.plan_id)
    assert OCTOBER in {document for one in shown.approved for document in one.approved}
    ledger.close()


def test_planning_bills_alone_makes_the_customer_they_need(tmp_path):
    books, ledger = Books(), open_ledger(tmp_path / "ledger.sqlite", actor="test")
    books.con.execute("DELETE FROM quickbooks.customers")
    books.entry("2026-10-05", "2.5")
    books.build()
    result = plan(ledger, books.con, books.policy, [BILLING]).result
    assert {row.document for row in result.rows} == {ACME, OCTOBER}
    ledger.close()
