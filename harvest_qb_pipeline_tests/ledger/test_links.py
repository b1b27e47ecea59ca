"""Links one to one, what people say of pairs, and both remembered whatever happens at the same time."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from harvest_qb_pipeline.ledger import links, reading, tables
from harvest_qb_pipeline.ledger.links import NewLink
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline_tests.ledger.books import (
    ACME,
    BEKO,
    CHANGES,
    NOON,
    Books,
    Change,
    everything,
    put_link,
    put_links,
    standing,
)


def stated(key: str, external_id: str, by: str = "policy") -> NewLink:
    """A link that the policy names, which wins over everything."""
    return NewLink(key, external_id, "confirmed", "policy look-up", by)


def said(books: Books) -> list[tuple[str, str, str, bool]]:
    """Every decision, oldest first: key, record, yes or no, and whether it still stands."""
    return [(d.key, d.external_id, d.decision, not d.is_withdrawn) for d in links.decisions(books.ledger)]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_said_again_changes_nothing(books: Books, change: Change) -> None:
    put_link(books.ledger, BEKO, "59", by="Bea")
    before = everything(books)
    change(books.ledger)
    once = everything(books)
    assert once != before
    books.later(hours=1)
    change(books.ledger.acting_as("Cyd"))
    assert everything(books) == once


@pytest.mark.parametrize("change", [CHANGES[name] for name in ("put", "confirm", "set")], ids=["put", "confirm", "set"])
def test_a_record_of_another_key_is_refused_by_both_names_and_leaves_no_trace(books: Books, change: Change) -> None:
    put_link(books.ledger, BEKO, "58", by="Bea")
    before = everything(books)
    with pytest.raises(
        NotAllowed,
        match=f"QuickBooks id 58 is linked to {BEKO} already, so it cannot be {ACME} as well.*links unlink {BEKO}",
    ):
        change(books.ledger)
    assert everything(books) == before


@pytest.mark.parametrize("change", [CHANGES["put"], CHANGES["confirm"]], ids=["put", "confirm"])
def test_a_key_that_is_linked_otherwise_is_refused(books: Books, change: Change) -> None:
    put_link(books.ledger, ACME, "60", by="Bea")
    before = everything(books)
    with pytest.raises(NotAllowed, match=f"{ACME} is already linked to quickbooks 60, not 58"):
        change(books.ledger)
    assert everything(books) == before


def test_a_link_that_cannot_be_set_keeps_the_one_before(books: Books) -> None:
    put_link(books.ledger, BEKO, "58", by="Bea")
    put_link(books.ledger, ACME, "60", by="Bea")
    with pytest.raises(NotAllowed):
        links.set_link(books.ledger, ACME, "58", by="Bea", reason="seen on paper")
    assert standing(books) == {ACME: "60", BEKO: "58"}
    assert said(books) == []


def test_a_link_says_how_it_came_to_be(books: Books) -> None:
    books.later(minutes=5)
    put_links(
        books.ledger,
        [NewLink(ACME, "58", "matched", "exact name", "matching", baseline={"name": "Acme", "rate": None})],
    )
    links.confirm_link(books.ledger, BEKO, "59", by="Bea")
    acme, beko = links.links(books.ledger)
    assert (acme.system, acme.how, acme.rule, acme.made_by, acme.made_at, acme.baseline) == (
        "quickbooks",
        "matched",
        "exact name",
        "matching",
        books.now,
        {"name": "Acme", "rate": None},
    )
    assert (beko.how, beko.rule, beko.made_by, beko.baseline) == ("confirmed", "confirmed", "Bea", None)
    (event,) = [event for event in reading.events_of(books.ledger, ACME) if event.what == "linked"]
    assert event.actor == "matching"
    assert event.after == {"system": "quickbooks", "external_id": "58", "how": "matched", "rule": "exact name"}


@pytest.mark.parametrize(
    ("one", "other", "may_share"),
    [
        ("customer/client-1", "customer/client-2", False),
        ("customer/client-1", "job/project-1", False),
        ("vendor/user-1", "vendor/user-2", False),
        ("employee/user-1", "employee/user-2", False),
        ("vendor/user-1", "employee/user-2", True),
        ("customer/client-1", "vendor/user-1", True),
        ("item/task-1", "item/task-2", True),
        ("customer/client-1", "invoice/client-1/2026-10", True),
    ],
)
def test_a_record_belongs_to_one_key_of_its_list(books: Books, one: str, other: str, may_share: bool) -> None:
    put_link(books.ledger, one, "58", by="Bea")
    refused = put_links(books.ledger, [NewLink(other, "58", "matched", "exact name", "matching")])
    assert (refused == []) is may_share
    assert set(standing(books)) == ({one, other} if may_share else {one})


def test_records_of_the_two_systems_with_one_number_are_two(books: Books) -> None:
    put_link(books.ledger, "client/customer-1", "58", by="Bea", system="harvest")
    put_link(books.ledger, "client/customer-2", "58", by="Bea", system="quickbooks")
    assert len(standing(books)) == 2


def test_the_database_itself_refuses_a_second_key(books: Books) -> None:
    put_link(books.ledger, ACME, "58", by="Bea")
    with books.ledger.reading() as con:
        row = con.execute(tables.links.select()).mappings().one()
    with pytest.raises(IntegrityError), books.ledger.transaction() as con:
        con.execute(insert(tables.links).values({**row, "key": BEKO}))


TAKEN_BACK: dict[str, Change] = {
    "state": lambda to: put_links(to, [stated(ACME, "60", "Bea")], reason="wrong firm"),
    "unlink": lambda to: links.unlink(to, ACME, by="Bea", reason="wrong firm"),
    "set": lambda to: links.set_link(to, ACME, "60", by="Bea", reason="wrong firm"),
}


@pytest.mark.parametrize("take_back", TAKEN_BACK.values(), ids=TAKEN_BACK)
def test_a_record_whose_link_is_taken_back_is_free(books: Books, take_back: Change) -> None:
    put_link(books.ledger, ACME, "58", by="Bea")
    take_back(books.ledger)
    (event,) = [event for event in reading.events_of(books.ledger, ACME) if event.what == "link removed"]
    assert (event.actor, event.before, event.detail) == (
        "Bea",
        {"system": "quickbooks", "external_id": "58"},
        {"reason": "wrong firm"},
    )
    put_link(books.ledger, BEKO, "58", by="Bea")
    assert links.resolve(books.ledger, BEKO) == "58"
    assert links.resolve(books.ledger, ACME) in (None, "60")


def test_a_key_whose_link_was_taken_back_is_linked_anew_as_if_for_the_first_time(books: Books) -> None:
    put_links(books.ledger, [NewLink(ACME, "58", "matched", "exact name", "matching", baseline={"name": "A"})])
    links.unlink(books.ledger, ACME, by="Bea", reason="wrong firm")
    books.later(days=1)
    links.confirm_link(books.ledger, ACME, "59", by="Cyd")
    (link,) = links.links(books.ledger)
    assert (link.external_id, link.how, link.made_by, link.made_at, link.baseline) == (
        "59",
        "confirmed",
        "Cyd",
        books.now,
        None,
    )


def test_taking_back_what_is_not_linked_is_nothing(books: Books) -> None:
    links.unlink(books.ledger, ACME, by="Bea", reason="wrong firm")
    assert everything(books) == ([], [], [])


def test_a_linked_pair_cannot_be_rejected_before_it_is_unlinked(books: Books) -> None:
    links.confirm_link(books.ledger, ACME, "58", by="Bea")
    with pytest.raises(
        NotAllowed, match=f"{ACME} is linked to 58: take that back with `harvest-qb links unlink {ACME}`"
    ):
        links.reject_link(books.ledger, ACME, "58", by="Bea")
    links.reject_link(books.ledger, ACME, "59", by="Bea")
    assert standing(books) == {ACME: "58"}


def test_of_the_decisions_on_a_pair_the_last_stands_and_all_are_remembered_in_order(books: Books) -> None:
    links.reject_link(books.ledger, ACME, "58", by="Bea", reason="another firm")
    links.reject_link(books.ledger, ACME, "59", by="Bea")
    links.confirm_link(books.ledger, ACME, "58", by="Cyd")
    links.unlink(books.ledger, ACME, by="Bea", reason="I was right")
    links.confirm_link(books.ledger, BEKO, "58", by="Cyd")
    assert said(books) == [
        (ACME, "58", "rejected", False),
        (ACME, "59", "rejected", True),
        (ACME, "58", "confirmed", False),
        (ACME, "58", "rejected", True),
        (BEKO, "58", "confirmed", True),
    ]
    assert [(d.decided_by, d.reason) for d in links.decisions(books.ledger)][0::3] == [
        ("Bea", "another firm"),
        ("Bea", "I was right"),
    ]


def test_a_no_ends_when_the_pair_is_set_by_hand(books: Books) -> None:
    links.reject_link(books.ledger, ACME, "58", by="Bea")
    links.set_link(books.ledger, ACME, "58", by="Bea", reason="it was they")
    assert said(books) == [(ACME, "58", "rejected", False), (ACME, "58", "confirmed", True)]
    assert links.decisions(books.ledger)[-1].reason == "it was they"


def test_a_yes_ends_with_its_link_and_counts_anew_when_it_comes_back(books: Books) -> None:
    for record in ("58", "59", "58"):
        links.set_link(books.ledger, ACME, record, by="Bea", reason="seen on paper")
    assert said(books) == [
        (ACME, "58", "confirmed", False),
        (ACME, "59", "confirmed", False),
        (ACME, "58", "confirmed", True),
    ]
    assert put_links(books.ledger, [stated(ACME, "60")], reason="the policy names 60") == []
    assert not any(stands for *_, stands in said(books))


def test_confirming_what_was_matched_is_remembered_and_leaves_the_link(books: Books) -> None:
    put_link(books.ledger, ACME, "58", by="matching", how="matched", rule="exact name")
    links.confirm_link(books.ledger, ACME, "58", by="Bea")
    assert [link.how for link in links.links(books.ledger)] == ["matched"]
    assert said(books) == [(ACME, "58", "confirmed", True)]


@pytest.mark.parametrize("record", ["", "None", "req-8f3c", "0", "1.5", "-3", "\u0661"])
def test_what_is_no_id_is_linked_to_nothing_and_keeps_the_others_from_nothing(books: Books, record: str) -> None:
    odd = NewLink("customer/client-1", record, "matched", "exact name", "matching")
    well = NewLink("customer/client-2", "7", "matched", "exact name", "matching")
    assert [link for link, _ in put_links(books.ledger, [odd, well])] == [odd]
    assert standing(books) == {"customer/client-2": "7"}
    with pytest.raises(NotAllowed, match="is no id of QuickBooks"):
        links.confirm_link(books.ledger, "customer/client-1", record, by="Bea")


def test_twenty_thousand_links_are_made_at_once_in_seconds(books: Books) -> None:
    new = [NewLink(f"customer/client-{n}", str(n), "matched", "exact name", "matching") for n in range(1, 20_001)]
    began = time.process_time()
    assert put_links(books.ledger, new) == []
    first = time.process_time() - began
    began = time.process_time()
    assert put_links(books.ledger, new) == []
    again = time.process_time() - began
    assert standing(books) == {link.key: link.external_id for link in new}
    assert books.holds() == []
    assert first < 12, f"making 20,000 links took {first:.1f} s"
    assert again < 6, f"making them again took {again:.1f} s"


def test_of_many_links_those_that_contradict_are_returned_and_the_others_made(books: Books) -> None:
    put_link(books.ledger, ACME, "1", by="Bea")
    put_link(books.ledger, BEKO, "2", by="Bea")
    links.unlink(books.ledger, BEKO, by="Bea", reason="wrong firm")

    def new(client: int, record: str) -> NewLink:
        return NewLink(f"customer/client-{client}", record, "matched", "exact name", "matching")

    asked = [new(1, "1"), new(1, "9"), new(3, "1"), new(2, "3"), new(4, "4"), new(5, "4"), new(4, "5"), new(4, "4")]
    refused = put_links(books.ledger, asked)
    assert [(link.key, link.external_id) for link, _ in refused] == [
        ("customer/client-1", "9"),
        ("customer/client-3", "1"),
        ("customer/client-5", "4"),
        ("customer/client-4", "5"),
    ]
    assert [sentence.partition(".")[0] for _, sentence in refused] == [
        "customer/client-1 is already linked to quickbooks 1, not 9",
        "QuickBooks id 1 is linked to customer/client-1 already, so it cannot be customer/client-3 as well",
        "QuickBooks id 4 is linked to customer/client-4 already, so it cannot be customer/client-5 as well",
        "customer/client-4 is already linked to quickbooks 4, not 5",
    ]
    assert standing(books) == {ACME: "1", BEKO: "3", "customer/client-4": "4"}
    assert books.said("customer/client-4") == ["linked"]
    assert books.said("customer/client-5") == []


CONFIRMER = """
import sys
from harvest_qb_pipeline.ledger import links
from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline.ledger.states import NotAllowed

