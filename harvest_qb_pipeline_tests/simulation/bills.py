"""What is to be billed in a simulation: one client's October, and the documents that planning would make of it.

Belongs here: literal payloads, in the shapes of billing, so that the engine is tested without the pipeline before it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Document, NumberFormat, Posting, Source

MONTH = "2026-10"
FIRST_DAY = date(2026, 10, 5)
LAST_DAY = date(2026, 10, 31)
RATE = Decimal(100)


@dataclass(frozen=True)
class Bill:
    """One client's month: a project and a task at 100 an hour, an entry a day, and an invoice line for each entry.

    Harvest's import sums them up in one line, so the others have to be appended to the twin.
    """

    name: str
    client_id: int
    project_id: int
    task_id: int
    user_id: int
    item_id: str
    entry_ids: tuple[int, ...]
    hours: tuple[Decimal, ...]

    @property
    def key(self) -> str:
        return self.member("invoice")

    @property
    def customer_key(self) -> str:
        return f"customer/client-{self.client_id}"

    @property
    def total(self) -> Decimal:
        return sum(self.hours, Decimal(0)) * RATE

    def member(self, kind: str) -> str:
        return f"{kind}/client-{self.client_id}/{MONTH}"

    def documents(self) -> list[Document]:
        """The customer, new to QuickBooks, and the bill."""
        customer = self._posting(
            "customer",
            {"DisplayName": self.name, "CurrencyRef": {"value": "USD"}, "Notes": {"$marker": "From Harvest"}},
            key=self.customer_key,
            amount=Decimal(0),
        )
        bill = Document(
            self.key,
            f"{self.name}, October 2026",
            (
                self._posting("twin", self.twin(), self.customer_key),
                self._posting("invoice", self.invoice(), self.customer_key, self.member("twin")),
                self._posting("twin_open", self.opening(), self.member("twin"), self.member("invoice")),
            ),
            sources=self.sources(),
            number_format=NumberFormat("H2610-"),
        )
        return [Document(self.customer_key, self.name, (customer,)), bill]

    def without_twin(self) -> Document:
        """The bill of a firm that sends no twins."""
        invoice = self._posting("invoice", self.invoice(), self.customer_key)
        return Document(
            self.key,
            f"{self.name}, October 2026",
            (invoice,),
            sources=self.sources(),
            number_format=NumberFormat("H2610-"),
        )

    def sources(self) -> tuple[Source, ...]:
        return tuple(
            Source(
                "bill",
                "time_entry",
                str(entry_id),
                f"{self.project_id}:{self.task_id}",
                day=FIRST_DAY + timedelta(days=index),
                person="Ann Lee",
                project="Website",
                task="Design",
                hours=hours,
                rate=RATE,
                amount=hours * RATE,
                line=index + 1,
            )
            for index, (entry_id, hours) in enumerate(zip(self.entry_ids, self.hours, strict=True))
        )

    def twin(self) -> JsonObject:
        return {
            "invoice": {
                "client_id": self.client_id,
                "number": {"$number": True},
                "issue_date": LAST_DAY.isoformat(),
                "due_date": "2026-11-30",
                "payment_term": "custom",
                "payment_options": [],
                "subject": "October 2026",
                "line_items_import": {
                    "project_ids": [self.project_id],
                    "time": {"summary_type": "task", "from": FIRST_DAY.isoformat(), "to": LAST_DAY.isoformat()},
                },
            },
            "lines": [
                {
                    "project_id": self.project_id,
                    "kind": "Service",
                    "description": f"Website: Design, day {number}",
                    "quantity": hours,
                    "unit_price": RATE,
                    "taxed": False,
                    "taxed2": False,
                }
                for number, hours in enumerate(self.hours, start=1)
            ],
            "total": self.total,
        }

    def invoice(self) -> JsonObject:
        return {
            "DocNumber": {"$number": True},
            "TxnDate": LAST_DAY.isoformat(),
            "DueDate": "2026-11-30",
            "SalesTermRef": {"value": "3"},
            "CustomerRef": {"value": {"$link": self.customer_key}},
            "CurrencyRef": {"value": "USD"},
            "PrivateNote": {"$marker": "Oct 2026"},
            "EmailStatus": "NotSet",
            "Line": [
                {
                    "Amount": hours * RATE,
                    "DetailType": "SalesItemLineDetail",
                    "Description": f"Website: Design, day {number}",
                    "SalesItemLineDetail": {
                        "ItemRef": {"value": self.item_id},
                        "Qty": hours,
                        "UnitPrice": RATE,
                        "TaxCodeRef": {"value": "NON"},
                    },
                }
                for number, hours in enumerate(self.hours, start=1)
            ],
        }

    def opening(self) -> JsonObject:
        return {"invoice_id": {"$link": self.member("twin")}, "event_type": "send"}

    def _posting(
        self, kind: str, payload: JsonObject, *needs: str, key: str | None = None, amount: Decimal | None = None
    ) -> Posting:
        return Posting(
            key=key or self.member(kind),
            kind=kind,
            target="harvest" if kind.startswith("twin") else "quickbooks",
            operation="create",
            payload=payload,
            amount=self.total if amount is None else amount,
            currency="USD",
            occurs_on=LAST_DAY,
            summary=f"{kind} of {self.name}",
            depends_on=needs,
        )
