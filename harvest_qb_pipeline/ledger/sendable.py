"""Before anything is planned or sent: does the chain go on from what was noted, and is what is open what it says?

Belongs here: looking at what is open only, so that history costs nothing. Must not be here: looking at everything
(`events.verify_chain`, which `doctor` does), or approvals, which are asked for as each document is claimed (`sending`).
"""

import json
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Table, select

from harvest_qb_pipeline.ledger import anchors, images, proofs, tables
from harvest_qb_pipeline.ledger.events import hash_of, hashed
from harvest_qb_pipeline.ledger.rows import batches
from harvest_qb_pipeline.ledger.states import REMEDY, NotProven
from harvest_qb_pipeline.ledger.store import Ledger

_TO_BE_SENT = ("approved", "sending", "uncertain")
_OPEN = ("held", "planned", "rejected", *_TO_BE_SENT)


def require_chain(ledger: Ledger) -> None:
    """Raise `NotProven` unless the chain goes on from what was noted, and open documents are what it says."""
    with ledger.reading() as con:
        anchors.require_head(ledger, con)
        _require(con, _OPEN, with_sources=False)


def require_sendable(ledger: Ledger) -> None:
    """The same of what is to be sent: documents, members, approvals, links they need, and the hours they bill."""
    with ledger.reading() as con:
        anchors.require_head(ledger, con)
        _require(con, _TO_BE_SENT, with_sources=True)


def _require(con: Connection, states: Collection[str], *, with_sources: bool) -> None:
    postings, documents = tables.postings, tables.documents
    is_open = postings.c.is_newest & postings.c.state.in_(states)
    found = con.execute(select(postings.c.document_id, postings.c.document).where(is_open).distinct()).all()
    if not found:
        return
    names = {row.document_id: row.document for row in found}
    members = _where(con, postings, postings.c.document_id, names, postings.c.key, postings.c.depends_on)
    needed = {key for _, _, depends_on in members for key in depends_on}
    approved = _where(con, tables.approvals, tables.approvals.c.document, set(names.values()))
    shown = [
        *images.of_rows(con, postings, [row[0] for row in members]),
        *images.of_rows(con, documents, sorted(names)),
        *images.of_rows(con, tables.approvals, [row[0] for row in approved]),
        *images.of_rows(con, tables.links, sorted(needed)),
    ]
    subjects = {*names.values(), *(row[1] for row in members)}
    newest, told = _newest_images(con, {image.event_id for image in shown}, subjects)
    for image in shown:
        event_id, digest = newest.get(image.row, (0, ""))
        if digest != image.digest:
            raise NotProven(f"{proofs.changed(con, image, event_id)} {REMEDY}")
    missing = sorted(row for row in told - {image.row for image in shown} if row.startswith("approvals/"))
    if missing:
        raise NotProven(f"{proofs.named(con, missing[0], newest[missing[0]][0])} is gone. {REMEDY}")
    if with_sources:
        _require_sources(con, frozenset(names))


def _where(con: Connection, table: Table, column: Any, values: Iterable[Any], *others: Any) -> list[Any]:
    (key,) = table.primary_key
    return [
        row for batch in batches(sorted(values)) for row in con.execute(select(key, *others).where(column.in_(batch)))
    ]


def _newest_images(
    con: Connection, event_ids: Iterable[int], subjects: Collection[str]
) -> tuple[dict[str, tuple[int, str]], set[str]]:
    """What events say last of rows: those that the rows name, and those of these subjects; and which those name."""
    events = tables.events
    stored: dict[int, Any] = {}
    for column, values in ((events.c.event_id, event_ids), (events.c.subject, subjects)):
        for batch in batches(sorted(values)):
            stored |= {event["event_id"]: event for event in hashed(con, column.in_(batch))}
    newest: dict[str, tuple[int, str]] = {}
    told: set[str] = set()
    for event_id in sorted(stored):
        event = stored[event_id]
        if hash_of(event) != event["hash"]:
            raise NotProven(f"Event {event_id} ({event['what']} {event['subject']}) was altered. {REMEDY}")
        found: dict[str, str] = json.loads(event["images"] or "{}")
        newest |= {row: (event_id, digest) for row, digest in found.items()}
        if event["subject"] in subjects:
            told.update(found)
    _require_followed(con, stored)
    return newest, told


def _require_followed(con: Connection, stored: dict[int, Any]) -> None:
    """Each event is the one that the next one follows."""
    events = tables.events.c
    for batch in batches(event_id + 1 for event_id in stored):
        for row in con.execute(select(events.event_id, events.previous_hash).where(events.event_id.in_(batch))):
            if stored[row.event_id - 1]["hash"] != row.previous_hash:
                raise NotProven(f"Event {row.event_id} does not follow event {row.event_id - 1}. {REMEDY}")


def _require_sources(con: Connection, document_ids: frozenset[int]) -> None:
    documents = tables.documents
    recorded: dict[int, int] = {}
    for batch in batches(sorted(document_ids)):
        columns = (documents.c.document_id, documents.c.recorded_event_id)
        recorded |= {
            row.document_id: row.recorded_event_id
            for row in con.execute(select(*columns).where(documents.c.document_id.in_(batch)))
        }
    said: dict[int, str] = {}
    for batch in batches(sorted(recorded.values())):
        for event in hashed(con, tables.events.c.event_id.in_(batch)):
            after = json.loads(event["after"] or "{}")
            said[event["event_id"]] = after.get("sources_sha256", "")
    for _, sentence in proofs.sources(con, said, document_ids):
        raise NotProven(f"{sentence} {REMEDY}")
