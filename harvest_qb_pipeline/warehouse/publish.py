"""The analysts' copy of the warehouse: a file that is replaced whole, so that it may be held open all day.

Belongs here: making that copy, of the tables that everybody may read. Must not be here: when it is made (automation).

It is written table by table, never cut down from a copy of all: what is dropped from a file stays in its bytes. The
payloads as they were landed, whatever replaced them included, and the warehouse's own book-keeping are in no copy.
"""

from collections.abc import Collection
from pathlib import Path

import duckdb

from harvest_qb_pipeline.warehouse.database import (
    RAW_SCHEMAS,
    LogLine,
    open_warehouse,
    query_rows,
    quoted,
)
from harvest_qb_pipeline.warehouse.parsing import Table
from harvest_qb_pipeline.warehouse.versions import content, digest, known_versions, named

_OWN = "main"
"""The schema of the warehouse's book-keeping, which is no table for people."""
_MADE_OF = "main.made_of"
"""A table of one row in the copy: the digest of all that went into it."""


def publish(
    warehouse_path: Path,
    copy_path: Path,
    *,
    log: LogLine,
    without: Collection[str] = (),
    wait_seconds: float = 3600,
) -> int:
    """Replaces `copy_path` by a copy of all tables but those of the schemas `without`; returns its size in bytes.

    A copy of the same tables as they are now is left as it is. Waits for the file like every writer. Raises
    `FileNotFoundError` when there is no warehouse yet.
    """
    if not warehouse_path.exists():
        raise FileNotFoundError(f"There is no warehouse at {warehouse_path} yet: run `harvest-qb sync` first.")
    unfinished = copy_path.with_name(f"{copy_path.name}.unfinished")
    copy_path.parent.mkdir(parents=True, exist_ok=True)
    unfinished.unlink(missing_ok=True)
    with open_warehouse(warehouse_path, log=log, wait_seconds=wait_seconds) as warehouse:
        con = warehouse.connection
        left_out = {_OWN, *RAW_SCHEMAS, *without}
        made_of = _digest(con, left_out)
        if made_of == _made_of(copy_path):
            return copy_path.stat().st_size
        con.execute(f"ATTACH {quoted(str(unfinished))} AS copied")
        try:
            unfinished.chmod(0o600)
            _write(con, left_out, made_of)
            con.execute("CHECKPOINT copied")
        finally:
            con.execute("DETACH copied")
    unfinished.replace(copy_path)
    return copy_path.stat().st_size


def _write(con: duckdb.DuckDBPyConnection, left_out: set[str], made_of: str) -> None:
    """Shapes and words of all tables, then the rows of those that are not left out."""
    con.execute("COPY FROM DATABASE warehouse TO copied (SCHEMA)")
    for table in _tables(con):
        if table[0] in left_out:
            con.execute(f"DROP TABLE copied.{named(table)}")
        else:
            con.execute(f"INSERT INTO copied.{named(table)} FROM warehouse.{named(table)}")
    for schema in left_out - {_OWN}:
        con.execute(f"DROP SCHEMA IF EXISTS copied.{schema}")
    con.execute(f"CREATE TABLE copied.{_MADE_OF} AS SELECT {quoted(made_of)} AS digest")


def _digest(con: duckdb.DuckDBPyConnection, left_out: set[str]) -> str:
    """Of all tables to be copied, with their words: by their versions, or by their rows where they have none."""
    tables = [table for table in _tables(con) if table[0] not in left_out]
    versions = known_versions(con, *sorted({schema for schema, _ in tables}))
    said = [(*table, versions[table].version if table in versions else str(content(con, table))) for table in tables]
    words = query_rows(
        con,
        "SELECT md5(string_agg(concat_ws(' ', schema_name, table_name, column_name, data_type, comment), chr(10)"
        " ORDER BY ALL)) AS digest FROM duckdb_columns() WHERE database_name = 'warehouse'",
    )
    return digest(said, words[0]["digest"])


def _tables(con: duckdb.DuckDBPyConnection) -> list[Table]:
    rows = query_rows(
        con, "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'warehouse' ORDER BY ALL"
    )
    return [(row["schema_name"], row["table_name"]) for row in rows]


def _made_of(copy_path: Path) -> str | None:
    """What the copy that is there says it was made of; None when it is not one of ours, or cannot be read."""
    if not copy_path.exists():
        return None
    try:
        with duckdb.connect(str(copy_path), read_only=True) as con:
            row = con.execute(f"FROM {_MADE_OF}").fetchone()
    except duckdb.Error:
        return None
    return str(row[0]) if row else None
