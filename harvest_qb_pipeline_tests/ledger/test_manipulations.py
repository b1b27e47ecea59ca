"""Whoever changes the ledger by hand, with plain SQL, is found out: by its chain, or by heads noted elsewhere."""

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harvest_qb_pipeline.ledger import anchors, approval, events, links, sendable, store
from harvest_qb_pipeline.ledger.anchors import Head, contradictions, head_of
from harvest_qb_pipeline.ledger.states import NotProven
from harvest_qb_pipeline.ledger.store import Ledger, open_ledger
from harvest_qb_pipeline_tests.ledger.books import NOON, Books, bill, customer, put_link

SENT, WAITING, PLANNED = "invoice/client-3/2026-09", "invoice/client-4/2026-10", "invoice/client-5/2026-10"
Manipulation = Callable[[sqlite3.Connection], object]


@pytest.fixture
def heads(books: Books) -> list[Head]:
    """A month with everything in it, and the heads that were noted while it went on."""
    noted: list[Head] = []
    books.plan(
        bill(3, (31, 32), amount="212.40", period="2026-09"),
        bill(4, (41,), amount="87.10"),
        bill(5, (51,)),
        customer(6),
    )
    noted.append(_head(books.ledger))
    put_link(books.ledger, "customer/client-3", "703", by="Bea")
    for key in (SENT, WAITING):
        books.approve(key)
    books.post("twin/client-3/2026-09", "9003")
    noted.append(_head(books.ledger))
    books.post(SENT, "9103")
    approval.cancel(books.ledger, PLANNED, by="Bea", reason="paid by card")
    noted.append(_head(books.ledger))
    return noted


def _head(ledger: Ledger) -> Head:
    with ledger.reading() as con:
        return replace(head_of(con), at=ledger.clock().isoformat())


def found(path: Path, heads: list[Head]) -> list[str]:
    """All that is noticed in a ledger at a path, by its chain and by noted heads."""
    ledger = open_ledger(path, actor="auditor")
    try:
        with ledger.reading() as con:
            return [
                *(one.sentence for one in events.verify_chain(ledger)),
                *contradictions(con, heads, "the warehouse"),
            ]
    finally:
        ledger.close()


def sql(*statements: str) -> Manipulation:
    def change(con: sqlite3.Connection) -> None:
        for statement in statements:
            assert con.execute(statement).rowcount > 0, statement

    return change


