# ruff: noqa: S608 (names of tables and columns are constants of this package; values are parameters)
"""Raw tables: landed payloads value for value, one fixed shape, merged by id; and the watermarks beside them.

Belongs here: what landing from either system does to its tables once bodies lie on disk. Must not be here: how an
API is read, or what a payload means.

Every function runs inside the caller's transaction, so rows, history and watermark of a stream move together.
"""

from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.warehouse.database import CONNECTION_CONFIG, quoted, row_count
from harvest_qb_pipeline.warehouse.versions import content_of_rows, moved, settle

IdType = Literal["BIGINT", "VARCHAR"]

FILES_AT_ONCE = 25
BYTES_AT_ONCE = 64 * 1024 * 1024
"""Pages read by one statement, about 50,000 time entries: these rows are what takes memory."""

USUAL_PAGE = 4 * 1024 * 1024
"""Bytes of a page of 2,000 entries with long notes. Parsing a larger body may take a great multiple of it."""

FILLING_MEGABYTES = 75
"""What DuckDB may hold for each of its threads while it fills an empty table, where it may hold a gigabyte otherwise:
more would only be blocks that are written and not read again."""

MOST_SPARING_THREADS = 12
"""More threads are given all the memory there is."""

EVERYTHING = ("1900-01-01", "9999-12-31")
"""The window that a full landing has swept."""


class LandingError(Exception):
    """A landing that could not be completed; what was landed before is untouched. The message says what to do."""


@dataclass(frozen=True)
class Landed:
    """What landing a stream did: records read, of them new, changed and found deleted; requests made; notes."""

    stream: str
    read: int = 0
    new: int = 0
    changed: int = 0
    deleted: int = 0
    requests: int = 0
    note: str = ""

    def plus(self, other: "Landed") -> "Landed":
        return replace(
            self,
            read=self.read + other.read,
            new=self.new + other.new,
            changed=self.changed + other.changed,
            deleted=self.deleted + other.deleted,
        )


