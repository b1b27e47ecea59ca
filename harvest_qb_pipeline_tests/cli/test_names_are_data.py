"""A client may be called anything: every command that prints its name prints it as it is, and does nothing it says."""

import ast
import shutil
from pathlib import Path

import pytest

import harvest_qb_pipeline
from harvest_qb_pipeline.cli.listing import print_plan
from harvest_qb_pipeline.showing import shown
from harvest_qb_pipeline_tests.stories.firm import Firm

PACKAGE = Path(harvest_qb_pipeline.__path__[0])
NAME = "Broken [/b] [red]Inc[/red] \x1b[2J\u202e=1"
OTHERS = ("Acme [uk] Ltd", "Acme [us] Ltd")


@pytest.fixture
def nasty(firm: Firm) -> Firm:
    """A firm whose client, project, task, people and notes are called what nobody should be called."""
    unseen = firm.project(firm.client("=Acme [/x]\x07 Ltd", is_known=False), "App")
    for name in (NAME, *OTHERS):
        project = firm.project(firm.client(name), f"Web :skull: {name}")
        firm.log(project, "2026-10-05", "2", by="Ann [b]Lee[/b]", task="[i]Design", notes=f"Done {name}")
    firm.log(unseen, "2026-10-06", "1", by="Ann [b]Lee[/b]", task="[i]Design", approved=False)
    firm.draw_up()
    return firm


def test_a_plan_prints_names_as_they_are(nasty: Firm, capsys: pytest.CaptureFixture[str]):
    nasty.ledger(lambda ledger: print_plan(ledger, as_json=False))
    out = capsys.readouterr().out
    assert is_harmless(out)
    assert all(shown(name) in out for name in (NAME, *OTHERS))
    assert "=Acme [/x]␇ Ltd" in out


def is_harmless(text: str) -> bool:
    return all(char == "\n" or shown(char) == char for char in text)


def test_every_listing_prints_names_as_they_are(nasty: Firm):
    bill = next(posting for posting in nasty.postings("invoice") if "Broken" in posting.summary)
    named = {
        ("postings",): True,
        ("postings", "--state", "planned"): True,
        ("postings", "--state", "held"): False,
        ("show", bill.key): True,
        ("links",): False,
        ("links", "--state", "linked"): True,
        ("links", "--state", "unmatched"): False,
        ("status",): False,
        ("doctor",): False,
        ("query", "SELECT client_name FROM billing.invoice_drafts"): True,
        ("query", 'SELECT client_name AS "=1\x1b" FROM billing.invoice_drafts', "--csv"): True,
        ("links", "export", str(nasty.home / "who.csv")): False,
        ("cancel", bill.key, "--reason", NAME): False,
    }
    shutil.copy(nasty.home / "warehouse.duckdb", nasty.home / "analytics.duckdb")
    for words, is_named in named.items():
        typed = nasty.type(*words)
        assert typed.code == 0, (words, typed.err)
        assert is_harmless(typed.out + typed.err), words
        if is_named:
            assert shown(NAME) in typed.out, words
            if words[0] != "show":
                assert all(other in typed.out for other in OTHERS), words
    for name in ("postings", "links", "status"):
        typed = nasty.type(name, "--json")
        assert is_harmless(typed.out)
        assert (r"[2J\u202e=1" in typed.out) is (name != "status"), "programs get the name itself, escaped"
    exported = (nasty.home / "who.csv").read_text(encoding="utf-8-sig")
    assert "'=Acme [/x]␇ Ltd" in exported
    assert is_harmless(exported.replace("\r\n", "\n"))


@pytest.mark.parametrize(
    "words",
    [
        ("show", "[/b]\x1b[2J"),
        ("approve", "[/b]\x1b[2J"),
        ("cancel", "[/b]\x1b[2J", "--reason", "x"),
        ("links", "confirm", "[/b]\x1b[2J", "58"),
        ("no\x1b[2Jthing",),
        ("postings", "--state", "\x1b[2J"),
        ("adjust", "invoice/1", "--amount", "\x1b[2J", "--reason", "x"),
    ],
)
def test_what_was_typed_is_data_too_when_it_is_refused(firm: Firm, words: tuple[str, ...]):
    typed = firm.type(*words)
    assert typed.code in (1, 2)
    assert is_harmless(typed.err)
    assert typed.err


PRINTING = {"echo", "secho", "print", "print_json", "prompt", "confirm", "echo_via_pager"}


OF_PROCESSES = {"web/server.py", "web/services.py"}
"""Processes behind the UI that are no commands: what they print is their own address, and that they ended."""


def printed_past(path: Path) -> list[str]:
    """Calls and imports in a module that print, or make what prints."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id="print")):
                found.append("print")
            case ast.Call(func=ast.Attribute(value=ast.Name(id="click"), attr=name)) if name in PRINTING:
                found.append(f"click.{name}")
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="stdout" | "stderr"), attr="write")):
                found.append("write")
            case ast.Import(names=names) if any(name.name.partition(".")[0] == "rich" for name in names):
                found.append("import rich")
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] == "rich":
                found.append("from rich")
            case ast.ImportFrom(module="click", names=names) if any(name.name in PRINTING for name in names):
                found.append("from click")
            case _:
                pass
    return found


def test_nothing_is_printed_past_the_one_room_that_prints():
    places = {
        str(path.relative_to(PACKAGE)): found
        for path in sorted(PACKAGE.rglob("*.py"))
        if "sandbox" not in path.parts and (found := printed_past(path))
    }
    assert set(places) - OF_PROCESSES == {"cli/output.py"}
    assert {"click.echo", "from rich"} <= set(places["cli/output.py"])