def hash_anew(con: sqlite3.Connection) -> None:
    """Every event gets the number, the predecessor and the hash that it would have had."""
    con.row_factory = sqlite3.Row
    rows = [dict(row) for row in con.execute("SELECT * FROM events ORDER BY event_id")]
    con.execute("DELETE FROM events")
    previous = events.GENESIS
    for number, row in enumerate(rows, start=1):
        row |= {"event_id": number, "previous_hash": previous}
        at = store.settings.datetime.fromisoformat(row["at"])
        row["hash"] = previous = events.hash_of({**row, "at": at})
        names = ", ".join(row)
        con.execute(f"INSERT INTO events ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def rewrite_the_past(con: sqlite3.Connection) -> None:
    """An old amount is changed, in the row and in what the chain says of it, and all hashes are made anew."""
    con.execute("UPDATE events SET actor = 'Eve' WHERE event_id = 2")
    hash_anew(con)


def remove_and_hash_anew(con: sqlite3.Connection) -> None:
    con.execute("DELETE FROM events WHERE what = 'approval' AND subject = ?", [SENT])
    hash_anew(con)


def cut_off(con: sqlite3.Connection) -> None:
    """The newest events go, and with them the rows that only they tell of go back to what they were."""
    (last,) = con.execute("SELECT max(event_id) FROM events").fetchone()
    con.execute("DELETE FROM events WHERE event_id > ?", [last - 4])


MANIPULATIONS: dict[str, tuple[Manipulation, str]] = {
    "an amount": (
        sql(f"UPDATE postings SET amount = '2124.00' WHERE key = '{SENT}'"),
        r"Posting \d+ \(invoice/client-3/2026-09\) was changed by hand",
    ),
    "a payload": (
        sql(f"UPDATE postings SET payload = replace(payload, '87.10', '8.71') WHERE key = '{WAITING}'"),
        r"Posting \d+ \(invoice/client-4/2026-10\) was changed by hand",
    ),
    "a state": (
        sql("UPDATE postings SET state = 'approved' WHERE key = 'customer/client-6'"),
        r"Posting \d+ \(customer/client-6\) was changed by hand",
    ),
    "hours of a source": (
        sql("UPDATE sources SET hours = '9.50' WHERE source_id = '32'"),
        "hours and expenses of invoice/client-3/2026-09 were changed",
    ),
    "a source removed": (
        sql("DELETE FROM sources WHERE source_id = '41'"),
        "hours and expenses of invoice/client-4/2026-10 were changed",
    ),
    "a link": (
        sql("UPDATE links SET external_id = '704' WHERE key = 'customer/client-3'"),
        r"Link customer/client-3 was changed by hand",
    ),
    "an approval slipped in": (
        sql(
            "INSERT INTO approvals SELECT 99, 'customer/client-6', 1, sha256, 'Eve', 'cli', recorded_at, NULL, NULL, "
            "event_id FROM documents WHERE document = 'customer/client-6'"
        ),
        r"Approval 99 \(customer/client-6\) is in the ledger, but no event tells of it",
    ),
    "the hash of an approval": (
        sql(f"UPDATE approvals SET sha256 = replace(sha256, 'a', 'b') WHERE document = '{WAITING}'"),
        r"Approval \d+ \(invoice/client-4/2026-10\) was changed by hand",
    ),
    "what an event says": (
        sql("UPDATE events SET detail = '{\"reason\":\"by mistake\"}' WHERE what = 'cancelled' AND event_id % 2 = 1"),
        r"Event \d+ was altered",
    ),
    "the newest events": (cut_off, "is not what event|no event tells|newest events are gone"),
    "an event in the middle, hashed anew": (remove_and_hash_anew, r"Event \d+ .*was written anew|no event tells of it"),
    "the whole chain hashed anew": (rewrite_the_past, r"Event \d+ \(.*\) is not the one that was noted"),
    "reservations freed": (
        sql("DELETE FROM reservations WHERE source_id IN ('31', '32')"), "Time entry 31 is billed"),
    "a number freed": (
        sql(f"DELETE FROM document_numbers WHERE document = '{SENT}'"),
        r"Number H2610-\d+ \(invoice/client-3/2026-09\) is gone",
    ),
    "approvals emptied": (sql("DELETE FROM approvals"), r"Approval \d+ \(.*\) is gone"),
    "all emptied but the ledger's name": (
        sql(*(f"DELETE FROM {name}" for name in (
            "approvals", "sources", "reservations", "document_numbers", "links", "plan_documents", "plans",
            "postings", "documents", "events",
        ))),
        r"ends with event 0, but event \d+ was noted in the warehouse",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MANIPULATIONS)
def test_a_ledger_changed_by_hand_is_found_out_by_a_sentence_that_names_the_record(
    books: Books, heads: list[Head], tmp_path: Path, what: str
) -> None:
    manipulate, sentence = MANIPULATIONS[what]
    copy = tmp_path / "copy.sqlite"
    with sqlite3.connect(books.path) as con:
        con.execute(f"VACUUM INTO '{copy}'")
    assert found(copy, heads) == []
    with sqlite3.connect(copy) as con:
        manipulate(con)
    told = found(copy, heads)
    assert any(re.search(sentence, one) for one in told), told


TO_BE_SENT = {
    "an amount": f"UPDATE postings SET amount = '8.71' WHERE key = '{WAITING}'",
    "hours": "UPDATE sources SET hours = '0.10' WHERE source_id = '41'",
    "a source removed": "DELETE FROM sources WHERE source_id = '41'",
    "its approval's hash": f"UPDATE approvals SET sha256 = 'f00' WHERE document = '{WAITING}'",
    "its approval removed": f"DELETE FROM approvals WHERE document = '{WAITING}'",
    "its number": f"UPDATE documents SET doc_number = 'H2610-0099' WHERE document = '{WAITING}'",
    "a planned one made approved": "UPDATE postings SET state = 'approved' WHERE key = 'customer/client-6'",
    "one that was sent, as it was before": (
        f"UPDATE postings SET state = 'approved', external_id = NULL WHERE key = '{SENT}'"
    ),
    "what approved it": f"UPDATE events SET actor = 'Ann' WHERE what = 'approved' AND subject = '{WAITING}'",
}


@pytest.mark.parametrize("what", TO_BE_SENT)
def test_nothing_is_sent_of_what_was_changed_by_hand(
    books: Books, heads: list[Head], tmp_path: Path, what: str
) -> None:
    sendable.require_sendable(books.ledger)
    ledger = _changed(books, tmp_path, TO_BE_SENT[what])
    with pytest.raises(NotProven, match=r"(client-[346]|Event|Approval).* restore the ledger from a backup"):
        sendable.require_sendable(ledger)
    ledger.close()


def test_what_was_changed_by_hand_is_not_changed_further_so_that_no_event_says_all_is_well(
    books: Books, heads: list[Head], tmp_path: Path
) -> None:
    ledger = _changed(books, tmp_path, "UPDATE postings SET amount = '1.00' WHERE key = 'customer/client-6'")
    with pytest.raises(NotProven, match=r"Posting \d+ \(customer/client-6\) was changed by hand"):
        approval.approve(ledger, "customer/client-6", by="Bea", sha256=None, via="cli")
    ledger.close()


def test_a_push_follows_the_chain_from_the_head_that_was_noted_last(
    books: Books, heads: list[Head], tmp_path: Path
) -> None:
    """An old chain is not read again; a chain that does not go on from the noted head is refused."""
    ledger = replace(books.ledger, anchors=(tmp_path / "home" / "heads", tmp_path / "vault" / "heads"))
    anchors.note_head(ledger)
    sendable.require_chain(ledger)
    links.set_link(ledger, "customer/client-3", "703", by="Bea", reason="sure")
    sendable.require_chain(ledger)
    anchors.note_head(ledger)
    changed = replace(_changed(books, tmp_path), anchors=ledger.anchors)
    with sqlite3.connect(tmp_path / "changed.sqlite") as con:
        cut_off(con)
    with pytest.raises(NotProven, match=r"event \d+ was noted in .*heads at .*: its newest events are gone"):
        sendable.require_chain(changed)
    anchors.note_head(changed, accepted_because="restored the backup of Monday")
    assert anchors.file_contradictions(changed, changed.engine.connect()) == []
    changed.close()


def _changed(books: Books, folder: Path, *statements: str) -> Ledger:
    copy = folder / "changed.sqlite"
    with sqlite3.connect(books.path) as con:
        con.execute(f"VACUUM INTO '{copy}'")
    with sqlite3.connect(copy) as con:
        sql(*statements)(con)
    return open_ledger(copy, actor="push", clock=lambda: NOON)
