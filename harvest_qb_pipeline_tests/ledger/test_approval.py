"""Who may approve what: one hash, with what it creates; cancelling; trying again."""

from datetime import date
from decimal import Decimal

import pytest

from harvest_qb_pipeline.ledger import approval, reading, sending
from harvest_qb_pipeline.ledger.approval import ApprovalRefused
from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.model import Document, Hold, Posting
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline_tests.ledger.books import KINDS, UNAPPROVED, Books, bill, customer, put_link

OCTOBER, TWIN, ACME = "invoice/client-1/2026-10", "twin/client-1/2026-10", "customer/client-1"


def test_approving_by_any_member_approves_the_whole_document(books: Books) -> None:
    (row,) = books.plan(bill()).rows
    result = books.approve("twin_open/client-1/2026-10", sha256=row.sha256)
    assert (result.document, result.sha256, result.approved) == (OCTOBER, row.sha256, (OCTOBER,))
    assert set(books.states().values()) == {"approved"}
    (given,) = reading.document(books.ledger, OCTOBER).approvals
    assert (given.approved_by, given.via, given.sha256) == ("Bea", "cli", row.sha256)


def test_the_first_characters_of_the_hash_are_enough_but_not_too_few(books: Books) -> None:
    (row,) = books.plan(bill()).rows
    with pytest.raises(ApprovalRefused):
        books.approve(OCTOBER, sha256=row.sha256[:7])
    assert books.approve(OCTOBER, sha256=row.sha256[:8]).approved == (OCTOBER,)


def test_another_hash_is_refused_with_both_shown(books: Books) -> None:
    seen = books.plan(bill(amount="300.00")).rows[0].sha256
    now = books.plan(bill(amount="301.00")).rows[0].sha256
    with pytest.raises(ApprovalRefused) as refusal:
        books.approve(OCTOBER, sha256=seen)
    assert seen in str(refusal.value)
    assert now in str(refusal.value)
    assert books.state(OCTOBER) == "planned"


def test_approving_again_writes_nothing(books: Books) -> None:
    (row,) = books.plan(bill()).rows
    books.approve(OCTOBER, sha256=row.sha256)
    told = books.told()
    assert books.approve(OCTOBER, sha256=row.sha256).is_repeated
    books.post(TWIN)
    told = books.told()
    assert books.approve(OCTOBER, sha256=row.sha256).is_repeated
    assert books.told() == told


def test_a_held_bill_cannot_be_approved_and_says_why(books: Books) -> None:
    books.plan(bill(holds=[UNAPPROVED]))
    with pytest.raises(ApprovalRefused, match=r"is held and cannot be approved\. 2 entries are not approved yet\."):
        books.approve(OCTOBER)


def test_an_unknown_key_is_refused(books: Books) -> None:
    with pytest.raises(ApprovalRefused, match="no posting invoice/nowhere"):
        books.approve("invoice/nowhere")


def test_approving_a_bill_approves_the_customer_it_creates(books: Books) -> None:
    books.plan(customer(), bill(new_customer=True))
    assert books.approve(OCTOBER).approved == (ACME, OCTOBER)
    assert books.ready() == [ACME, TWIN]
    assert reading.document(books.ledger, ACME).approvals[0].through == OCTOBER


def test_a_bill_whose_customer_is_held_cannot_be_approved_before_that_is_settled(books: Books) -> None:
    books.plan(customer(holds=[UNAPPROVED]), bill(new_customer=True))
    with pytest.raises(ApprovalRefused, match="needs customer/client-1, which is held"):
        books.approve(OCTOBER)
    assert books.states()[TWIN] == "planned"


def test_a_bill_whose_customer_nobody_makes_cannot_be_approved(books: Books) -> None:
    books.plan(bill(new_customer=True))
    with pytest.raises(ApprovalRefused, match="needs customer/client-1, which is not known"):
        books.approve(OCTOBER)
    put_link(books.ledger, ACME, "58", by="Bea")
    assert books.approve(OCTOBER).approved == (OCTOBER,)
    books.post(TWIN)
    assert books.ready() == [OCTOBER]


def test_a_shared_customer_stays_approved_while_one_approved_bill_needs_it(books: Books) -> None:
    september = bill(period="2026-09", entries=(7,), new_customer=True)
    books.plan(customer(), september, bill(new_customer=True))
    books.approve(OCTOBER)
    books.approve("invoice/client-1/2026-09")
    approval.cancel(books.ledger, OCTOBER, by="Bea", reason="wrong month")
    assert books.state(ACME) == "approved"
    approval.cancel(books.ledger, "invoice/client-1/2026-09", by="Bea", reason="wrong client")
    assert books.state(ACME) == "planned"
    assert books.ready() == []


