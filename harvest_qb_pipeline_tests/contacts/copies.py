"""Who is who as a small plan leaves it in the ledger, for decisions to be checked against.

Belongs here: a handful of records on both sides, one for each thing that can be said of them. Must not be here: what
is decided.
"""

from collections.abc import Sequence

from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.links import NewLink
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.ledger.who_is_who import Record, Suggestion, replace_who_is_who
from harvest_qb_pipeline_tests.ledger.books import put_links


def _customer(number: str, name: str, currency: str = "USD", parent_id: str | None = None, *, is_active: bool = True):
    is_job = parent_id is not None
    return Record("Customer", number, name, None, currency, is_active, is_job, parent_id)


_RECORDS = (
    Record("client", "12", "Acme Ltd", currency="USD"),
    Record("client", "13", "Bluebird Coffee", currency="USD"),
    Record("client", "14", "Cedar GmbH", currency="EUR"),
    Record("client", "15", "Dune", currency="USD"),
    Record("client", "16", "Fir & Co", currency="USD"),
    Record("project", "31", "Site", currency="USD", parent_id="12"),
    Record("project", "32", "Menu", currency="USD", parent_id="13"),
    Record("user", "5", "Ana Ruiz"),
    Record("user", "6", "Ben Fox"),
    Record("task", "21", "Design"),
    Record("task", "22", "Research"),
    Record("category", "22", "Service"),
    _customer("58", "Acme Limited"),
    _customer("59", "Bluebird Coffee Roasters"),
    _customer("60", "Bluebird Cafe"),
    _customer("61", "Cedar", "EUR"),
    _customer("62", "Dune (deleted)", is_active=False),
    _customer("63", "New site", parent_id="58"),
    _customer("64", "Elm"),
    _customer("66", "Elm works", parent_id="64"),
    _customer("67", "Phase two", parent_id="63"),
    Record("Employee", "8", "Ben Fox"),
    Record("Vendor", "7", "Ana M. Ruiz", currency="USD"),
    Record("Vendor", "8", "Print shop", currency="USD"),
    Record("Item", "3", "Services", item_type="Service"),
    Record("Item", "4", "All services", item_type="Category"),
    Record("Item", "5", "Old", is_active=False, item_type="Service"),
    Record("Item", "6", "Day rate", item_type="Service"),
)
_STATED = "customer/client-16"


def _linked(key: str, external_id: str) -> Suggestion:
    return Suggestion(key, "linked", external_id, "matched", "matching", is_stated=key == _STATED)


def maybe(key: str, external_id: str, score: float, *why: str) -> Suggestion:
    """A pair that a person has to decide on."""
    return Suggestion(key, "suggested", external_id, score=score, reasons=why)


_SUGGESTIONS = (
    _linked("customer/client-12", "58"),
    _linked(_STATED, "64"),
    maybe("customer/client-13", "59", 91.4, "names 76 % alike", "same e-mail domain bluebird.example"),
    maybe("customer/client-13", "60", 88, "names 81 % alike"),
    maybe("customer/client-14", "61", 90, "same currency EUR"),
    Suggestion(
        "customer/client-15",
        "conflicting",
        "62",
        score=100,
        sentence="The customer of Dune in QuickBooks, Dune (deleted) (id 62), is inactive. Make it active again",
    ),
    maybe("job/project-31", "63", 86, "names 75 % alike"),
    Suggestion("job/project-32", "unmatched"),
    _linked("employee/user-6", "8"),
    Suggestion("vendor/user-5", "unmatched", sentence="Ana Ruiz is repaid, but has no vendor in QuickBooks"),
    maybe("item/task-21", "3", 70, "names 40 % alike"),
    maybe("item/category-22", "3", 93, "names 93 % alike"),
    Suggestion("item/task-22", "unmatched"),
)
_LINKS = (
    ("customer/client-12", "58", "exact name"),
    ("customer/client-16", "64", "policy look-up"),
    ("employee/user-6", "8", "same e-mail"),
)


def keep_plan(ledger: Ledger, *, records: Sequence[Record] = (), more: Sequence[Suggestion] = ()) -> None:
    """What that plan left in the ledger: links that were certain, and who is who; with more of both sides."""
    assert put_links(ledger, [NewLink(key, to, "matched", rule, "matching") for key, to, rule in _LINKS]) == []
    with changing(ledger) as chain:
        replace_who_is_who(chain, [*_RECORDS, *records], [*_SUGGESTIONS, *more])
