"""Which proposed parties a plan makes: the wanted, the needed, and nobody twice told."""

from datetime import date
from decimal import Decimal

from harvest_qb_pipeline.ledger.derived import Proposal
from harvest_qb_pipeline.ledger.documents import Needs
from harvest_qb_pipeline.ledger.model import Document, Hold, Posting
from harvest_qb_pipeline.planning.pulling import pulled

ACME, SITE, BILL = "customer/client-1", "job/project-10", "invoice/client-1/2026-10"
CLOSED = Hold("books_closed", "The books are closed.")


def document(key: str, *needs: str, held: bool = False) -> Document:
    kind = key.partition("/")[0]
    posting = Posting(key, kind, "quickbooks", "create", {}, Decimal(0), "USD", date(2026, 10, 31), key, needs)
    return Document(key, key, (posting,), hold_reasons=(CLOSED,) if held else ())


def offer(key: str, *needs: str, wanted: bool = False, held: bool = False) -> Proposal:
    return Proposal(document(key, *needs, held=held), is_wanted=wanted)


def taken(*proposals: Proposal, bills: tuple[Document, ...] = (), elsewhere: Needs | None = None) -> list[str]:
    return [one.key for one in pulled(bills, proposals, elsewhere or Needs())]


def test_what_nobody_wants_or_needs_is_not_made():
    assert taken(offer(ACME)) == []


def test_what_the_policy_wants_is_made_although_nobody_needs_it():
    assert taken(offer(ACME, wanted=True)) == [ACME]


def test_a_bill_pulls_its_job_and_the_job_its_customer():
    assert taken(offer(ACME), offer(SITE, ACME), bills=(document(BILL, SITE),)) == [ACME, SITE]


def test_a_bill_that_is_held_pulls_nobody():
    assert taken(offer(ACME), bills=(document(BILL, ACME, held=True),)) == []


def test_a_bill_of_an_earlier_plan_keeps_the_customer_that_it_waits_for():
    assert taken(offer(ACME), elsewhere=Needs(open=frozenset({ACME}))) == [ACME]


def test_a_wanted_job_does_not_make_a_customer_that_nobody_wants():
    assert taken(offer(ACME), offer(SITE, ACME, wanted=True)) == []


def test_a_wanted_job_comes_along_once_its_customer_is_made_for_a_bill():
    assert taken(offer(SITE, ACME, wanted=True), offer(ACME), bills=(document(BILL, ACME),)) == [SITE, ACME]


def test_a_wanted_job_below_a_customer_that_exists_is_made():
    assert taken(offer(SITE, ACME, wanted=True)) == [SITE]


def test_a_held_party_is_told_by_the_held_bill_that_needs_it_and_not_again():
    held = offer(ACME, wanted=True, held=True)
    assert taken(held, bills=(document(BILL, ACME, held=True),)) == []
    assert taken(held, elsewhere=Needs(held=frozenset({ACME}))) == []
    assert taken(held) == [ACME]


def test_a_held_party_that_a_bill_waits_for_is_shown():
    assert taken(offer(ACME, held=True), bills=(document(BILL, ACME),)) == [ACME]
