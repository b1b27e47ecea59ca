"""The audit chain: who did what, when, from which run, with the row before and after, each event hashing the last.

Belongs here: appending to the chain and verifying it. Must not be here: anything that changes another table, or any
secret (tokens are never part of an event).
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger import tables
from harvest_qb_pipeline.ledger.store import Ledger

GENESIS = "0" * 64
"""What the first event names as the one before it."""
_PAGE = 5_000


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold, and how."""

    event_id: int
    sentence: str


class Chain:
    """New events of one open write transaction. `flush` must run before it commits; `changing` sees to that."""

    def __init__(self, con: Connection, ledger: Ledger) -> None:
        self.con = con
        self.at = ledger.clock()
        self._ledger = ledger
        self._pending: list[dict[str, Any]] = []
        last = con.execute(
            select(tables.events.c.event_id, tables.events.c.hash).order_by(tables.events.c.event_id.desc()).limit(1)
        ).first()
        self._last_id, self._last_hash = (last.event_id, last.hash) if last else (0, GENESIS)

    def append(
        self,
        what: str,
        subject: str,
        *,
        before: Json = None,
        after: Json = None,
        detail: Mapping[str, Json] | None = None,
        actor: str | None = None,
    ) -> int:
        """Add one event and return its number, which the changed rows take as their `event_id`."""
        event: dict[str, Any] = {
            "event_id": self._last_id + 1,
            "previous_hash": self._last_hash,
            "at": self.at,
            "actor": actor or self._ledger.actor,
            "run_id": self._ledger.run_id,
            "what": what,
            "subject": subject,
            "before": before,
            "after": after,
            "detail": dict(detail or {}),
        }
        event["hash"] = _hash(event)
        self._pending.append(event)
        self._last_id, self._last_hash = event["event_id"], event["hash"]
        return self._last_id

    def flush(self) -> None:
        if self._pending:
            self.con.execute(insert(tables.events), self._pending)
            self._pending = []


@contextmanager
def changing(ledger: Ledger) -> Generator[Chain]:
    """A write transaction with its chain: `chain.con` to change rows, `chain.append` to say so."""
    with ledger.transaction() as con:
        chain = Chain(con, ledger)
        yield chain
        chain.flush()


def verify_chain(ledger: Ledger) -> list[Break]:
    """Every place where an event was altered, removed or slipped in; empty when the chain holds from first to last.

    Cutting off the newest events leaves a shorter chain that still holds: compare `chain_head` with a value kept
    elsewhere (the warehouse keeps one) to notice that.
    """
    breaks: list[Break] = []
    previous_hash, previous_id = GENESIS, 0
    with ledger.reading() as con:
        while page := _page(con, after=previous_id):
            for event in page:
                event_id: int = event["event_id"]
                if event["previous_hash"] != previous_hash or event_id != previous_id + 1:
                    breaks.append(Break(event_id, f"Event {event_id} does not follow event {previous_id}."))
                if _hash(event) != event["hash"]:
                    breaks.append(Break(event_id, f"Event {event_id} was altered after it was written."))
                previous_hash, previous_id = event["hash"], event_id
    return breaks


def chain_head(con: Connection) -> tuple[int, str]:
    """Number and hash of the newest event; (0, GENESIS) for an empty ledger."""
    table = tables.events
    row = con.execute(select(table.c.event_id, table.c.hash).order_by(table.c.event_id.desc()).limit(1)).first()
    return (row.event_id, row.hash) if row else (0, GENESIS)


def _page(con: Connection, *, after: int) -> list[Mapping[str, Any]]:
    table = tables.events
    query = select(table).where(table.c.event_id > after).order_by(table.c.event_id).limit(_PAGE)
    return [{str(name): value for name, value in row.items()} for row in con.execute(query).mappings()]


def _hash(event: Mapping[str, Any]) -> str:
    at: datetime = event["at"]
    image: JsonObject = {name: event[name] for name in event if name not in {"hash", "at"}}
    return jsontext.sha256({**image, "at": at.isoformat(timespec="microseconds")})
