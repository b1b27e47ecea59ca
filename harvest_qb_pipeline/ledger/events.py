"""The audit chain: who did what, when, from which run, with the row before and after, each event hashing the last.

Every event keeps the digests of the rows that it changed, as they were after it, so that the chain proves states,
amounts, links and approvals as they stand. Belongs here: appending to the chain and following it. Must not be here:
anything that changes another table, what rows are compared with (`proofs`), or any secret (tokens are never part of an
event).
"""

import hashlib
import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, insert, select, type_coerce

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.ledger import images, proofs, tables
from harvest_qb_pipeline.ledger.columns import JsonText
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
        self.began_at, self._last_hash = chain_head(con)
        self._last_id = self.began_at

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
        self._last_id += 1
        event: dict[str, Any] = {
            "event_id": self._last_id,
            "at": self.at,
            "actor": actor or self._ledger.actor,
            "run_id": self._ledger.run_id,
            "what": what,
            "subject": subject,
            "before": before,
            "after": after,
            "detail": dict(detail or {}),
        }
        self._pending.append(event)
        return self._last_id

    def flush(self) -> None:
        """Write the events, each with the images of the rows that it was the last to change."""
        if not self._pending:
            return
        changed = images.changed_since(self.con, self.began_at)
        for event in self._pending:
            event |= {"images": changed.get(event["event_id"]), "previous_hash": self._last_hash}
            self._last_hash = event["hash"] = hash_of(_stored(event))
        self.con.execute(insert(tables.events), self._pending)
        self.began_at, self._pending = self._last_id, []


@contextmanager
def changing(ledger: Ledger) -> Generator[Chain]:
    """A write transaction with its chain: `chain.con` to change rows, `chain.append` to say so."""
    with ledger.transaction() as con:
        chain = Chain(con, ledger)
        yield chain
        chain.flush()


def verify_chain(ledger: Ledger) -> list[Break]:
    """Every place where an event or a row was altered, removed or slipped in; empty when all holds.

    Cutting off the newest events together with what they changed, or hashing the whole chain anew, leaves a chain that
    still holds: `anchors` compares it with what was noted of it elsewhere.
    """
    breaks: list[Break] = []
    newest: dict[str, tuple[int, str]] = {}
    sources: dict[int, str] = {}
    with ledger.reading() as con:
        for event, found in follow(con):
            breaks += found
            if event["images"]:
                event_id = event["event_id"]
                newest |= {row: (event_id, digest) for row, digest in json.loads(event["images"]).items()}
            if event["what"] == "recorded" and event["after"]:
                sources[event["event_id"]] = json.loads(event["after"]).get("sources_sha256", "")
        breaks += [Break(event_id, sentence) for event_id, sentence in proofs.unproven(con, newest, sources)]
    return breaks


def follow(con: Connection, *, after: int = 0) -> Iterator[tuple[Mapping[str, Any], list[Break]]]:
    """Each event as it is stored, from the one that follows `after` on, with what is wrong about it."""
    previous_id, previous_hash = after, hash_at(con, after) or GENESIS
    while page := _page(con, after=previous_id):
        for event in page:
            event_id: int = event["event_id"]
            breaks: list[Break] = []
            if event["previous_hash"] != previous_hash or event_id != previous_id + 1:
                breaks.append(Break(event_id, f"Event {event_id} does not follow event {previous_id}."))
            if hash_of(event) != event["hash"]:
                breaks.append(Break(event_id, f"Event {event_id} was altered after it was written."))
            yield event, breaks
            previous_hash, previous_id = event["hash"], event_id


def hash_at(con: Connection, event_id: int) -> str | None:
    """Hash of one event, as the chain has it."""
    return con.execute(select(tables.events.c.hash).where(tables.events.c.event_id == event_id)).scalar()


def chain_head(con: Connection) -> tuple[int, str]:
    """Number and hash of the newest event; (0, GENESIS) for an empty ledger."""
    table = tables.events
    row = con.execute(select(table.c.event_id, table.c.hash).order_by(table.c.event_id.desc()).limit(1)).first()
    return (row.event_id, row.hash) if row else (0, GENESIS)


def _page(con: Connection, *, after: int) -> list[Mapping[str, Any]]:
    return hashed(con, tables.events.c.event_id > after, limit=_PAGE)


def hashed(con: Connection, condition: ColumnElement[bool], *, limit: int | None = None) -> list[Mapping[str, Any]]:
    """Events in their order as they are stored and hashed, JSON as text."""
    table = tables.events
    columns = (type_coerce(column, Text) if isinstance(column.type, JsonText) else column for column in table.columns)
    query = select(*columns).where(condition).order_by(table.c.event_id).limit(limit)
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in con.execute(query)]


def _stored(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event with its JSON as the text that is stored."""
    return {
        name: jsontext.dumps(value) if name in _JSON and value is not None else value for name, value in event.items()
    }


def hash_of(event: Mapping[str, Any]) -> str:
    """Hash of an event as it is stored, JSON as text; of its canonical text with all its columns but the hash itself.

    Events from before there were images are hashed without them.
    """
    at: datetime = event["at"]
    parts = [
        f'"{name}":{event[name] or "null" if name in _JSON else json.dumps(event[name], ensure_ascii=False)}'
        for name in _HASHED
        if name != "images" or event[name]
    ]
    parts.insert(2, f'"at":"{at.isoformat(timespec="microseconds")}"')
    return hashlib.sha256(("{" + ",".join(parts) + "}").encode()).hexdigest()


_JSON = frozenset(column.name for column in tables.events.columns if isinstance(column.type, JsonText))
_HASHED = sorted(column.name for column in tables.events.columns if column.name not in ("hash", "at"))