@dataclass(frozen=True)
class Raw:
    """The raw tables of one system: their schema and the type of its ids."""

    schema: str
    id_type: IdType

    def create(self, con: duckdb.DuckDBPyConnection, streams: Collection[str]) -> None:
        """Makes what is missing."""
        for stream in streams:
            con.execute(
                f"CREATE TABLE IF NOT EXISTS {self.schema}.{stream} (id {self.id_type} NOT NULL,"
                " updated_at TIMESTAMPTZ, payload JSON NOT NULL, landed_at TIMESTAMPTZ NOT NULL,"
                " is_deleted BOOLEAN NOT NULL)"
            )
        con.execute(
            f"CREATE TABLE IF NOT EXISTS {self.schema}.replaced (stream VARCHAR NOT NULL, id {self.id_type} NOT NULL,"
            " payload JSON NOT NULL, replaced_at TIMESTAMPTZ NOT NULL, reason VARCHAR NOT NULL)"
        )
        con.execute(
            f"CREATE TABLE IF NOT EXISTS {self.schema}.watermarks (stream VARCHAR NOT NULL,"
            " watermark_at TIMESTAMPTZ, landed_at TIMESTAMPTZ NOT NULL, full_landed_at TIMESTAMPTZ,"
            " sweep_began_at TIMESTAMPTZ)"
        )
        con.execute(
            f"CREATE TABLE IF NOT EXISTS {self.schema}.swept_windows (stream VARCHAR NOT NULL, from_on DATE NOT NULL,"
            " to_on DATE NOT NULL, began_at TIMESTAMPTZ NOT NULL)"
        )
        settle(con, *((self.schema, name) for name in (*streams, "swept_windows")))

    def watermark(self, con: duckdb.DuckDBPyConnection, stream: str) -> datetime | None:
        """Up to when the stream is known to be complete; None when it has to be read from the beginning."""
        try:
            row = con.execute(
                f"SELECT watermark_at FROM {self.schema}.watermarks WHERE stream = ?", [stream]
            ).fetchone()
        except duckdb.CatalogException:
            # Asking the catalogue first takes ten times as long, and there is a table on every landing but the first.
            return None
        return row[0] if row else None

    def set_watermark(
        self,
        con: duckdb.DuckDBPyConnection,
        stream: str,
        watermark_at: datetime | None,
        now: datetime,
        *,
        is_full: bool = False,
    ) -> None:
        """Moves the watermark forward, never back. `is_full`: everything was read, so it counts as a sweep too."""
        full = now if is_full else None
        moved_on = con.execute(
            f"UPDATE {self.schema}.watermarks SET watermark_at = greatest(watermark_at, ?), landed_at = ?,"
            " full_landed_at = coalesce(?, full_landed_at), sweep_began_at = coalesce(?, sweep_began_at)"
            " WHERE stream = ? RETURNING stream",
            [watermark_at, now, full, full, stream],
        ).fetchone()
        if moved_on is None:
            con.execute(
                f"INSERT INTO {self.schema}.watermarks VALUES (?, ?, ?, ?, ?)", [stream, watermark_at, now, full, full]
            )

    def record_sweep(
        self, con: duckdb.DuckDBPyConnection, stream: str, window: tuple[object, object], began_at: datetime
    ) -> None:
        """Remembers that from `began_at` on every record of the window was read, so that absence is known.

        Earlier sweeps of days within it say nothing any more.
        """
        con.execute(
            f"DELETE FROM {self.schema}.swept_windows"
            " WHERE stream = ? AND from_on >= ? AND to_on <= ? AND began_at <= ?",
            [stream, *window, began_at],
        )
        con.execute(f"INSERT INTO {self.schema}.swept_windows VALUES (?, ?, ?, ?)", [stream, *window, began_at])
        con.execute(
            f"UPDATE {self.schema}.watermarks SET sweep_began_at = greatest(sweep_began_at, ?) WHERE stream = ?",
            [began_at, stream],
        )
        moved(con, (self.schema, "swept_windows"))

    def is_empty(self, con: duckdb.DuckDBPyConnection, stream: str) -> bool:
        """Whether the stream has no rows at all, not even deleted ones."""
        return not row_count(con, f"(FROM {self.schema}.{stream} LIMIT 1)")

    def land_files(
        self,
        con: duckdb.DuckDBPyConnection,
        stream: str,
        files: list[Path],
        bodies: "Bodies",
        now: datetime,
        *,
        is_seen_anew: bool = True,
    ) -> Landed:
        """Reads spooled bodies into the table. Later files win over earlier ones where `updated_at` is the same.

        Leaves the ids of all records read in the temporary table `seen` (or adds them, unless `is_seen_anew`), so
        that absence can be told without reading the bodies twice.
        """
        if is_seen_anew:
            con.execute(f"CREATE OR REPLACE TEMP TABLE seen (id {self.id_type})")
        if self.is_empty(con, stream):
            read = self._fill(con, f"{self.schema}.{stream}", files, bodies, now)
            new = row_count(con, f"{self.schema}.{stream}")
            if new:
                moved(con, (self.schema, stream))
            return Landed(stream, read=read, new=new)
        landed = Landed(stream)
        for batch in _batches(files):
            # What many pages stage stays in memory until the transaction ends, and none of it is needed again.
            with _sparing(con) if len(files) > 1 and _are_usual(batch) else nullcontext():
                read = stage(con, batch, bodies)
                if not read:
                    continue
                con.execute("INSERT INTO seen SELECT id FROM staged")
                _keep_newest(con, "staged")
                landed = landed.plus(replace(self.merge(con, stream, now), read=read))
        return landed

    def _fill(
        self, con: duckdb.DuckDBPyConnection, table: str, files: list[Path], bodies: "Bodies", now: datetime
    ) -> int:
        """The first landing needs no comparison: straight from the files into the table, then once per id.

        A few files at a time, since DuckDB reads as many whole bodies at once as a statement names.
        """
        with said_by(bodies.source), _sparing(con) if _are_usual(files) else nullcontext():
            for batch in _batches(files):
                select = bodies.select(batch)
                con.execute(f"INSERT INTO {table} SELECT id, updated_at, payload, ?, false FROM ({select})", [now])
        read = _number(con, f"INSERT INTO seen SELECT id FROM {table}")
        _keep_newest(con, table)
        return read

    def merge(self, con: duckdb.DuckDBPyConnection, stream: str, now: datetime) -> Landed:
        """Merges `staged` into the table: new ids in, changed payloads replaced and the old ones kept in `replaced`.

        A staged record older than the one in the table (an answer overtaken by another) changes nothing. An unmoved
        `updated_at` does not protect a row: rates and rounding change without moving it (rule 9).
        """
        table = f"{self.schema}.{stream}"
        # By itself, so that DuckDB finds them by the few ids, and never holds every payload there is to join them.
        con.execute(f"CREATE OR REPLACE TEMP TABLE met AS FROM {table} SEMI JOIN staged USING (id)")
        con.execute(
            "CREATE OR REPLACE TEMP TABLE moving AS SELECT s.id, t.id IS NOT NULL AS is_known"
            " FROM staged AS s LEFT JOIN met AS t ON t.id = s.id"
            " WHERE t.id IS NULL OR ((t.payload::VARCHAR <> s.payload::VARCHAR OR t.is_deleted)"
            " AND (s.updated_at >= t.updated_at OR s.updated_at IS NULL OR t.updated_at IS NULL))"
        )
        written = row_count(con, "moving")
        if not written:
            return Landed(stream)
        changed = _number(
            con,
            f"INSERT INTO {self.schema}.replaced SELECT ?, t.id, t.payload, ?,"
            " CASE WHEN t.is_deleted THEN 'came back' ELSE 'changed' END"
            f" FROM {table} AS t SEMI JOIN (FROM moving WHERE is_known) AS m ON m.id = t.id",
            [stream, now],
        )
        # Not updated: what a transaction updates stays in memory until its end, and new rows are written as they come.
        if changed:
            con.execute(f"DELETE FROM {table} AS t WHERE t.id IN (SELECT id FROM moving WHERE is_known)")
        con.execute(
            f"INSERT INTO {table} SELECT id, updated_at, payload, ?, false FROM staged SEMI JOIN moving USING (id)",
            [now],
        )
        moved(con, (self.schema, stream), "SELECT id FROM moving")
        return Landed(stream, new=written - changed, changed=changed)

    def replace(
        self, con: duckdb.DuckDBPyConnection, stream: str, files: list[Path], bodies: "Bodies", now: datetime
    ) -> Landed:
        """Puts the records of the bodies in place of all that the table held; does nothing when they are the same."""
        table = f"{self.schema}.{stream}"
        read = stage(con, files, bodies)
        before, after = (content_of_rows(con, f"SELECT id, payload FROM {each}") for each in (table, "staged"))
        if before == after:
            return Landed(stream, read=read)
        con.execute(f"DELETE FROM {table}")
        con.execute(f"INSERT INTO {table} SELECT id, updated_at, payload, ?, false FROM staged", [now])
        moved(con, (self.schema, stream))
        return Landed(stream, read=read, new=read)

    def mark_deleted(
        self, con: duckdb.DuckDBPyConnection, stream: str, now: datetime, *, where: str, parameters: list[object]
    ) -> int:
        """Marks the live rows for which `where` (over alias `t`) holds as deleted; their payloads stay."""
        condition = f"NOT t.is_deleted AND ({where})"
        table = f"{self.schema}.{stream} AS t"
        found = _number(con, f"SELECT count(*) FROM {table} WHERE {condition}", parameters)
        if found:
            con.execute(
                f"CREATE OR REPLACE TEMP TABLE moving AS SELECT t.id FROM {table} WHERE {condition}", parameters
            )
            con.execute(
                f"UPDATE {table} SET is_deleted = true, landed_at = ? WHERE {condition}",
                [now, *parameters],
            )
            moved(con, (self.schema, stream), "SELECT id FROM moving")
        return found


