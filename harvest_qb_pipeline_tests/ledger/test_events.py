"""The audit chain: nothing altered, removed, slipped in or forked goes unnoticed."""

import pytest
from sqlalchemy.exc import IntegrityError

from harvest_qb_pipeline.ledger import events
from harvest_qb_pipeline.ledger.events import GENESIS, changing
from harvest_qb_pipeline.ledger.store import Ledger, open_ledger
from harvest_qb_pipeline_tests.ledger.books import events_in


@pytest.fixture
def ledger(books):
    # Its own file: these tests break the chain on purpose, and `books` checks its own at the end.
    ledger = open_ledger(books.path.with_name("broken.sqlite"), actor="Bea", run_id="run-7", clock=lambda: books.now)
    for n in range(1, 6):
        with changing(ledger) as chain:
            chain.append("noted", f"thing-{n}", before={"n": n - 1}, after={"n": n}, detail={"why": "because"})
    yield ledger
    ledger.close()


def spoil(ledger: Ledger, *statements: str) -> list[str]:
    with ledger.transaction() as con:
        for statement in statements:
            con.exec_driver_sql(statement)
    return [found.sentence for found in events.verify_chain(ledger)]


def test_an_event_says_who_what_when_from_which_run_and_what_it_was_before(ledger: Ledger, books) -> None:
    event = events_in(ledger)[-1]
    assert (event.actor, event.run_id, event.what, event.subject) == ("Bea", "run-7", "noted", "thing-5")
    assert (event.before, event.after, event.detail) == ({"n": 4}, {"n": 5}, {"why": "because"})
    assert event.at == books.now


def test_an_untouched_chain_holds(ledger: Ledger) -> None:
    assert events.verify_chain(ledger) == []


@pytest.mark.parametrize(
    "change",
    ["actor = 'Eve'", "after = '{\"n\":9}'", "detail = '{}'", "at = '2026-01-01T00:00:00.000000Z'", "run_id = NULL"],
)
def test_an_altered_event_is_found(ledger: Ledger, change: str) -> None:
    assert spoil(ledger, f"UPDATE events SET {change} WHERE event_id = 3") == [
        "Event 3 was altered after it was written."
    ]


def test_a_removed_event_is_found(ledger: Ledger) -> None:
    assert spoil(ledger, "DELETE FROM events WHERE event_id = 3") == ["Event 4 does not follow event 2."]


def test_an_event_rewritten_with_a_matching_hash_breaks_the_next(ledger: Ledger) -> None:
    with ledger.transaction() as con:
        con.exec_driver_sql("UPDATE events SET actor = 'Eve' WHERE event_id = 3")
    with ledger.reading() as con:
        (row,) = [page for page in events._page(con, after=2) if page["event_id"] == 3]
    assert spoil(ledger, f"UPDATE events SET hash = '{events.hash_of(row)}' WHERE event_id = 3") == [
        "Event 4 does not follow event 3."
    ]


def test_a_cut_off_end_is_seen_by_its_head(ledger: Ledger) -> None:
    with ledger.reading() as con:
        before = events.chain_head(con)
    assert spoil(ledger, "DELETE FROM events WHERE event_id = 5") == []
    with ledger.reading() as con:
        assert events.chain_head(con) != before


def test_the_chain_cannot_fork(ledger: Ledger) -> None:
    fork = (
        "INSERT INTO events (event_id, previous_hash, hash, at, actor, what, subject, detail) "
        "SELECT 6, previous_hash, 'other', at, actor, what, subject, detail FROM events WHERE event_id = 5"
    )
    with pytest.raises(IntegrityError, match="previous_hash"), ledger.transaction() as con:
        con.exec_driver_sql(fork)


def test_a_change_that_fails_leaves_no_event(ledger: Ledger) -> None:
    def fail() -> None:
        with changing(ledger) as chain:
            chain.append("noted", "thing-6")
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        fail()
    assert len(events_in(ledger)) == 5


def test_the_first_event_follows_nothing(ledger: Ledger) -> None:
    with ledger.reading() as con:
        assert con.exec_driver_sql("SELECT previous_hash FROM events WHERE event_id = 1").scalar() == GENESIS
