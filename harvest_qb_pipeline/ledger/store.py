"""Opening the ledger's database, and its two ways in: a write transaction that takes the lock first, and a reading.

Belongs here: engines, pragmas, locks, bringing a store to the newest schema (Alembic is imported only when there is
something to do: a listing must not pay for it). Must not be here: what the rows mean, or what migrations change.

SQLite's Python driver begins transactions late, which silently breaks compare-and-set: two writers read the same state
before either takes the lock. Here every write transaction begins with `BEGIN IMMEDIATE` (Postgres: one advisory lock),
so changes are strictly one after another. None may be open during HTTP.
"""

import re
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from harvest_qb_pipeline import settings
from harvest_qb_pipeline.settings import ConfigurationError

_MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = max(step.name[:4] for step in _MIGRATIONS.glob("versions/[0-9]*.py"))
"""The last migration, by the names of their files, which Alembic need not be imported for."""
BUSY_SECONDS = 30
_RESTORE = (
    "Restore it from a backup. If it is lost for good, move the file away: a new ledger finds what was sent by its "
    "markers, once `harvest-qb take-over` has said whose documents they are."
)
_ADVISORY_LOCK = 0x48515F4C45444745
"""Any constant does, as long as every process uses the same one."""


@dataclass(frozen=True)
class Ledger:
    """An open ledger, and on whose behalf it is changed: `actor` and `run_id` are written into every event.

    `anchors` are files in which the head of its chain is noted (`anchors`).
    """

    engine: Engine
    actor: str
    run_id: str | None
    clock: Callable[[], datetime]
    anchors: tuple[Path, ...] = ()

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
        url = make_url(place) if "://" in place else URL.create("sqlite", database=str(Path(place).absolute()))
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
        event.listen(engine, "handle_error", _damage_in_words)
    ledger = Ledger(engine=engine, actor=actor, run_id=run_id, clock=clock)
    _to_newest(ledger)
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


def _damage_in_words(context: ExceptionContext) -> None:
    """A file that is no database, or half of one, ends what met it with one sentence."""
    words = str(context.original_exception)
    if context.engine is not None and re.search("malformed|not a database|file is encrypted", words):
        raise ConfigurationError(f"The ledger {context.engine.url.database} is damaged ({words}). {_RESTORE}")


def _to_newest(ledger: Ledger) -> None:
    """Migrate the store if it is older. Raises `ConfigurationError` when a newer program has written it."""
    engine = ledger.engine
    if version_of(engine) == NEWEST:
        return
    with _one_at_a_time(engine):
        if version_of(engine) == NEWEST:
            return
        if engine.dialect.name == "sqlite":
            with engine.connect() as con:
                # Outside a transaction, once for the life of the file: readers then never block the writer.
                con.connection.cursor().execute("PRAGMA journal_mode = WAL")
        with ledger.transaction() as con:
            _upgrade(con)
            _prove(con, ledger)


def version_of(engine: Engine) -> str | None:
    """The migration the store is at; None for an empty one. Raises `ConfigurationError` for an unknown one."""
    with engine.connect() as con:
        found = inspect(con).get_table_names()
        if "alembic_version" not in found:
            if found:
                raise ConfigurationError(
                    f"{engine.url.render_as_string()} is not a ledger: it has other tables ({', '.join(found[:3])}). "
                    f"{_RESTORE}"
                )
            return None
        version = con.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if version is not None and version > NEWEST:
        raise ConfigurationError(
            f"The ledger {engine.url.render_as_string()} was written by a newer version of harvest-qb "
            f"(schema {version}, this one knows {NEWEST}). Upgrade harvest-qb; do not downgrade the ledger."
        )
    return version


def _upgrade(con: Connection) -> None:
    """Run what is missing on an open connection, inside its transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = con
    command.upgrade(config, "head")


def _prove(con: Connection, ledger: Ledger) -> None:
    """What a migration wrote, no event tells of: everything as it stands now becomes what new events say."""
    # Imported here: only migrating needs it, and it opens ledgers itself.
    from harvest_qb_pipeline.ledger.proving import prove_all

    prove_all(con, ledger)


def _one_at_a_time(engine: Engine) -> AbstractContextManager[object]:
    if engine.dialect.name == "sqlite" and engine.url.database:
        # Imported here: only migrating needs it, and it brings along asyncio.
        from filelock import FileLock

        return FileLock(f"{engine.url.database}.migrate.lock", timeout=60)
    return nullcontext()
