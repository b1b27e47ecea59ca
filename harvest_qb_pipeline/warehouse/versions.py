"""Which version of each table the warehouse holds, so that nothing is built twice from the same things.

Belongs here: `main.table_versions`, written in the same transaction as the rows it speaks of, and the log of rows that
changed from one version of a landed table to the next. Must not be here: building tables (`models`), or following a
change row by row (`following`).

A version counts only while a table of that name is there with as many rows as were counted: a table that was dropped,
or replaced by hand, has none. Whoever changes rows otherwise than through here has to call `forget`.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from harvest_qb_pipeline.warehouse.database import identifier, quoted
from harvest_qb_pipeline.warehouse.parsing import Table

MOST_LOGGED = 20_000
"""Changed rows of one landing that are kept in the log: beyond it, tables over them are built in full."""

LINKS_KEPT = 100
"""Landings that the log reaches back, for each table."""


@dataclass(frozen=True)
class Version:
    """What is known of a table: what it was built from (empty when it was landed), and the version its readers go by.

    Two tables of equal rows have equal versions, whatever they were built from, where `version` is of their content.
    """

    built_from: str
    version: str
    rows: int


@dataclass(frozen=True)
class Content:
    """Types of the columns, number of rows, and the sum of the rows' hashes: of 128 bits, so that none is lost.

    A sum can follow rows that come and go (`changed`), and equal rows twice do not cancel out. That two contents have
    one sum by chance is as likely as that two rows have one 64-bit hash.
    """

    types: str
    rows: int
    total: int

    def __str__(self) -> str:
        return f"{digest(self.types)[:16]}-{self.rows}-{self.total:x}"

    def changed(self, con: duckdb.DuckDBPyConnection, *, without: str = "", with_: str = "") -> "Content":
        """The content when the rows of one SELECT are gone and those of another have come."""
        gone = content_of_rows(con, without) if without else (0, 0)
        come = content_of_rows(con, with_) if with_ else (0, 0)
        return Content(self.types, self.rows - gone[0] + come[0], self.total - gone[1] + come[1])


@dataclass(frozen=True)
class Outcome:
    """What became of a table: its rows and version, and whether it was built, followed row by row, or remembered."""

    version: str
    rows: int
    how: Literal["built", "followed", "remembered"]


class Memory:
    """What is known of the tables of one connection while they are brought up to date, one after the other."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.known = known_versions(con)
        self._environment = environment(con)

    def recipe(self, what: str, inputs: Mapping[Table, str]) -> str:
        """A digest of all that decides what a table holds: SQL or code, versions of its inputs, and what SQL means."""
        return digest(self._environment, what, sorted(inputs.items()))

    def keep(
        self,
        table: Table,
        what: str,
        reads: Iterable[Table],
        make: Callable[[], object],
        follow: Callable[[Version], Content | None] = lambda _: None,
    ) -> Outcome:
        """Brings a table up to date: does nothing when it was made of the same, else follows its changes or makes it.

        `what` is the SQL or the version of the code that makes it. One transaction (the caller's, if one is open).
        A table that reads one without a version is always made anew.
        """
        versions = {read: self.known.get(read) for read in reads}
        built_from = self.recipe(what, {read: known.version for read, known in versions.items() if known})
        old = self.known.get(table)
        is_known = all(versions.values())
        if is_known and old and old.built_from == built_from:
            return Outcome(old.version, old.rows, "remembered")
        with in_transaction(self.con):
            found = follow(old) if is_known and old else None
            if found is None:
                make()
            now = found or content(self.con, table)
            new = Version(built_from if is_known else "", str(now), now.rows)
            record(self.con, table, new)
        self.known[table] = new
        return Outcome(new.version, new.rows, "followed" if found else "built")


