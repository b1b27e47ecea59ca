"""Bills about to be sent: a fresh sandbox company, a real ledger, the real clients and engine. Nothing is mocked.

Belongs here: the stage, its clock, and what must be true at the end. Time-outs are real; settling, leases and back-off
run on a clock that the test moves, so that their true values are used without waiting for them.
"""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import httpx

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.writer import HarvestWriter
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger import approval, events, reading, sending
from harvest_qb_pipeline.ledger.links import confirm_link
from harvest_qb_pipeline.ledger.model import Document, StoredPosting
from harvest_qb_pipeline.ledger.plans import PlanResult
from harvest_qb_pipeline.ledger.store import Ledger, open_ledger
from harvest_qb_pipeline.ledger.tokens import LedgerTokenStore
from harvest_qb_pipeline.posting.door import PostingOptions
from harvest_qb_pipeline.posting.kind import Facts
from harvest_qb_pipeline.posting.push import PushReport, push
from harvest_qb_pipeline.posting.systems import Systems
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.writer import QuickBooksWriter
from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline.settings import utc_now
from harvest_qb_pipeline.transport.http import HttpOptions, OnCall
from harvest_qb_pipeline_tests.ledger.books import record
from harvest_qb_pipeline_tests.simulation.bills import FIRST_DAY, Bill

OPTIONS = PostingOptions(settle_seconds=180, timeout_seconds=10, lease_seconds=300, throttle_seconds=120, workers=1)
KINDS = ("customer", "twin", "invoice", "twin_open")
TODAY = date(2026, 11, 5)
HOURS = (Decimal("2.5"), Decimal("1.25"))
LATE_SECONDS = 10.0


@dataclass
class Clock:
    """Our clock: real time and what the test has skipped. Sleeping skips."""

    offset: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return utc_now() + self.offset

    def sleep(self, seconds: float) -> None:
        self.offset += timedelta(seconds=seconds)


Interruptions = dict[tuple[str, str], Callable[[], object]]


class InterruptedHarvest(HarvestWriter):
    """The real writer; `before_write` is what others do in the moment before a write of (method, path) leaves."""

    before_write: Interruptions

    def write(self, method: str, path: str, body: bytes | None, *, timeout: float | None = None) -> JsonObject:
        self.before_write.pop((method, path), lambda: None)()
        return super().write(method, path, body, timeout=timeout)


class InterruptedQuickBooks(QuickBooksWriter):
    """The same for QuickBooks, whose writes are all POSTs."""

    before_write: Interruptions

    def write(self, path: str, body: bytes, **options: object) -> JsonObject:
        self.before_write.pop(("POST", path), lambda: None)()
        return super().write(path, body, **options)


