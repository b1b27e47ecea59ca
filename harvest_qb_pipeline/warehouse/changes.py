"""What changed from one version of a table to the next: which columns, and in the rows of which keys.

Belongs here: `main.table_changes`, written in the transaction that wrote the rows, and walking it backwards. Must not
be here: what a version is (`versions`), or making rows anew (`following`).

A change that touches no column that a table looks at does not concern it; one that touches a few keys concerns the
rows of these keys, where a table says that it can be followed by them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import duckdb

from harvest_qb_pipeline.warehouse.columns import Columns
from harvest_qb_pipeline.warehouse.database import identifier
from harvest_qb_pipeline.warehouse.parsing import Table

MOST_LOGGED = 20_000
"""Keys of one change that are kept in the log: beyond it, tables over them are built in full."""

LINKS_KEPT = 100
"""Changes that the log reaches back at least, for each table."""

Keys: TypeAlias = frozenset[str | None]
"""Values of a column, as text."""

_KEY_ENDINGS = ("_id_harvest", "_id_qb", "_key")
"""How columns end by which rows can be followed (the naming law)."""


@dataclass(frozen=True)
class TableChange:
    """One change of a table: the version before it, and the columns it touched (None: whole rows came or went)."""

    before: str
    columns: Columns | None

    def concerns(self, columns: Columns | None) -> bool:
        """Whether a reader of these columns may see it."""
        return self.columns is None or columns is None or bool(self.columns & columns)


def prepare_changes(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the log if it is not there."""
    con.execute(
        "CREATE TABLE IF NOT EXISTS main.table_changes (schema_name VARCHAR NOT NULL, table_name VARCHAR NOT NULL,"
        " from_version VARCHAR NOT NULL, to_version VARCHAR NOT NULL, columns VARCHAR[],"
        " keys MAP(VARCHAR, VARCHAR[]) NOT NULL)"
    )


def all_links(con: duckdb.DuckDBPyConnection) -> dict[Table, dict[str, TableChange]]:
    """The changes of each table by the version they led to; of several to the same one, the last."""
    found: dict[Table, dict[str, TableChange]] = {}
    for schema, name, before, to, columns in con.execute(
        "SELECT schema_name, table_name, from_version, to_version, columns FROM main.table_changes ORDER BY rowid"
    ).fetchall():
        found.setdefault((schema, name), {})[to] = TableChange(before, None if columns is None else frozenset(columns))
    return found


def backwards(links: Mapping[str, TableChange], version: str) -> Iterator[tuple[str, TableChange]]:
    """From `version` back: each change, with the version it led to."""
    left = dict(links)
    while (link := left.pop(version, None)) is not None:
        yield version, link
        version = link.before


def seen_as(links: Mapping[str, TableChange], version: str, columns: Columns | None) -> str:
    """The oldest version that is the same to whoever looks at these columns only."""
    for _, link in backwards(links, version):
        if link.concerns(columns):
            return version
        version = link.before
    return version


def keys_of(con: duckdb.DuckDBPyConnection, table: Table, versions: Collection[str], column: str) -> Keys | None:
    """The values of `column` in all rows that changed on the way to these versions; None when that is not known."""
    found = con.execute(
        "SELECT to_version, keys[?] FROM main.table_changes WHERE schema_name = ? AND table_name = ?"
        " AND to_version IN (SELECT unnest(?::VARCHAR[]))",
        [column, *table, list(versions)],
    ).fetchall()
    lists: list[list[str | None] | None] = [keys for _, keys in found]
    # The log may have forgotten some of them meanwhile.
    if {version for version, _ in found} != set(versions) or any(keys is None for keys in lists):
        return None
    return frozenset(key for keys in lists for key in keys or ())


