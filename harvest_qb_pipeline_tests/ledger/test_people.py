"""What people put into the ledger by hand: adjustments, requests for a bill, links."""

from datetime import date
from decimal import Decimal

import pytest

from harvest_qb_pipeline.ledger import adjustments, links, requests
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline_tests.ledger.books import Books, bill, put_link

OCTOBER = "invoice/client-1/2026-10"


def test_an_adjustment_is_a_signed_line_with_reason_and_person(books: Books) -> None:
    books.plan(bill())
    made = adjustments.adjust(
        books.ledger, "twin/client-1/2026-10", amount=Decimal("-250"), reason="goodwill", by="Bea"
    )
    (listed,) = adjustments.adjustments(books.ledger, OCTOBER)
    assert listed == made
    assert (listed.document, listed.amount, listed.reason, listed.made_by) == (
        OCTOBER,
        Decimal(-250),
        "goodwill",
        "Bea",
    )
    adjustments.remove_adjustment(books.ledger, made.adjustment_id, by="Bea")
    adjustments.remove_adjustment(books.ledger, made.adjustment_id, by="Bea")
    assert adjustments.adjustments(books.ledger) == []
    said = [what for what in books.said(OCTOBER) if what.startswith("adjust")]
    assert said == ["adjusted", "adjustment removed"]


@pytest.mark.parametrize(("amount", "reason"), [("0", "why"), ("-5", " ")])
def test_an_adjustment_of_nothing_or_for_no_reason_is_refused(books: Books, amount: str, reason: str) -> None:
    books.plan(bill())
    with pytest.raises(NotAllowed, match="needs an amount other than zero and a reason"):
        adjustments.adjust(books.ledger, OCTOBER, amount=Decimal(amount), reason=reason, by="Bea")


def test_an_approved_bill_that_is_adjusted_is_not_sent_before_it_is_planned_again(books: Books) -> None:
    books.plan(bill())
    books.approve(OCTOBER)
    made = adjustments.adjust(books.ledger, OCTOBER, amount=Decimal(-1), reason="goodwill", by="Bea")
    assert books.ready() == []
    assert set(books.states().values()) == {"held"}
    adjustments.remove_adjustment(books.ledger, made.adjustment_id, by="Bea")
    books.plan(bill())
    assert set(books.states().values()) == {"planned"}


def test_a_bill_that_is_being_sent_is_not_adjusted(books: Books) -> None:
    books.plan(bill())
    made = adjustments.adjust(books.ledger, OCTOBER, amount=Decimal(-1), reason="r", by="Bea")
    books.plan(bill())
    books.approve(OCTOBER)
    books.claim("twin/client-1/2026-10")
    with pytest.raises(NotAllowed, match="sending it has begun"):
        adjustments.adjust(books.ledger, OCTOBER, amount=Decimal(-1), reason="r", by="Bea")
    with pytest.raises(NotAllowed, match="sending it has begun"):
        adjustments.remove_adjustment(books.ledger, made.adjustment_id, by="Bea")


def test_asking_for_the_same_bill_twice_is_one_request(books: Books) -> None:
    first = requests.request_billing(books.ledger, client_id_harvest="1", to_on=date(2026, 11, 15), by="Bea")
    again = requests.request_billing(books.ledger, client_id_harvest="1", to_on=date(2026, 11, 15), by="Cyd")
    assert again == first
    requests.withdraw_request(books.ledger, first.request_id, by="Bea")
    assert requests.billing_requests(books.ledger) == []


def test_a_link_once_confirmed_is_not_overwritten(books: Books) -> None:
    put_link(books.ledger, "customer/client-1", "58", by="Bea")
    put_link(books.ledger, "customer/client-1", "58", by="Cyd")
    with pytest.raises(NotAllowed, match="already linked to quickbooks 58, not 59"):
        put_link(books.ledger, "customer/client-1", "59", by="Bea")
    links.unlink(books.ledger, "customer/client-1", by="Bea", reason="wrong one")
    assert links.resolve(books.ledger, "customer/client-1") is None
    put_link(books.ledger, "customer/client-1", "59", by="Bea")
    put_link(books.ledger, "job/project-3", "60", by="Bea")
    assert [(link.key, link.external_id) for link in links.links(books.ledger, prefix="customer/")] == [
        ("customer/client-1", "59")
    ]