@dataclass
class Scene:
    """One company, one ledger, and the bills of its clients. Close it."""

    sandbox: RunningSandbox
    made: JsonObject
    folder: Path
    bills: tuple[Bill, ...] = ()
    clock: Clock = field(default_factory=Clock)
    options: PostingOptions = OPTIONS
    read_seconds: float = 10.0
    facts: Facts = field(default_factory=Facts)
    before_write: Interruptions = field(default_factory=dict)
    on_call: OnCall | None = None
    limits_path: Path | None = None
    sleeps: bool = False

    @property
    def bill(self) -> Bill:
        return self.bills[0]

    @property
    def key(self) -> str:
        return self.bill.key

    @property
    def company(self) -> Company:
        found = self.sandbox.registry.get(self.made["id"])
        assert found is not None
        return found

    @property
    def ledger_path(self) -> Path:
        return self.folder / "ledger.sqlite"

    @cached_property
    def ledger(self) -> Ledger:
        return open_ledger(self.ledger_path, actor="test", clock=self.clock.now)

    @cached_property
    def harvest(self) -> HarvestClient:
        env = self.made["env"]
        return HarvestClient(
            env["HARVEST_BASE_URL"], env["HARVEST_ACCOUNT_ID"], env["HARVEST_ACCESS_TOKEN"], self._http()
        )

    @cached_property
    def quickbooks(self) -> QuickBooksClient:
        env = self.made["env"]
        return QuickBooksClient(
            env["QUICKBOOKS_BASE_URL"],
            env["QUICKBOOKS_TOKEN_URL"],
            env["QUICKBOOKS_REALM_ID"],
            env["QUICKBOOKS_CLIENT_ID"],
            env["QUICKBOOKS_CLIENT_SECRET"],
            env["QUICKBOOKS_REFRESH_TOKEN"],
            LedgerTokenStore(self.ledger, home=self.folder, key=None),
            self._http(),
            clock=self.clock.now,
        )

    def systems(self, options: PostingOptions | None = None) -> Systems:
        """Both systems as a push sees them, with whatever others do before a write."""
        harvest, quickbooks = InterruptedHarvest(self.harvest), InterruptedQuickBooks(self.quickbooks)
        harvest.before_write = quickbooks.before_write = self.before_write
        now, sleep = self.clock.now, self.clock.sleep
        return Systems(
            self.harvest, self.quickbooks, options or self.options, now, sleep, harvest, quickbooks, self.facts
        )

    def close(self) -> None:
        for name in ("harvest", "quickbooks", "ledger"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()

    def control(self, method: str, path: str, body: Json = None) -> Json:
        return self.sandbox.control(method, f"/companies/{self.made['id']}{path}", body)

    # What people and processes do

    def plan(self, documents: list[Document] | None = None, numbers_taken: tuple[str, ...] = ()) -> PlanResult:
        if documents is None:
            documents = [document for bill in self.bills for document in bill.documents()]
        return record(self.ledger, documents, kinds=KINDS, numbers_taken=numbers_taken)

    def know_customers(self) -> None:
        """Every client's customer is in QuickBooks and linked, so that only bills are left to plan."""
        for bill in self.bills:
            with self.company.lock:
                made = self.company.quickbooks.ui_create("Customer", {"DisplayName": bill.name})
            confirm_link(self.ledger, bill.customer_key, made["Id"], by="Bea")
        self.plan([document for bill in self.bills for document in bill.documents() if document.key == bill.key])

    def approve(self) -> None:
        for bill in self.bills:
            document = reading.document(self.ledger, bill.key)
            assert document is not None
            approval.approve(self.ledger, bill.key, by="Bea", sha256=document.sha256, via="test")

    def push(self) -> PushReport:
        return push(self.ledger, self.systems())

    def push_until_rest(self, rounds: int = 12) -> None:
        """Pushes again and again, as the sensor would, until everything is posted or waits for a person."""
        for _ in range(rounds):
            self.push()
            if not self.moving():
                return
            # At once as well: what has no answer yet must not be sent again.
            self.push()
            self.let_late_commits_land()
            self.wait(self.options.lease_seconds + self.options.settle_seconds)
        raise AssertionError(f"still moving after {rounds} pushes: {self.states()}")

    def wait(self, seconds: float) -> None:
        """Time passes, for us and for the company."""
        self.clock.sleep(seconds)
        self.company.clock.advance(seconds)

    def let_late_commits_land(self) -> None:
        """Have the sandbox carry out now whatever it was to carry out late."""
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer):
                thread.cancel()
                thread.function(*thread.args, **thread.kwargs)
        give_up_at = time.monotonic() + LATE_SECONDS
        while any(call["fault"] == "delay" and call["status"] is None for call in self.company.calls.list()):
            assert time.monotonic() < give_up_at, "the sandbox never carried out what it does late"
            time.sleep(0.005)

    # What can be seen

    def moving(self) -> bool:
        """Something is under way or can be sent now; what waits for something held is not."""
        if any(state in ("sending", "uncertain") for state in self.states().values()):
            return True
        return bool(sending.ready(self.ledger, self.clock.now(), limit=1))

    def states(self) -> dict[str, str]:
        return {posting.key: posting.state for posting in reading.postings(self.ledger)}

    def posting(self, kind: str) -> StoredPosting:
        """The newest revision of a posting of the first bill; `customer` is its client's."""
        key = self.bill.customer_key if kind == "customer" else self.bill.member(kind)
        found = reading.posting(self.ledger, key)
        assert found is not None
        return found

    def hold_codes(self, kind: str) -> list[str]:
        posting = self.posting(kind)
        return [hold.code for hold in posting.hold_reasons] if posting.state == "held" else []

    def writes(self) -> list[tuple[str, str]]:
        """Method and path of what could have changed something, in order, except tokens."""
        calls = self.company.calls.list()
        return [(c["method"], c["path"]) for c in calls if c["method"] != "GET" and c["system"] != "oauth"]

    def invoices(self, bill: Bill | None = None) -> list[JsonObject]:
        """QuickBooks invoices that carry the marker of a bill."""
        marker = f"[hq:{(bill or self.bill).key} "
        dumped = self.company.quickbooks.dump("Invoice")
        return [invoice for invoice in dumped if marker in (invoice.get("PrivateNote") or "")]

    def twins(self, bill: Bill | None = None) -> list[JsonObject]:
        client_id = (bill or self.bill).client_id
        return [twin for twin in self.company.harvest.dump("invoices") if twin["client"]["id"] == client_id]

    def entries(self, bill: Bill | None = None) -> dict[int, JsonObject]:
        client_id = (bill or self.bill).client_id
        dumped = self.company.harvest.dump("time_entries")
        return {entry["id"]: entry for entry in dumped if entry["client"]["id"] == client_id}

    # What must be true

    def assert_billed_once(self, twin_state: str = "open") -> None:
        """Of every bill: one customer, one invoice and one twin of its total, every hour on it; the ledger agrees."""
        names = [row["DisplayName"] for row in self.company.quickbooks.dump("Customer")]
        posted = {p.key: p for p in reading.postings(self.ledger) if p.state == "posted"}
        for bill in self.bills:
            assert names.count(bill.name) == 1
            invoices, twins = self.invoices(bill), self.twins(bill)
            assert [Decimal(str(invoice["TotalAmt"])) for invoice in invoices] == [bill.total]
            assert [(Decimal(str(twin["amount"])), twin["state"]) for twin in twins] == [(bill.total, twin_state)]
            assert invoices[0]["DocNumber"] == twins[0]["number"]
            entries = self.entries(bill)
            for entry_id in bill.entry_ids:
                assert (entries[entry_id]["is_billed"], entries[entry_id]["invoice"]["id"]) == (True, twins[0]["id"])
            kept = {kind: posted[bill.member(kind)] for kind in KINDS[1:]}
            assert kept["invoice"].external_id == str(invoices[0]["Id"])
            assert kept["twin"].external_id == kept["twin_open"].external_id == str(twins[0]["id"])
            assert bill.customer_key in posted
        assert not [posting.key for posting in posted.values() if posting.flags]
        assert events.verify_chain(self.ledger) == []

    def assert_nothing_was_made(self) -> None:
        """Neither system has an invoice of the first bill, and its entries are free."""
        assert (self.invoices(), self.twins()) == ([], [])
        assert not [entry for entry in self.entries().values() if entry["is_billed"]]

    def _http(self) -> HttpOptions:
        # The sandbox speaks plain HTTP: without certificates a client is made in no time.
        wire = httpx.HTTPTransport(verify=False)
        return HttpOptions(
            sleep=time.sleep if self.sleeps else self.clock.sleep,
            limits_path=self.limits_path,
            read_seconds=self.read_seconds,
            attempts=3,
            wire=wire,
            on_call=self.on_call,
        )


