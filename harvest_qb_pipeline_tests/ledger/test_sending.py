"""Claims, attempts and outcomes, and the undoing of a bill whose twin went wrong."""

from datetime import timedelta

import pytest

from harvest_qb_pipeline.ledger import links, reading, sending
from harvest_qb_pipeline.ledger.approval import retry_rejected
from harvest_qb_pipeline.ledger.reversing import begin_reversal
from harvest_qb_pipeline.ledger.states import LeaseLost, NotAllowed
from harvest_qb_pipeline_tests.ledger.books import UNAPPROVED, Books, bill, customer, flag, twin_deleted

OCTOBER, TWIN, OPEN = "invoice/client-1/2026-10", "twin/client-1/2026-10", "twin_open/client-1/2026-10"
ME = "run-1"


@pytest.fixture
def approved(books: Books) -> Books:
    books.plan(bill())
    books.approve(OCTOBER)
    return books


def test_postings_become_ready_as_what_they_need_is_posted(books: Books) -> None:
    books.plan(customer(), bill(new_customer=True), bill(2, (9,)))
    books.approve(OCTOBER)
    books.approve("invoice/client-2/2026-10")
    assert books.ready() == ["customer/client-1", TWIN, "twin/client-2/2026-10"]
    books.post(TWIN)
    assert OCTOBER not in books.ready(), "its customer is not there yet"
    books.post("customer/client-1", "58")
    assert books.ready() == ["twin/client-2/2026-10", OCTOBER]
    books.post(OCTOBER, "77")
    assert books.ready() == ["twin/client-2/2026-10", OPEN]
    assert links.resolve(books.ledger, "customer/client-1") == "58"
    assert links.resolve(books.ledger, OCTOBER) == "77"


def test_what_is_posted_with_a_flag_lets_nothing_follow_until_a_person_clears_it(approved: Books) -> None:
    approved.post(TWIN, flags=["total_differs"])
    assert approved.ready() == []
    sending.clear_flag(approved.ledger, TWIN, "total_differs", by="Bea", reason="a cent of rounding")
    assert approved.ready() == [OCTOBER]


def test_a_flag_found_later_stops_what_follows(approved: Books) -> None:
    approved.post(TWIN)
    flag(approved.ledger, TWIN, "marker_twice")
    assert approved.ready() == []


def test_a_claim_is_for_one_owner_until_its_lease_runs_out(approved: Books) -> None:
    first = approved.claim(TWIN, "a", seconds=60)
    assert first.extra["taken_from"] == "approved"
    assert [source.id for source in first.sources] == ["1", "2"]
    assert approved.claim(TWIN, "b") is None
    approved.later(seconds=61)
    assert approved.ready() == [TWIN]
    assert approved.claim(TWIN, "b").extra["taken_from"] == "sending"
    with pytest.raises(LeaseLost, match="held by b; a may not change it any more"):
        sending.mark_posted(approved.ledger, first.posting_id, "a", external_id="9", sync_token=None, doc_number=None)


def test_nothing_may_leave_under_a_lease_that_ran_out(approved: Books) -> None:
    claimed = approved.claim(TWIN, ME, seconds=60)
    approved.later(seconds=60)
    with pytest.raises(LeaseLost, match="ran out"):
        sending.record_attempt(approved.ledger, claimed.posting_id, ME, body=b"{}", request_id="r", now=approved.now)
    sending.renew(approved.ledger, claimed.posting_id, ME, approved.now + timedelta(seconds=60))
    sending.record_attempt(approved.ledger, claimed.posting_id, ME, body=b"{}", request_id="r", now=approved.now)


def test_an_attempt_is_on_record_before_its_outcome(approved: Books) -> None:
    begun = approved.begin(TWIN)
    assert (begun.state, begun.attempts, begun.sent_body) == ("sending", 1, b"{}")
    assert begun.first_attempt_at == begun.last_attempt_at == approved.now
    first = approved.now
    approved.later(seconds=5)
    again = sending.record_attempt(approved.ledger, begun.posting_id, ME, body=b"{}", request_id="r", now=approved.now)
    assert (again.attempts, again.first_attempt_at, again.last_attempt_at) == (2, first, approved.now)


