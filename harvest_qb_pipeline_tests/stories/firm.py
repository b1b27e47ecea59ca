"""A firm in a story: a small hand-made company on the sandbox, a home of its own, and the real jobs over real HTTP.

Belongs here: what its people do in Harvest and QuickBooks, and what its bookkeeper does with the pipeline. Must not be
here: what a story expects.
"""

import contextlib
import io
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
import duckdb
import httpx

from harvest_qb_pipeline import clients, resources
from harvest_qb_pipeline.cli.main import main
from harvest_qb_pipeline.cli.opening import home_ledger
from harvest_qb_pipeline.definitions import build_defs
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger import approval, reading
from harvest_qb_pipeline.ledger.model import StoredPosting
from harvest_qb_pipeline.ledger.reading import StoredDocument
from harvest_qb_pipeline.planning.capability import CONTACTS
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline.settings import SANDBOX_CONNECTION, load_settings
from harvest_qb_pipeline.transport.http import HttpOptions
from harvest_qb_pipeline_tests.ledger.books import ledger_id_of
from harvest_qb_pipeline_tests.stories import pipeline

warnings.filterwarnings("ignore", module="dagster")
T = TypeVar("T")
D = Decimal
TODAY = "2026-11-05"
POLICY = """
timezone = "America/New_York"
cutover_on = {cutover_on}
{top}
[tax]
services = "NON"
[posting]
settle_seconds = 0
[billing]
{billing}
{rest}
"""
BOTH_OFF = 'native_copy = "off"\nauto_reminders = "off"\n'
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Typed:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