def make_scene(
    sandbox: RunningSandbox, blank_ledger: Path, folder: Path, *, clients: int = 1, hours: tuple[Decimal, ...] = HOURS,
    **company: Json,
) -> Scene:  # fmt: skip
    """A fresh company with so many clients, each with a project, a task, and entries of October; nothing planned."""
    made = sandbox.create_company(size="empty", today=TODAY.isoformat(), **company)
    shutil.copy(blank_ledger, folder / "ledger.sqlite")
    scene = Scene(sandbox, made, folder)
    named = ("Acme", "Birch", "Cobalt", "Dune", "Elm", "Fjord")
    names = [*named, *(f"Client {number}" for number in range(len(named), clients))][:clients]
    scene.bills = tuple(_work(scene.company, name, hours) for name in names)
    return scene


def again(scene: Scene, folder: Path, blank_ledger: Path) -> Scene:
    """The same company seen by somebody whose ledger was lost."""
    shutil.copy(blank_ledger, folder / "ledger.sqlite")
    made = {**scene.made, "env": {**scene.made["env"], "QUICKBOOKS_REFRESH_TOKEN": scene.company.tokens.refresh_token}}
    return replace(scene, made=made, folder=folder)


def log_time(scene: Scene, bill: Bill, *, day: date, hours: Decimal | None, **values: Json) -> int:
    """Ann logs time on the project of a bill, or starts a timer where there are no hours; the id of the entry."""
    return _log(scene.company, (bill.user_id, bill.project_id, bill.task_id), day, hours, **values)


def _log(company: Company, where: tuple[int, int, int], day: date, hours: Decimal | None, **values: Json) -> int:
    user_id, project_id, task_id = where
    body = {"user_id": user_id, "project_id": project_id, "task_id": task_id, "spent_date": day.isoformat()}
    given = (
        {"approval_status": "unsubmitted"} if hours is None else {"hours": hours, "approval_status": "approved"}
    ) | values
    return _create(company, "time_entries", **body, **given)["id"]


def _work(company: Company, name: str, hours: tuple[Decimal, ...]) -> Bill:
    client = _create(company, "clients", name=name, currency="USD")["id"]
    project = _create(
        company,
        "projects",
        client_id=client,
        name="Website",
        is_billable=True,
        bill_by="Project",
        hourly_rate=100,
        budget_by="none",
    )["id"]
    task = _create(company, "tasks", name=f"Design for {name}", billable_by_default=True)["id"]
    email = f"ann.{name.lower().replace(' ', '.')}@example.com"
    user = _create(company, "users", first_name="Ann", last_name="Lee", email=email)["id"]
    _create(company, "task_assignments", project_id=project, task_id=task, billable=True)
    _create(company, "user_assignments", project_id=project, user_id=user)
    entries = tuple(
        _log(company, (user, project, task), FIRST_DAY + timedelta(days=index), spent)
        for index, spent in enumerate(hours)
    )
    item = next(row["Id"] for row in company.quickbooks.dump("Item") if row["Type"] == "Service")
    return Bill(name, client, project, task, user, item, entries, hours)


def _create(company: Company, collection: str, **body: Json) -> JsonObject:
    with company.lock:
        return company.harvest.ui_create(collection, body)
