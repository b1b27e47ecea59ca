"""What people cost is computed for those who may know it, and nowhere else (rule 46)."""

import re
import secrets
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.warehouse.database import Warehouse, open_warehouse
from harvest_qb_pipeline.warehouse.models import build, models_of
from harvest_qb_pipeline.warehouse.publish import publish
from harvest_qb_pipeline_tests.stories.firm import Firm

COST = "61.37"
D = Decimal


def told(_: str) -> None: ...


@pytest.fixture
def warehouse(tmp_path: Path):
    """Landed payloads of a few entries, and the typed tables that margins read."""
    with open_warehouse(tmp_path / "warehouse.duckdb") as opened:
        con = opened.connection
        for schema, stream, number in (
            ("raw_harvest", "time_entries", "BIGINT"),
            ("raw_harvest", "users", "BIGINT"),
            ("raw_quickbooks", "employees", "VARCHAR"),
            ("raw_quickbooks", "vendors", "VARCHAR"),
        ):
            con.execute(f"CREATE TABLE {schema}.{stream} (id {number}, payload JSON, is_deleted BOOLEAN)")
        con.execute("CREATE TABLE harvest.company AS SELECT 'USD' AS currency")
        con.execute("CREATE TABLE harvest.clients (client_id_harvest BIGINT, currency VARCHAR)")
        con.execute("INSERT INTO harvest.clients VALUES (1, 'USD'), (2, 'EUR')")
        con.execute(
            "CREATE TABLE harvest.time_entries (time_entry_id_harvest BIGINT, spent_on DATE, project_id_harvest BIGINT,"
            " project_name VARCHAR, client_id_harvest BIGINT, client_name VARCHAR, hours_worked DECIMAL(12,2),"
            " hours_rounded DECIMAL(12,2), billable_rate DECIMAL(18,5), is_billable BOOLEAN)"
        )
        yield opened


def log(
    warehouse: Warehouse,
    number: int,
    client: int,
    day: str,
    hours: str,
    rounded: str,
    rate: str | None,
    cost: str | None,
) -> None:
    con = warehouse.connection
    payload = f'{{"id":{number},"hours":{hours},"cost_rate":{cost or "null"}}}'
    con.execute("INSERT INTO raw_harvest.time_entries VALUES (?, ?, false)", [number, payload])
    con.execute(
        "INSERT INTO harvest.time_entries VALUES (?, ?, ?, 'Site', ?, 'Acme', ?, ?, ?, ?)",
        [number, day, client * 10, client, D(hours), D(rounded), rate and D(rate), rate is not None],
    )


def build_all(warehouse: Warehouse) -> None:
    for model in models_of("confidential"):
        build(warehouse.connection, model)


def test_margins_are_what_time_is_worth_less_what_it_cost(warehouse: Warehouse):
    log(warehouse, 1, 1, "2026-10-05", "1.10", "1.25", "120", COST)
    log(warehouse, 2, 1, "2026-10-30", "2", "2", None, COST)
    log(warehouse, 3, 1, "2026-11-01", "3", "3", "120", None)
    log(warehouse, 4, 2, "2026-10-05", "1", "1", "90", COST)
    build_all(warehouse)
    rows = warehouse.connection.execute(
        "SELECT client_id_harvest, month_on, hours_worked, amount, cost, margin, entries_without_cost"
        " FROM confidential.margins ORDER BY ALL"
    ).fetchall()
    # 1.25 h x 120 = 150; (1.10 + 2) h x 61.37 = 67.507 + 122.74
    assert rows == [
        (1, date(2026, 10, 1), D("3.10"), D("150.000"), D("190.247"), D("-40.247"), 0),
        (1, date(2026, 11, 1), D("3.00"), D("360.000"), D("0.000"), D("360.000"), 1),
        (2, date(2026, 10, 1), D("1.00"), D("90.000"), D("61.370"), None, 0),
    ]


def test_rates_of_people_are_told_by_system(warehouse: Warehouse):
    con = warehouse.connection
    con.execute(f"INSERT INTO raw_harvest.users VALUES (7, '{{\"cost_rate\":{COST}}}', false), (8, '{{}}', false)")
    con.execute("INSERT INTO raw_quickbooks.employees VALUES ('55', '{\"CostRate\":48.5}', false)")
    con.execute("INSERT INTO raw_quickbooks.vendors VALUES ('56', '{\"CostRate\":70}', false), ('57', '{}', true)")
    build_all(warehouse)
    rows = con.execute("SELECT system, record, person_id, cost_rate FROM confidential.people ORDER BY ALL").fetchall()
    assert rows == [
        ("harvest", "User", "7", D("61.37000")),
        ("quickbooks", "Employee", "55", D("48.50000")),
        ("quickbooks", "Vendor", "56", D("70.00000")),
    ]


