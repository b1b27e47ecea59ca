"""Each time entry belongs to at most one live document."""

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from harvest_qb_pipeline.ledger import approval, reading, tables
from harvest_qb_pipeline_tests.ledger.books import UNAPPROVED, Books, bill

ONE, TWO, OCTOBER_OF_ONE = "invoice/client-1/2026-10", "invoice/client-2/2026-10", "invoice/client-1/2026-10"


def test_a_newcomer_that_wants_a_reserved_entry_is_held_and_gets_none_of_its_entries(books: Books) -> None:
    books.plan(bill(1, (1, 2)))
    books.plan(bill(1, (1, 2)), bill(2, (2, 3)))
    assert books.reserved() == {"1": ONE, "2": ONE}
    (hold,) = reading.posting(books.ledger, TWO).hold_reasons
    assert hold.code == "already_reserved"
    assert hold.sentence.startswith(
        "1 of the 2 entries are already in invoice/client-1/2026-10: time_entry 2. Cancel or finish that document first"
    )


def test_the_newcomer_is_planned_once_the_other_lets_go(books: Books) -> None:
    books.plan(bill(1, (1, 2)), bill(2, (2, 3)))
    books.plan(bill(1, (1,)), bill(2, (2, 3)))
    assert books.reserved() == {"1": ONE, "2": TWO, "3": TWO}
    assert books.state(TWO) == "planned"


def test_whoever_had_an_entry_before_keeps_it_whatever_the_order_of_the_plan(books: Books) -> None:
    books.plan(bill(2, (5,)))
    books.plan(bill(1, (5, 6)), bill(2, (5, 7)))
    assert books.reserved() == {"5": TWO, "7": TWO}
    assert (books.state(ONE), books.state(TWO)) == ("held", "planned")


def test_entries_that_move_between_bills_are_released_and_reserved_in_one_plan(books: Books) -> None:
    books.plan(bill(1, (1, 2)), bill(2, (3, 4)))
    books.plan(bill(1, (3, 4)), bill(2, (1, 2)))
    assert books.reserved() == {"3": ONE, "4": ONE, "1": TWO, "2": TWO}
    assert {books.state(ONE), books.state(TWO)} == {"planned"}


def test_a_regrouped_draft_takes_over_the_entries_of_the_one_that_vanished(books: Books) -> None:
    books.plan(bill(1, (1, 2), holds=[UNAPPROVED]))
    books.plan(bill(1, (1, 2, 3), period="2026-10-group"))
    assert set(books.reserved().values()) == {"invoice/client-1/2026-10-group"}


def test_what_was_sent_keeps_its_entries_against_every_later_draft(books: Books) -> None:
    books.plan(bill(1, (1, 2)))
    books.approve(ONE)
    books.post("twin/client-1/2026-10")
    result = books.plan(bill(1, (1, 2), period="2026-11"))
    assert [(row.state, row.hold_reasons[0].code) for row in result.rows] == [("held", "already_reserved")]


def test_a_cancelled_bill_frees_its_entries_for_another(books: Books) -> None:
    books.plan(bill(1, (1, 2)))
    approval.cancel(books.ledger, ONE, by="Bea", reason="goes on the November bill")
    books.plan(bill(1, (1, 2)), bill(1, (1, 2, 3), period="2026-11"))
    assert set(books.reserved().values()) == {"invoice/client-1/2026-11"}
    assert books.state("invoice/client-1/2026-11") == "planned"


def test_an_entry_named_twice_in_one_bill_is_held(books: Books) -> None:
    result = books.plan(bill(1, (1, 1, 2)))
    assert result.rows[0].hold_reasons[0].code == "source_twice"
    assert books.reserved() == {}


def test_the_database_itself_refuses_a_second_owner(books: Books) -> None:
    books.plan(bill(1, (1,)))
    row = {"purpose": "bill", "source_type": "time_entry", "source_id": "1", "document": TWO}
    with pytest.raises(IntegrityError), books.ledger.transaction() as con:
        con.execute(insert(tables.reservations).values(**row))
