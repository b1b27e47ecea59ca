"""The ledger as tables of the warehouse's schema `ledger`, refreshed from where the last landing stopped.

Belongs here: how tables are copied, incrementally. Must not be here: anything that changes the ledger, or which columns
are copied: those that have words in `tables`.

Every changeable row carries the number of the event that changed it last, so a landing reads only rows past the last
number. The hash of that event is kept beside the number: when it is not in the ledger (another ledger, or one restored
from a backup), everything is copied anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import Boolean, Column, ColumnElement, Connection, Date, Integer, Table, Text, cast, select
from sqlalchemy.types import TypeEngine

from harvest_qb_pipeline.ledger import tables
from harvest_qb_pipeline.ledger.anchors import Head, head_of
from harvest_qb_pipeline.ledger.columns import JsonText, Moment, Money, Small
from harvest_qb_pipeline.ledger.events import GENESIS
from harvest_qb_pipeline.ledger.store import NEWEST, Ledger
from harvest_qb_pipeline.warehouse.versions import known_versions, moved, types_of

_CHUNK = 50_000
_TYPES: Mapping[type[TypeEngine[Any]], str] = {
    Small: "INTEGER",
    Integer: "BIGINT",
    Boolean: "BOOLEAN",
    Date: "DATE",
    Moment: "TIMESTAMPTZ",
    JsonText: "JSON",
    Text: "VARCHAR",
}


@dataclass(frozen=True)
class LandedTable:
    """One table of the copy: its words, its key, and for each column its DuckDB type and meaning."""

    name: str
    source: Table
    description: str
    key: str
    columns: Mapping[str, tuple[str, str]]


def landed_table(table: Table) -> LandedTable:
    """The copy of a table: those of its columns that have words."""
    key = next(column.name for column in table.primary_key)
    columns = {column.name: (_duckdb_type(column), column.doc) for column in table.columns if column.doc}
    return LandedTable(table.name, table, table.info["words"], key, columns)


def _landed_sources() -> LandedTable:
    """Sources, each with the document it belongs to, as people and keys name it."""
    landed, of = landed_table(tables.sources), tables.documents.c
    (number, ordinal), others = list(landed.columns.items())[:2], list(landed.columns.items())[2:]
    added = {
        "document": (_duckdb_type(of.document), "Key of the document"),
        "revision": (_duckdb_type(of.revision), "Revision of the document"),
    }
    return replace(landed, columns=dict([number, ordinal, *added.items(), *others]))


def _duckdb_type(column: Column[Any]) -> str:
    if isinstance(column.type, Money):
        return f"DECIMAL({column.type.precision},{column.type.scale})"
    return next(name for kind, name in _TYPES.items() if isinstance(column.type, kind))


SOURCES = _landed_sources()
LANDED = tuple(
    SOURCES if table is tables.sources else landed_table(table)
    for table in tables.metadata.tables.values()
    if "words" in table.info
)


def land_ledger(ledger: Ledger, con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Bring the schema `ledger` of the warehouse up to the ledger as it is now; returns rows written per table.

    Runs inside the caller's transaction on `con`. The ledger is read at one moment.
    """
    _make_tables(con)
    with ledger.reading() as reading:
        head = head_of(reading)
        since = _landed_up_to(con, reading)
        if since is None:
            for table in LANDED:
                con.execute(f"DELETE FROM ledger.{table.name}")  # noqa: S608 - a name from the table above
        written = {table.name: _land(con, reading, table, since or 0) for table in LANDED}
    con.execute("DELETE FROM ledger.landed_up_to")
    con.execute("INSERT INTO ledger.landed_up_to VALUES (?, ?, ?)", [head.event_id, head.hash, NEWEST])
    _note(con, replace(head, at=ledger.clock().isoformat()))
    # Rows that only left have changed how many there are, with which the table's version counts no more.
    known = known_versions(con, "ledger")
    for name, rows in written.items():
        if since is None or rows or ("ledger", name) not in known:
            moved(con, ("ledger", name))
    return written


def _note(con: duckdb.DuckDBPyConnection, head: Head) -> None:
    """Keep the head, unless it is the last that was kept: later it must still be in the chain."""
    last = con.execute(
        "SELECT ledger_id, event_id, hash FROM ledger.chain_heads ORDER BY noted DESC LIMIT 1"
    ).fetchone()
    if last != (head.ledger_id, head.event_id, head.hash) or head.accepted_because:
        con.execute(
            "INSERT INTO ledger.chain_heads SELECT coalesce(max(noted), 0) + 1, ?, ?, ?, ?, ? FROM ledger.chain_heads",
            [head.ledger_id, head.event_id, head.hash, head.at, head.accepted_because],
        )


def noted_heads(con: duckdb.DuckDBPyConnection) -> list[Head]:
    """Heads of the ledger's chain as the warehouse has kept them, oldest first."""
    if not types_of(con, ("ledger", "chain_heads")):
        return []
    names = "ledger_id, event_id, hash, noted_at, accepted_because"
    return [Head(*row) for row in con.execute(f"SELECT {names} FROM ledger.chain_heads ORDER BY noted").fetchall()]  # noqa: S608


