"""The policy as SQL reads it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb

from harvest_qb_pipeline.policy.load import parse_policy
from harvest_qb_pipeline.policy.tables import policy_tables, write_policy
from harvest_qb_pipeline_tests.policy.firm import LEAST, NOON, resolved, rows


def tables(text: str, today: date = date(2026, 11, 5), now: datetime = NOON) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    write_policy(con, policy_tables(parse_policy(LEAST + text, "policy.toml"), today, now))
    return con


def test_a_client_has_the_defaults_except_where_it_says_otherwise():
    con = resolved(
        "[billing]\ngrace_days = 5\nminimum_invoice = 50\n"
        '[[clients]]\nclient = "ACME ltd"\ncadence = "weekly"\nterms = { id = "7" }\n'
        "[[clients]]\nclient = 2\ncredit_limit = 9\n"
    )
    columns = "client_id_harvest, cadence, grace_days, minimum_invoice, credit_limit, term_id_qb, terms_wanted"
    assert rows(con, f"SELECT {columns} FROM policy.clients WHERE client_id_harvest < 4 ORDER BY 1") == [
        (1, "weekly", 5, Decimal(50), None, "7", "7"),
        (2, "monthly", 5, Decimal(50), Decimal(9), "3", "Net 30"),
        (3, "monthly", 5, Decimal(50), None, "3", "Net 30"),
    ]


def test_the_entry_that_names_a_client_by_its_id_goes_before_the_one_that_names_it():
    con = resolved('[[clients]]\nclient = "Acme Ltd"\ngrace_days = 1\n[[clients]]\nclient = 1\ngrace_days = 2\n')
    assert rows(con, "SELECT grace_days FROM policy.clients WHERE client_id_harvest = 1") == [(2,)]


def test_what_is_named_stands_as_it_is_written_with_its_line():
    con = tables('[[caps]]\nproject = 4\namount = 5\n[[caps]]\nproject = "Zeta"\namount = 6\n')
    columns = "setting, statement, part, kind, wanted_id, wanted_name, file, line"
    assert rows(con, f"SELECT {columns} FROM policy.stated_references ORDER BY reference_id") == [
        ("[billing]", 1, "terms", "term", None, "Net 30", "policy.toml", None),
        ("[items]", 1, "default", "item", None, "Services", "policy.toml", None),
        ("[[caps]]", 1, "project", "project", "4", None, "policy.toml", 4),
        ("[[caps]]", 2, "project", "project", None, "Zeta", "policy.toml", 7),
    ]


def test_the_default_item_comes_after_every_rule():
    con = resolved('[items]\ndefault = "Services"\n[[items.rules]]\ntask = "Design"\nitem = "Design"\n')
    columns = "task_id_harvest, item_wanted, item_id_qb"
    found = rows(con, f"SELECT {columns} FROM policy.item_rules ORDER BY rule_number")
    assert found == [(100, "Design", "2"), (None, "Services", "1")]


def test_a_group_has_a_row_for_each_project():
    con = resolved(
        '[[clients]]\nclient = 1\ninvoice_per = "group"\n'
        '[[clients.groups]]\nname = "Phase 2"\npurchase_order = "PO-1"\nprojects = [13, "web-1"]\n'
    )
    columns = "group_key, purchase_order, client_id_harvest, project_id_harvest, is_by_id"
    assert rows(con, f"SELECT {columns} FROM policy.groups ORDER BY ALL") == [
        ("phase-2", "PO-1", 1, 10, False),
        ("phase-2", "PO-1", 1, 13, True),
    ]


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
    con = tables("[[caps]]\nproject = 4\namount = 5\n")
    write_policy(con, policy_tables(parse_policy(LEAST, "policy.toml"), date(2026, 11, 5), NOON))
    assert con.execute("SELECT count(*) FROM policy.stated_caps").fetchall() == [(0,)]
