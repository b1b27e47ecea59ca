"""The face of the Harvest twin: what the seed, the control API and tests use to fill, read and change an account.

Belongs here: direct insertion of records and the control operations. Must not be here: rules and JSON shapes, which are
in the modules beside this one. Insertion validates nothing but references; the HTTP routes do.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest import control, insertion, invoicing, state
from harvest_qb_pipeline.sandbox.harvest.insertion import TimeRow
from harvest_qb_pipeline.sandbox.harvest.records import (
    BillableRate,
    Client,
    Contact,
    Expense,
    ExpenseCategory,
    Invoice,
    InvoiceItemCategory,
    InvoicePayment,
    Project,
    Task,
    TaskAssignment,
    User,
    UserAssignment,
)
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.timetable import TimeEntry


class HarvestBooks(Tables):
    """One Harvest account.

    Every `add_…` takes the fields of its record (see `records`) by name; `created_at` and `updated_at` are aware
    datetimes or epoch seconds and default to the company's clock. Money, rates and hours may be given as `Decimal`,
    text or int.
    """

    def set_account(self, **fields: Any) -> None:
        """Changes settings of the account (`records.Account`), e.g. `time_rounding="up_15"`."""
        insertion.set_account(self, fields)

    def add_user(self, first_name: str, last_name: str, *, rate: Decimal | None = None, **fields: Any) -> User:
        """Adds a person; `rate` becomes the billable rate without a start. `access_roles` defaults to member."""
        return insertion.add_user(self, first_name, last_name, rate, fields)

    def add_billable_rate(
        self, user_id: int, amount: Decimal, start_on: date | None = None, **fields: Any
    ) -> BillableRate:
        """Adds a rate to a person's history; it holds until the day before the next one starts."""
        return insertion.add_billable_rate(self, user_id, amount, start_on, fields)

    def add_client(self, name: str, **fields: Any) -> Client:
        """Adds a client; `currency` defaults to the account's."""
        return insertion.add_client(self, name, fields)

    def add_contact(self, client_id: int, first_name: str, **fields: Any) -> Contact:
        """Adds a contact of a client."""
        return insertion.add_contact(self, client_id, first_name, fields)

    def add_task(self, name: str, **fields: Any) -> Task:
        """Adds a task."""
        return insertion.add_task(self, name, fields)

    def add_project(self, client_id: int, name: str, **fields: Any) -> Project:
        """Adds a project; `bill_by` is Project, Tasks, People or none."""
        return insertion.add_project(self, client_id, name, fields)

    def assign_task(self, project_id: int, task_id: int, **fields: Any) -> TaskAssignment:
        """Lets a task be logged on a project; `billable` defaults to the task's own default."""
        return insertion.assign_task(self, project_id, task_id, fields)

    def assign_user(self, project_id: int, user_id: int, **fields: Any) -> UserAssignment:
        """Lets a person log on a project."""
        return insertion.assign_user(self, project_id, user_id, fields)

    def add_time_entry(
        self, user_id: int, project_id: int, task_id: int, spent_on: date, hours: Decimal, **fields: Any
    ) -> TimeEntry:
        """Adds one entry; other fields are those of `timetable.TimeEntry`, `timer_started_at` as a moment."""
        return insertion.add_time_entry(self, user_id, project_id, task_id, spent_on, hours, fields)

    def bulk_time_entries(self, rows: Iterable[TimeRow]) -> range:
        """Adds very many entries quickly; answers the range of their ids, in the order given.

        A row is the tuple `(spent_on: date, user_id, project_id, task_id, hundredths of an hour: int, notes,
        approval_status, updated_at: epoch seconds[, is_billed, invoice_id])`. Share `date` and text objects between
        rows where you can. The assignments must exist.
        """
        return insertion.bulk_time_entries(self, rows)

    def add_expense_category(self, name: str, **fields: Any) -> ExpenseCategory:
        """Adds an expense category."""
        return insertion.add_expense_category(self, name, fields)

    def add_expense(
        self, user_id: int, project_id: int, category_id: int, spent_on: date, total_cost: Decimal, **fields: Any
    ) -> Expense:
        """Adds an expense in the client's currency."""
        return insertion.add_expense(self, user_id, project_id, category_id, spent_on, total_cost, fields)

    def add_invoice_item_category(self, name: str, **fields: Any) -> InvoiceItemCategory:
        """Adds an invoice item category; the seed needs one with `use_as_service`."""
        return insertion.add_invoice_item_category(self, name, fields)

    def add_invoice(
        self, client_id: int, *, lines: Sequence[JsonObject] = (), imported: JsonObject | None = None, **fields: Any
    ) -> Invoice:
        """Adds an invoice as the API's POST would, from free `lines` and/or `imported` (a `line_items_import`).

        `fields` are those of the API (`number`, `issue_date`, `payment_term` …, dates as text) and besides
        `sent_at`, `created_at` and `updated_at`: with `sent_at` the invoice is open.
        """
        return insertion.add_invoice(self, client_id, lines, imported, fields)

    def pay_invoice(
        self, invoice_id: int, amount: Decimal, paid_on: date, *, at: datetime | int | None = None
    ) -> InvoicePayment:
        """Records a payment; a whole one makes the invoice paid. `at` is the moment it was recorded."""
        return invoicing.record_payment(self, invoice_id, Decimal(amount), paid_on, at=insertion.moment(self, at))

    def collections(self) -> list[str]:
        """Names for `dump` and the `ui_…` operations."""
        return control.collections()

    def dump(self, collection: str) -> list[JsonObject]:
        """All records of a collection as the API shows them to an administrator, oldest id first. KeyError: unknown."""
        return control.dump(self, collection)

    def ui_create(self, collection: str, body: JsonObject) -> JsonObject:
        """Creates a record as an administrator in Harvest's own pages would. ApiError: Harvest refuses."""
        return control.create(self, collection, body)

    def ui_update(self, collection: str, record_id: str, body: JsonObject) -> JsonObject:
        """Changes a record, also where the API cannot: approval, is_billed, rates, time_rounding, state."""
        return control.update(self, collection, record_id, body)

    def ui_delete(self, collection: str, record_id: str) -> JsonObject:
        """Deletes a record; answers what it was."""
        return control.delete(self, collection, record_id)

    def to_state(self) -> JsonObject:
        """Everything, as JSON values."""
        return state.save(self)

    def load_state(self, obj: JsonObject) -> None:
        """Takes up what `to_state` gave."""
        state.load(self, obj)