@contextmanager
def in_transaction(con: duckdb.DuckDBPyConnection) -> Generator[None]:
    """All or nothing, in the caller's transaction if there is one."""
    # Every statement outside of a transaction is one by itself. To try and begin would abort the caller's.
    ids = {con.execute("SELECT txid_current()").fetchall()[0][0] for _ in range(2)}
    if len(ids) == 1:
        yield
        return
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables of this module if they are not there."""
    con.execute(
        "CREATE TABLE IF NOT EXISTS main.table_versions (schema_name VARCHAR NOT NULL, table_name VARCHAR NOT NULL,"
        " built_from VARCHAR NOT NULL, version VARCHAR NOT NULL, rows BIGINT NOT NULL,"
        " PRIMARY KEY (schema_name, table_name))"
    )
    con.execute(
        "CREATE TABLE IF NOT EXISTS main.changed_rows (schema_name VARCHAR NOT NULL, table_name VARCHAR NOT NULL,"
        " from_version VARCHAR NOT NULL, to_version VARCHAR NOT NULL, ids VARCHAR[] NOT NULL)"
    )


def known_versions(con: duckdb.DuckDBPyConnection) -> dict[Table, Version]:
    """The versions that count, by table."""
    prepare(con)
    stored = con.execute(
        "SELECT v.schema_name, v.table_name, v.built_from, v.version, v.rows FROM main.table_versions AS v"
        " JOIN duckdb_tables() AS t ON t.database_name = current_database()"
        " AND t.schema_name = v.schema_name AND t.table_name = v.table_name"
    ).fetchall()
    counts = _counts(con, [(schema, name) for schema, name, *_ in stored])
    return {
        (schema, name): Version(built_from, version, rows)
        for schema, name, built_from, version, rows in stored
        if counts[schema, name] == rows
    }


def record(con: duckdb.DuckDBPyConnection, table: Table, version: Version) -> None:
    """Keeps what a table now is. Call it in the transaction that wrote the rows."""
    con.execute(
        "INSERT OR REPLACE INTO main.table_versions VALUES (?, ?, ?, ?, ?)",
        [*table, version.built_from, version.version, version.rows],
    )


def forget(con: duckdb.DuckDBPyConnection, *tables: Table) -> None:
    """These tables were changed by other means: what reads them is built anew."""
    prepare(con)
    for table in tables:
        con.execute("DELETE FROM main.table_versions WHERE schema_name = ? AND table_name = ?", list(table))


def moved(con: duckdb.DuckDBPyConnection, table: Table, ids: str | None = None) -> None:
    """Rows of a landed table changed: it gets a version it never had.

    `ids` is a SELECT of the ids of the changed, new and deleted rows (its only column); without it nobody can follow.
    """
    prepare(con)
    row = con.execute(
        "SELECT version FROM main.table_versions WHERE schema_name = ? AND table_name = ?", list(table)
    ).fetchone()
    version = uuid.uuid4().hex
    record(con, table, Version("", version, count(con, table)))
    if row is None or ids is None:
        return
    con.execute(
        "INSERT INTO main.changed_rows SELECT ?, ?, ?, ?, list(id)"  # noqa: S608 (a SELECT of ours)
        f" FROM (SELECT DISTINCT CAST(id AS VARCHAR) AS id FROM ({ids}) AS changed(id))"
        " HAVING count(*) BETWEEN 1 AND ?",
        [*table, row[0], version, MOST_LOGGED],
    )
    con.execute(
        "DELETE FROM main.changed_rows WHERE schema_name = $1 AND table_name = $2 AND rowid NOT IN"
        " (SELECT rowid FROM main.changed_rows WHERE schema_name = $1 AND table_name = $2"
        " ORDER BY rowid DESC LIMIT $3)",
        [*table, LINKS_KEPT],
    )


def settle(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Gives a landed table its first version, if it has none that counts."""
    if table not in known_versions(con):
        moved(con, table)


def changes_since(con: duckdb.DuckDBPyConnection, table: Table, to_version: str) -> Iterable[tuple[str, list[str]]]:
    """Backwards from `to_version`: each earlier version, with the ids of all rows that have changed since it."""
    ids: dict[str, None] = {}
    links: dict[str, tuple[str, list[str]]] = {
        to: (before, changed)
        for before, to, changed in con.execute(
            "SELECT from_version, to_version, ids FROM main.changed_rows WHERE schema_name = ? AND table_name = ?",
            list(table),
        ).fetchall()
    }
    while to_version in links:
        to_version, changed = links.pop(to_version)
        ids |= dict.fromkeys(changed)
        yield to_version, list(ids)


def content(con: duckdb.DuckDBPyConnection, table: Table) -> Content:
    """A digest of what a table holds, whatever the order of its rows."""
    return Content(_types(con, table), *content_of_rows(con, f"FROM {named(table)}"))


def content_of(con: duckdb.DuckDBPyConnection, table: Table, version: str) -> Content:
    """The content that a version made of one tells."""
    _, rows, total = version.split("-")
    return Content(_types(con, table), int(rows), int(total, 16))


def content_of_rows(con: duckdb.DuckDBPyConnection, select: str) -> tuple[int, int]:
    """How many rows a SELECT has, and the sum of their hashes."""
    # Hashed twice: the hash of a row alone combines those of its columns too simply to be added up.
    row = con.execute(
        f"SELECT count(*), coalesce(sum(hash(hash(each))::HUGEINT), 0) FROM ({select}) AS each"  # noqa: S608 (ours)
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def digest(*parts: object) -> str:
    """A short name for everything given."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def environment(con: duckdb.DuckDBPyConnection) -> str:
    """What SQL means besides its words: our macros and DuckDB itself."""
    macros = con.execute(
        "SELECT function_name, parameters, macro_definition FROM duckdb_functions()"
        " WHERE function_type IN ('macro', 'table_macro') AND NOT internal ORDER BY ALL"
    ).fetchall()
    return digest(macros, duckdb.__version__)


def count(con: duckdb.DuckDBPyConnection, table: Table) -> int:
    """How many rows a table has."""
    return _counts(con, [table])[table]


def columns_of(con: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> dict[Table, list[str]]:
    """The names of the columns of each table."""
    return {table: [column[0] for column in _description(con, table)] for table in tables}


def named(table: Table) -> str:
    """`"schema"."table"`."""
    return ".".join(identifier(part) for part in table)


def _types(con: duckdb.DuckDBPyConnection, table: Table) -> str:
    return json.dumps([(column[0], str(column[1])) for column in _description(con, table)])


def _description(con: duckdb.DuckDBPyConnection, table: Table) -> list[tuple[Any, ...]]:
    return con.execute(f"FROM {named(table)} LIMIT 0").description or []


def _counts(con: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> dict[Table, int]:
    if not tables:
        return {}
    selects = (
        f"SELECT {quoted(schema)}, {quoted(name)}, count(*) FROM {named((schema, name))}"  # noqa: S608 (quoted)
        for schema, name in tables
    )
    return {(schema, name): rows for schema, name, rows in con.execute(" UNION ALL ".join(selects)).fetchall()}
