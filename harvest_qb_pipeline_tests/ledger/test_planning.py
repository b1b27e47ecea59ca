"""What a plan does to the ledger, told as small stories of two clients and a handful of time entries."""

from dataclasses import replace
from decimal import Decimal

import pytest

from harvest_qb_pipeline.ledger import approval, reading, sending
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline_tests.ledger.books import UNAPPROVED, Books, bill, customer

OCTOBER = "invoice/client-1/2026-10"


def counts(result) -> str:
    names = ("new", "unchanged", "changed", "vanished", "held", "untouched", "cancelled")
    return " ".join(f"{name}={getattr(result, name)}" for name in names if getattr(result, name))


def test_a_new_bill_is_planned_with_its_number_and_marker_in_place(books: Books) -> None:
    assert counts(books.plan(bill())) == "new=1"
    invoice = reading.posting(books.ledger, OCTOBER)
    assert invoice.payload == {
        "CustomerRef": {"value": "58"},
        "DocNumber": "H2610-0001",
        "Line": [{"Amount": Decimal("300.00")}],
        "PrivateNote": f"Oct 2026 [hq:invoice/client-1/2026-10 r1 {books.ledger_id}]",
    }
    assert invoice.state == "planned"
    assert invoice.doc_number == "H2610-0001"
    assert [source.id for source in invoice.sources] == ["1", "2"]
    assert invoice.sources[0].hours == Decimal("1.50")
    assert books.reserved() == {"1": OCTOBER, "2": OCTOBER}


def test_planning_the_same_again_changes_nothing(books: Books) -> None:
    first = books.plan(bill(), customer(2))
    again = books.plan(bill(), customer(2))
    assert counts(again) == "unchanged=2"
    assert [row.sha256 for row in again.rows] == [row.sha256 for row in first.rows]
    assert books.said(OCTOBER) == ["number allotted", "recorded"]


def test_the_order_of_sources_does_not_make_a_bill_another(books: Books) -> None:
    books.plan(bill(entries=(1, 2)))
    assert counts(books.plan(bill(entries=(2, 1)))) == "unchanged=1"


def test_a_changed_bill_supersedes_the_old_one_and_voids_its_approval(books: Books) -> None:
    books.plan(bill(amount="300.00"))
    books.approve(OCTOBER)
    assert counts(books.plan(bill(amount="450.00", entries=(1, 2, 3)))) == "changed=1"
    document = reading.document(books.ledger, OCTOBER)
    assert (document.revision, document.state, document.doc_number) == (2, "planned", "H2610-0001")
    assert [(a.revision, a.void_because) for a in document.approvals] == [(1, "the document was planned anew")]
    assert reading.posting(books.ledger, OCTOBER, revision=1).state == "superseded"
    assert document.members[1].payload["PrivateNote"].endswith(f"r2 {books.ledger_id}]")
    assert books.reserved() == {"1": OCTOBER, "2": OCTOBER, "3": OCTOBER}
    assert books.ready() == []


def test_a_changed_source_changes_the_bill_even_when_its_payload_is_equal(books: Books) -> None:
    one, two = bill().sources
    books.plan(bill(entries=(one, two)))
    assert counts(books.plan(bill(entries=(one, replace(two, person="Ben"))))) == "changed=1"


def test_a_vanished_bill_is_superseded_and_its_entries_are_free(books: Books) -> None:
    books.plan(bill(1, (1, 2)), bill(2, (3,)))
    books.approve(OCTOBER)
    assert counts(books.plan(bill(2, (3,)))) == "unchanged=1 vanished=1"
    assert books.state(OCTOBER) == "superseded"
    assert books.reserved() == {"3": "invoice/client-2/2026-10"}
    assert books.ready() == []


def test_a_vanished_bill_that_comes_back_is_a_new_revision_with_its_old_number(books: Books) -> None:
    books.plan(bill())
    books.plan()
    assert counts(books.plan(bill(2, (9,)), bill())) == "new=2"
    document = reading.document(books.ledger, OCTOBER)
    assert (document.revision, document.doc_number) == (2, "H2610-0001")
    assert reading.document(books.ledger, "invoice/client-2/2026-10").doc_number == "H2610-0002"


def test_a_plan_of_some_kinds_leaves_the_others_alone(books: Books) -> None:
    books.plan(bill(), customer(2))
    assert counts(books.plan(kinds=("customer", "job"))) == "vanished=1"
    assert books.state(OCTOBER) == "planned"


def test_a_held_bill_reserves_its_entries_but_gets_no_number(books: Books) -> None:
    assert counts(books.plan(bill(holds=[UNAPPROVED]))) == "new=1 held=1"
    document = reading.document(books.ledger, OCTOBER)
    assert (document.state, document.doc_number) == ("held", None)
    assert document.members[0].hold_reasons == (UNAPPROVED,)
    assert books.reserved() == {"1": OCTOBER, "2": OCTOBER}


def test_when_its_reasons_are_gone_a_held_bill_is_planned_and_numbered(books: Books) -> None:
    books.plan(bill(holds=[UNAPPROVED]))
    books.plan(bill())
    document = reading.document(books.ledger, OCTOBER)
    assert (document.state, document.doc_number, document.revision) == ("planned", "H2610-0001", 2)
    assert document.members[0].payload["invoice"]["number"] == "H2610-0001"


