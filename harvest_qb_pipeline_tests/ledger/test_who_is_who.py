"""Who is who as a plan stored it, and as it stands after what was decided since."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harvest_qb_pipeline.ledger import links
from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.links import NewLink
from harvest_qb_pipeline.ledger.who_is_who import (
    FAMILIES,
    Match,
    Record,
    Suggestion,
    is_known,
    link_family,
    parents_of,
    records,
    replace_who_is_who,
    stated_keys,
    who_is_who,
)
from harvest_qb_pipeline_tests.ledger.books import Books, put_link, put_links


def client(number: int) -> Record:
    return Record("client", str(number), f"Client {number}", currency="USD")


def customer(number: str, name: str = "", **more: object) -> Record:
    return replace(Record("Customer", number, name or f"Customer {number}"), **more)


CLIENTS = [client(number) for number in (1, 2, 3)]
CUSTOMERS = [customer(number) for number in ("58", "59", "60")]


def alone(number: int, **more: object) -> Suggestion:
    """A client that nothing is like."""
    return replace(Suggestion(f"customer/client-{number}", "unmatched"), **more)


def maybe(number: int, customer: str, **more: object) -> Suggestion:
    pair = Suggestion(f"customer/client-{number}", "suggested", customer, score=90.0, reasons=("names 90 % alike",))
    return replace(pair, **more)


def linked(number: int, customer: str, made_by: str | None = "matching", **more: object) -> Suggestion:
    pair = Suggestion(f"customer/client-{number}", "linked", customer, "matched", made_by)
    return replace(pair, **more)


def store(books: Books, *suggestions: Suggestion, known: Sequence[Record] = (*CLIENTS, *CUSTOMERS)) -> int:
    with changing(books.ledger) as chain:
        return replace_who_is_who(chain, known, suggestions)


def seen(books: Books, key: str | None = None) -> list[tuple[str, str | None, str | None]]:
    found = who_is_who(books.ledger, key)
    return [(row.state, row.link_key and row.link_key.rpartition("-")[2], row.quickbooks_id) for row in found]


def match(books: Books, number: int) -> list[tuple[str, str | None, str | None]]:
    put_link(books.ledger, f"customer/client-{number}", "58", by="matching", rule="exact name")
    return seen(books)


def test_what_a_plan_found_is_shown_with_names_and_whoever_only_one_side_has(books: Books) -> None:
    match(books, 1)
    store(books, linked(1, "58"), maybe(2, "59"), alone(3, state="conflicting", sentence="Its name is shared."))
    assert who_is_who(books.ledger) == [
        Match("client", "conflicting", "customer/client-3", 3, "Client 3", "Customer", *[None] * 7, (),
              "Its name is shared."),
        Match("client", "suggested", "customer/client-2", 2, "Client 2", "Customer", "59", "Customer 59", None, None,
              None, None, 90.0, ("names 90 % alike",), None),
        Match("client", "unmatched", None, None, None, "Customer", "60", "Customer 60", *[None] * 5, (), None),
        Match("client", "linked", "customer/client-1", 1, "Client 1", "Customer", "58", "Customer 58", "matched",
              "exact name", "matching", books.now, None, (), None),
    ]  # fmt: skip


def test_finding_the_same_again_writes_nothing_and_else_only_what_differs(books: Books) -> None:
    first = (linked(1, "58"), maybe(2, "59"), maybe(2, "60"), alone(3))
    assert store(books, *first) == len(first) + 6
    assert store(books, *reversed(first)) == 0
    assert books.said("links") == ["who is who"]
    assert store(books, *first[:-1], maybe(3, "60")) == 2, "one row gone, one new"
    renamed = [customer("58", "Acme Ltd"), *CUSTOMERS[1:]]
    assert store(books, *first[:-1], maybe(3, "60"), known=[*CLIENTS, *renamed]) == 2
    assert store(books, known=()) == 4 + 6
    assert who_is_who(books.ledger) == []
    assert books.holds() == []


def test_a_link_that_was_removed_goes_and_leaves_both_alone(books: Books) -> None:
    match(books, 2)
    store(books, linked(2, "58"))
    links.unlink(books.ledger, "customer/client-2", by="Bea", reason="wrong firm")
    assert seen(books) == [
        ("unmatched", "2", None),
        ("unmatched", None, "58"),
        ("unmatched", None, "59"),
        ("unmatched", None, "60"),
    ]


def test_a_link_that_this_plan_made_goes_when_it_is_taken_back(books: Books) -> None:
    store(books, linked(1, "58", made_by=None), known=CUSTOMERS[:1])
    assert match(books, 1) == [("linked", "1", "58")]
    links.unlink(books.ledger, "customer/client-1", by="Bea", reason="wrong firm")
    assert seen(books) == [("unmatched", "1", None), ("unmatched", None, "58")]


def test_who_is_linked_is_not_suggested_to_others_nor_listed_alone(books: Books) -> None:
    store(books, maybe(1, "58"), maybe(2, "58"), maybe(2, "59"), alone(3))
    links.confirm_link(books.ledger, "customer/client-1", "58", by="Bea")
    links.confirm_link(books.ledger, "customer/client-3", "60", by="Bea")
    assert seen(books) == [("suggested", "2", "59"), ("linked", "1", "58"), ("linked", "3", "60")]
    assert [row.quickbooks_name for row in who_is_who(books.ledger)] == ["Customer 59", "Customer 58", "Customer 60"]


def test_whoever_loses_the_last_suggestion_is_unmatched(books: Books) -> None:
    store(books, maybe(1, "58"), maybe(2, "58"), known=CUSTOMERS[:1])
    links.reject_link(books.ledger, "customer/client-1", "58", by="Bea")
    assert seen(books) == [("suggested", "2", "58"), ("unmatched", "1", None)]
    links.confirm_link(books.ledger, "customer/client-1", "58", by="Bea")
    assert seen(books) == [("unmatched", "2", None), ("linked", "1", "58")]


def test_a_link_that_cannot_be_used_stays_in_conflict_until_it_changes(books: Books) -> None:
    match(books, 1)
    store(books, linked(1, "58", state="conflicting", sentence="It is inactive."), known=CUSTOMERS[:2])
    same = who_is_who(books.ledger)[0]
    assert (same.state, same.sentence, same.made_by) == ("conflicting", "It is inactive.", "matching")
    links.set_link(books.ledger, "customer/client-1", "59", by="Bea", reason="seen on paper")
    assert seen(books) == [("unmatched", None, "58"), ("linked", "1", "59")]


def test_a_rejected_pair_that_is_linked_all_the_same_is_linked(books: Books) -> None:
    store(books, maybe(1, "58"), known=CUSTOMERS[:1])
    links.reject_link(books.ledger, "customer/client-1", "58", by="Bea")
    put_links(books.ledger, [NewLink("customer/client-1", "58", "confirmed", "policy look-up", "policy")])
    assert seen(books) == [("linked", "1", "58")]


def test_an_item_may_stand_for_many_tasks_and_is_alone_only_without_any(books: Books) -> None:
    tasks = [Record("task", "1", "Design"), Record("task", "2", "Research")]
    items = [Record("Item", "3", "Services", item_type="Service"), Record("Item", "4", "All", item_type="Category")]
    design, research = Suggestion("item/task-1", "suggested", "3"), Suggestion("item/task-2", "suggested", "3")
    store(books, design, research, known=[*tasks, *items])
    links.confirm_link(books.ledger, "item/task-1", "3", by="Bea")
    assert seen(books) == [("suggested", "2", "3"), ("linked", "1", "3")]
    links.reject_link(books.ledger, "item/task-2", "3", by="Bea")
    assert seen(books) == [("unmatched", "2", None), ("linked", "1", "3")]
    links.unlink(books.ledger, "item/task-1", by="Bea", reason="wrong")
    assert seen(books) == [("unmatched", "1", None), ("unmatched", "2", None), ("unmatched", None, "3")]


def test_an_employee_may_be_a_vendor_too_and_keeps_the_name(books: Books) -> None:
    ana = [Record("user", "5", "Ana"), Record("Employee", "8", "Ana R"), Record("Vendor", "8", "Ana Ruiz")]
    store(books, Suggestion("employee/user-5", "suggested", "8"), known=ana)
    for key in ("employee/user-5", "vendor/user-5"):
        links.confirm_link(books.ledger, key, "8", by="Bea")
    found = who_is_who(books.ledger)
    assert [(row.link_key, row.harvest_name, row.quickbooks_name) for row in found] == [
        ("employee/user-5", "Ana", "Ana R"),
        ("vendor/user-5", "Ana", "Ana Ruiz"),
    ]


def test_who_was_linked_after_the_plan_and_is_not_read_yet_has_no_name(books: Books) -> None:
    put_link(books.ledger, "job/project-77", "99", by="push", how="created")
    put_link(books.ledger, "twin/client-1/2026-10", "900", by="push", system="harvest")
    put_link(books.ledger, "client/customer-58", "7", by="push", system="harvest")
    (row,) = who_is_who(books.ledger)
    assert (row.link_type, row.harvest_id, row.harvest_name, row.quickbooks_id, row.quickbooks_name) == (
        "project",
        77,
        None,
        "99",
        None,
    )


def test_one_key_is_read_alone(books: Books) -> None:
    store(books, maybe(1, "58"), maybe(2, "58"), maybe(2, "59"), alone(3))
    assert seen(books, "customer/client-2") == [("suggested", "2", "58"), ("suggested", "2", "59")]
    assert seen(books, "customer/client-3") == [("unmatched", "3", None)]
    assert seen(books, "customer/client-4") == []


def test_a_decision_is_checked_against_what_was_read(books: Books) -> None:
    assert not is_known(books.ledger)
    jobs = [
        customer("63", is_job=True, parent_id="58", full_name="Customer 58:Customer 63"),
        customer("67", is_job=True, parent_id="63"),
        customer("68", is_job=True, parent_id="69"),
        customer("69", is_job=True, parent_id="68"),
    ]
    store(books, replace(maybe(1, "58"), is_stated=True), alone(2), known=[*CLIENTS, *CUSTOMERS, *jobs])
    assert is_known(books.ledger)
    assert stated_keys(books.ledger) == {"customer/client-1"}
    wanted = [("client", "1"), ("Customer", "63"), ("Customer", "1")]
    assert records(books.ledger, wanted) == {("client", "1"): CLIENTS[0], ("Customer", "63"): jobs[0]}
    assert len(records(books.ledger)) == 10
    assert parents_of(books.ledger, "67") == {"63", "58"}
    assert parents_of(books.ledger, "58") == set()
    assert parents_of(books.ledger, "68") == {"68", "69"}


@pytest.mark.parametrize(
    "key", ["customer/client-", "customer/client-1 ", "customer/client-1/2026-10", "client/customer-5", ""]
)
def test_what_is_no_key_of_a_link_has_no_family_and_is_not_stored(books: Books, key: str) -> None:
    assert link_family(key) is None
    with pytest.raises(ValueError, match="is no key of a link"):
        store(books, Suggestion(key, "unmatched"))


def test_every_family_has_its_keys() -> None:
    assert [link_family(f"{family.prefix}12") for family in FAMILIES] == list(FAMILIES)