def stage(con: duckdb.DuckDBPyConnection, files: list[Path], bodies: "Bodies") -> int:
    """Reads spooled bodies into the temporary table `staged(id, updated_at, payload)`.

    Returns how many records they hold. DuckDB parses; no record passes through Python. Raises `LandingError` for a
    body that is not what was asked for.
    """
    with said_by(bodies.source):
        con.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {bodies.select(files)}")
    return row_count(con, "staged")


def seen_ids(con: duckdb.DuckDBPyConnection, files: list[Path], bodies: "Bodies") -> None:
    """The temporary table `seen(id)`: which records the bodies hold."""
    with said_by(bodies.source):
        con.execute(
            "CREATE OR REPLACE TEMP TABLE seen AS"
            f" SELECT DISTINCT id FROM ({bodies.select(files)}) WHERE id IS NOT NULL"
        )


def _batches(files: list[Path]) -> list[list[Path]]:
    """The files in order, as many together as one statement may read; a very large one stands alone."""
    batches: list[list[Path]] = []
    room = 0
    for path in files:
        size = path.stat().st_size
        if not batches or size > room or len(batches[-1]) == FILES_AT_ONCE:
            batches.append([])
            room = BYTES_AT_ONCE
        batches[-1].append(path)
        room -= size
    return batches