def test_other_bytes_are_refused_unless_a_refusal_was_read(approved: Books) -> None:
    begun = approved.begin(TWIN)

    def send(body: bytes | None):
        return sending.record_attempt(
            approved.ledger, begun.posting_id, ME, body=body, request_id="r", now=approved.now
        )

    with pytest.raises(NotAllowed, match="same bytes"):
        send(b"other")
    send(None)
    assert reading.posting(approved.ledger, TWIN).sent_body == b"{}", "a later change keeps what made the document"
    sending.mark_rejected(approved.ledger, begun.posting_id, ME, error="no", code="422")
    retry_rejected(approved.ledger, TWIN, by="Bea")
    approved.claim(TWIN, ME)
    assert send(b"other").sent_body == b"other"


def test_an_uncertain_posting_waits_until_its_time_and_is_then_looked_up(approved: Books) -> None:
    begun = approved.begin(TWIN)
    sending.record_silence(approved.ledger, begun.posting_id, ME, now=approved.now)
    due = approved.now + timedelta(seconds=180)
    sending.mark_uncertain(approved.ledger, begun.posting_id, ME, error="No answer in 60 s.", next_attempt_at=due)
    assert approved.ready() == []
    assert approved.claim(TWIN) is None
    approved.later(seconds=180)
    assert approved.ready() == [TWIN]
    assert approved.claim(TWIN).extra["taken_from"] == "uncertain"


@pytest.mark.parametrize("told", [True, False])
def test_an_attempt_without_an_answer_counts_as_unknown_once(approved: Books, told: bool) -> None:
    begun = approved.begin(TWIN)
    if told:
        sending.record_silence(approved.ledger, begun.posting_id, ME, now=approved.now)
    sending.mark_uncertain(approved.ledger, begun.posting_id, ME, error="?", next_attempt_at=approved.now)
    assert unknown(approved) == 1


def test_an_attempt_of_a_process_that_died_counts_as_unknown(approved: Books) -> None:
    approved.begin(TWIN)
    approved.later(seconds=301)
    approved.claim(TWIN, "run-2")
    assert unknown(approved) == 1


def test_a_look_that_found_nothing_after_the_settling_time_closes_earlier_attempts(approved: Books) -> None:
    begun = approved.begin(TWIN)
    sending.record_silence(approved.ledger, begun.posting_id, ME, now=approved.now)
    sending.mark_absent(approved.ledger, begun.posting_id, ME)
    sending.release(approved.ledger, begun.posting_id, ME, error="refused connection")
    assert unknown(approved) == 0
    assert approved.plan(bill(amount="301.00")).changed == 1


def unknown(books: Books) -> int:
    with books.ledger.reading() as con:
        query = "SELECT unknown_attempts FROM postings WHERE key = 'twin/client-1/2026-10' AND is_newest"
        return con.exec_driver_sql(query).scalar()


def test_a_released_posting_is_ready_again_with_the_reason_kept(approved: Books) -> None:
    begun = approved.begin(TWIN)
    sending.release(approved.ledger, begun.posting_id, ME, error="Connection refused.")
    assert approved.ready() == [TWIN]
    assert reading.posting(approved.ledger, TWIN).error == "Connection refused."


def test_a_posting_never_gets_a_second_id(approved: Books) -> None:
    begun = approved.begin(TWIN)
    sending.mark_found(approved.ledger, begun.posting_id, ME, "900")
    with pytest.raises(NotAllowed, match="is harvest id 900; it cannot become 901 as well"):
        sending.mark_posted(approved.ledger, begun.posting_id, ME, external_id="901", sync_token=None, doc_number=None)


@pytest.mark.parametrize(
    "external_id", ["None", "req-8f3c", "", "0", "-7", "1.5", "True", "[7]", "nan", " 7", "9" * 40]
)
def test_what_is_no_id_never_becomes_one(approved: Books, external_id: str) -> None:
    begun = approved.begin(TWIN)
    with pytest.raises(NotAllowed, match="is no id of Harvest"):
        sending.mark_found(approved.ledger, begun.posting_id, ME, external_id)
    with pytest.raises(NotAllowed, match="is no id of Harvest"):
        sending.mark_posted(
            approved.ledger, begun.posting_id, ME, external_id=external_id, sync_token=None, doc_number=None
        )
    assert reading.posting(approved.ledger, TWIN).state == "sending"


def test_a_new_revision_of_what_was_refused_knows_when_that_was_tried(approved: Books) -> None:
    """What the refused attempt made all the same is looked for before the new revision is sent."""
    begun = approved.begin(TWIN)
    answer = {"status": 422, "said": "Subject is too long", "trace": "r-9"}
    sending.mark_rejected(approved.ledger, begun.posting_id, ME, error="Too long.", answer=answer)
    refused = reading.posting(approved.ledger, TWIN)
    approved.plan(bill(amount="310.00"))
    again = reading.posting(approved.ledger, TWIN)
    assert (again.revision, again.state) == (refused.revision + 1, "planned")
    assert again.first_attempt_at == refused.first_attempt_at is not None
    assert (again.last_attempt_at, again.request_n) == (refused.last_attempt_at, 1)
    kept = [event.detail for event in reading.events_of(approved.ledger, TWIN) if event.what == "rejected"]
    assert kept == [{"answer": answer}]


