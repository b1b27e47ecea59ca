"""Who is who by the policy, as SQL reads it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from harvest_qb_pipeline.policy.load import load_policy, parse_policy
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.policy.tables import policy_tables, write_policy

LEAST = 'timezone = "America/New_York"\ncutover_on = 2026-01-01\n'
CHOICES = (
    "new_customers, new_clients, new_vendors, job_name, bill_with_parent, archived_becomes, customers_taxable,"
    " employees, vendors"
)


def written(policy: Policy) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    write_policy(con, policy_tables(policy, date(2026, 11, 5), datetime(2026, 11, 5, 17, 0, tzinfo=UTC)))
    return con


def tables(text: str) -> duckdb.DuckDBPyConnection:
    return written(parse_policy(LEAST + text, "policy.toml"))


def test_the_choices_of_the_firm_stand_in_the_context():
    choices = tables("").execute(f"SELECT {CHOICES} FROM policy.context").fetchall()
    assert choices == [("since_cutover", "create", "never", "{client} - {project}", True, "keep", None, "read", "read")]
    said = (
        '[contacts]\nnew_customers = "billed"\nnew_clients = "ignore"\nnew_vendors = "contractors"\n'
        'job_name = "{code}"\nbill_with_parent = false\narchived = "inactive"\ntaxable = false\nemployees = "ignore"\n'
    )
    choices = tables(said).execute(f"SELECT {CHOICES} FROM policy.context").fetchall()
    assert choices == [("billed", "ignore", "contractors", "{code}", False, "inactive", False, "ignore", "read")]


def test_each_field_has_one_owner():
    """Rule 50."""
    con = tables('[contacts.owners]\naddress = "quickbooks"\nterms = "harvest"\n')
    assert dict(con.execute("SELECT * FROM policy.owners").fetchall()) == {
        "name": "harvest",
        "email": "harvest",
        "phone": "harvest",
        "address": "quickbooks",
        "active": "harvest",
        "terms": "harvest",
        "taxable": "quickbooks",
    }


def test_look_ups_have_columns_for_ids_and_names_and_say_where_they_stand(tmp_path: Path):
    (tmp_path / "who.csv").write_text(
        "type,harvest,quickbooks,party\nperson,ana@example.com,61,vendor\ntask,8,Design\n"
    )
    policy = LEAST + '[contacts]\nlookup = "who.csv"\n[[customers]]\nclient = 4\ncustomer = "Acme"\n'
    (tmp_path / "policy.toml").write_text(policy)
    con = written(load_policy(tmp_path / "policy.toml"))
    assert con.execute("SELECT * FROM policy.lookups").fetchall() == [
        ("client", 4, None, None, "Acme", None, "[[customers]] in the policy"),
        ("person", None, "ana@example.com", "61", None, "vendor", "who.csv, line 2"),
        ("task", 8, None, None, "Design", None, "who.csv, line 3"),
    ]


def test_a_first_project_has_its_tasks_and_people_in_order():
    con = tables(
        '[contacts]\nreimbursable = ["Ana Ruiz", 7]\n'
        '[contacts.first_project]\nname = "{customer} - start"\nbill_by = "Project"\nhourly_rate = 150\n'
        'budget_by = "project"\nbudget = 40\ntasks = ["Design", 8]\npeople = [5, "lu@example.com"]\n'
    )
    assert con.execute("SELECT * FROM policy.first_project").fetchall() == [
        ("{customer} - start", None, True, "Project", Decimal(150), "project", Decimal(40))
    ]
    assert con.execute("SELECT * FROM policy.first_project_tasks").fetchall() == [(1, None, "Design"), (2, 8, None)]
    assert con.execute("SELECT * FROM policy.first_project_people").fetchall() == [
        (1, 5, None),
        (2, None, "lu@example.com"),
    ]
    assert con.execute("SELECT * FROM policy.reimbursable").fetchall() == [(None, "Ana Ruiz"), (7, None)]


def test_without_a_template_there_is_one_project_and_nobody_in_it():
    con = tables("")
    assert con.execute("SELECT count(*) FROM policy.first_project").fetchall() == [(1,)]
    for empty in ("first_project_tasks", "first_project_people", "reimbursable", "lookups"):
        assert con.execute(f"SELECT count(*) FROM policy.{empty}").fetchall() == [(0,)]