def test_a_customer_approved_for_itself_stays_approved_without_any_bill(books: Books) -> None:
    books.plan(customer(), bill(new_customer=True))
    books.approve(ACME)
    books.approve(OCTOBER)
    approval.cancel(books.ledger, OCTOBER, by="Bea", reason="wrong month")
    assert books.state(ACME) == "approved"


def test_a_bill_that_goes_back_to_held_takes_back_the_customer_approved_with_it(books: Books) -> None:
    books.plan(customer(), bill(new_customer=True))
    books.approve(OCTOBER)
    books.plan(customer(), bill(new_customer=True, holds=[UNAPPROVED]))
    assert books.states()[ACME] == "planned"


def test_approving_a_plan_approves_what_it_showed_and_nothing_else(books: Books) -> None:
    shown = books.plan(bill(1, (1,)), bill(2, (2,)), bill(3, (3,), holds=[UNAPPROVED]))
    books.plan(bill(1, (1,)), bill(2, (2,), amount="999.00"), bill(3, (3,)), bill(4, (4,)))
    result = approval.approve_all(books.ledger, by="Bea", plan_id=shown.plan_id)
    assert [done.document for done in result.approved] == [OCTOBER]
    ((key, why),) = result.refused
    assert key == "invoice/client-2/2026-10"
    assert "is not what you approved" in why
    assert books.state("invoice/client-3/2026-10") == "planned"
    assert books.state("invoice/client-4/2026-10") == "planned"


def test_a_plan_that_does_not_exist_is_refused(books: Books) -> None:
    with pytest.raises(ApprovalRefused, match="no plan plan-9"):
        approval.approve_all(books.ledger, by="Bea", plan_id="plan-9")


def test_the_policy_approves_small_bills_of_known_customers_only(books: Books) -> None:
    books.plan(
        bill(1, (1,), amount="100.00"),
        bill(2, (2,), amount="100.01"),
        bill(3, (3,), amount="50.00", new_customer=True),
        customer(3),
        bill(4, (4,), amount="50.00", currency="EUR"),
        bill(5, (5,), amount="50.00", holds=[UNAPPROVED]),
    )
    done = approved_up_to(books, Decimal(100))
    assert [result.document for result in done] == [OCTOBER]
    assert reading.document(books.ledger, OCTOBER).approvals[0].approved_by == "policy"
    assert [r.document for r in approved_up_to(books, None)] == ["invoice/client-2/2026-10"]


def approved_up_to(books: Books, amount: Decimal | None) -> tuple[approval.ApprovalResult, ...]:
    with changing(books.ledger) as chain:
        return approval.approve_up_to(chain, KINDS, up_to=amount, currency="USD")


def creation(key: str, *needs: str, operation: str = "create", holds: tuple[Hold, ...] = ()) -> Document:
    kind = key.partition("/")[0]
    day = date(2026, 10, 31)
    posting = Posting(key, kind, "quickbooks", operation, {"DisplayName": key}, Decimal(0), "USD", day, key, needs)
    return Document(key, key, (posting,), hold_reasons=holds)


def approved_by_policy(books: Books, *kinds: str) -> list[str]:
    return [result.document for result in approvals_of_creations(books, *kinds)]


def approvals_of_creations(books: Books, *kinds: str) -> tuple[approval.ApprovalResult, ...]:
    with changing(books.ledger) as chain:
        return approval.approve_creations(chain, kinds)


def test_the_policy_approves_creations_of_the_kinds_it_names_and_nothing_else(books: Books) -> None:
    kinds = ("customer", "job", "vendor", "customer_update", *KINDS)
    changed = creation("customer/client-8", operation="update")
    held = creation("customer/client-9", holds=(UNAPPROVED,))
    documents = [customer(), creation("vendor/user-1"), creation("customer_update/client-7/1"), changed, held]
    books.plan(*documents, bill(2, (9,)), bill(1, (1,), new_customer=True), kinds=kinds)
    assert approved_by_policy(books, "customer") == [ACME]
    (given,) = reading.document(books.ledger, ACME).approvals
    assert (given.approved_by, given.via, given.through) == ("policy", "policy", None)
    others = {key: state for key, state in books.states().items() if key != ACME}
    assert others.pop("customer/client-9") == "held"
    assert set(others.values()) == {"planned"}
    before = books.said(ACME)
    assert approved_by_policy(books, "customer") == []
    assert books.said(ACME) == before


