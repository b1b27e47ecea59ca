"""Whether the ledger's rows are what its events say: all of them, or only what is about to be sent.

Belongs here: comparing rows with the images that the chain keeps of them, each difference as a sentence that names the
record. Must not be here: the chain itself (`events`), or what was noted of it elsewhere (`anchors`).
"""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, Text, select, text, true, type_coerce

from harvest_qb_pipeline.ledger import images, tables
from harvest_qb_pipeline.ledger.images import PROVEN, Image, sources_sha256
from harvest_qb_pipeline.ledger.model import Source
from harvest_qb_pipeline.ledger.rows import batches

Doubt: TypeAlias = tuple[int, str]
"""The event that tells otherwise (0: none does), and a sentence that names the record."""
_PAGE = 50_000
_NAMES = {
    "postings": "Posting",
    "documents": "Document",
    "approvals": "Approval",
    "links": "Link",
    "link_decisions": "Link decision",
    "document_numbers": "Number",
    "adjustments": "Adjustment",
    "billing_requests": "Billing request",
    "plans": "Plan",
    "takeovers": "Takeover",
}


def unproven(con: Connection, newest: Mapping[str, tuple[int, str]], recorded: Mapping[int, str]) -> Iterator[Doubt]:
    """Every row that is not what the chain says.

    `newest` are the event and the digest that the chain has last of each row, `recorded` the digests of sources by the
    event that recorded their document.
    """
    seen: set[str] = set()
    for table in PROVEN.values():
        for image in images.of_table(con, table):
            seen.add(image.row)
            event_id, digest = newest.get(image.row, (0, ""))
            if digest != image.digest:
                yield event_id, changed(con, image, event_id)
    for row, (event_id, _) in newest.items():
        if row not in seen:
            yield event_id, f"{named(con, row, event_id)} is gone, without an event that says so."
    yield from sources(con, recorded)
    yield from _reservations(con)
    yield from _home(con)


def doubt_of(con: Connection, table: Table, key: Any) -> str | None:
    """Why a row is not what the event that it names left, as a sentence; None where it is."""
    (image,) = images.of_rows(con, table, [key])
    kept = tables.events.c
    text_of = select(type_coerce(kept.images, Text)).where(kept.event_id == image.event_id)
    found = json.loads(con.execute(text_of).scalar() or "{}")
    return None if found.get(image.row) == image.digest else changed(con, image, image.event_id)


def changed(con: Connection, image: Image, event_id: int) -> str:
    """That a row is not what its last event left, as a sentence."""
    if not event_id:
        return f"{named(con, image.row, 0)} is in the ledger, but no event tells of it."
    return f"{named(con, image.row, event_id)} was changed by hand: it is not what event {event_id} left."


def named(con: Connection, row: str, event_id: int) -> str:
    """A row in words: `Posting 12 (invoice/client-1/2026-10)`."""
    name, _, key = row.partition("/")
    event = con.execute(select(tables.events.c.subject).where(tables.events.c.event_id == event_id)).scalar()
    columns = PROVEN[name].c
    subject = event
    for column in ("key", "document"):
        if column in columns and not (found := columns[column]).primary_key:
            (primary,) = PROVEN[name].primary_key
            subject = con.execute(select(found).where(primary == key)).scalar() or event
            break
    return f"{_NAMES.get(name, name)} {key}" + (f" ({subject})" if subject and subject != key else "")


