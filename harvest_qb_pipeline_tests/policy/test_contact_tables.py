"""Who is who by the policy, as SQL reads it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from harvest_qb_pipeline.policy.load import parse_policy
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.policy.tables import policy_tables, write_policy
from harvest_qb_pipeline_tests.policy.firm import LEAST, resolved, rows

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


def test_stated_links_are_one_list_whether_they_stand_in_the_policy_or_its_file(tmp_path: Path):
    con = resolved(
        '[contacts]\nlookup = "who.csv"\n[[customers]]\nclient = 1\ncustomer = "acme limited"\n',
        lookup="type,harvest,quickbooks,party\nperson,ana@firm.example,62,vendor\ntask,100,Design\nproject,WEB-1,51\n",
        folder=tmp_path,
    )
    columns = "link_type, party_type, harvest_id, quickbooks_id, place, problem"
    assert rows(con, f"SELECT {columns} FROM policy.links ORDER BY place") == [
        ("client", None, 1, "50", "policy.toml, line 5", None),
        ("person", "vendor", 1000, "62", "who.csv, line 2", None),
        ("task", None, 100, "2", "who.csv, line 3", None),
        ("project", None, 10, "51", "who.csv, line 4", None),
    ]


def test_a_first_project_has_its_tasks_and_people_in_order():
    con = resolved(
        '[contacts]\nreimbursable = ["Ana Ruiz", 1001, "ana@firm.example"]\n'
        '[contacts.first_project]\nname = "{customer} - start"\nbill_by = "Project"\nhourly_rate = 150\n'
        'budget_by = "project"\nbudget = 40\ntasks = ["Talk", 100, "Research"]\npeople = [1000, "ben@firm.example"]\n'
    )
    assert rows(con, "SELECT * FROM policy.first_project") == [
        ("{customer} - start", None, True, "Project", Decimal(150), "project", Decimal(40))
    ]
    # Two tasks are called Talk; what is archived cannot be put on a new project.
    assert rows(con, "SELECT * FROM policy.first_project_members ORDER BY kind DESC, ordinal") == [
        ("task", 1, "Talk", None),
        ("task", 2, "100", 100),
        ("task", 3, "Research", None),
        ("person", 1, "1000", 1000),
        ("person", 2, "ben@firm.example", None),
    ]
    assert rows(con, "SELECT * FROM policy.reimbursable ORDER BY 1") == [(1000,), (1001,)]


def test_without_a_template_there_is_one_project_and_nobody_in_it():
    con = resolved("")
    assert rows(con, "SELECT count(*) FROM policy.first_project") == [(1,)]
    for empty in ("first_project_members", "reimbursable", "links", "free", "caps", "groups", "unresolved"):
        assert rows(con, f"SELECT count(*) FROM policy.{empty}") == [(0,)]
