"""Tables that follow those they read by keys: only rows of changed keys are made again, and the rest stays.

Belongs here: doing that. Must not be here: which SELECTs can be followed so (`keyed` proves it), which rows changed
(`changes`), or when a table is built in full (`models`).
"""

import duckdb

from harvest_qb_pipeline.warehouse import changes
from harvest_qb_pipeline.warehouse.changes import Keys
from harvest_qb_pipeline.warehouse.columns import Columns
from harvest_qb_pipeline.warehouse.database import identifier, quoted
from harvest_qb_pipeline.warehouse.keyed import Keyed
from harvest_qb_pipeline.warehouse.parsing import Table
from harvest_qb_pipeline.warehouse.versions import (
    Followed,
    Memory,
    Recipe,
    Version,
    content_of,
    content_of_select,
    digest,
    named,
    recipe_in,
    types_of,
)

SMALLEST_SHARE = 3
"""Where more than one row in so many would be made again, all are: it costs no more."""


def unchanged(memory: Memory, sql: str, old: Version, now: Recipe) -> Followed | None:
    """Nothing to do where the same SELECT finds what the table holds; None where its answer is another one."""
    then = recipe_in(old.built_from)
    if then is None or then.of != now.of:
        return None
    found = content_of_select(memory.con, sql)
    return Followed(found, written=0) if str(found) == old.version else None


def follow(memory: Memory, how: Keyed, table: Table, old: Version, now: Recipe) -> Followed | None:
    """Makes the rows of changed keys anew in a table that was made of the same SQL.

    None when something changed besides the tables that it follows, when it is not known which rows have, or when these
    are many. Runs inside the caller's transaction.
    """
    keys = _changed_keys(memory, how, recipe_in(old.built_from), now)
    if keys is None or len(keys) > changes.MOST_LOGGED:
        return None
    return _make_again(memory, how, table, keys, old)


def _changed_keys(memory: Memory, how: Keyed, then: Recipe | None, now: Recipe) -> Keys | None:
    if then is None or then.of != now.of or then.inputs.keys() != now.inputs.keys():
        return None
    found: set[str | None] = set()
    changed = {name for name, version in now.inputs.items() if then.inputs[name] != version}
    followed = {".".join(table): table for table in how.tables}
    if not changed <= followed.keys():
        return None
    for name in changed:
        keys = _keys_since(memory, followed[name], how, then.inputs[name])
        if keys is None:
            return None
        found |= keys
    return frozenset(found)


def _keys_since(memory: Memory, table: Table, how: Keyed, version: str) -> Keys | None:
    """The keys of all rows that changed since a version, in columns that matter."""
    columns: Columns | None = how.tables[table]
    passed: list[str] = []
    for to_version, link in changes.backwards(memory.links(table), memory.known[table].version):
        if to_version == version:
            break
        if link.concerns(columns):
            passed.append(to_version)
        if link.before == version:
            break
    else:
        return None
    return memory.keys(table, passed, how.column)


def _make_again(memory: Memory, how: Keyed, table: Table, keys: Keys, old: Version) -> Followed | None:
    con = memory.con
    where = _among(con, table, how.key, keys)
    before = con.execute(f"CREATE OR REPLACE TEMP TABLE made_before AS FROM {named(table)} WHERE {where}")
    if _written(before) * SMALLEST_SHARE > max(old.rows, changes.MOST_LOGGED):
        return None
    parts = {source: _part(memory, source, how, keys) for source in how.tables}
    return _replaced(memory, how.reading(parts), table, where, old)


def _part(memory: Memory, source: Table, how: Keyed, keys: Keys) -> str:
    """A temporary table of the rows of these keys, made once for all that follow one change in the same columns.

    It has the columns that matter only: rows of one key lie all over a table, and each column read costs as much.
    """
    matter = how.tables[source]
    columns = [name for name in types_of(memory.con, source) if matter is None or name.lower() in matter]
    version = memory.known[source].version
    name = f"followed_{digest(source, how.column, columns, version, sorted(keys, key=str))[:12]}"
    select = f"SELECT {', '.join(identifier(column) for column in columns)} FROM {named(source)}"  # noqa: S608 (quoted)
    where = _among(memory.con, source, how.column, keys)
    memory.con.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} AS {select} WHERE {where}")
    return name


def _replaced(memory: Memory, select: str, table: Table, where: str, old: Version) -> Followed:
    con = memory.con
    before = content_of(con, table, old.version)
    con.execute(f"CREATE OR REPLACE TEMP TABLE made_again AS {select}")
    found = changes.difference(con, "made_before", "made_again")
    if not found.differing:
        return Followed(before, written=0)
    con.execute(f"DELETE FROM {named(table)} WHERE {where}")  # noqa: S608 (quoted)
    written = _written(con.execute(f"INSERT INTO {named(table)} FROM made_again"))
    now = before.changed(found)
    memory.log(table, old, now, found)
    return Followed(now, written)


def _among(con: duckdb.DuckDBPyConnection, table: Table, column: str, keys: Keys) -> str:
    """A condition, written out so that DuckDB skips all parts of a table in which none of the keys lies."""
    name, kind = identifier(column), types_of(con, table)[column]
    listed = ", ".join(f"{quoted(key)}::{kind}" for key in sorted(key for key in keys if key is not None))
    ways = [f"{name} IN ({listed})"] if listed else []
    return " OR ".join([*ways, f"{name} IS NULL"] if None in keys else ways) or "false"


def _written(done: duckdb.DuckDBPyConnection) -> int:
    """How many rows a statement has written."""
    return int(done.fetchall()[0][0])
