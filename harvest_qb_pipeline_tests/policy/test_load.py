"""Reading `policy.toml`: what it means, and what a person is told when it cannot be used."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from harvest_qb_pipeline.policy.load import PolicyError, load_policy, parse_policy
from harvest_qb_pipeline.settings import ConfigurationError

LEAST = 'timezone = "America/New_York"\ncutover_on = 2026-01-01\n'


def problems(text: str) -> list[str]:
    with pytest.raises(PolicyError) as refused:
        parse_policy(text, "policy.toml")
    return str(refused.value).splitlines()


def test_time_zone_and_cut_over_are_all_that_must_be_said():
    policy = parse_policy(LEAST, "policy.toml")
    assert policy.cutover_on == date(2026, 1, 1)
    assert policy.billing.cadence == "monthly"
    assert policy.billing.grace_days == 3
    assert policy.approvals.required
    assert policy.posting.settle_seconds == 180
    assert policy.tax.services is None


def test_the_policy_of_the_sandbox_is_valid():
    policy = load_policy(Path(__file__).parents[2] / "policy.toml")
    assert policy.opens_twins
    assert policy.tax.services == "NON"


def test_a_missing_file_is_a_configuration_error_that_names_the_variable(tmp_path):
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml: there is no policy.*HARVEST_QB_POLICY"):
        load_policy(tmp_path / "nowhere.toml")


def test_what_is_not_toml_is_told_with_its_line():
    assert problems(LEAST + "[billing\n")[0].startswith("policy.toml:3: this is not TOML")


def test_an_unknown_setting_is_an_error_with_its_line_and_the_nearest_name():
    assert problems(LEAST + "[billing]\ngrase_days = 3\n") == [
        "policy.toml:4: billing.grase_days is not a setting of the policy; did you mean grace_days?"
    ]


def test_an_unknown_table_is_an_error():
    assert problems(LEAST + "\n[billings]\nx = 1\n") == [
        "policy.toml:4: billings is not a setting of the policy; did you mean billing?"
    ]


def test_what_is_missing_is_named():
    assert problems("cutover_on = 2026-01-01\n") == ["policy.toml:1: timezone is missing"]


def test_all_problems_are_told_at_once_in_the_order_of_the_file():
    found = problems('timezone = "Mars"\ncutover_on = 2026-01-01\n[billing]\ngrace_days = -1\ncadence = "yearly"\n')
    assert [line.split(":")[1] for line in found] == ["1", "4", "5"]
    assert found[0] == "policy.toml:1: timezone = 'Mars': 'Mars' is not a time zone such as America/New_York"


def test_the_second_of_two_clients_is_the_one_whose_line_is_told():
    text = LEAST + '[[clients]]\nclient = 1\n\n[[clients]]\nclient = "Acme"\ngrouping = "by_mood"\n'
    (found,) = problems(text)
    assert found.startswith("policy.toml:8: clients.1.grouping = 'by_mood'")


def test_a_group_inside_a_client_has_its_own_line():
    text = LEAST + '[[clients]]\nclient = 1\ninvoice_per = "group"\n[[clients.groups]]\nname = "A"\nprojects = []\n'
    (found,) = problems(text)
    assert found.startswith("policy.toml:8: clients.0.groups.0.projects")


def test_a_reference_of_the_wrong_kind_says_what_it_may_be():
    assert problems(LEAST + "[billing]\nterms = 3\n") == [
        'policy.toml:4: billing.terms = 3: must be a name, or { id = "..." }'
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[[clients]]\nclient = 1\n[[clients]]\nclient = 1\n", 5, "client 1 is listed twice"),
        ('[[clients]]\nclient = "Acme"\n[[clients]]\nclient = "ACME"\n', 5, "'ACME' is listed twice"),
        (
            (
                '[[clients]]\nclient = 1\ninvoice_per = "group"\n[[clients.groups]]\nname = "A"\nprojects = [1, "W"]\n'
                '[[clients.groups]]\nname = "B"\nprojects = ["w"]\n'
            ),
            3,
            "project 'w' is in two groups",
        ),
        ('[[customers]]\nclient = 1\ncustomer = "A"\n[[customers]]\nclient = 1\ncustomer = "B"\n', 6, "listed twice"),
        ("[[caps]]\nproject = 1\namount = 5\n[[caps]]\nproject = 1\namount = 6\n", 6, "1 is listed twice"),
        ('[billing]\ncadence = "every_two_weeks"\n', 3, "needs anchor_on"),
        ('[[clients]]\nclient = 1\ncadence = "every_two_weeks"\n', 3, "needs anchor_on"),
        ('[[clients]]\nclient = 1\n[[clients.groups]]\nname = "A"\nprojects = [1]\n', 3, 'invoice_per is not "group"'),
        ('[numbering]\nprefix = "2026"\n', 4, "would count on from our numbers"),
        ('[numbering]\nprefix = "{yy}{mm}"\n', 4, "would count on from our numbers"),
        ('[numbering]\nprefix = "H{day}-"\n', 4, "placeholders"),
        ('[numbering]\nprefix = "CONSULTING-INVOICE-"\n', 3, "QuickBooks holds 21"),
        ('[[items.rules]]\nitem = "Design"\n', 3, "needs a client, project or task"),
        ("[[free]]\n", 3, "say which"),
        ('[billing]\nproject_customers = "job"\n', 3, 'needs invoice_per = "project"'),
        ("[posting]\ntimeout_seconds = 400\n", 3, "shorter than lease_seconds"),
        ('[tax]\nservices = "TAX"\n', 4, "NON"),
    ],
)
def test_combinations_that_cannot_be_meant_are_refused(text, line, words):
    found = problems(LEAST + text)
    assert found[0].startswith(f"policy.toml:{line}: ")
    assert words in found[0]


def test_amounts_are_exact():
    policy = parse_policy(LEAST + "[approvals]\nautomatic_up_to = 500.10\n", "policy.toml")
    assert policy.approvals.automatic_up_to == Decimal("500.10")


@pytest.mark.parametrize(
    ("settings", "opens"),
    [
        ('native_copy = "off"\nauto_reminders = "off"\n', True),
        ('native_copy = "off"\n', False),
        ('auto_reminders = "off"\n', False),
        ('native_copy = "on"\nauto_reminders = "off"\n', False),
        ('native_copy = "off"\nauto_reminders = "off"\ntwin = "none"\n', False),
    ],
)
def test_twins_are_opened_only_when_copy_and_reminders_are_stated_to_be_off(settings, opens):
    """Rules 28 and 29."""
    assert parse_policy(LEAST + settings, "policy.toml").opens_twins is opens


def test_the_digest_is_of_the_meaning_and_not_of_the_layout():
    said = parse_policy(LEAST + "# a comment\n[billing]\ngrace_days = 3\n", "policy.toml")
    assert said.sha256 == parse_policy(LEAST, "policy.toml").sha256
    assert said.sha256 != parse_policy(LEAST + "[billing]\ngrace_days = 4\n", "policy.toml").sha256


def test_number_prefixes_follow_the_invoice_day():
    policy = parse_policy(LEAST, "policy.toml")
    assert policy.numbering.prefix_on(date(2026, 10, 31)) == "H2610-"