def test_a_bill_is_not_approved_as_a_creation_even_when_some_of_its_kinds_are_named(books: Books) -> None:
    books.plan(bill(2, (9,)))
    assert approved_by_policy(books, "customer", "invoice", "twin") == []
    assert set(books.states().values()) == {"planned"}


@pytest.mark.parametrize("holds", [(), (UNAPPROVED,)], ids=["planned", "held"])
def test_a_creation_waits_for_one_it_needs_that_the_policy_does_not_approve(
    books: Books, holds: tuple[Hold, ...]
) -> None:
    job = creation("job/project-1", ACME)
    state = "held" if holds else "planned"
    books.plan(customer(holds=holds), job)
    assert approved_by_policy(books, "job") == []
    assert books.states() == {ACME: state, "job/project-1": "planned"}
    books.plan(customer(), job)
    books.approve(ACME)
    assert approved_by_policy(books, "job") == ["job/project-1"]


def test_a_creation_and_the_one_it_needs_are_approved_each_for_itself(books: Books) -> None:
    books.plan(customer(), creation("job/project-1", ACME))
    assert approved_by_policy(books, "customer", "job") == [ACME, "job/project-1"]
    assert {key: reading.document(books.ledger, key).approvals[0].through for key in books.states()} == {
        ACME: None,
        "job/project-1": None,
    }


def test_a_creation_that_comes_before_what_it_needs_is_told_of_once(books: Books) -> None:
    books.plan(creation("customer/client-1", "vendor/user-1"), creation("vendor/user-1"), kinds=("customer", "vendor"))
    (result,) = approvals_of_creations(books, "customer", "vendor")
    assert result.approved == ("vendor/user-1", ACME)


def test_a_creation_waits_where_what_it_needs_is_not_known(books: Books) -> None:
    books.plan(creation("job/project-1", ACME))
    assert approved_by_policy(books, "customer", "job") == []
    put_link(books.ledger, ACME, "58", by="Bea")
    assert approved_by_policy(books, "customer", "job") == ["job/project-1"]


def test_cancelling_twice_is_one_cancellation_and_needs_a_reason(books: Books) -> None:
    books.plan(bill())
    with pytest.raises(NotAllowed, match="Say why"):
        approval.cancel(books.ledger, OCTOBER, by="Bea", reason=" ")
    approval.cancel(books.ledger, OCTOBER, by="Bea", reason="not billed")
    told = books.told()
    approval.cancel(books.ledger, TWIN, by="Bea", reason="not billed")
    assert books.told() == told
    cancelled = [event for event in reading.events_of(books.ledger, OCTOBER) if event.what == "cancelled"]
    assert {event.actor for event in cancelled} == {"Bea"}
    assert cancelled[-1].detail["reason"] == "not billed"


def test_what_was_begun_cannot_be_cancelled(books: Books) -> None:
    books.plan(bill())
    books.approve(OCTOBER)
    books.post(TWIN)
    with pytest.raises(NotAllowed, match="sending it has begun"):
        approval.cancel(books.ledger, OCTOBER, by="Bea", reason="oops")


def test_a_rejected_posting_is_sent_again_under_a_new_request(books: Books) -> None:
    books.plan(bill())
    books.approve(OCTOBER)
    books.post(TWIN)
    begun = books.begin(OCTOBER)
    sending.mark_rejected(books.ledger, begun.posting_id, "run-1", error="The books are closed.", code="6210")
    assert books.ready() == []
    assert approval.retry_rejected(books.ledger, OCTOBER, by="Bea") == (OCTOBER,)
    again = reading.posting(books.ledger, OCTOBER)
    assert (again.state, again.request_n, again.error) == ("approved", 1, None)
    assert approval.retry_rejected(books.ledger, OCTOBER, by="Bea") == ()


def test_what_the_engine_held_after_it_began_goes_on_when_a_person_says_so(books: Books) -> None:
    books.plan(bill())
    books.approve(OCTOBER)
    begun = books.begin(TWIN)
    sending.mark_found(books.ledger, begun.posting_id, "run-1", "900")
    sending.mark_held(books.ledger, begun.posting_id, "run-1", holds=[UNAPPROVED])
    assert books.ready() == []
    assert approval.retry_rejected(books.ledger, OCTOBER, by="Bea") == (TWIN,)
    assert books.ready() == [TWIN]


def test_a_held_bill_is_not_approved_by_way_of_a_retry(books: Books) -> None:
    books.plan(bill(holds=[UNAPPROVED]))
    with pytest.raises(NotAllowed, match="must be planned and approved again"):
        approval.retry_rejected(books.ledger, OCTOBER, by="Bea")
