"""Opening the ledger's database, and its two ways in: a write transaction that takes the lock first, and a reading.

Belongs here: engines, pragmas, locks. Must not be here: what the rows mean.

SQLite's Python driver begins transactions late, which silently breaks compare-and-set: two writers read the same state
before either takes the lock. Here every write transaction begins with `BEGIN IMMEDIATE` (Postgres: one advisory lock),
so changes are strictly one after another. None may be open during HTTP.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from harvest_qb_pipeline import settings
from harvest_qb_pipeline.ledger import migrate
from harvest_qb_pipeline.settings import ConfigurationError

BUSY_SECONDS = 30
_ADVISORY_LOCK = 0x48515F4C45444745
"""Any constant does, as long as every process uses the same one."""


@dataclass(frozen=True)
class Ledger:
    """An open ledger, and on whose behalf it is changed: `actor` and `run_id` are written into every event."""

    engine: Engine
    actor: str
    run_id: str | None
    clock: Callable[[], datetime]

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        """One write transaction, holding the write lock from its first moment; rolled back on any exception."""
        with self.engine.connect().execution_options(ledger_writes=True) as con, con.begin():
            if con.dialect.name == "postgresql":
                con.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            yield con

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """One consistent view of the ledger; waits for nobody."""
        with self.engine.connect() as con:
            if con.dialect.name == "postgresql":
                # SQLite gives a snapshot anyway; Postgres would show each statement what was committed before it.
                con.execution_options(isolation_level="REPEATABLE READ")
            with con.begin():
                yield con

    def acting_as(self, actor: str, run_id: str | None = None) -> "Ledger":
        """The same store, changed in somebody else's name."""
        return replace(self, actor=actor, run_id=run_id or self.run_id)

    def close(self) -> None:
        self.engine.dispose()


def open_ledger(
    url_or_path: str | Path,
    *,
    actor: str,
    run_id: str | None = None,
    clock: Callable[[], datetime] = settings.utc_now,
) -> Ledger:
    """The ledger at a SQLAlchemy URL or a file path, made or migrated first where needed.

    Raises `ConfigurationError` when the place is not a database URL or was written by a newer version.
    """
    place = str(url_or_path)
    try:
        url = make_url(place if "://" in place else f"sqlite:///{Path(place).absolute()}")
    except ArgumentError:
        raise ConfigurationError(
            f"{place!r} is neither a file path nor a database URL. Set HARVEST_QB_LEDGER."
        ) from None
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    ledger = Ledger(engine=engine, actor=actor, run_id=run_id, clock=clock)
    migrate.to_newest(engine, ledger.transaction)
    return ledger


def _engine(url: URL) -> Engine:
    try:
        return create_engine(url, connect_args={"timeout": BUSY_SECONDS} if url.get_backend_name() == "sqlite" else {})
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ConfigurationError(
            f"The ledger {url.render_as_string()} needs a database driver that is not installed ({error}). "
            "For Postgres: pip install 'psycopg[binary]'."
        ) from None


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` does, with the right lock.
    connection.isolation_level = None
    # FULL: "sending" must be on the disk before the first byte leaves, also when the power fails right after.
    for pragma in (f"busy_timeout = {BUSY_SECONDS * 1000}", "foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(con: Connection) -> None:
    con.exec_driver_sql("BEGIN IMMEDIATE" if con.get_execution_options().get("ledger_writes") else "BEGIN")
