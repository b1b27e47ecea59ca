import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from harvest_qb_pipeline.warehouse import database
from harvest_qb_pipeline.warehouse.database import (
    Warehouse,
    WarehouseBusyError,
    WarehouseDamagedError,
    open_warehouse,
    query_rows,
)

HOLD = """
import sys, duckdb
con = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.readline()
"""


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_warehouse(path) as warehouse:
        return warehouse.connection.execute(sql).fetchall()


def test_a_transaction_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as warehouse:
        with warehouse.transaction() as con:
            con.execute("CREATE TABLE billing.kept AS SELECT 1 AS amount")
        with pytest.raises(duckdb.ConversionException):
            fail_half_way(warehouse)
    assert rows(path, "SELECT amount FROM billing.kept") == [(1,)]
    assert rows(path, "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'billing'") == [("kept",)]


def fail_half_way(warehouse: Warehouse) -> None:
    with warehouse.transaction() as con:
        con.execute("UPDATE billing.kept SET amount = 2")
        con.execute("CREATE TABLE billing.lost AS SELECT 1 AS amount")
        con.execute("SELECT 'half way'::INTEGER")


def test_the_file_is_free_again_after_an_exception(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with pytest.raises(ZeroDivisionError), open_warehouse(path):
        raise ZeroDivisionError
    with duckdb.connect(str(path)) as con:
        assert con.execute("SELECT version FROM main.warehouse_version").fetchall() == [(database.WAREHOUSE_VERSION,)]


def test_money_is_read_exactly_as_it_is_stored(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        found = query_rows(
            warehouse.connection, "SELECT 90071992547409.93::DECIMAL(18,2) AS amount, ? AS currency", ["USD"]
        )
    assert found == [{"amount": Decimal("90071992547409.93"), "currency": "USD"}]


def test_a_second_process_waits_and_says_who_holds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    rows(path, "SELECT 1")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    said: list[str] = []
    release = threading.Timer(0.4, lambda: holder.stdin and holder.stdin.close())
    release.start()
    began = time.monotonic()
    with open_warehouse(path, log=said.append, wait_seconds=30) as warehouse:
        assert warehouse.connection.execute("SELECT 1").fetchall() == [(1,)]
    assert time.monotonic() - began >= 0.3
    assert len(said) == 1
    assert f"process {holder.pid} " in said[0]
    holder.wait()


def test_waiting_ends_with_a_sentence_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with (
        open_warehouse(path),
        pytest.raises(
            WarehouseBusyError,
            match=r"warehouse\.duckdb is still held by another run in this process",
        ),
        open_warehouse(path, wait_seconds=0.1),
    ):
        pass


def test_a_damaged_file_is_an_error_at_once_and_not_a_wait(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"not a database" * 1000)
    said = r"not a valid DuckDB database file.*`harvest-qb sync --anew`"
    with pytest.raises(WarehouseDamagedError, match=said), open_warehouse(path):
        pass


def test_a_database_of_somebody_else_is_not_emptied(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE SCHEMA kitchen; CREATE TABLE kitchen.recipes AS SELECT 1 AS name")
    said = "is not a warehouse of ours: it has the schema kitchen"
    with pytest.raises(WarehouseDamagedError, match=said), open_warehouse(path):
        pass
    with duckdb.connect(str(path)) as con:
        assert con.execute("SELECT name FROM kitchen.recipes").fetchall() == [(1,)]


def test_another_version_of_the_warehouse_empties_it_so_that_the_next_sync_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as warehouse:
        warehouse.connection.execute("CREATE TABLE raw_harvest.watermarks AS SELECT 1 AS x")
    assert rows(path, "SELECT count(*) FROM raw_harvest.watermarks") == [(1,)]
    monkeypatch.setattr(database, "WAREHOUSE_VERSION", database.WAREHOUSE_VERSION + 1)
    said: list[str] = []
    with open_warehouse(path, log=said.append) as warehouse:
        assert tables(warehouse) == []
    assert "the next sync is a full one" in said[0]
    assert rows(path, "SELECT version FROM main.warehouse_version") == [(database.WAREHOUSE_VERSION,)]


def tables(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE schema_name <> 'main'"
    ).fetchall()
