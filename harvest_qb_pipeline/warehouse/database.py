"""The one DuckDB file: opening it, waiting for whoever holds it, transactions, exact reading.

Belongs here: what is true of the file whatever tables are in it. Must not be here: anything about a room's tables,
Dagster (see `warehouse/dagster.py`), or a choice of path (see `settings.py`).
"""

import logging
import re
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from harvest_qb_pipeline.warehouse.holding import forget_holder, holder_in, note_holder
from harvest_qb_pipeline.warehouse.macros import register_macros

WAREHOUSE_VERSION = 1
"""Shape of the raw tables. A file of another version is emptied when opened, so that the next sync is a full one."""

CONFIDENTIAL = "confidential"
"""The schema of tables that tell what people cost (rule 46)."""
RAW_SCHEMAS = ("raw_harvest", "raw_quickbooks")
SCHEMAS = (*RAW_SCHEMAS, "harvest", "quickbooks", CONFIDENTIAL, "ledger", "policy", "contacts", "billing")

# More than this is spilled to disk beside the file; a laptop that also runs Dagster and a browser must survive.
CONNECTION_CONFIG: dict[str, Any] = {"memory_limit": "1GB"}

# DuckDB writes this many rows at once (a quarter of its default), for each thread: raw payloads are a kilobyte each,
# so this is what landing takes of memory.
ROW_GROUP_SIZE = 30_720

LogLine: TypeAlias = Callable[[str], None]
Row: TypeAlias = dict[str, Any]

LAND_ANEW = "Nothing is lost with it: `harvest-qb sync --anew` puts it aside and lands both systems again."
_DAMAGED = re.compile(
    r"not a valid DuckDB|corrupt|checksum|[Dd]eseriali[sz]|not enough bytes|Could not read|end of file|invalidated"
)
_logger = logging.getLogger(__name__)


class WarehouseBusyError(Exception):
    """Another process kept the warehouse longer than we were told to wait. The message names it."""


class WarehouseDamagedError(Exception):
    """The file is no warehouse, or half of one. The message says how to land it again."""


@dataclass(frozen=True)
class Warehouse:
    """An open warehouse: `path` of its file, and the only `connection` to it, where `schema.table` just works."""

    path: Path
    connection: duckdb.DuckDBPyConnection

    @property
    def spool_directory(self) -> Path:
        """Where bodies wait to be read, on the same disk as the warehouse (a temporary folder may be memory)."""
        return self.path.with_name(f"{self.path.name}.spool")

    @contextmanager
    def transaction(self) -> Generator[duckdb.DuckDBPyConnection]:
        """All or nothing: commits at the end, rolls back on any exception, including being interrupted."""
        self.connection.begin()
        try:
            yield self.connection
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    @contextmanager
    def released(self, *, log: LogLine, wait_seconds: float = 3600) -> Generator[None]:
        """Lets go of the file, as publishing needs, and waits to have it back. No transaction may be open."""
        self.connection.execute("USE memory")
        self.connection.execute("DETACH warehouse")
        try:
            yield
        finally:
            _attach_waiting(self.connection, self.path, log=log, wait_seconds=wait_seconds)
            self.connection.execute("USE warehouse")