def test_a_document_found_by_its_marker_is_adopted_without_sending(approved: Books) -> None:
    claimed = approved.claim(TWIN)
    sending.mark_found(approved.ledger, claimed.posting_id, ME, "900")
    sending.mark_posted(
        approved.ledger, claimed.posting_id, ME, external_id="900", sync_token=None, doc_number="H2610-0099"
    )
    posting = reading.posting(approved.ledger, TWIN)
    assert (posting.state, posting.attempts, posting.doc_number) == ("posted", 0, "H2610-0099")


def test_a_hold_before_anything_began_holds_the_whole_bill_and_voids_its_approval(approved: Books) -> None:
    claimed = approved.claim(TWIN)
    sending.mark_held(approved.ledger, claimed.posting_id, ME, holds=[UNAPPROVED])
    assert set(approved.states().values()) == {"held"}
    assert (
        reading.document(approved.ledger, OCTOBER).approvals[0].void_because == "held: 2 entries are not approved yet."
    )
    assert approved.plan(bill()).unchanged == 1
    assert set(approved.states().values()) == {"planned"}


def test_a_hold_after_something_began_holds_only_that_posting(approved: Books) -> None:
    approved.post(TWIN)
    claimed = approved.claim(OCTOBER)
    sending.mark_held(approved.ledger, claimed.posting_id, ME, holds=[UNAPPROVED])
    assert approved.states() == {TWIN: "posted", OCTOBER: "held", OPEN: "approved"}


def test_a_hold_needs_a_reason(approved: Books) -> None:
    claimed = approved.claim(TWIN)
    with pytest.raises(ValueError, match="for a reason"):
        sending.mark_held(approved.ledger, claimed.posting_id, ME, holds=[])


def test_an_unwound_bill_frees_its_entries_after_the_twin_is_gone_and_is_planned_anew(approved: Books) -> None:
    begun = approved.begin(TWIN)
    sending.mark_found(approved.ledger, begun.posting_id, ME, "900")
    (delete,) = begin_reversal(approved.ledger, OCTOBER, twin_deleted, reason="an entry was missing")
    assert (delete.key, delete.operation, delete.state) == ("twin_delete/client-1/2026-10", "delete", "approved")
    assert delete.payload == {"invoice_id": "900", "invoice": {"number": "H2610-0001"}}
    assert approved.ready() == [delete.key]
    assert begin_reversal(approved.ledger, OCTOBER, twin_deleted, reason="again") == (delete,)
    assert approved.plan(bill()).untouched == 1
    assert approved.reserved() == {"1": OCTOBER, "2": OCTOBER}
    approved.post(delete.key, "900")
    assert approved.reserved() == {}
    assert set(approved.states().values()) == {"superseded"}
    assert approved.plan(bill()).new == 1
    assert reading.posting(approved.ledger, TWIN).revision == 2
    assert reading.document(approved.ledger, OCTOBER).doc_number == "H2610-0001"


def test_while_a_bill_is_unwound_its_twin_is_not_taken_over(approved: Books) -> None:
    begun = approved.begin(TWIN)
    sending.mark_found(approved.ledger, begun.posting_id, ME, "900")
    begin_reversal(approved.ledger, OCTOBER, twin_deleted, reason="an entry was missing")
    approved.later(seconds=600)
    assert approved.ready() == ["twin_delete/client-1/2026-10"]
    assert approved.claim(TWIN, "run-2") is None


def test_a_bill_with_an_invoice_in_the_books_is_not_unwound(approved: Books) -> None:
    approved.post(TWIN, "900")
    approved.begin(OCTOBER)
    with pytest.raises(NotAllowed, match="invoice/client-1/2026-10 is sending"):
        begin_reversal(approved.ledger, OCTOBER, twin_deleted, reason="late thought")


def test_unwinding_a_posted_twin_removes_its_link(approved: Books) -> None:
    approved.post(TWIN, "900")
    (delete,) = begin_reversal(approved.ledger, OCTOBER, twin_deleted, reason="wrong set")
    approved.post(delete.key, "900")
    assert links.resolve(approved.ledger, TWIN) is None
