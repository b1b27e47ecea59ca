"""Giving sources to documents: each belongs to at most one live document per purpose.

Belongs here: finding who holds a source and inserting reservations; their primary key refuses what this misses.
Must not be here: deciding which documents are live.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from sqlalchemy import Connection, select

from harvest_qb_pipeline.ledger import rows, tables
from harvest_qb_pipeline.ledger.model import Document, Hold, Source
from harvest_qb_pipeline.ledger.rows import insert_many

SourceKey: TypeAlias = tuple[str, str, str]
_SHOWN = 5
_GATHERED = 20_000
"""Reservations that are kept in memory before they are inserted."""


def source_key(source: Source) -> SourceKey:
    return (source.purpose, source.type, source.id)


def reserve(con: Connection, documents: Sequence[Document]) -> dict[str, Hold]:
    """Reserve the sources of these documents, earlier ones first; returns the hold of each that got none.

    A document gets all its sources or none. All releases of the same transaction must have been made before.
    """
    owners = _owners(con, (source_key(source) for document in documents for source in document.sources))
    refused: dict[str, Hold] = {}
    granted: list[tuple[str, str, str, str]] = []
    for document in documents:
        wanted = [source_key(source) for source in document.sources]
        hold = _twice(document, wanted) or _conflict(document, wanted, owners)
        if hold is not None:
            refused[document.key] = hold
            continue
        owners |= dict.fromkeys(wanted, document.key)
        granted += [(*key, document.key) for key in wanted]
        if len(granted) >= _GATHERED:
            insert_many(con, tables.reservations, granted)
            granted.clear()
    insert_many(con, tables.reservations, granted)
    return refused


def _owners(con: Connection, wanted: Iterable[SourceKey]) -> dict[SourceKey, str]:
    table = tables.reservations
    by_sort: dict[tuple[str, str], list[str]] = defaultdict(list)
    for purpose, kind, source_id in wanted:
        by_sort[purpose, kind].append(source_id)
    found: dict[SourceKey, str] = {}
    for (purpose, kind), ids in by_sort.items():
        for batch in rows.batches(ids):
            same_sort = (table.c.purpose == purpose, table.c.source_type == kind)
            query = select(table.c.source_id, table.c.document).where(*same_sort, table.c.source_id.in_(batch))
            found |= {(purpose, kind, row.source_id): row.document for row in con.execute(query)}
    return found


def _conflict(document: Document, wanted: Sequence[SourceKey], owners: dict[SourceKey, str]) -> Hold | None:
    taken = [key for key in wanted if owners.get(key, document.key) != document.key]
    if not taken:
        return None
    others = sorted({owners[key] for key in taken})
    return Hold(
        "already_reserved",
        f"{len(taken)} of the {len(wanted)} entries are already in {' and '.join(others[:_SHOWN])}: {_named(taken)}. "
        "Cancel or finish that document first; an entry is billed once.",
    )


def _twice(document: Document, wanted: Sequence[SourceKey]) -> Hold | None:
    if len(set(wanted)) == len(wanted):
        return None
    seen: set[SourceKey] = set()
    double = [key for key in wanted if key in seen or seen.add(key)]
    return Hold("source_twice", f"{document.key} names the same entry twice: {_named(double)}.")


def _named(keys: Sequence[SourceKey]) -> str:
    names = ", ".join(f"{kind} {source_id}" for _, kind, source_id in keys[:_SHOWN])
    return names + (f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else "")