def query_rows(con: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """Rows as dictionaries by column name; money as `Decimal`, exactly as stored (never through a dataframe)."""
    cursor = con.execute(sql, list(parameters))
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def row_count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """How many rows a table has, by its name as SQL writes it."""
    return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # noqa: S608 (names of ours)


@contextmanager
def open_warehouse(path: Path, *, log: LogLine = _logger.info, wait_seconds: float = 3600) -> Generator[Warehouse]:
    """The warehouse at `path`, made if it is not there, closed again whatever happens.

    Waits while another process has it, saying who. Raises `WarehouseBusyError` after `wait_seconds`.
    """
    with (
        closing(duckdb.connect(":memory:", config=CONNECTION_CONFIG)) as connection,
        attached(connection, path, log=log, wait_seconds=wait_seconds) as warehouse,
    ):
        yield warehouse


@contextmanager
def attached(
    connection: duckdb.DuckDBPyConnection, path: Path, *, log: LogLine, wait_seconds: float, what: str = "somebody"
) -> Generator[Warehouse]:
    """The same on a connection that somebody else (Dagster's DuckDB resource) opened on an empty database.

    `what` is told to those who wait for it meanwhile.
    """
    path = path.absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    # After connecting, because the setting belongs to an extension that is not loaded before.
    connection.execute("SET TimeZone = 'UTC'")
    # It would draw over the words of a command that takes longer than two seconds, even into a pipe.
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET temp_directory = {quoted(str(path.with_name(f'{path.name}.tmp')))}")
    register_macros(connection)
    _attach_waiting(connection, path, log=log, wait_seconds=wait_seconds)
    note_holder(path, what)
    try:
        connection.execute("USE warehouse")
        warehouse = Warehouse(path, connection)
        _prepare(warehouse, log)
        yield warehouse
    except duckdb.Error as error:
        _raise_damage(error, path)
        raise
    finally:
        forget_holder(path)
        # A connection that has met a damaged file takes no statement any more.
        with suppress(duckdb.FatalException):
            connection.execute("USE memory")
            connection.execute("DETACH warehouse")


def _attach_waiting(connection: duckdb.DuckDBPyConnection, path: Path, *, log: LogLine, wait_seconds: float) -> None:
    """DuckDB's own lock on the file is the queue: whoever dies lets go of it, unlike any lock of ours or Dagster's."""
    began = time.monotonic()
    next_word, pause = began, 0.05
    while True:
        try:
            connection.execute(f"ATTACH {quoted(str(path))} AS warehouse (ROW_GROUP_SIZE {ROW_GROUP_SIZE})")
            return
        except (duckdb.IOException, duckdb.BinderException) as error:
            holder = holder_in(str(error), path)
            if holder is None:
                _raise_damage(error, path)
                raise
        except duckdb.Error as error:
            _raise_damage(error, path)
            raise
        now = time.monotonic()
        if now - began >= wait_seconds:
            raise WarehouseBusyError(
                f"{path} is still held by {holder} after {wait_seconds:.0f} s. "
                f"Wait for it to finish, or end it, and run this again."
            )
        if now >= next_word:
            words = f"Waiting for the warehouse {path}: it is held by {holder}."
            log(words)
            # A warning is shown also where nobody has set up logging: on the command line nobody waits in silence.
            _logger.warning(words)
            next_word = now + 30
        time.sleep(min(pause, wait_seconds))
        pause = min(pause * 1.5, 1.0)


def _raise_damage(error: duckdb.Error, path: Path) -> None:
    """Raise `WarehouseDamagedError` where DuckDB's words are about the file itself."""
    if _DAMAGED.search(str(error)):
        words = str(error).splitlines()[0]
        raise WarehouseDamagedError(f"The warehouse {path} is damaged ({words}). {LAND_ANEW}") from None


def _prepare(warehouse: Warehouse, log: LogLine) -> None:
    with warehouse.transaction() as con:
        con.execute("CREATE TABLE IF NOT EXISTS main.warehouse_version (version INTEGER NOT NULL)")
        stored = con.execute("SELECT version FROM main.warehouse_version").fetchone()
        if stored is None and (others := _schemas(con)):
            raise WarehouseDamagedError(
                f"{warehouse.path} is not a warehouse of ours: it has the schema {others[0][0]}. Set "
                f"HARVEST_QB_WAREHOUSE to another file. Or: {LAND_ANEW}"
            )
        if stored is None or stored[0] != WAREHOUSE_VERSION:
            if stored is not None:
                log(f"The warehouse is of version {stored[0]}, not {WAREHOUSE_VERSION}: the next sync is a full one.")
            for (schema,) in _schemas(con):
                con.execute(f"DROP SCHEMA {identifier(schema)} CASCADE")
            con.execute("DELETE FROM main.warehouse_version")
            con.execute("INSERT INTO main.warehouse_version VALUES (?)", [WAREHOUSE_VERSION])
        for schema in SCHEMAS:
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")


def _schemas(con: duckdb.DuckDBPyConnection) -> list[tuple[str]]:
    return con.execute(
        "SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'warehouse' AND NOT internal"
        " AND schema_name NOT IN ('main', 'pg_catalog', 'information_schema')"
    ).fetchall()


def quoted(text: str) -> str:
    """A SQL string literal, for the statements in which DuckDB takes no parameter."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A SQL identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'
