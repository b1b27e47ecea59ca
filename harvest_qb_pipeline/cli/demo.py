"""The demo: a month of an agency billed on the sandbox, told in a page of text, with the commands one would type.

Belongs here: the story. Everything it shows is done by the same commands and jobs as everywhere else.
"""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from harvest_qb_pipeline.cli.main import cli
from harvest_qb_pipeline.cli.opening import home_ledger
from harvest_qb_pipeline.cli.output import Failed, money, print_table, say
from harvest_qb_pipeline.cli.running import prepare
from harvest_qb_pipeline.cli.templates import IS_CLONE, TEMPLATES
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.model import StoredPosting
from harvest_qb_pipeline.ledger.who_is_who import who_is_who
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline.settings import SANDBOX_CONNECTION, load_settings

TODAY = "2026-11-05"
NEWCOMER = "Lantern Theatre Company"


@dataclass(frozen=True)
class Stage:
    """The sandbox and the company the story happens in."""

    sandbox: RunningSandbox
    company: JsonObject

    def dump(self, collection: str) -> list[JsonObject]:
        return self.sandbox.control("GET", f"/companies/{self.company['id']}/{collection}")

    def writes(self) -> int:
        """How many requests that change something the two systems have served so far."""
        calls = self.sandbox.control("GET", f"/companies/{self.company['id']}/calls")
        return sum(call["method"] != "GET" and "/tokens/" not in call["path"] for call in calls)


def run_demo() -> None:
    """Tell the whole story in a home of its own, and fail when the end is not what was promised."""
    began = time.monotonic()
    settings = load_settings()
    if settings.is_sandbox:
        prepare(settings)
    home = settings.home / "demo"
    shutil.rmtree(home, ignore_errors=True)
    with RunningSandbox() as sandbox:
        company = sandbox.create_company(id="demo", size="small", seed=1, today=TODAY, rate_limits=True)
        _work_in(home, company)
        stage = Stage(sandbox, company)
        _tell(stage)
    say()
    say(f"The demo took {time.monotonic() - began:.0f} s. What it made is in {home}. Try next:")
    dev, command = ("make dev", ".venv/bin/harvest-qb") if IS_CLONE else ("harvest-qb dev", "harvest-qb")
    for what, leads_to in (
        (dev, "a like agency of today in the Dagster UI, http://127.0.0.1:3000"),
        (f"{command} --help", f"every command; they work on the sandbox that `{dev}` starts"),
        ("policy.toml", "change a cadence or a grouping, then `harvest-qb plan`"),
        ("README.md" if IS_CLONE else ".env.example", "connecting real accounts"),
    ):
        say(f"  {what:<28} {leads_to}")


def _work_in(home: Path, company: JsonObject) -> None:
    """This process, and what it starts, works on this company in this home from now on."""
    os.environ.update(company["env"])
    os.environ["HARVEST_QB_HOME"] = str(home)
    os.environ["HARVEST_QB_POLICY"] = str(TEMPLATES / "policy.toml")
    for name in ("HARVEST_QB_WAREHOUSE", "HARVEST_QB_LEDGER"):
        os.environ.pop(name, None)
    missing = [name.upper() for name in SANDBOX_CONNECTION if not os.environ.get(name.upper())]
    if missing:
        raise Failed(f"The sandbox did not say {', '.join(missing)}.")


def _tell(stage: Stage) -> None:
    entries = stage.dump("harvest/time_entries")
    _say(
        "An agency, closed October 2026",
        f"A sandbox company keeps {len(entries):,} time entries in Harvest and its books in QuickBooks Online. "
        f"Today is {TODAY}: October is over, and so are its three days of grace.",
    )
    _newcomer(stage)
    _type("sync")
    _say(
        "What would be billed, and who is who",
        "Drafts are derived with SQL; what must not be guessed is held, with the reason.",
    )
    _type("plan")
    first = _planned()[0]
    _who_is_who()
    _say(
        "Approve and send",
        "Approving names exactly what was shown. We also make the network drop the answer to one invoice after "
        "QuickBooks has stored it: the classic way to bill a client twice.",
    )
    _type("approve", "--all", "--plan", _plan(), "--yes", "--by", "Bea Bookkeeper")
    stage.sandbox.control(
        "POST",
        f"/companies/{stage.company['id']}/faults",
        {"method": "POST", "path": "/invoice", "kind": "drop_after_commit", "skip": 1, "times": 1},
    )
    _type("push", may_fail=True)
    _say("The lost answer", "One posting is uncertain. The next push looks before it sends, and finds it there.")
    _settle()
    _type("push")
    _compare(stage)
    _show_newcomer(stage)
    _say("Every cent explained", "From an invoice down to entries, rates, rounding, approval and events.")
    _type("show", first.key, last=28)
    _again(stage)


def _newcomer(stage: Stage) -> None:
    """A bookkeeper adds a customer in QuickBooks, as a person does in the product."""
    contact = {"GivenName": "Noor", "FamilyName": "Haddad", "PrimaryEmailAddr": {"Address": "noor@lantern.example"}}
    customer = {"DisplayName": NEWCOMER, **contact, "BillAddr": {"Line1": "8 Quay Street", "City": "Portland"}}
    stage.sandbox.control("POST", f"/companies/{stage.company['id']}/quickbooks/Customer", customer)


def _who_is_who() -> None:
    _say(
        "Who is who",
        "Names drift apart: what is equal but for spelling was linked by id, what is only alike is suggested, and what "
        "fits several waits for a person, who is remembered.",
    )
    _type("links", "--type", "client")
    drifted = _drifted()
    columns = ("In Harvest", "In QuickBooks", "Linked by")
    print_table("Linked although the names differ", columns, drifted)
    if not drifted:
        raise Failed("No drifted name was linked; the sandbox company always has one.")
    _type("links", "confirm", _suggested(), "--by", "Bea Bookkeeper")


