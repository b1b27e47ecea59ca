"""The state of one Harvest account: its records by id, the sequences that number them, and its clock.

Belongs here: storage, look-ups between records, and stamping changes. Must not be here: rules of Harvest, JSON, HTTP.
The modules of this folder work on a `Tables`; `books` is the face they show to the rest of the sandbox.
"""

from collections.abc import Iterable
from datetime import date
from hashlib import sha1

from harvest_qb_pipeline.sandbox.harvest.prepared import Prepared
from harvest_qb_pipeline.sandbox.harvest.records import (
    Account,
    BillableRate,
    Client,
    Contact,
    Expense,
    ExpenseCategory,
    Invoice,
    InvoiceItemCategory,
    InvoiceMessage,
    InvoicePayment,
    Project,
    StampedRecord,
    Task,
    TaskAssignment,
    User,
    UserAssignment,
)
from harvest_qb_pipeline.sandbox.harvest.timetable import TimeTable
from harvest_qb_pipeline.sandbox.owner import Owner
from harvest_qb_pipeline.sandbox.switches import Switches

FIRST_IDS = {
    "users": 4_100_001,
    "billable_rates": 2_200_001,
    "clients": 6_300_001,
    "contacts": 7_400_001,
    "projects": 15_500_001,
    "tasks": 8_600_001,
    "task_assignments": 161_700_001,
    "user_assignments": 131_800_001,
    "expense_categories": 4_900_001,
    "expenses": 16_100_001,
    "invoice_item_categories": 1_500_001,
    "invoices": 14_200_001,
    "lines": 54_300_001,
    "invoice_messages": 28_400_001,
    "invoice_payments": 11_500_001,
    "time_entries": 2_500_000_001,
}
"""First id of each kind; those of time entries lie above 2^31, as the real ones do."""


class Tables:
    """Records by id. Change records through the functions of this folder, or the indexes and caches go stale."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.clear()

    def clear(self) -> None:
        """Back to an account without any record."""
        self.account = Account()
        self.users: dict[int, User] = {}
        self.billable_rates: dict[int, BillableRate] = {}
        self.clients: dict[int, Client] = {}
        self.contacts: dict[int, Contact] = {}
        self.projects: dict[int, Project] = {}
        self.tasks: dict[int, Task] = {}
        self.task_assignments: dict[int, TaskAssignment] = {}
        self.user_assignments: dict[int, UserAssignment] = {}
        self.expense_categories: dict[int, ExpenseCategory] = {}
        self.expenses: dict[int, Expense] = {}
        self.invoice_item_categories: dict[int, InvoiceItemCategory] = {}
        self.invoices: dict[int, Invoice] = {}
        self.invoice_messages: dict[int, InvoiceMessage] = {}
        self.invoice_payments: dict[int, InvoicePayment] = {}
        self.time = TimeTable()
        self.next_ids = dict(FIRST_IDS)
        self.catalog_version = 0
        self.prepared = {rates: Prepared() for rates in (True, False)}
        self.task_assignment_of: dict[tuple[int, int], TaskAssignment] = {}
        self.user_assignment_of: dict[tuple[int, int], UserAssignment] = {}
        self.rates_of: dict[int, list[BillableRate]] = {}
        self.numbers_in_use: dict[str, int] = {}
        self.payments_by_invoice: dict[int, list[InvoicePayment]] = {}

    @property
    def switches(self) -> Switches:
        """The company's switches, as they are now."""
        return self.owner.switches

    def now(self) -> int:
        """Epoch second of the company's clock."""
        return int(self.owner.clock.now().timestamp())

    def today(self) -> date:
        """The day it is for the company."""
        return self.owner.clock.today(self.owner.timezone)

    def next_id(self, kind: str) -> int:
        """A new id of that kind."""
        self.next_ids[kind] += 1
        return self.next_ids[kind] - 1

    def key_of(self, text: str, length: int) -> str:
        """A hexadecimal key as Harvest shows them, the same for the same text in the same company."""
        return sha1(f"{self.owner.id}/{text}".encode(), usedforsecurity=False).hexdigest()[:length]

    def touch(self, *records: StampedRecord) -> None:
        """Moves `updated_at` of the records to now and forgets what was prepared from them."""
        moment = self.now()
        for record in records:
            record.updated_at = moment
        self.catalog_changed()

    def catalog_changed(self) -> None:
        """To be called when people, clients, projects, tasks, assignments or rates changed."""
        self.catalog_version += 1

    def client_of(self, project_id: int) -> Client:
        """The client of a project."""
        return self.clients[self.projects[project_id].client_id]

    def projects_of(self, client_id: int) -> list[Project]:
        """All projects of a client, archived ones too."""
        return [project for project in self.projects.values() if project.client_id == client_id]

    def invoices_of(self, client_id: int) -> list[Invoice]:
        """All invoices of a client."""
        return [invoice for invoice in self.invoices.values() if invoice.client_id == client_id]

    def payments_of(self, invoice_id: int) -> list[InvoicePayment]:
        """The payments recorded on an invoice, oldest first."""
        return self.payments_by_invoice.get(invoice_id, [])

    def messages_of(self, invoice_id: int) -> list[InvoiceMessage]:
        """The messages of an invoice, oldest first."""
        return [message for message in self.invoice_messages.values() if message.invoice_id == invoice_id]

    def administrator(self) -> User:
        """The person the account's own token belongs to. Raises `LookupError` in an account without administrator."""
        for user in self.users.values():
            if user.is_active and "administrator" in user.access_roles:
                return user
        raise LookupError("The Harvest account has no active administrator; add a user first.")

    def member(self) -> User | None:
        """The person the member token belongs to: the first active one who is no administrator."""
        others = (user for user in self.users.values() if "administrator" not in user.access_roles)
        return next((user for user in others if user.is_active), None)

    def reindex(self) -> None:
        """Builds the look-ups anew from the records, after they were loaded."""
        self.task_assignment_of = {(a.project_id, a.task_id): a for a in self.task_assignments.values()}
        self.user_assignment_of = {(a.project_id, a.user_id): a for a in self.user_assignments.values()}
        self.numbers_in_use = _counted(invoice.number for invoice in self.invoices.values())
        self.payments_by_invoice = {}
        for payment in self.invoice_payments.values():
            self.payments_by_invoice.setdefault(payment.invoice_id, []).append(payment)
        self.rates_of = {}
        for rate in self.billable_rates.values():
            self.file_rate(rate)
        self.catalog_changed()

    def file_rate(self, rate: BillableRate) -> None:
        """Puts a rate in its place in the person's history."""
        rates = self.rates_of.setdefault(rate.user_id, [])
        rates.append(rate)
        rates.sort(key=lambda each: each.start_on or date.min)
        self.catalog_changed()


def _counted(texts: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for text in texts:
        counts[text] = counts.get(text, 0) + 1
    return counts
