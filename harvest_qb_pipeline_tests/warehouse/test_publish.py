from pathlib import Path

import duckdb
import pytest

from harvest_qb_pipeline.warehouse.database import open_warehouse
from harvest_qb_pipeline.warehouse.publish import publish


def fill(path: Path, amount: int) -> None:
    with open_warehouse(path) as warehouse, warehouse.transaction() as con:
        con.execute("CREATE OR REPLACE TABLE billing.lines (amount INTEGER)")
        con.execute("INSERT INTO billing.lines VALUES (?)", [amount])


def silent(_: str) -> None: ...


def test_an_analyst_keeps_reading_the_old_copy_while_a_new_one_replaces_it(tmp_path: Path) -> None:
    path, copy = tmp_path / "warehouse.duckdb", tmp_path / "analytics.duckdb"
    fill(path, 1)
    publish(path, copy, log=silent)
    with duckdb.connect(str(copy), read_only=True) as analyst:
        assert analyst.execute("SELECT amount FROM billing.lines").fetchall() == [(1,)]
        fill(path, 2)
        publish(path, copy, log=silent)
        assert analyst.execute("SELECT amount FROM billing.lines").fetchall() == [(1,)]
    with duckdb.connect(str(copy), read_only=True) as analyst:
        assert analyst.execute("SELECT amount FROM billing.lines").fetchall() == [(2,)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["analytics.duckdb", "warehouse.duckdb"]


def test_the_copy_can_be_read_while_a_run_writes_the_warehouse(tmp_path: Path) -> None:
    path, copy = tmp_path / "warehouse.duckdb", tmp_path / "analytics.duckdb"
    fill(path, 1)
    publish(path, copy, log=silent)
    with (
        open_warehouse(path) as warehouse,
        warehouse.transaction() as con,
        duckdb.connect(str(copy), read_only=True) as analyst,
    ):
        con.execute("UPDATE billing.lines SET amount = 5")
        assert analyst.execute("SELECT amount FROM billing.lines").fetchall() == [(1,)]


def test_publishing_before_the_first_sync_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="harvest-qb sync"):
        publish(tmp_path / "none.duckdb", tmp_path / "analytics.duckdb", log=silent)


def test_a_copy_of_what_has_not_changed_stays_as_it_is_and_any_change_renews_it(tmp_path: Path) -> None:
    path, copy = tmp_path / "warehouse.duckdb", tmp_path / "analytics.duckdb"
    fill(path, 3)
    publish(path, copy, log=silent)
    first = copy.stat().st_ino
    publish(path, copy, log=silent)
    assert copy.stat().st_ino == first
    for change in (
        "UPDATE billing.lines SET amount = 4",
        "COMMENT ON COLUMN billing.lines.amount IS 'What it comes to'",
        "CREATE TABLE billing.more AS SELECT 1 AS one",
        "ALTER TABLE billing.more ADD COLUMN two INTEGER",
    ):
        with open_warehouse(path) as warehouse:
            warehouse.connection.execute(change)
        publish(path, copy, log=silent)
        assert copy.stat().st_ino != first, change
        first = copy.stat().st_ino
    copy.write_bytes(b"not a database any more")
    publish(path, copy, log=silent)
    with duckdb.connect(str(copy), read_only=True) as analyst:
        assert analyst.execute("SELECT amount FROM billing.lines").fetchall() == [(4,)]