def accept_head(ledger: Ledger, con: duckdb.DuckDBPyConnection, because: str) -> None:
    """From here on the warehouse compares with the ledger as it is now, whatever it kept before."""
    _make_tables(con)
    with ledger.reading() as reading:
        _note(con, replace(head_of(reading), at=ledger.clock().isoformat(), accepted_because=because))


def _make_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE SCHEMA IF NOT EXISTS ledger")
    if list(types_of(con, ("ledger", "landed_up_to"))) != ["event_id", "hash", "schema_version"]:
        con.execute(
            "CREATE OR REPLACE TABLE ledger.landed_up_to (event_id BIGINT, hash VARCHAR, schema_version VARCHAR)"
        )
    con.execute(
        "CREATE TABLE IF NOT EXISTS ledger.chain_heads (noted BIGINT, ledger_id VARCHAR, event_id BIGINT, "
        "hash VARCHAR, noted_at VARCHAR, accepted_because VARCHAR)"
    )
    for table in LANDED:
        if list(types_of(con, ("ledger", table.name))) == list(table.columns):
            continue
        # Made by an older program, or never: events will not tell of what an upgrade changed, so all is copied anew.
        con.execute("DELETE FROM ledger.landed_up_to")
        con.execute(f"DROP TABLE IF EXISTS ledger.{table.name}")
        columns = ", ".join(f'"{name}" {kind}' for name, (kind, _) in table.columns.items())
        con.execute(f"CREATE TABLE ledger.{table.name} ({columns})")
        con.execute(f"COMMENT ON TABLE ledger.{table.name} IS {_quoted(table.description)}")
        for name, (_, meaning) in table.columns.items():
            con.execute(f'COMMENT ON COLUMN ledger.{table.name}."{name}" IS {_quoted(meaning)}')


def _landed_up_to(con: duckdb.DuckDBPyConnection, reading: Connection) -> int | None:
    """The event the copy has reached, if that very event is in this ledger; None when all must be copied."""
    row = con.execute("SELECT event_id, hash, schema_version FROM ledger.landed_up_to").fetchone()
    if row is None:
        return None
    event_id, expected, schema_version = row
    if schema_version != NEWEST:
        # No event tells of what a migration wrote.
        return None
    events = tables.events
    found = reading.execute(select(events.c.hash).where(events.c.event_id == event_id)).scalar()
    return event_id if expected == (found or (GENESIS if event_id == 0 else None)) else None


def _land(con: duckdb.DuckDBPyConnection, reading: Connection, table: LandedTable, since: int) -> int:
    if table is SOURCES:
        return _land_sources(con, reading, since)
    source = table.source
    condition = source.c.event_id > since
    if since:
        changed = [row[0] for row in reading.execute(select(source.c[table.key]).where(condition))]
        _delete(con, table, changed)
    return _copy(con, reading, table, [source.c[name] for name in table.columns], condition)


def _land_sources(con: duckdb.DuckDBPyConnection, reading: Connection, since: int) -> int:
    """Sources never change, but which revision is the newest does: older ones leave the copy."""
    documents, sources = tables.documents, tables.sources
    if since:
        put_aside = select(documents.c.document_id).where(documents.c.event_id > since, ~documents.c.is_newest)
        _delete(con, SOURCES, [row[0] for row in reading.execute(put_aside)])
    condition = (
        (documents.c.recorded_event_id > since)
        & documents.c.is_newest
        & (documents.c.document_id == sources.c.document_id)
    )
    columns = [documents.c[name] if name in ("document", "revision") else sources.c[name] for name in SOURCES.columns]
    return _copy(con, reading, SOURCES, columns, condition)


def _delete(con: duckdb.DuckDBPyConnection, table: LandedTable, keys: Sequence[Any]) -> None:
    if not keys:
        return
    kind = table.columns[table.key][0]
    con.execute(
        f'DELETE FROM ledger.{table.name} WHERE "{table.key}" IN (SELECT unnest(?::{kind}[]))',  # noqa: S608
        [list(keys)],
    )


def _copy(
    con: duckdb.DuckDBPyConnection,
    reading: Connection,
    table: LandedTable,
    columns: Sequence[Column[Any]],
    condition: ColumnElement[bool],
) -> int:
    """Append the chosen rows. They travel as text and DuckDB casts them, so that decimals stay exact."""
    written = 0
    casts = ", ".join(f'"{name}"::{kind}' for name, (kind, _) in table.columns.items())
    for chunk in _chunks(reading, columns, condition):
        by_column = zip(table.columns, zip(*chunk, strict=True), strict=True)
        arrow = pa.table({name: pa.array(values, type=pa.string()) for name, values in by_column})
        con.register("landing_chunk", arrow)
        con.execute(f"INSERT INTO ledger.{table.name} SELECT {casts} FROM landing_chunk")  # noqa: S608
        con.unregister("landing_chunk")
        written += len(chunk)
    return written


def _chunks(
    reading: Connection, columns: Sequence[Column[Any]], condition: ColumnElement[bool]
) -> Iterator[Sequence[Sequence[Any]]]:
    as_text = [cast(column, Text).label(f"c{n}") for n, column in enumerate(columns)]
    result = reading.execution_options(yield_per=_CHUNK).execute(select(*as_text).where(condition))
    yield from result.partitions(_CHUNK)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