def test_a_new_reason_takes_an_approved_bill_back_to_held_and_needs_a_new_approval(books: Books) -> None:
    books.plan(bill())
    books.approve(OCTOBER)
    assert counts(books.plan(bill(holds=[UNAPPROVED]))) == "unchanged=1 held=1"
    document = reading.document(books.ledger, OCTOBER)
    assert (document.state, document.revision, document.doc_number) == ("held", 1, "H2610-0001")
    assert document.approvals[0].void_because == "held: 2 entries are not approved yet."
    books.plan(bill())
    assert books.state(OCTOBER) == "planned"
    assert books.ready() == []
    # Nothing but the reasons changed, so it still is the first revision.
    assert reading.document(books.ledger, OCTOBER).revision == 1


def test_other_reasons_replace_the_ones_shown(books: Books) -> None:
    closed = Hold("books_closed", "The books are closed up to 31 October.")
    books.plan(bill(holds=[UNAPPROVED]))
    books.plan(bill(holds=[closed]))
    assert reading.posting(books.ledger, OCTOBER).hold_reasons == (closed,)
    events_before = books.told()
    books.plan(bill(holds=[closed]))
    assert books.told() == events_before + 1, "only the plan itself is told"


@pytest.mark.parametrize("how_far", ["claimed", "uncertain", "posted", "posted in part"])
def test_a_bill_whose_sending_began_is_never_touched_by_a_plan(books: Books, how_far: str) -> None:
    books.plan(bill())
    books.approve(OCTOBER)
    twin = "twin/client-1/2026-10"
    match how_far:
        case "claimed":
            books.claim(twin)
        case "uncertain":
            begun = books.begin(twin)
            sending.mark_uncertain(
                books.ledger, begun.posting_id, "run-1", error="No answer.", next_attempt_at=books.now
            )
        case "posted":
            for key in (twin, OCTOBER, "twin_open/client-1/2026-10"):
                books.post(key)
        case _:
            books.post(twin)
    before = books.states()
    assert counts(books.plan(bill(amount="1.00", entries=(1,), holds=[UNAPPROVED]))) == "untouched=1"
    assert counts(books.plan()) == ""
    assert books.states() == before
    assert books.reserved() == {"1": OCTOBER, "2": OCTOBER}


def test_an_attempt_that_may_have_arrived_keeps_planning_away_even_after_a_release(books: Books) -> None:
    books.plan(bill())
    books.approve(OCTOBER)
    begun = books.begin("twin/client-1/2026-10")
    sending.record_silence(books.ledger, begun.posting_id, "run-1", now=books.now)
    sending.release(books.ledger, begun.posting_id, "run-1", error="refused connection")
    assert counts(books.plan(bill(amount="1.00"))) == "untouched=1"


def test_a_rejected_bill_that_never_arrived_is_planned_anew_when_it_changes(books: Books) -> None:
    books.plan(bill())
    books.approve(OCTOBER)
    begun = books.begin("twin/client-1/2026-10")
    sending.mark_rejected(books.ledger, begun.posting_id, "run-1", error="The client is archived.", code="422")
    assert counts(books.plan(bill())) == "unchanged=1"
    assert books.state(OCTOBER) == "rejected"
    assert counts(books.plan(bill(amount="310.00"))) == "changed=1"
    assert set(books.states().values()) == {"planned"}


def test_a_cancelled_bill_stays_cancelled_until_its_content_changes(books: Books) -> None:
    books.plan(bill())
    approval.cancel(books.ledger, OCTOBER, by="Bea", reason="agreed with the client")
    assert books.reserved() == {}
    assert counts(books.plan(bill())) == "cancelled=1"
    assert counts(books.plan(bill(holds=[UNAPPROVED]))) == "cancelled=1"
    assert books.state(OCTOBER) == "cancelled"
    assert counts(books.plan(bill(entries=(1, 2, 3)))) == "changed=1"
    assert books.state(OCTOBER) == "planned"
    assert reading.posting(books.ledger, OCTOBER, revision=1).state == "cancelled"


def test_a_changed_customer_makes_every_bill_that_needs_it_a_new_revision(books: Books) -> None:
    september, october = bill(period="2026-09", entries=(7,), new_customer=True), bill(new_customer=True)
    books.plan(september, october, customer(name="Acme"))
    books.approve(OCTOBER)
    result = books.plan(september, october, customer(name="Acme Ltd"))
    assert counts(result) == "changed=3"
    assert set(books.states().values()) == {"planned"}
    with pytest.raises(approval.ApprovalRefused):
        books.approve(OCTOBER, sha256=reading.posting(books.ledger, OCTOBER, revision=1).payload_sha256)


def test_a_customer_that_was_posted_does_not_change_the_bills_that_needed_it(books: Books) -> None:
    books.plan(customer(), bill(new_customer=True))
    books.approve(OCTOBER)
    books.post("customer/client-1", "58")
    assert counts(books.plan(customer(), bill(new_customer=True))) == "unchanged=1 untouched=1"
    assert books.ready() == [
        "twin/client-1/2026-10",
    ]


def test_two_documents_with_one_key_are_a_mistake_of_the_caller(books: Books) -> None:
    with pytest.raises(ValueError, match=r"several documents with the key invoice/client-1/2026-10"):
        books.plan(bill(), bill())


def test_documents_that_need_each_other_are_refused(books: Books) -> None:
    def needing(client: int, key: str):
        document = customer(client)
        return replace(document, postings=(replace(document.postings[0], depends_on=(key,)),))

    with pytest.raises(ValueError, match="depends on itself"):
        books.plan(needing(1, "customer/client-2"), needing(2, "customer/client-1"))
    assert books.states() == {}
