"""Exit codes: 0 done, 1 something failed or was rejected, 2 wrong usage or configuration, each with a sentence."""

from collections.abc import Callable

import click
import pytest

from harvest_qb_pipeline.cli.main import cli
from harvest_qb_pipeline.settings import SANDBOX_CONNECTION
from harvest_qb_pipeline_tests.stories.firm import Firm
from harvest_qb_pipeline_tests.stories.october import October

COMMANDS = sorted(cli.commands)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself(firm: Firm, command: str):
    typed = firm.type(*([command] if command else []), "--help")
    assert (typed.code, typed.err) == (0, "")
    assert typed.out.startswith("Usage: ")
    assert "--help" in typed.out
    if not command:
        assert all(f"  {name} " in typed.out for name in COMMANDS)


def test_every_command_of_the_interface_is_there():
    promised = {
        "demo", "sandbox", "doctor", "connect", "sync", "plan", "postings", "show", "approve", "push", "run", "status",
        "adjust",
    }  # fmt: skip
    assert promised <= set(COMMANDS)
    listings = ("doctor", "sync", "plan", "postings", "show", "push", "run", "status")
    for name in listings:
        options = [option for parameter in cli.commands[name].params for option in parameter.opts]
        assert "--json" in options, name
    assert isinstance(cli, click.Group)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("approve",), "Name the documents to approve, or say --all."),
        (("approve", "--all"), "say --plan PLAN with the one that was shown"),
        (("approve", "--all", "--yes"), "say --plan PLAN with the one that was shown"),
        (("postings", "--state", "lost"), "'lost' is not one of"),
        (("postings", "--kind", "bills"), "'bills' is not one of 'customer', 'job'"),
        (("links", "--state", "gone"), "'gone' is not one of 'linked', 'suggested'"),
        (("links", "--type", "bank"), "'bank' is not one of 'client', 'project'"),
        (("links", "export", "x.csv", "--type", "bank"), "'bank' is not one of"),
        (("approve", "invoice/client-1/2026-10@"), "has no hash"),
        (("approve", "invoice/client-1/2026-10@1a2b3c4"), "is not what you saw: a hash has 8 digits"),
        (("approve", "invoice/client-1/2026-10@        "), "has no hash"),
        (("approve", "invoice/client-1/2026-10@1a2b3c4d@1a2b3c4d"), "is not what you saw: a hash has 8 digits"),
        (("approve", "invoice/client-1/2026-10@ghijklmn"), "is not what you saw: a hash has 8 digits"),
        (("approve", "@1a2b3c4d"), "is not a key"),
        (("approve", ""), "is not a key"),
        (("approve", " "), "is not a key"),
        (("cancel", "@1a2b3c4d", "--reason", "x"), "is not a key"),
        (("adjust", "invoice/client-1/2026-10", "--amount", "1_000", "--reason", "x"), "'1_000' is not an amount"),
        (("adjust", "invoice/client-1/2026-10", "--amount", "１２", "--reason", "x"), "'１２' is not an amount"),
        (("adjust", "invoice/client-1/2026-10", "--remove", "1_0"), "'1_0' is not a number"),
        (("adjust", "invoice/client-1/2026-10", "--amount", "many", "--reason", "x"), "'many' is not an amount"),
        (("bill", "7", "--to", "soon"), "'soon'"),
        (("nonsense",), "No such command 'nonsense'."),
        (("show",), "Missing argument 'KEY'."),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_wrong(firm: Firm, words: tuple[str, ...], said: str):
    typed = firm.type(*words)
    assert (typed.code, typed.out) == (2, "")
    assert said in typed.err
    assert "Traceback" not in typed.err


@pytest.mark.parametrize(
    "words",
    [
        ("show", "invoice/client-9/2026-10"),
        ("approve", "invoice/client-9/2026-10"),
        ("cancel", "invoice/client-9/2026-10", "--reason", "x"),
        ("approve", "--all", "--plan", "plan-9"),
        ("unwind", "invoice/client-9/2026-10", "--reason", "x"),
    ],
)
def test_what_does_not_exist_is_1_and_is_named(firm: Firm, words: tuple[str, ...]):
    typed = firm.type(*words)
    assert (typed.code, typed.out) == (1, "")
    assert "plan" in typed.err or "invoice/client-9/2026-10" in typed.err
    assert "Traceback" not in typed.err


def test_another_hash_than_the_planned_one_is_1_and_shows_both(october: October):
    key = october.key("Acme Ltd")
    typed = october.firm.type("approve", f"{key}@deadbeef")
    assert typed.code == 1
    assert "deadbeef" in typed.err
    assert october.firm.document(key).sha256[:8] in typed.err


def test_what_is_held_cannot_be_approved_and_its_reason_is_told_again(october: October):
    typed = october.firm.type("approve", october.key("Birch Ltd"))
    assert typed.code == 1
    assert "is held and cannot be approved" in typed.err
    assert "not approved yet: Ben Fox 9.5 h" in typed.err


def test_a_policy_that_cannot_be_used_is_2_with_file_and_line(firm: Firm):
    firm.policy(billing='cadense = "weekly"')
    text = (firm.home / "policy.toml").read_text(encoding="utf-8").splitlines()
    line = next(number for number, words in enumerate(text, start=1) if words.startswith("cadense"))
    for command in ("plan", "doctor"):
        typed = firm.type(command)
        assert typed.code == 2
        assert f"policy.toml:{line}: billing.cadense is not a setting of the policy; did you mean cadence?" in typed.err
        assert "Traceback" not in typed.err


def test_a_missing_policy_is_2_and_says_where_it_was_looked_for(firm: Firm):
    firm.variables["HARVEST_QB_POLICY"] = str(firm.home / "none.toml")
    typed = firm.type("plan")
    assert typed.code == 2
    assert "none.toml: there is no policy." in typed.err


def test_a_half_set_connection_is_2_and_names_what_is_missing(firm: Firm):
    for name in list(firm.company["env"]):
        if name in ("HARVEST_ACCESS_TOKEN", "QUICKBOOKS_REALM_ID"):
            firm.variables[name] = ""
    typed = firm.type("postings")
    assert (typed.code, typed.out) == (2, "")
    assert "The connection is half-set" in typed.err
    assert "missing HARVEST_ACCESS_TOKEN, QUICKBOOKS_REALM_ID" in typed.err
    assert len(SANDBOX_CONNECTION) == 9


def test_another_account_in_the_same_home_is_2_and_names_both(found: Callable[..., Firm]):
    ours, theirs = found(), found()
    assert ours.type("postings").code == 0
    theirs.home = ours.home
    typed = theirs.type("postings")
    assert (typed.code, typed.out) == (2, "")
    assert repr(theirs.company["harvest_account_id"]) in typed.err
    assert repr(ours.company["harvest_account_id"]) in typed.err
    assert "HARVEST_QB_HOME" in typed.err


def test_a_token_that_is_not_an_administrators_reads_nothing(found: Callable[..., Firm]):
    firm = found(harvest_role="member")
    typed = firm.type("sync")
    assert typed.code == 2
    assert "administrator" in typed.err
    assert firm.company["env"]["HARVEST_ACCESS_TOKEN"] not in typed.err
    asked = {call["path"].rsplit("/", 1)[-1] for call in firm.control("GET", "/calls")}
    assert "me" in asked
    assert "time_entries" not in asked
