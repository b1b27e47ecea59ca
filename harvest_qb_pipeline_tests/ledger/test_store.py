"""The database itself: exact values, migrations, and nothing in the way of Postgres."""

from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from harvest_qb_pipeline.ledger import store, tables
from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline.settings import ConfigurationError
from harvest_qb_pipeline_tests.ledger.books import NOON, Books, bill

MIGRATIONS = Path(store.__file__).parent / "migrations"


def test_migrations_make_exactly_the_tables_of_today(books: Books) -> None:
    with books.ledger.reading() as con:
        assert compare_metadata(MigrationContext.configure(con), tables.metadata) == []


def test_the_newest_migration_is_the_one_that_opening_looks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == store.NEWEST


def test_a_ledger_of_a_newer_program_is_not_touched(books: Books) -> None:
    with books.ledger.transaction() as con:
        con.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigurationError, match="newer version"):
        open_ledger(books.path, actor="tests")
    with books.ledger.transaction() as con:
        con.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")


def test_every_table_and_index_can_be_made_on_postgres() -> None:
    dialect = postgresql.dialect()
    made = [str(CreateTable(table).compile(dialect=dialect)) for table in tables.metadata.sorted_tables]
    made += [
        str(CreateIndex(index).compile(dialect=dialect))
        for table in tables.metadata.sorted_tables
        for index in table.indexes
    ]
    text = "\n".join(made)
    assert "amount NUMERIC NOT NULL" in text
    assert "at TIMESTAMP WITH TIME ZONE NOT NULL" in text
    assert "CREATE UNIQUE INDEX ix_postings_newest ON postings (key) WHERE is_newest" in text


def test_an_address_that_is_none_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="HARVEST_QB_LEDGER"):
        open_ledger("://nowhere", actor="tests")


@pytest.mark.parametrize("url", ["postgresql+nodriver://u:secret@h/db", "nobase://u:secret@h/db"])
def test_a_database_without_its_driver_is_told_in_words_and_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is not installed") as told:
        open_ledger(url, actor="tests")
    assert "secret" not in str(told.value)


def test_money_is_kept_digit_for_digit(books: Books) -> None:
    amount = "90071992547409.93"
    books.plan(bill(amount=amount))
    with books.ledger.reading() as con:
        assert con.exec_driver_sql("SELECT DISTINCT typeof(amount), amount FROM postings").all() == [("text", amount)]
        assert {row.amount for row in con.execute(tables.postings.select())} == {Decimal(amount)}


def test_a_time_without_its_zone_is_refused(books: Books) -> None:
    with books.ledger.reading() as con, pytest.raises(Exception, match="has no time zone"):
        con.execute(tables.events.select().where(tables.events.c.at == NOON.replace(tzinfo=None)))


def test_the_file_is_safe_against_power_loss_and_open_to_readers(books: Books) -> None:
    with books.ledger.reading() as con:
        pragma = {
            name: con.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000}
