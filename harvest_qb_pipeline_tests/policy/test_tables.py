"""The policy as SQL reads it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb

from harvest_qb_pipeline.policy.load import parse_policy
from harvest_qb_pipeline.policy.tables import policy_tables, write_policy

LEAST = 'timezone = "America/New_York"\ncutover_on = 2026-01-01\n'
NOON = datetime(2026, 11, 5, 17, 0, tzinfo=UTC)


def tables(text: str, today: date = date(2026, 11, 5), now: datetime = NOON) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    write_policy(con, policy_tables(parse_policy(LEAST + text, "policy.toml"), today, now))
    return con


def test_a_client_has_the_defaults_except_where_it_says_otherwise():
    con = tables(
        "[billing]\ngrace_days = 5\nminimum_invoice = 50\n"
        '[[clients]]\nclient = "Acme"\ncadence = "weekly"\nterms = { id = "7" }\n'
    )
    columns = "client_name, cadence, grace_days, minimum_invoice, terms_id_qb, terms_name"
    assert con.execute(f"SELECT {columns} FROM policy.billing_rules").fetchall() == [
        (None, "monthly", 5, Decimal(50), None, "Net 30"),
        ("Acme", "weekly", 5, Decimal(50), "7", None),
    ]


def test_ids_and_names_have_columns_of_their_own():
    con = tables(
        '[[customers]]\nclient = 4\ncustomer = "Acme"\n[[customers]]\nclient = "Zeta"\ncustomer = {id = "9"}\n'
    )
    assert con.execute("SELECT * FROM policy.customers").fetchall() == [
        (4, None, None, "Acme"),
        (None, "Zeta", "9", None),
    ]


def test_the_default_item_comes_after_every_rule():
    con = tables('[items]\ndefault = "Services"\n[[items.rules]]\ntask = "Design"\nitem = "Design"\n')
    found = con.execute("SELECT task_name, item_name FROM policy.item_rules ORDER BY rule_number").fetchall()
    assert found == [("Design", "Design"), (None, "Services")]


def test_a_group_has_a_row_for_each_project():
    con = tables(
        '[[clients]]\nclient = 1\ninvoice_per = "group"\n'
        '[[clients.groups]]\nname = "Phase 2"\npurchase_order = "PO-1"\nprojects = [10, "WEB"]\n'
    )
    found = con.execute(
        "SELECT group_key, purchase_order, project_id_harvest, project_name FROM policy.groups"
    ).fetchall()
    assert found == [("phase-2", "PO-1", 10, None), ("phase-2", "PO-1", None, "WEB")]


def test_today_away_from_the_clock_is_told_so_that_times_of_landing_can_be_compared():
    def shift(today: date, now: datetime) -> int:
        return tables("", today, now).execute("SELECT clock_shift_days FROM policy.context").fetchall()[0][0]

    assert shift(date(2026, 11, 5), NOON) == 0
    assert shift(date(2026, 11, 3), NOON) == -2
    assert shift(date(2026, 11, 4), datetime(2026, 11, 5, 3, 0, tzinfo=UTC)) == 0  # still the 4th in New York


def test_currencies_without_two_places_are_listed():
    found = dict(tables("").execute("SELECT * FROM policy.currencies").fetchall())
    assert found["JPY"] == 0
    assert found["KWD"] == 3
    assert "USD" not in found


def test_writing_again_replaces_what_was_said_before():
    con = tables('[[free]]\ntask = "Design"\n')
    write_policy(con, policy_tables(parse_policy(LEAST, "policy.toml"), date(2026, 11, 5), NOON))
    assert con.execute("SELECT count(*) FROM policy.free").fetchall() == [(0,)]
