"""What stands against any member of a document is found before its first byte leaves: nothing is sent (rule 52)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harvest_qb_pipeline.ledger.links import set_link
from harvest_qb_pipeline.posting.kind import Facts
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.scene import Scene, make_scene


def in_quickbooks(scene: Scene, entity: str, record_id: str, **fields: Any) -> None:
    scene.control("PATCH", f"/quickbooks/{entity}/{record_id}", fields)


def entry(scene: Scene, **fields: Any) -> None:
    scene.control("PATCH", f"/harvest/time_entries/{scene.bill.entry_ids[0]}", fields)


def customer_id(scene: Scene) -> str:
    (made,) = [row for row in scene.company.quickbooks.dump("Customer") if row["DisplayName"] == scene.bill.name]
    return made["Id"]


def take_number(scene: Scene) -> None:
    line = {
        "Amount": 5,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": scene.bill.item_id}, "Qty": 1, "UnitPrice": 5},
    }
    body = {"CustomerRef": {"value": customer_id(scene)}, "DocNumber": number(scene), "Line": [line]}
    scene.control("POST", "/quickbooks/Invoice", body)


def number(scene: Scene) -> str:
    return str(scene.posting("invoice").doc_number)


def state(scene: Scene, **facts: Any) -> None:
    """The policy says something else today."""
    scene.facts = replace(scene.facts, **facts)


def close_books(scene: Scene) -> None:
    in_quickbooks(scene, "Preferences", "1", AccountingInfoPrefs={"BookCloseDate": "2026-10-31"})


def link_a_customer_in_euros(scene: Scene) -> None:
    in_quickbooks(scene, "Preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
    body = {"DisplayName": "Acme Europe", "CurrencyRef": {"value": "EUR"}}
    made = scene.control("POST", "/quickbooks/Customer", body)
    set_link(scene.ledger, scene.bill.customer_key, made["Id"], by="Bea", reason="Their European company pays")


ANY_BILL: dict[str, tuple[Callable[[Scene], object], str, str]] = {
    "the books were closed": (close_books, "books_closed", "closed through 2026-10-31"),
    "its number was taken": (take_number, "number_taken", "made by somebody else"),
    "its item is inactive": (
        lambda s: in_quickbooks(s, "Item", s.bill.item_id, Active=False), "reference_gone", "is inactive"
    ),
    "its customer is inactive": (
        lambda s: in_quickbooks(s, "Customer", customer_id(s), Active=False), "reference_gone", "is inactive"
    ),
    "another customer was linked, of another currency": (link_a_customer_in_euros, "currency_conflict", "EUR"),
    "its terms are inactive": (
        lambda s: in_quickbooks(s, "Term", "3", Active=False), "reference_gone", "is inactive"
    ),
    "Harvest copies by itself": (lambda s: state(s, copies_natively=True), "native_copy_on", "a second time"),
    "an approval was withdrawn": (lambda s: entry(s, approval_status="submitted"), "*", "not approved any more"),
    "an entry was moved to another day": (lambda s: entry(s, spent_date="2026-10-06"), "*", "moved to 2026-10-06"),
    "hours were changed": (lambda s: entry(s, hours=3), "*", "changed since"),
}  # fmt: skip
"""What happened between approval and push, the hold, and what it says; `*` is the code of changed hours."""
WITH_TWIN: dict[str, tuple[Callable[[Scene], object], str, str]] = {
    **ANY_BILL,
    "twins may not be opened any more": (lambda s: state(s, opens_twins=False), "policy_changed", "Plan again"),
    "there are to be no twins": (lambda s: state(s, has_twin=False), "policy_changed", "planned with a twin"),
}
WITHOUT_TWIN: dict[str, tuple[Callable[[Scene], object], str, str]] = {
    **ANY_BILL,
    "there are to be twins": (lambda s: state(s, has_twin=True), "policy_changed", "planned without a twin"),
    "an entry was billed by hand": (lambda s: entry(s, is_billed=True), "*", "billed in Harvest"),
}


@pytest.fixture
def scene(sandbox: RunningSandbox, blank_ledger: Path, tmp_path: Path) -> Any:
    made = make_scene(sandbox, blank_ledger, tmp_path)
    made.know_customers()
    made.company.calls.clear()
    yield made
    made.close()
    sandbox.control("DELETE", f"/companies/{made.made['id']}")


@pytest.mark.parametrize("what", WITH_TWIN)
def test_nothing_of_a_bill_is_sent_where_any_member_could_not_be(scene: Scene, what: str) -> None:
    interfere, code, words = WITH_TWIN[what]
    scene.approve()
    interfere(scene)
    assert_held_unsent(scene, code if code != "*" else "not_isolable", words, members=("twin", "invoice", "twin_open"))


@pytest.mark.parametrize("what", WITHOUT_TWIN)
def test_nor_of_a_bill_without_a_twin(scene: Scene, what: str) -> None:
    interfere, code, words = WITHOUT_TWIN[what]
    scene.facts = Facts(has_twin=False)
    scene.plan([scene.bill.without_twin()])
    scene.approve()
    interfere(scene)
    assert_held_unsent(scene, code if code != "*" else "sources_changed", words, members=("invoice",))


def test_unapproved_time_is_sent_where_the_policy_does_not_ask_for_approvals(scene: Scene) -> None:
    scene.approve()
    entry(scene, approval_status="unsubmitted")
    state(scene, needs_approval=False)
    scene.push_until_rest()
    assert [invoice["DocNumber"] for invoice in scene.invoices()] == [number(scene)]


def test_a_customer_that_the_lists_do_not_show_yet_is_not_taken_for_gone(
    sandbox: RunningSandbox, blank_ledger: Path, tmp_path: Path
) -> None:
    scene = make_scene(sandbox, blank_ledger, tmp_path, switches={"query_lag_seconds": 120})
    scene.plan()
    scene.approve()
    scene.push_until_rest()
    scene.assert_billed_once()
    scene.close()


def assert_held_unsent(scene: Scene, code: str, words: str, members: tuple[str, ...]) -> None:
    report = scene.push()
    scene.push()
    assert scene.writes() == []
    for kind in members:
        assert scene.hold_codes(kind) == [code]
        assert words in scene.posting(kind).hold_reasons[0].sentence
    assert [words in row.reason for row in report.rows] == [True]