def _are_usual(files: list[Path]) -> bool:
    return max((path.stat().st_size for path in files), default=0) <= USUAL_PAGE


@contextmanager
def _sparing(con: duckdb.DuckDBPyConnection) -> Generator[None]:
    """Within, DuckDB holds no more in memory than filling needs."""
    threads = _number(con, "SELECT current_setting('threads')")
    if not 2 <= threads <= MOST_SPARING_THREADS:
        yield
        return
    con.execute(f"SET memory_limit = '{FILLING_MEGABYTES * threads}MB'")
    try:
        yield
    finally:
        # By another cursor: a statement that failed has ended the transaction of this one.
        con.cursor().execute(f"SET memory_limit = {quoted(CONNECTION_CONFIG['memory_limit'])}")


def _keep_newest(con: duckdb.DuckDBPyConnection, table: str) -> None:
    if _number(con, f"SELECT count(*) - count(DISTINCT id) FROM {table}"):
        con.execute(
            f"DELETE FROM {table} WHERE rowid NOT IN ("
            f" SELECT arg_max(rowid, (coalesce(updated_at, '-infinity'::TIMESTAMPTZ), rowid)) FROM {table} GROUP BY id)"
        )


@contextmanager
def said_by(source: str) -> Generator[None]:
    """DuckDB's complaint about a body becomes a sentence about who sent it."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise LandingError(
            f"{source}: an answer is not the JSON that was asked for ({_first_line(error)}). "
            "Nothing of this stream was changed; the next sync reads it again."
        ) from None


@dataclass(frozen=True)
class Bodies:
    """How to find the records in a body: columns of the envelope, the SQL list of records, id and updated_at in each.

    `source` names system and stream in error messages.
    """

    source: str
    envelope: Mapping[str, str]
    records: str
    id_sql: str
    updated_at_sql: str
    payload_sql: str = "record"

    def select(self, files: list[Path]) -> str:
        """A SELECT of id, updated_at and payload. `filename` may be used by the column expressions."""
        return (
            f"SELECT coalesce({self.id_sql}, error('a record has no id')) AS id,"
            f" {self.updated_at_sql} AS updated_at, {self.payload_sql} AS payload"
            f" FROM (SELECT filename, unnest(coalesce({self.records},"
            " error('the list of records is missing'))) AS record"
            f" FROM {read_json(files, self.envelope)})"
        )


def read_json(files: list[Path], columns: Mapping[str, str]) -> str:
    """A table of whole bodies, one row per file, whatever their size: `filename`, and the named members of each.

    A member that is missing, or of another kind, is NULL; a body that is not one JSON document is an error. Parsing
    the text takes half the time and memory of DuckDB's own `read_json`, which looks for many records in a file.
    """
    names = ", ".join(quoted(str(path)) for path in files)
    structure = quoted(jsontext.dumps(dict(columns)))
    return f"(SELECT filename, unnest(from_json(content, {structure})) FROM read_text([{names}]))"


def _number(con: duckdb.DuckDBPyConnection, sql: str, parameters: list[object] | None = None) -> int:
    row = con.execute(sql, parameters or []).fetchone()
    return int(row[0]) if row else 0


def _first_line(error: Exception) -> str:
    """Without the body itself, which DuckDB quotes behind its complaint."""
    return str(error).splitlines()[0].split("Error: ", 1)[-1].split("Input: ", 1)[0].strip()