@dataclass
class Firm:
    """One company and its home. Everything it does happens under its own environment variables."""

    sandbox: RunningSandbox
    company: JsonObject
    home: Path
    variables: dict[str, str] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    tasks: dict[str, int] = field(default_factory=dict)
    assigned: set[tuple[int, str]] = field(default_factory=set)

    # The bookkeeper's side

    def policy(self, *, top: str = BOTH_OFF, billing: str = "", rest: str = "", cutover_on: str = "2026-01-01") -> None:
        """Write the policy; what is not given is as in the README's, without waiting for the other side to settle."""
        text = POLICY.format(cutover_on=cutover_on, top=top, billing=billing, rest=rest)
        (self.home / "policy.toml").write_text(text, encoding="utf-8")

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The environment of this firm, and of no other."""
        before = dict(os.environ)
        for name in (*SANDBOX_CONNECTION, "harvest_qb_warehouse", "harvest_qb_ledger", "harvest_qb_key"):
            os.environ.pop(name.upper(), None)
        os.environ.update(self.company["env"])
        os.environ["HARVEST_QB_HOME"] = str(self.home)
        os.environ["HARVEST_QB_POLICY"] = str(self.home / "policy.toml")
        os.environ.update(self.variables)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    @cached_property
    def definitions(self) -> dg.Definitions:
        """The real code location; its clients wait for no rate limit, and give up on reads soon."""
        logging.getLogger("dagster").setLevel(logging.CRITICAL)
        with self.at_work():
            return build_defs(resources.resources(self.http))

    @cached_property
    def http(self) -> HttpOptions:
        """How clients behave here: they wait for no rate limit."""
        wire = httpx.HTTPTransport(verify=False)
        usual = clients.http_options(load_settings())
        return replace(usual, limits_path=None, attempts=2, read_seconds=10, sleep=lambda _: None, wire=wire)

    def job(
        self,
        name: str,
        config: Mapping[str, Any] | None = None,
        *,
        instance: dg.DagsterInstance | None = None,
        may_fail: bool = False,
    ) -> dg.ExecuteInProcessResult:
        """Run one of the jobs to its end, in this process."""
        with self.at_work(), nullcontext(instance) if instance else dg.DagsterInstance.ephemeral() as used:
            job = self.definitions.resolve_job_def(name)
            # What is given replaces a job's own configuration, so that has to be repeated.
            return job.execute_in_process(
                run_config={**(config or job.run_config or {}), **QUIET}, instance=used, raise_on_error=not may_fail
            )

    def step(self) -> None:
        """Land, link, plan who is missing or has changed, and send what is approved of that."""
        with self.at_work():
            pipeline.step(self.http)
            pipeline.send(self.http, [CONTACTS])

    def sync(self, *, full: bool = False) -> None:
        with self.at_work():
            pipeline.land(self.http, full=full)

    def plan(self) -> None:
        """Plan, which reads Harvest's open periods again."""
        with self.at_work():
            pipeline.plan(self.http)

    def push(self) -> None:
        with self.at_work():
            pipeline.send(self.http)

    def draw_up(self) -> None:
        """Sync and plan, as the daily run does; nothing may be approved yet, for that would be sent too."""
        assert not [posting for posting in self.postings() if posting.state == "approved"]
        with self.at_work():
            pipeline.draw_up(self.http)

    def approve(self, *keys: str, by: str = "Bea") -> None:
        """Approve each document exactly as it is now."""
        for key in keys:
            sha256 = self.document(key).sha256
            self.ledger(
                lambda ledger, key=key, sha=sha256: approval.approve(ledger, key, by=by, sha256=sha, via="test")
            )

    def approve_all(self) -> None:
        """Approve everything that is planned, creations included."""
        self.approve(*dict.fromkeys(p.document for p in self.postings() if p.state == "planned"))

    def bill(self, *keys: str) -> None:
        """Approve and send."""
        self.approve(*keys)
        self.push()

    def type(self, *words: str) -> Typed:
        """`harvest-qb WORDS` as typed in a shell, in this process."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        given, sys.argv = sys.argv, ["harvest-qb", *words]
        try:
            with self.at_work(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            sys.argv = given
        return Typed(code, out.getvalue(), err.getvalue())

    # What the ledger and the warehouse say

    @property
    def ledger_id(self) -> str:
        return self.ledger(ledger_id_of)

    def ledger(self, look: Callable[[Any], T]) -> T:
        with self.at_work(), home_ledger(actor="Bea") as ledger:
            return look(ledger)

    def document(self, key: str) -> StoredDocument:
        found = self.ledger(lambda ledger: reading.document(ledger, key))
        assert found is not None, f"no document {key}"
        return found

    def posting(self, key: str) -> StoredPosting:
        found = self.ledger(lambda ledger: reading.posting(ledger, key))
        assert found is not None, f"no posting {key}"
        return found

    def postings(self, kind: str | None = None) -> list[StoredPosting]:
        """The newest revision of everything that is not superseded."""
        found = self.ledger(lambda ledger: reading.postings(ledger, kind=kind))
        return [posting for posting in found if posting.state != "superseded"]

    def states(self) -> dict[str, str]:
        return {posting.key: posting.state for posting in self.postings()}

    def holds(self, key: str) -> dict[str, str]:
        """Code and sentence of each reason why a document is held."""
        invoice = self.posting(key)
        return {hold.code: hold.sentence for hold in invoice.hold_reasons} if invoice.state == "held" else {}

    def lines(self, key: str) -> list[tuple[Decimal, Decimal, Decimal]]:
        """Quantity, unit price and amount of each line of a planned invoice."""
        return [
            (line["SalesItemLineDetail"]["Qty"], line["SalesItemLineDetail"]["UnitPrice"], line["Amount"])
            for line in self.posting(key).payload["Line"]
        ]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A query on the warehouse while no run is at work."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as con:
            return con.execute(sql).fetchall()

    def waiting(self) -> dict[tuple[str, str], str]:
        """Everything in `billing.holds`: sentence by client name and code."""
        found = self.rows(
            "SELECT client_name, code, sentence FROM billing.holds JOIN billing.clients USING (client_id_harvest)"
        )
        return {(name, code): sentence for name, code, sentence in found}

    # The other side

    def control(self, method: str, path: str, body: Json = None) -> Any:
        return self.sandbox.control(method, f"/companies/{self.company['id']}{path}", body)

    def harvest(self, collection: str) -> list[JsonObject]:
        return self.control("GET", f"/harvest/{collection}")

    def quickbooks(self, entity: str) -> list[JsonObject]:
        return self.control("GET", f"/quickbooks/{entity}")

    def in_harvest(self, method: str, path: str, **body: Json) -> JsonObject:
        """A person acts in Harvest."""
        return self.control(method, f"/harvest/{path}", body)

    def in_quickbooks(self, method: str, path: str, **body: Json) -> JsonObject:
        """A person acts in QuickBooks."""
        return self.control(method, f"/quickbooks/{path}", body)

    def move_to(self, day: str) -> None:
        """It is another day, for the company and for the pipeline."""
        self.control("POST", "/clock", {"set": day})
        self.variables["HARVEST_QB_TODAY"] = day

    def arm(self, **fault: Json) -> None:
        self.control("POST", "/faults", fault)

    def refuse_an_invoice(self, code: str = "2020", words: str = "Line is missing") -> None:
        """QuickBooks refuses the next invoice, once its twin stands; whatever is checked before finds nothing."""
        error = {"Message": "A request that is not valid", "Detail": words, "code": code}
        body = {"Fault": {"Error": [error], "type": "ValidationFault"}}
        self.arm(kind="status", status=400, method="POST", path="/invoice", body=body)

    def writes(self) -> list[tuple[str, str]]:
        """What could have changed something, in order, except tokens."""
        calls = self.control("GET", "/calls")
        return [
            (call["method"], call["path"])
            for call in calls
            if call["method"] != "GET" and "/tokens/" not in call["path"]
        ]

    def invoice(self, key: str) -> JsonObject:
        """The one invoice in QuickBooks that carries the marker of a bill."""
        found = [row for row in self.quickbooks("Invoice") if f"[hq:{key} " in (row.get("PrivateNote") or "")]
        assert len(found) == 1, f"{len(found)} invoices carry the marker of {key}"
        return found[0]

    def twin(self, key: str) -> JsonObject:
        """The one invoice in Harvest with the number of a bill."""
        number = self.document(key).doc_number
        found = [row for row in self.harvest("invoices") if row["number"] == number]
        assert len(found) == 1, f"{len(found)} twins have number {number}"
        return found[0]

    def both(self, key: str) -> tuple[Decimal, Decimal]:
        """What a bill comes to in QuickBooks and in Harvest."""
        return Decimal(str(self.invoice(key)["TotalAmt"])), Decimal(str(self.twin(key)["amount"]))

    # The firm's work

    def client(self, name: str, *, is_known: bool = True, **fields: Json) -> int:
        """A client; `is_known` gives it a customer of the same name in QuickBooks."""
        if is_known:
            self.in_quickbooks("POST", "Customer", DisplayName=name)
        return self.in_harvest("POST", "clients", name=name, **fields)["id"]

    def project(self, client_id: int, name: str, rate: Json = 100, **fields: Json) -> int:
        """A billable project at one rate, unless the fields say otherwise."""
        given = {"bill_by": "Project", "hourly_rate": rate, "is_billable": True, "budget_by": "none", **fields}
        return self.in_harvest("POST", "projects", client_id=client_id, name=name, **given)["id"]

    def person(self, name: str) -> int:
        if name not in self.people:
            first, last = name.split()
            user = self.in_harvest("POST", "users", first_name=first, last_name=last, email=f"{first}@firm.example")
            self.people[name] = user["id"]
        return self.people[name]

    def task(self, name: str) -> int:
        if name not in self.tasks:
            self.tasks[name] = self.in_harvest("POST", "tasks", name=name, billable_by_default=True)["id"]
        return self.tasks[name]

    def log(
        self, project_id: int, day: str, hours: str, *, by: str = "Ann Lee", task: str = "Design",
        approved: bool = True, billable: bool = True, rate: Json = None, **fields: Json,
    ) -> int:  # fmt: skip
        """Somebody logs time; with `rate` it is their own rate on the project. The id of the entry."""
        self._assign(project_id, by, task, rate, billable)
        given = {"approval_status": "approved"} if approved else {}
        return self.in_harvest(
            "POST", "time_entries", project_id=project_id, user_id=self.person(by), task_id=self.task(task),
            spent_date=day, hours=Decimal(hours), **given, **fields,
        )["id"]  # fmt: skip

    def _assign(self, project_id: int, by: str, task: str, rate: Json, billable: bool) -> None:
        """Task and person are assigned to the project at their first entry on it."""
        if (project_id, task) not in self.assigned:
            self.in_harvest(
                "POST", "task_assignments", project_id=project_id, task_id=self.task(task), billable=billable
            )
        own = {} if rate is None else {"use_default_rates": False, "hourly_rate": rate}
        if (project_id, by) not in self.assigned:
            self.in_harvest("POST", "user_assignments", project_id=project_id, user_id=self.person(by), **own)
        self.assigned |= {(project_id, task), (project_id, by)}


def open_firm(sandbox: RunningSandbox, home: Path, ledger: Path, **wish: Json) -> Firm:
    """A firm whose company has books, but neither clients nor time; with the plain policy and a copy of `ledger`."""
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(ledger, home / "ledger.sqlite")
    firm = Firm(sandbox, sandbox.create_company(**{"today": TODAY, **wish}), home)
    firm.policy()
    return firm
