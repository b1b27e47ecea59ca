"""Images of rows: the digest of everything a row says, which the event that last changed it keeps.

Belongs here: which tables are proven so, how a row becomes a digest, and finding the rows that a transaction changed.
Must not be here: the chain (`events`), or what follows from a row that is not what its event says (`proofs`).

A row is called `TABLE/KEY`: `postings/12`, `links/customer/client-1`. Empty columns are no part of a digest, so that a
column that is added later changes none. Sources and reservations have no event of their own: a document's sources are
in the event that recorded it, and reservations follow from them.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, LargeBinary, Row, Select, Table, select, text, type_coerce
from sqlalchemy.types import NullType

from harvest_qb_pipeline.ledger import tables
from harvest_qb_pipeline.ledger.columns import MOMENT, JsonText
from harvest_qb_pipeline.ledger.model import Source
from harvest_qb_pipeline.ledger.rows import batches

Images: TypeAlias = Mapping[str, str]
"""Digests by the name of the row."""
_PAGE = 5_000

PROVEN: Mapping[str, Table] = {
    table.name: table
    for table in tables.metadata.tables.values()
    # What the last plan read of both systems is made anew by every plan.
    if "event_id" in table.c and table not in (tables.events, tables.records, tables.suggestions)
}
"""Tables whose rows are proven by events: all that have one, except what every plan makes anew."""


@dataclass(frozen=True)
class Image:
    """A row as it is now: its name, the event it names as its last, and its digest."""

    row: str
    event_id: int
    digest: str


def changed_since(con: Connection, event_id: int) -> dict[int, dict[str, str]]:
    """Digests of all rows that were changed after an event, by the event that changed each."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for name in con.execute(_WHERE_CHANGED, {"since": event_id}).scalars().all():
        table = PROVEN[name]
        for image in _images(con, table, con.execute(_reading(table, con).where(table.c.event_id > event_id))):
            found[image.event_id][image.row] = image.digest
    return found


def of_table(con: Connection, table: Table) -> Iterator[Image]:
    """Every row of a table, as it is."""
    return _images(con, table, con.execute(_reading(table, con).execution_options(yield_per=_PAGE)))


def of_rows(con: Connection, table: Table, keys: Iterable[Any]) -> list[Image]:
    """Those rows of a table that have these keys, as they are."""
    (key,) = table.primary_key
    return [
        image
        for batch in batches(keys)
        for image in _images(con, table, con.execute(_reading(table, con).where(key.in_(batch))))
    ]


def _images(con: Connection, table: Table, found: Iterable[Row[Any]]) -> Iterator[Image]:
    names = [column.name for column in table.columns]
    (key,) = (names.index(column.name) for column in table.primary_key)
    last = names.index("event_id")
    # What SQLite gives is what it stores already, but for bytes.
    binary = [n for n, column in enumerate(table.columns) if isinstance(column.type, LargeBinary)]
    is_stored = con.dialect.name == "sqlite"
    for row in found:
        values: list[Any] = list(row) if is_stored else [_plain(value) for value in row]
        for n in binary:
            values[n] = _plain(values[n])
        image = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        if table is tables.plans:
            image["shown"] = _shown(con, row[key])
        yield Image(f"{table.name}/{row[key]}", row[last], digest_of(image))


def _shown(con: Connection, plan_id: str) -> list[list[str]]:
    """What a plan showed belongs to it: people approve all of it at once."""
    shown = tables.plan_documents
    query = select(shown.c.document, shown.c.sha256).where(shown.c.plan_id == plan_id).order_by(shown.c.document)
    return [list(row) for row in con.execute(query)]


def digest_of(image: Mapping[str, Any]) -> str:
    """Hash of a row by its columns, as they are stored."""
    return hashlib.sha256(json.dumps(image, sort_keys=True).encode()).hexdigest()


def _reading(table: Table, con: Connection) -> Select[Any]:
    return _statement(table, con.dialect.name)


@cache
def _statement(table: Table, dialect: str) -> Select[Any]:
    """Columns as SQLite stores them: nothing is taken apart for a digest."""
    return select(
        *(
            type_coerce(column, NullType()) if dialect == "sqlite" or isinstance(column.type, JsonText) else column
            for column in table.columns
        )
    )


def _plain(value: Any) -> Any:
    """A value as SQLite stores it, whichever database has it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(MOMENT)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.hex() if isinstance(value, bytes) else value


_WHERE_CHANGED = text(
    " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name} WHERE event_id > :since)"  # noqa: S608 - our own names
        for name in PROVEN
    )
)


def sources_sha256(sources: Iterable[Source]) -> str:
    """Hash of what is consumed, whatever its order; 1.5 and 1.50 hours are the same."""
    # One call of the encoder for all: a bill may have thousands of entries.
    lines = sorted((_source_line(source) for source in sources), key=lambda line: line[:3])
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()


def _source_line(source: Source) -> list[str | int | None]:
    return [
        source.purpose,
        source.type,
        source.id,
        source.version,
        source.day and source.day.isoformat(),
        source.person,
        source.project,
        source.task,
        digits(source.hours),
        digits(source.rate),
        digits(source.amount),
        source.line,
    ]


def digits(value: Decimal | None) -> str | None:
    """The digits of a number without those that say nothing: 1.5 and 1.50 are the same."""
    return None if value is None else format(value.normalize(), "f")
