"""A bill about to be sent: one client's October on a fresh sandbox company, planned and approved in a real ledger.

Used by the fault sweeps. Nothing is mocked: clients, ledger, engine and both systems are the real ones; only `sleep`
and the limits are short.
"""

import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger import approval, reading
from harvest_qb_pipeline.ledger.model import Document, NumberFormat, Posting, Source
from harvest_qb_pipeline.ledger.planning import PlanResult, record_plan
from harvest_qb_pipeline.ledger.store import Ledger, open_ledger
from harvest_qb_pipeline.ledger.tokens import LedgerTokenStore
from harvest_qb_pipeline.posting.door import PostingOptions
from harvest_qb_pipeline.posting.push import PushReport, push
from harvest_qb_pipeline.posting.systems import Systems
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline.settings import utc_now
from harvest_qb_pipeline.transport.http import HttpOptions

SETTLE = 0.3
OPTIONS = PostingOptions(settle_seconds=SETTLE, timeout_seconds=0.8, lease_seconds=1.5, throttle_seconds=2, workers=1)
KINDS = ("customer", "twin", "invoice", "twin_open")
TODAY = date(2026, 11, 5)
MONTH = "2026-10"


@dataclass(frozen=True)
class Scene:
    """One company, one ledger, and the ids of what is to be billed."""

    sandbox: RunningSandbox
    company: JsonObject
    ledger_path: Path
    client_id: int
    project_id: int
    task_id: int
    item_id: str
    entry_ids: tuple[int, ...]
    hours: tuple[Decimal, ...]

    @property
    def key(self) -> str:
        return f"invoice/client-{self.client_id}/{MONTH}"

    def control(self, method: str, path: str, body: Json = None) -> Json:
        return self.sandbox.control(method, f"/companies/{self.company['id']}{path}", body)

    def ledger(self, actor: str = "test") -> Ledger:
        return open_ledger(self.ledger_path, actor=actor)

    def systems(self, ledger: Ledger, options: PostingOptions = OPTIONS) -> Systems:
        env = self.company["env"]
        http = HttpOptions(sleep=lambda _seconds: None, read_seconds=2, attempts=3)
        harvest = HarvestClient(env["HARVEST_BASE_URL"], env["HARVEST_ACCOUNT_ID"], env["HARVEST_ACCESS_TOKEN"], http)
        quickbooks = QuickBooksClient(
            env["QUICKBOOKS_BASE_URL"],
            env["QUICKBOOKS_TOKEN_URL"],
            env["QUICKBOOKS_REALM_ID"],
            env["QUICKBOOKS_CLIENT_ID"],
            env["QUICKBOOKS_CLIENT_SECRET"],
            env["QUICKBOOKS_REFRESH_TOKEN"],
            LedgerTokenStore(ledger, home=self.ledger_path.parent, key=None),
            http,
        )
        return Systems(harvest, quickbooks, options, now=utc_now, sleep=time.sleep)

    def push(self, options: PostingOptions = OPTIONS) -> PushReport:
        ledger = self.ledger()
        try:
            systems = self.systems(ledger, options)
            try:
                return push(ledger, systems)
            finally:
                systems.harvest.close()
                systems.quickbooks.close()
        finally:
            ledger.close()

    def push_until_rest(self, rounds: int = 12) -> None:
        """Pushes again and again, as the sensor would, until everything is posted or waits for a person."""
        for _ in range(rounds):
            self.push()
            if not self.moving():
                return
            time.sleep(SETTLE)
        raise AssertionError(f"still moving after {rounds} pushes: {self.states()}")

    def moving(self) -> bool:
        return any(state in ("approved", "sending", "uncertain") for state in self.states().values())

    def states(self) -> dict[str, str]:
        ledger = self.ledger()
        try:
            return {posting.key: posting.state for posting in reading.postings(ledger)}
        finally:
            ledger.close()

    def plan(self, documents: list[Document] | None = None) -> PlanResult:
        ledger = self.ledger()
        try:
            return record_plan(
                ledger, documents or self.documents(), kinds=KINDS, numbers_taken=(), policy_sha256="test"
            )
        finally:
            ledger.close()

    def approve(self) -> None:
        ledger = self.ledger()
        try:
            document = reading.document(ledger, self.key)
            approval.approve(ledger, self.key, by="Bea", sha256=document.sha256, via="test")
        finally:
            ledger.close()

    def documents(self) -> list[Document]:
        customer = f"customer/client-{self.client_id}"
        return [
            Document(
                customer,
                "Acme",
                (
                    Posting(
                        customer,
                        "customer",
                        "quickbooks",
                        "create",
                        {
                            "DisplayName": "Acme",
                            "CurrencyRef": {"value": "USD"},
                            "Notes": {"$marker": "From Harvest"},
                        },
                        Decimal(0),
                        "USD",
                        TODAY,
                        "Customer Acme",
                    ),
                ),
            ),
            Document(
                self.key,
                "Acme, October 2026",
                self._bill(customer),
                sources=self.sources(),
                number_format=NumberFormat("H2610-"),
            ),
        ]

    @property
    def total(self) -> Decimal:
        return sum(self.hours, Decimal(0)) * 100

    def sources(self) -> tuple[Source, ...]:
        return tuple(
            Source(
                "bill",
                "time_entry",
                str(entry_id),
                f"{self.project_id}:{self.task_id}:{hours}:100",
                day=date(2026, 10, 5) + timedelta(days=index),
                person="Ann Lee",
                project="Website",
                task="Design",
                hours=hours,
                rate=Decimal(100),
                amount=hours * 100,
                line=1,
            )
            for index, (entry_id, hours) in enumerate(zip(self.entry_ids, self.hours, strict=True))
        )

    def _bill(self, customer: str) -> tuple[Posting, ...]:
        quantity, suffix = sum(self.hours, Decimal(0)), f"client-{self.client_id}/{MONTH}"
        twin = {
            "invoice": {
                "client_id": self.client_id,
                "number": {"$number": True},
                "issue_date": "2026-10-31",
                "due_date": "2026-11-30",
                "payment_term": "custom",
                "payment_options": [],
                "subject": "October 2026",
                "line_items_import": {
                    "project_ids": [self.project_id],
                    "time": {"summary_type": "task", "from": "2026-10-05", "to": "2026-10-31"},
                },
            },
            "lines": [
                {
                    "project_id": self.project_id,
                    "kind": "Service",
                    "description": "Website: Design",
                    "quantity": quantity,
                    "unit_price": Decimal(100),
                    "taxed": False,
                    "taxed2": False,
                }
            ],
        }
        invoice = {
            "DocNumber": {"$number": True},
            "TxnDate": "2026-10-31",
            "DueDate": "2026-11-30",
            "CustomerRef": {"value": {"$link": customer}},
            "CurrencyRef": {"value": "USD"},
            "PrivateNote": {"$marker": "Oct 2026"},
            "EmailStatus": "NotSet",
            "Line": [
                {
                    "Amount": self.total,
                    "DetailType": "SalesItemLineDetail",
                    "Description": "Website: Design",
                    "SalesItemLineDetail": {
                        "ItemRef": {"value": self.item_id},
                        "Qty": quantity,
                        "UnitPrice": Decimal(100),
                        "TaxCodeRef": {"value": "NON"},
                    },
                }
            ],
        }
        opening = {"invoice_id": {"$link": f"twin/{suffix}"}, "event_type": "send"}
        day = date(2026, 10, 31)
        common = {"amount": self.total, "currency": "USD", "occurs_on": day}
        return (
            Posting(
                f"twin/{suffix}", "twin", "harvest", "create", twin, summary="Twin", depends_on=(customer,), **common
            ),
            Posting(
                f"invoice/{suffix}",
                "invoice",
                "quickbooks",
                "create",
                invoice,
                summary="Invoice",
                depends_on=(customer, f"twin/{suffix}"),
                **common,
            ),
            Posting(
                f"twin_open/{suffix}",
                "twin_open",
                "harvest",
                "create",
                opening,
                summary="Open the twin",
                depends_on=(f"twin/{suffix}", f"invoice/{suffix}"),
                **common,
            ),
        )

    def invoices_of_ours(self) -> list[JsonObject]:
        dumped = self.control("GET", "/quickbooks/Invoice")
        return [invoice for invoice in dumped if f"[hq:{self.key} " in (invoice.get("PrivateNote") or "")]

    def twins(self) -> list[JsonObject]:
        return [twin for twin in self.control("GET", "/harvest/invoices") if twin["client"]["id"] == self.client_id]

    def entries(self) -> list[JsonObject]:
        return self.control("GET", "/harvest/time_entries")

    def assert_billed_once(self, twin_state: str = "open") -> None:
        """One customer, one invoice and one twin of the planned total; every hour on that twin; the ledger agrees."""
        customers = [row for row in self.control("GET", "/quickbooks/Customer") if row["DisplayName"] == "Acme"]
        assert len(customers) == 1
        invoices, twins = self.invoices_of_ours(), self.twins()
        assert [Decimal(str(invoice["TotalAmt"])) for invoice in invoices] == [self.total]
        assert [Decimal(str(twin["amount"])) for twin in twins] == [self.total]
        assert [invoice["DocNumber"] for invoice in invoices] == [twin["number"] for twin in twins]
        assert [twin["state"] for twin in twins] == [twin_state]
        for entry in self.entries():
            assert (entry["is_billed"], entry["invoice"]["id"]) == (True, twins[0]["id"])
        ledger = self.ledger()
        try:
            posted = {posting.kind: posting for posting in reading.postings(ledger) if posting.state == "posted"}
        finally:
            ledger.close()
        assert set(posted) == set(KINDS)
        assert posted["invoice"].external_id == str(invoices[0]["Id"])
        assert posted["twin"].external_id == str(twins[0]["id"])
        assert not any(posting.flags for posting in posted.values())