def test_no_byte_of_a_payload_or_a_cost_is_in_the_copy(warehouse: Warehouse, tmp_path: Path):
    """Also not of what was dropped: whoever has the file could read that."""
    word = secrets.token_hex(40)
    con = warehouse.connection
    con.execute("CREATE TABLE raw_harvest.replaced AS SELECT ? AS payload", [f"{{}}{word}"])
    con.execute("CREATE TABLE confidential.word AS SELECT ? AS said", [word])
    con.execute("CREATE TABLE billing.seen AS SELECT ? AS said", [word[::-1]])
    con.execute("COMMENT ON COLUMN billing.seen.said IS 'What may be seen'")
    copy = tmp_path / "analytics.duckdb"
    with warehouse.released(log=told):
        publish(warehouse.path, copy, log=told, without=("confidential",))
        assert word.encode() in warehouse.path.read_bytes()
    assert word.encode() not in copy.read_bytes()
    assert word[::-1].encode() in copy.read_bytes()
    with duckdb.connect(str(copy), read_only=True) as con:
        schemas = {
            row[0] for row in con.execute("SELECT schema_name FROM duckdb_schemas() WHERE NOT internal").fetchall()
        }
        assert not {"raw_harvest", "raw_quickbooks", "confidential"} & schemas
        words = "SELECT comment FROM duckdb_columns() WHERE column_name = 'said'"
        assert con.execute(words).fetchall() == [("What may be seen",)]


def test_those_who_may_compute_margins_from_the_copy_as_soon_as_the_policy_says_so_and_not_a_day_longer(
    warehouse: Warehouse, tmp_path: Path
):
    log(warehouse, 1, 1, "2026-10-05", "1", "1", "120", COST)
    build_all(warehouse)
    copy = tmp_path / "analytics.duckdb"
    with warehouse.released(log=told):
        publish(warehouse.path, copy, log=told)
    with duckdb.connect(str(copy), read_only=True) as con:
        assert con.execute("SELECT margin FROM confidential.margins").fetchall() == [(D("58.630"),)]
    with warehouse.released(log=told):
        publish(warehouse.path, copy, log=told, without=("confidential",))
    with duckdb.connect(str(copy), read_only=True) as con, pytest.raises(duckdb.CatalogException):
        con.execute("SELECT margin FROM confidential.margins")


def test_the_policy_keeps_costs_unless_it_says_otherwise_and_that_changes_no_document():
    kept, given = (
        Policy(timezone="UTC", cutover_on=date(2026, 1, 1), cost_rates=who) for who in ("warehouse", "analysts")
    )
    assert Policy(timezone="UTC", cutover_on=date(2026, 1, 1)).cost_rates == "warehouse"
    assert kept.sha256 == given.sha256


@pytest.mark.slow
def test_a_month_that_was_billed_tells_no_cost_in_ledger_copy_log_or_page(firm: Firm):
    client = firm.client("Acme Ltd")
    firm.log(firm.project(client, "Website"), "2026-10-05", "2")
    entries = firm.harvest("time_entries")
    for user in {entry["user"]["id"] for entry in entries}:
        firm.in_harvest("PATCH", f"users/{user}", cost_rate=COST)
    firm.in_harvest("PATCH", f"time_entries/{entries[0]['id']}", notes="Again, so that it is read")
    firm.draw_up()
    firm.bill(f"invoice/client-{client}/2026-10")
    assert firm.type("sync").code == 0
    warehouse, copy = firm.home / "warehouse.duckdb", firm.home / "analytics.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as con:
        rates = con.execute("SELECT cost_rate FROM confidential.people WHERE system = 'harvest'").fetchall()
        assert (D(COST),) in rates
    assert tables_that_tell(warehouse, COST) >= {"raw_harvest.users", "confidential.people"}
    assert tables_that_tell(copy, COST) == set()
    ledger = (firm.home / "ledger.sqlite").read_bytes() + b"".join(
        p.read_bytes() for p in firm.home.glob("ledger.sqlite-*")
    )
    assert not re.search(rb'cost_?rate"|61\.37', ledger, re.IGNORECASE)
    for path in (firm.home / "dagster").rglob("*"):
        if path.is_file():
            assert COST.encode() not in path.read_bytes(), path
    asked = firm.type("query", "FROM confidential.margins")
    assert (asked.code, 'cost_rates = "analysts"' in asked.err) == (1, True)
    raw = firm.type("query", "SELECT payload FROM raw_harvest.users")
    assert (raw.code, "Landed payloads stay in the warehouse" in raw.err) == (1, True)


def tables_that_tell(path: Path, text: str) -> set[str]:
    """Tables in whose rows the text is to be read."""
    with duckdb.connect(str(path), read_only=True) as con:
        tables = con.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        return {
            f"{schema}.{name}"
            for schema, name in tables
            if any(text in str(row) for row in con.execute(f'FROM "{schema}"."{name}"').fetchall())
        }
