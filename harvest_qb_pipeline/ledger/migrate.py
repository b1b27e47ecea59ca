"""Bringing a ledger to the newest schema when it is opened.

Belongs here: when and how migrations run. Must not be here: what they change (see `migrations/versions`).

Alembic is imported only when there is something to do: a listing must not pay for it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection, Engine, inspect, text

from harvest_qb_pipeline.settings import ConfigurationError

NEWEST = "0002"
"""The last file in `migrations/versions`; a test keeps the two equal."""


def to_newest(engine: Engine, transaction: Callable[[], AbstractContextManager[Connection]]) -> None:
    """Migrate the store if it is older. Raises `ConfigurationError` when a newer program has written it."""
    if version_of(engine) == NEWEST:
        return
    with _one_at_a_time(engine):
        if version_of(engine) == NEWEST:
            return
        if engine.dialect.name == "sqlite":
            with engine.connect() as con:
                # Outside a transaction, once for the life of the file: readers then never block the writer.
                con.connection.cursor().execute("PRAGMA journal_mode = WAL")
        with transaction() as con:
            upgrade(con)


def version_of(engine: Engine) -> str | None:
    """The migration the store is at; None for an empty one. Raises `ConfigurationError` for an unknown one."""
    with engine.connect() as con:
        if not inspect(con).has_table("alembic_version"):
            return None
        version = con.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if version is not None and version > NEWEST:
        raise ConfigurationError(
            f"The ledger {engine.url.render_as_string()} was written by a newer version of harvest-qb "
            f"(schema {version}, this one knows {NEWEST}). Upgrade harvest-qb; do not downgrade the ledger."
        )
    return version


def upgrade(con: Connection) -> None:
    """Run what is missing on an open connection, inside its transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = con
    command.upgrade(config, "head")


def _one_at_a_time(engine: Engine) -> AbstractContextManager[object]:
    if engine.dialect.name == "sqlite" and engine.url.database:
        return FileLock(f"{engine.url.database}.migrate.lock", timeout=60)
    return nullcontext()