def _drifted() -> list[Sequence[str]]:
    with home_ledger() as ledger:
        return [
            (row.harvest_name or "", row.quickbooks_name or "", row.rule or "")
            for row in who_is_who(ledger)
            if row.link_type == "client" and row.state == "linked" and row.harvest_name != row.quickbooks_name
        ]


def _suggested() -> str:
    """The one client that one customer, and no other, is suggested for by a likely name."""
    with home_ledger() as ledger:
        found = [row.link_key for row in who_is_who(ledger) if row.link_type == "client" and row.state == "suggested"]
    single = [key for key in found if key and found.count(key) == 1]
    if not single:
        raise Failed("Nobody is suggested for a client; the sandbox company always has one.")
    return single[-1]


def _show_newcomer(stage: Stage) -> None:
    _say("A new customer, ready for time", f"{NEWCOMER} was added in QuickBooks this morning. Harvest has it now:")
    client = next((one for one in stage.dump("harvest/clients") if one["name"] == NEWCOMER), None)
    if client is None:
        raise Failed(f"{NEWCOMER} did not become a client in Harvest.")
    contacts = [one for one in stage.dump("harvest/contacts") if one["client"]["id"] == client["id"]]
    projects = [one for one in stage.dump("harvest/projects") if one["client"]["id"] == client["id"]]
    numbers = {one["id"] for one in projects}
    assigned = stage.dump("harvest/task_assignments")
    tasks = sorted(one["task"]["name"] for one in assigned if one["project"]["id"] in numbers)
    rows = [
        ("Client", f"{client['name']}, {client['currency']}"),
        ("Contact", ", ".join(f"{one['first_name']} {one['last_name']}, {one['email']}" for one in contacts)),
        ("First project", ", ".join(one["name"] for one in projects)),
        ("Its tasks", ", ".join(tasks)),
    ]
    print_table("In Harvest", ("What", "Made"), rows)


def _again(stage: Stage) -> None:
    before = stage.writes()
    _say("Once more, all of it", "Sync, plan and push again: nothing is left to send.")
    _type("run", last=1)
    written = stage.writes() - before
    say(f"Requests that change anything: {written}.")
    if written:
        raise Failed("The second run wrote something; that must never happen.")


def _compare(stage: Stage) -> None:
    """Ledger, QuickBooks and Harvest side by side, to the cent."""
    twins = {str(invoice["number"]): invoice for invoice in stage.dump("harvest/invoices")}
    booked: dict[str, list[JsonObject]] = {}
    for invoice in stage.dump("quickbooks/Invoice"):
        booked.setdefault(str(invoice.get("DocNumber")), []).append(invoice)
    with home_ledger() as ledger:
        posted = [posting for posting in reading.postings(ledger, kind="invoice") if posting.state == "posted"]
    rows: list[Sequence[str]] = []
    differences = 0
    for posting in posted:
        number = posting.doc_number or ""
        in_books = [Decimal(str(invoice["TotalAmt"])) for invoice in booked.get(number, [])]
        in_harvest = Decimal(str(twins[number]["amount"])) if number in twins else None
        agrees = in_books == [posting.amount] and in_harvest == posting.amount
        differences += not agrees
        rows.append(
            (
                number,
                posting.summary,
                money(posting.amount, posting.currency),
                " + ".join(money(amount, posting.currency) for amount in in_books),
                money(in_harvest, posting.currency) if in_harvest is not None else "none",
                "yes" if agrees else "NO",
            )
        )
    total = sum((posting.amount for posting in posted), Decimal(0))
    columns = ("Number", "Invoice", "Ledger", "QuickBooks", "Harvest", "Agree")
    title = f"{len(posted)} invoices, {money(total, 'USD')}: both systems and the ledger"
    print_table(title, columns, rows, right=("Ledger", "QuickBooks", "Harvest"))
    if differences or not posted:
        raise Failed("The systems do not agree; that must never happen.")


def _planned() -> list[StoredPosting]:
    with home_ledger() as ledger:
        planned = [posting for posting in reading.postings(ledger, kind="invoice") if posting.state == "planned"]
    if not planned:
        raise Failed("Nothing was planned; the sandbox company and policy.toml do not fit together.")
    return planned


def _plan() -> str:
    """The plan that was just shown."""
    with home_ledger() as ledger:
        return reading.latest_plan(ledger) or ""


def _settle() -> None:
    """Absence proves nothing until the other side had time to commit; the sandbox's policy makes that short."""
    from harvest_qb_pipeline.policy.load import load_policy

    time.sleep(load_policy(load_settings().harvest_qb_policy).posting.settle_seconds + 0.5)


def _say(title: str, text: str) -> None:
    say()
    say(f"== {title}", style="bold cyan")
    say(text)


def _type(*words: str, may_fail: bool = False, last: int | None = None) -> None:
    """Run a command as a person would type it. `last` shows only so many of its first lines."""
    say()
    say(f"$ harvest-qb {' '.join(words)}", whole=True)
    show: Callable[[], object] = lambda: cli.main(list(words), prog_name="harvest-qb", standalone_mode=False)  # noqa: E731
    try:
        if last is None:
            show()
        else:
            _shortened(show, last)
    except Failed as failed:
        if not may_fail:
            raise
        for line in failed.lines:
            say(line)


def _shortened(show: Callable[[], object], lines: int) -> None:
    import contextlib
    import io

    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        show()
    printed = text.getvalue().splitlines()
    for line in printed[:lines]:
        say(line, whole=True)
    if len(printed) > lines:
        say(f"  ... and {len(printed) - lines} lines more")
