"""What the policy says about who is who: defaults, and what a person is told when it cannot be meant."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from harvest_qb_pipeline.policy.contacts import Contacts, FirstProject, Owners
from harvest_qb_pipeline.policy.load import PolicyError, parse_policy

LEAST = 'timezone = "America/New_York"\ncutover_on = 2026-01-01\n'


def refusal(text: str) -> str:
    with pytest.raises(PolicyError) as refused:
        parse_policy(LEAST + text, "policy.toml")
    return str(refused.value)


def test_without_a_word_changes_flow_from_harvest_and_nothing_is_put_aside():
    contacts = parse_policy(LEAST, "policy.toml").contacts
    assert (contacts.new_customers, contacts.new_clients, contacts.new_vendors) == ("since_cutover", "create", "never")
    assert (contacts.archived, contacts.taxable, contacts.lookup, contacts.ignored) == ("keep", None, None, ())
    assert (contacts.job_name, contacts.bill_with_parent) == ("{client} - {project}", True)
    assert contacts.owners.model_dump() == {
        **dict.fromkeys(("name", "email", "phone", "address", "active"), "harvest"),
        **dict.fromkeys(("terms", "taxable"), "quickbooks"),
    }
    assert contacts.first_project.name == "{customer}"
    assert contacts.first_project.bill_by == "none"


def test_creations_of_a_kind_may_need_no_person():
    assert parse_policy(LEAST, "policy.toml").approvals.automatic_kinds == ()
    policy = parse_policy(LEAST + '[approvals]\nautomatic_kinds = ["client", "vendor"]\n', "policy.toml")
    assert policy.approvals.automatic_kinds == ("client", "vendor")
    assert "policy.toml:4: approvals.automatic_kinds" in refusal('[approvals]\nautomatic_kinds = ["invoice"]\n')


def test_rates_and_budgets_are_exact():
    said = 'bill_by = "Project"\nhourly_rate = 133.33333\nbudget_by = "project"\nbudget = 40.5\n'
    policy = parse_policy(f"{LEAST}[contacts.first_project]\n{said}", "policy.toml")
    assert policy.contacts.first_project.hourly_rate == Decimal("133.33333")
    assert policy.contacts.first_project.budget == Decimal("40.5")


def test_lists_of_people_that_are_ignored_are_named_as_their_streams():
    policy = parse_policy(LEAST + '[contacts]\nemployees = "ignore"\nvendors = "ignore"\n', "policy.toml")
    assert policy.contacts.ignored == ("vendors", "employees")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            "[contacts]\nnew_client = 1\n",
            4,
            "contacts.new_client is not a setting of the policy; did you mean new_clients?",
        ),
        (
            "[contacts.owners]\nnames = 1\n",
            4,
            "contacts.owners.names is not a setting of the policy; did you mean name?",
        ),
        ('[contacts.owner]\nname = "harvest"\n', 3, "did you mean owners?"),
        ("[contacts.first_project]\n\ntask = []\n", 5, "did you mean tasks?"),
        ('[contacts.owners]\nname = "both"\n', 4, "contacts.owners.name = 'both'"),
        ('[contacts]\njob_name = "{client}"\n', 4, "needs {project} or {code}"),
        ('[contacts]\njob_name = "{client} {customer} {code}"\n', 4, "{customer} is not one of the placeholders"),
        ('[contacts]\njob_name = "{client - {project}"\n', 4, "{client - is not one of the placeholders"),
        ('[contacts]\njob_name = "{project}}"\n', 4, "} is not one of the placeholders"),
        ('[contacts]\njob_name = "{client}: {project}"\n', 4, "no colon, tab or line break"),
        ('[contacts.first_project]\nname = "{client}"\n', 4, "{client} is not one of the placeholders {customer}"),
        ('[contacts.first_project]\nname = ""\n', 4, "contacts.first_project.name"),
        ('[contacts.first_project]\ncode = "{code}"\n', 4, "{code} is not one of the placeholders {customer}"),
        ("[contacts.first_project]\nhourly_rate = 100\n", 3, 'hourly_rate is given, but bill_by is not "Project"'),
        ('[contacts.first_project]\nbill_by = "Tasks"\nhourly_rate = 100\n', 3, 'bill_by is not "Project"'),
        ("[contacts.first_project]\nbudget = 100\n", 3, "budget_by does not say what it counts"),
        ('[contacts.first_project]\nbill_by = "project"\n', 4, "contacts.first_project.bill_by = 'project'"),
        ('[contacts.first_project]\ntasks = ["Design", "DESIGN"]\n', 4, "'DESIGN' is listed twice"),
        ("[contacts.first_project]\npeople = [7, 7]\n", 4, "7 is listed twice"),
        (
            "[contacts.first_project]\npeople = [{ id = 7 }]\n",
            4,
            "the id (a number) or the exact name of a Harvest record",
        ),
        ('[contacts]\nreimbursable = ["Ana", "ana"]\n', 4, "'ana' is listed twice"),
        ('[contacts]\nnew_vendors = "contractors"\nvendors = "ignore"\n', 3, 'needs vendors = "read"'),
        ('[contacts.owners]\ntaxable = "harvest"\n', 3, "taxable is not stated"),
        ('[[lookups]]\nlink_type = "client"\n', 3, "lookups is not a setting of the policy"),
        (
            '[[customers]]\nclient = 1\ncustomer = { id = "5" }\n[[customers]]\nclient = 2\ncustomer = { id = "5" }\n',
            6,
            "customer with id '5' in QuickBooks is stated for client 1 already",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(text: str, line: int, words: str):
    found = refusal(text)
    assert found.startswith(f"policy.toml:{line}: ")
    assert words in found


def test_jobs_still_need_an_invoice_each_whatever_they_are_called():
    """Rule 42: else costs would land on the job and revenue on its customer."""
    job = '[billing]\nproject_customers = "job"\n'
    naming = '[contacts]\njob_name = "{code} {project}"\nbill_with_parent = false\n'
    assert 'needs invoice_per = "project"' in refusal(job + naming)
    assert parse_policy(LEAST + job + 'invoice_per = "project"\n' + naming, "policy.toml").contacts.job_name


def test_the_policy_of_the_sandbox_shows_every_setting_and_behind_a_hash_the_defaults():
    text = (Path(__file__).parents[2] / "policy.toml").read_text(encoding="utf-8")
    parts = {"contacts": Contacts, "contacts.owners": Owners, "contacts.first_project": FirstProject}
    for header, part in parts.items():
        shown = text.partition(f"\n[{header}]")[2].partition("\n[")[0]
        settings = tomllib.loads("\n".join(re.findall(r"^(?:# )?(\w+ = .*)", shown, re.MULTILINE)))
        assert settings.keys() == part.model_fields.keys() - {"owners", "first_project"}
        for name in re.findall(r"^# (\w+) =", shown, re.MULTILINE):
            # What is nothing by default is shown by an example.
            default = part.model_fields[name].default
            assert default in (None, (), settings[name]), name