def sources(
    con: Connection, recorded: Mapping[int, str], document_ids: frozenset[int] | None = None
) -> Iterator[Doubt]:
    """Documents (all, or these) whose sources are not those they were recorded with."""
    documents = tables.documents
    columns = (documents.c.document_id, documents.c.document, documents.c.recorded_event_id)
    rows = [
        row
        for batch in ([None] if document_ids is None else batches(sorted(document_ids)))
        for row in con.execute(select(*columns).where(true() if batch is None else documents.c.document_id.in_(batch)))
    ]
    consumed = _hashes_of_sources(con, document_ids)
    known = {row.document_id for row in rows}
    for row in rows:
        expected = recorded.get(row.recorded_event_id)
        found = consumed.get(row.document_id)
        if (found or _NOTHING) != expected and (found or expected):
            yield row.recorded_event_id, _otherwise(row.document, row.recorded_event_id)
    for document_id in consumed.keys() - known:
        yield 0, f"There are sources of document {document_id}, which the ledger does not have."


def _otherwise(document: str, event_id: int) -> str:
    return f"The hours and expenses of {document} were changed by hand: they are not what event {event_id} recorded."


def _hashes_of_sources(con: Connection, document_ids: frozenset[int] | None) -> dict[int, str]:
    """Hashes of the sources that documents consume, by document."""
    table = tables.sources
    query = select(table).order_by(table.c.document_id).execution_options(yield_per=_PAGE)
    found: dict[int, str] = {}
    for batch in [None] if document_ids is None else batches(sorted(document_ids)):
        of_batch = query if batch is None else query.where(table.c.document_id.in_(batch))
        for document_id, rows in groupby(con.execute(of_batch), key=itemgetter(0)):
            found[document_id] = sources_sha256(Source(*row[2:]) for row in rows)
    return found


_NOTHING = sources_sha256(())

_UNRESERVED = text("""
    SELECT d.document, s.source_type, s.source_id
    FROM documents d JOIN sources s ON s.document_id = d.document_id
    LEFT JOIN reservations r
        ON r.purpose = s.purpose AND r.source_type = s.source_type AND r.source_id = s.source_id
        AND r.document = d.document
    WHERE d.is_reserved AND r.document IS NULL
    ORDER BY 1, 2, 3
""")
_ONLY_RESERVED = text("""
    SELECT r.document, r.source_type, r.source_id
    FROM reservations r
    LEFT JOIN documents d ON d.document = r.document AND d.is_reserved
    LEFT JOIN sources s
        ON s.document_id = d.document_id AND s.purpose = r.purpose AND s.source_type = r.source_type
        AND s.source_id = r.source_id
    WHERE s.source_id IS NULL
    ORDER BY 1, 2, 3
""")


def _reservations(con: Connection) -> Iterator[Doubt]:
    """What is reserved has to be exactly what the documents that hold their sources consume."""
    for statement, words in (
        (_UNRESERVED, "{1} {2} is billed by {0}, but no longer reserved for it: it could be billed twice."),
        (_ONLY_RESERVED, "{1} {2} is reserved for {0}, which does not consume it."),
    ):
        found = con.execute(statement).all()
        for row in found[:_SHOWN]:
            sentence = words.format(*row).replace("_", " ", 1)
            yield 0, sentence[0].upper() + sentence[1:]
        if len(found) > _SHOWN:
            yield 0, f"The same is true of {len(found) - _SHOWN} other entries."


_SHOWN = 20


def _home(con: Connection) -> Iterator[Doubt]:
    """The accounts it is bound to, as the event says that bound it; the newest that names the ledger's identity."""
    table = tables.events
    bound = con.execute(
        select(table.c.event_id, table.c.after).where(table.c.what == "home bound").order_by(table.c.event_id.desc())
    ).first()
    home = con.execute(select(tables.homes)).mappings().first()
    if bound is None or home is None:
        if (bound is None) != (home is None):
            yield (bound.event_id if bound else 0), "Which accounts this ledger belongs to was changed by hand."
        return
    after: Mapping[str, Any] = bound.after
    identity = con.execute(select(tables.identity.c.ledger_id)).scalar()
    now = {**home, "ledger_id": identity}
    different = [name for name, value in after.items() if now.get(name) != value]
    if different:
        yield bound.event_id, f"What this ledger is bound to was changed by hand: {', '.join(different)}."