def log_ids(con: duckdb.DuckDBPyConnection, table: Table, versions: tuple[str, str], ids: str) -> None:
    """Keeps which rows of a landed table changed: `ids` is a SELECT of their ids, its only column."""
    con.execute(
        "INSERT INTO main.table_changes SELECT ?, ?, ?, ?, NULL, MAP {'id': list(id)}"  # noqa: S608 (a SELECT of ours)
        f" FROM (SELECT DISTINCT CAST(id AS VARCHAR) AS id FROM ({ids}) AS changed(id))"
        " HAVING count(*) BETWEEN 1 AND ?",
        [*table, *versions, MOST_LOGGED],
    )
    _forget_oldest(con, table)


@dataclass(frozen=True)
class Difference:
    """How many more rows a table has than before, and by how much the sum of its rows' hashes has grown.

    The rows themselves are in the temporary table `differing(each, times)`: below 0 for those that came.
    """

    rows: int
    total: int
    differing: int


def difference(con: duckdb.DuckDBPyConnection, before: str, after: str) -> Difference:
    """What two tables of the same columns differ in."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE differing AS SELECT each, sum(times)::BIGINT AS times"  # noqa: S608 (names of ours)
        f" FROM (SELECT each, 1 AS times FROM {before} AS each UNION ALL SELECT each, -1 FROM {after} AS each)"
        " GROUP BY each HAVING sum(times) <> 0"
    )
    found = con.execute(
        "SELECT -coalesce(sum(times), 0), -coalesce(sum(times * hash(hash(each))::HUGEINT), 0), count(*) FROM differing"
    ).fetchall()[0]
    return Difference(*(int(each) for each in found))


def log_difference(
    con: duckdb.DuckDBPyConnection, table: Table, versions: tuple[str, str], names: Sequence[str], found: Difference
) -> TableChange | None:
    """Keeps what `differing` holds: the columns that changed, and the values of those by which rows are followed.

    Returns the change as it was logged; None when too many rows differ.
    """
    if found.differing > MOST_LOGGED:
        return None
    keys = [name for name in names if name.lower().endswith(_KEY_ENDINGS)]
    sums = [f"sum(times * hash(hash(each.{identifier(name)}))::HUGEINT)" for name in names]
    lists = [f"list(each.{identifier(name)}::VARCHAR)" for name in keys]
    told = con.execute(f"SELECT {', '.join(sums + lists)} FROM differing").fetchall()[0]  # noqa: S608 (quoted)
    grown = [name for name, by in zip(names, told, strict=False) if by]
    touched = None if found.rows else _touched(con, names, grown)
    # A list of nothing is NULL: rows that were written anew as they were.
    values = [list(dict.fromkeys(each or ())) for each in told[len(names) :]]
    con.execute(
        "INSERT INTO main.table_changes SELECT ?, ?, ?, ?, ?::VARCHAR[], map(?::VARCHAR[], ?::VARCHAR[][])",
        [*table, *versions, touched, keys, values],
    )
    _forget_oldest(con, table)
    return TableChange(versions[0], None if touched is None else frozenset(touched))


def _touched(con: duckdb.DuckDBPyConnection, names: Sequence[str], grown: Sequence[str]) -> list[str] | None:
    """The columns in which rows differ, where these sums have grown; None when it cannot be told by columns."""
    # The same values may have been dealt to other rows: the rest of each row has to be there as it was.
    rest = ", ".join(f"each.{identifier(name)}" for name in names if name not in grown)
    dealt = f"SELECT 1 FROM differing GROUP BY {rest} HAVING sum(times) <> 0 LIMIT 1"  # noqa: S608 (quoted)
    return None if rest and con.execute(dealt).fetchall() else [name.lower() for name in grown]


def _forget_oldest(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Now and then, since looking for them costs as much as keeping one."""
    kept = con.execute(
        "SELECT count(*) FROM main.table_changes WHERE schema_name = ? AND table_name = ?", list(table)
    ).fetchall()[0][0]
    if kept < 2 * LINKS_KEPT:
        return
    con.execute(
        "DELETE FROM main.table_changes WHERE schema_name = $1 AND table_name = $2 AND rowid NOT IN"
        " (SELECT rowid FROM main.table_changes WHERE schema_name = $1 AND table_name = $2"
        " ORDER BY rowid DESC LIMIT $3)",
        [*table, LINKS_KEPT],
    )