path, client = sys.argv[1:]
ledger = open_ledger(path, actor=client)
sys.stdin.readline()
for record in range(1, 26):
    try:
        links.confirm_link(ledger, f"customer/client-{client}-{record}", str(record), by=client)
        print(record)
    except NotAllowed:
        pass
"""


def test_of_two_processes_that_confirm_two_keys_for_one_record_one_wins(books: Books) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", CONFIRMER, str(books.path), client],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for client in ("a", "b")
    ]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    won = [worker.communicate(timeout=120)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    assert sorted(won[0] + won[1]) == sorted(str(record) for record in range(1, 26))
    assert sorted(standing(books).values()) == sorted(str(record) for record in range(1, 26))
    assert len(said(books)) == 25


def test_of_eight_threads_that_confirm_eight_keys_for_one_record_one_wins(books: Books) -> None:
    def confirm(n: int) -> str | None:
        try:
            links.confirm_link(books.ledger, f"customer/client-{n}", "58", by=f"t{n}")
        except NotAllowed as refused:
            return str(refused)
        return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(confirm, range(8)))
    assert answers.count(None) == 1
    winner = f"customer/client-{answers.index(None)}"
    assert standing(books) == {winner: "58"}
    assert all(f"is linked to {winner} already" in answer for answer in answers if answer)
    assert said(books) == [(winner, "58", "confirmed", True)]


def test_a_shared_record_that_is_linked_already_keeps_its_origin_when_it_is_linked_again(books: Books) -> None:
    first = NewLink("item/task-1", "5", "matched", "exact name", "matching")
    put_links(books.ledger, [first])
    assert put_links(books.ledger, [replace(first, how="confirmed", by="policy")]) == []
    (link,) = links.links(books.ledger)
    assert (link.how, link.made_by, link.made_at) == ("matched", "matching", NOON)