def make_scene(
    sandbox: RunningSandbox, folder: Path, *, hours: tuple[str, ...] = ("2.5", "1.25"), **company: Json
) -> Scene:
    """A fresh company with one client, project, task and person, and entries of October; planned and approved."""
    made = sandbox.create_company(size="empty", today=TODAY.isoformat(), **company)
    scene = Scene(sandbox, made, folder / "ledger.sqlite", 0, 0, 0, "", (), tuple(map(Decimal, hours)))

    def create(collection: str, **body: Json) -> JsonObject:
        return scene.control("POST", f"/harvest/{collection}", body)

    client = create("clients", name="Acme", currency="USD")["id"]
    project = create(
        "projects",
        client_id=client,
        name="Website",
        is_billable=True,
        bill_by="Project",
        hourly_rate=100,
        budget_by="none",
    )["id"]
    task = create("tasks", name="Design", billable_by_default=True)["id"]
    user = create("users", first_name="Ann", last_name="Lee", email="ann@example.com")["id"]
    create("task_assignments", project_id=project, task_id=task, billable=True)
    create("user_assignments", project_id=project, user_id=user)
    entries = tuple(
        create(
            "time_entries",
            user_id=user,
            project_id=project,
            task_id=task,
            spent_date=(date(2026, 10, 5) + timedelta(days=index)).isoformat(),
            hours=Decimal(spent),
            approval_status="approved",
        )["id"]
        for index, spent in enumerate(hours)
    )
    item = next(row["Id"] for row in scene.control("GET", "/quickbooks/Item") if row["Type"] == "Service")
    return replace(scene, client_id=client, project_id=project, task_id=task, item_id=item, entry_ids=entries)
