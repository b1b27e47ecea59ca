"""Rows of the ledger as values of `model` and as the images that events keep; reading and inserting very many.

Belongs here: the mapping, and the way around SQLAlchemy's work per row. Must not be here: which rows, or their meaning.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Row, Table, insert, select

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger import tables
from harvest_qb_pipeline.ledger.model import BEGUN, Hold, Source, StoredPosting

T = TypeVar("T")
IN_LIST = 500
"""How many values one `IN (...)` may name: databases bound the parameters of a statement."""

_IMAGE = tuple(column.name for column in tables.postings.columns if column.info.get("told"))
_SOURCE_COLUMNS = {"type": "source_type", "id": "source_id"}
"""Fields of a source whose columns are called otherwise."""
SOURCE_VALUES: Callable[[Source], tuple[Any, ...]] = attrgetter(*(field.name for field in fields(Source)))
"""The fields of a source in their order, which is that of the table's columns after `document_id` and `ordinal`."""


def batches(values: Iterable[T], size: int = IN_LIST) -> Iterator[list[T]]:
    """`values` in lists of at most `size`."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch


def image(row: Mapping[str, Any]) -> JsonObject:
    """What an event keeps of a posting: everything that can change, and the hash of what cannot."""
    return {name: plain(row[name]) for name in _IMAGE if row[name] not in (None, [], 0)}


def difference(before: JsonObject, after: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Both images without what is equal in them; the state always stays."""
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} | {"state"}
    return (
        {name: value for name, value in before.items() if name in changed},
        {name: value for name, value in after.items() if name in changed},
    )


def plain(value: Any) -> Json:
    """Times and days as ISO text; everything else as it is."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def values_of(row: Row[Any]) -> dict[str, Any]:
    """The columns of a row by name."""
    return dict(row._mapping)  # pyright: ignore[reportPrivateUsage]  # SQLAlchemy's public name for it


def is_begun(row: Row[Any]) -> bool:
    """Whether something of this posting may exist outside: then planning never touches its document again."""
    return bool(row.state in BEGUN or row.external_id is not None or row.unknown_attempts or row.is_in_flight)


def holds_of(value: Json) -> tuple[Hold, ...]:
    return tuple(Hold(code=item["code"], sentence=item["sentence"]) for item in value)


def holds_json(holds: Sequence[Hold]) -> list[JsonObject]:
    return [{"code": hold.code, "sentence": hold.sentence} for hold in holds]


def value_of(cls: type[T], row: Row[Any], **others: Any) -> T:
    """A row as a dataclass whose fields are named as its columns are; `others` are fields that are no columns."""
    return cls(**{name: getattr(row, name) for name in _names_of(cls) if name not in others}, **others)


def stored(posting: Row[Any], sources: Sequence[Source] = (), **extra: str) -> StoredPosting:
    """A row of `postings` as a value. Keys in `extra`: `error_code`, `request_id`, `posted_at`, and what is given."""
    row = values_of(posting)
    known = {name: str(plain(row[name])) for name in ("error_code", "request_id", "posted_at") if row[name] is not None}
    return value_of(
        StoredPosting,
        posting,
        depends_on=tuple(posting.depends_on),
        hold_reasons=holds_of(posting.hold_reasons),
        flags=tuple(posting.flags),
        sources=tuple(sources),
        extra=known | extra,
    )


def sources_of(con: Connection, document_id: int) -> list[Source]:
    """The as-billed snapshot of one revision of a document, in its own order."""
    table = tables.sources
    columns = [table.c[_SOURCE_COLUMNS.get(field.name, field.name)] for field in fields(Source)]
    query = select(*columns).where(table.c.document_id == document_id).order_by(table.c.ordinal)
    return [Source(*row) for row in con.execute(query)]


def members_of(con: Connection, document_ids: Iterable[int]) -> dict[int, list[Row[Any]]]:
    """The postings of each document, in the order they were planned."""
    table = tables.postings
    found: dict[int, list[Row[Any]]] = {}
    for batch in batches(document_ids):
        found |= {document_id: [] for document_id in batch}
        query = select(table).where(table.c.document_id.in_(batch)).order_by(table.c.document_id, table.c.position)
        for row in con.execute(query):
            found[row.document_id].append(row)
    return found


@cache
def _names_of(cls: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


def insert_many(con: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows given as tuples in the order of the table's columns, with the column types' own conversions."""
    if not rows:
        return
    names = [column.name for column in table.columns]
    if con.dialect.name != "sqlite":
        con.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    converters = _converters(table, con.dialect)
    converted = [_converted(row, converters) for row in rows] if converters else list(rows)
    con.exec_driver_sql(str(insert(table).compile(dialect=con.dialect, column_keys=names)), converted)


def _converters(table: Table, dialect: Dialect) -> list[tuple[int, Callable[[Any], Any]]]:
    found = ((n, column.type.dialect_impl(dialect).bind_processor(dialect)) for n, column in enumerate(table.columns))
    return [(n, convert) for n, convert in found if convert is not None]


def _converted(row: tuple[Any, ...], converters: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    values = list(row)
    for n, convert in converters:
        values[n] = convert(values[n])
    return tuple(values)
