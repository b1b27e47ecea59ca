"""Direct insertion of records into a Harvest account, for the seed and for tests.

Belongs here: making records with believable defaults and filing them. Must not be here: validation of requests
(`catalog`, `timesheets`, `invoicing`), JSON shapes.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest import invoicing
from harvest_qb_pipeline.sandbox.harvest.records import (
    BillableRate,
    Client,
    Contact,
    Expense,
    ExpenseCategory,
    Invoice,
    InvoiceItemCategory,
    Project,
    Task,
    TaskAssignment,
    User,
    UserAssignment,
)
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.timetable import TimeEntry

TimeRow = (
    tuple[date, int, int, int, int, str | None, str, int]
    | tuple[date, int, int, int, int, str | None, str, int, bool, int | None]
)
"""spent_on, user, project, task, hundredths, notes, approval_status, updated_at[, is_billed, invoice_id]."""

_MONEY = ("hourly_rate", "budget", "cost_budget", "fee", "cost_rate", "default_hourly_rate", "unit_price", "units")


def moment(tables: Tables, when: datetime | int | None) -> int:
    """Epoch seconds of a moment; None is now."""
    if when is None:
        return tables.now()
    return when if isinstance(when, int) else int(when.timestamp())


def hundredths_of(hours: Decimal | int | str) -> int:
    """Hours as Harvest keeps them: hundredths, halves rounded up."""
    return int((Decimal(hours) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def set_account(tables: Tables, fields: JsonObject) -> None:
    for name, value in fields.items():
        if not hasattr(tables.account, name):
            raise TypeError(f"A Harvest account has no setting {name!r}.")
        setattr(tables.account, name, value)
    tables.catalog_changed()


def add_user(
    tables: Tables, first_name: str, last_name: str, rate: Decimal | int | str | None, fields: JsonObject
) -> User:
    user_id = tables.next_id("users")
    fields.setdefault("email", f"{first_name}.{last_name}@example.com".lower().replace(" ", ""))
    fields.setdefault("access_roles", ["member"])
    stamped = _stamped(tables, fields)
    user = tables.users[user_id] = User(id=user_id, first_name=first_name, last_name=last_name, **stamped)
    if rate is not None:
        add_billable_rate(tables, user_id, rate, None, {"created_at": user.created_at})
    tables.catalog_changed()
    return user


def add_billable_rate(
    tables: Tables, user_id: int, amount: Decimal | int | str, start_on: date | None, fields: JsonObject
) -> BillableRate:
    _known(tables.users, user_id)
    rate = BillableRate(
        id=tables.next_id("billable_rates"),
        user_id=user_id,
        amount=Decimal(amount),
        start_on=start_on,
        **_stamped(tables, fields),
    )
    tables.billable_rates[rate.id] = rate
    tables.file_rate(rate)
    return rate


def add_client(tables: Tables, name: str, fields: JsonObject) -> Client:
    client_id = tables.next_id("clients")
    fields.setdefault("currency", tables.account.currency)
    fields.setdefault("statement_key", tables.key_of(f"client/{client_id}", 32))
    client = tables.clients[client_id] = Client(id=client_id, name=name, **_stamped(tables, fields))
    tables.catalog_changed()
    return client


def add_contact(tables: Tables, client_id: int, first_name: str, fields: JsonObject) -> Contact:
    _known(tables.clients, client_id)
    contact = Contact(
        id=tables.next_id("contacts"), client_id=client_id, first_name=first_name, **_stamped(tables, fields)
    )
    tables.contacts[contact.id] = contact
    return contact


def add_task(tables: Tables, name: str, fields: JsonObject) -> Task:
    task = Task(id=tables.next_id("tasks"), name=name, **_stamped(tables, fields))
    tables.tasks[task.id] = task
    tables.catalog_changed()
    return task


def add_project(tables: Tables, client_id: int, name: str, fields: JsonObject) -> Project:
    _known(tables.clients, client_id)
    project = Project(id=tables.next_id("projects"), client_id=client_id, name=name, **_stamped(tables, fields))
    tables.projects[project.id] = project
    tables.catalog_changed()
    return project


def assign_task(tables: Tables, project_id: int, task_id: int, fields: JsonObject) -> TaskAssignment:
    _known(tables.projects, project_id)
    fields.setdefault("billable", _known(tables.tasks, task_id).billable_by_default)
    assignment = TaskAssignment(
        id=tables.next_id("task_assignments"), project_id=project_id, task_id=task_id, **_stamped(tables, fields)
    )
    tables.task_assignments[assignment.id] = assignment
    tables.task_assignment_of[project_id, task_id] = assignment
    tables.catalog_changed()
    return assignment


def assign_user(tables: Tables, project_id: int, user_id: int, fields: JsonObject) -> UserAssignment:
    _known(tables.projects, project_id)
    _known(tables.users, user_id)
    assignment = UserAssignment(
        id=tables.next_id("user_assignments"), project_id=project_id, user_id=user_id, **_stamped(tables, fields)
    )
    tables.user_assignments[assignment.id] = assignment
    tables.user_assignment_of[project_id, user_id] = assignment
    tables.catalog_changed()
    return assignment


def add_time_entry(
    tables: Tables,
    user_id: int,
    project_id: int,
    task_id: int,
    spent_on: date,
    hours: Decimal | int | str,
    fields: JsonObject,
) -> TimeEntry:
    _known(tables.task_assignment_of, (project_id, task_id))
    _known(tables.user_assignment_of, (project_id, user_id))
    values: JsonObject = {
        "notes": None,
        "approval_status": "unsubmitted",
        "is_billed": False,
        "invoice_id": None,
        "timer_started_at": None,
        **_stamped(tables, fields),
    }
    if values["timer_started_at"] is not None:
        values["timer_started_at"] = moment(tables, values["timer_started_at"])
    entry = TimeEntry(
        id=tables.next_id("time_entries"),
        spent_on=spent_on,
        user_id=user_id,
        project_id=project_id,
        task_id=task_id,
        hundredths=hundredths_of(hours),
        **values,
    )
    tables.time.insert(entry)
    return entry


def bulk_time_entries(tables: Tables, rows: Iterable[TimeRow]) -> range:
    first = tables.next_ids["time_entries"]
    # Half a million new objects would otherwise be walked again and again by the collector; none of them is a cycle.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        count = tables.time.insert_many(_entries(first, rows))
    finally:
        if was_enabled:
            gc.enable()
    tables.next_ids["time_entries"] = first + count
    return range(first, first + count)


def _entries(first: int, rows: Iterable[TimeRow]) -> Iterator[TimeEntry]:
    for number, row in enumerate(rows, first):
        spent_on, user_id, project_id, task_id, hundredths, notes, approval, updated_at = row[:8]
        is_billed, invoice_id = row[8:] if len(row) == 10 else (False, None)
        yield TimeEntry(
            number, spent_on, user_id, project_id, task_id, hundredths, notes, approval,
            is_billed, invoice_id, None, updated_at, updated_at,
        )  # fmt: skip


def add_expense_category(tables: Tables, name: str, fields: JsonObject) -> ExpenseCategory:
    category = ExpenseCategory(id=tables.next_id("expense_categories"), name=name, **_stamped(tables, fields))
    tables.expense_categories[category.id] = category
    return category


def add_expense(
    tables: Tables,
    user_id: int,
    project_id: int,
    category_id: int,
    spent_on: date,
    total_cost: Decimal | int | str,
    fields: JsonObject,
) -> Expense:
    _known(tables.user_assignment_of, (project_id, user_id))
    _known(tables.expense_categories, category_id)
    expense = Expense(
        id=tables.next_id("expenses"),
        user_id=user_id,
        project_id=project_id,
        expense_category_id=category_id,
        spent_on=spent_on,
        total_cost=Decimal(total_cost),
        **_stamped(tables, fields),
    )
    tables.expenses[expense.id] = expense
    return expense


def add_invoice_item_category(tables: Tables, name: str, fields: JsonObject) -> InvoiceItemCategory:
    category = InvoiceItemCategory(id=tables.next_id("invoice_item_categories"), name=name, **_stamped(tables, fields))
    tables.invoice_item_categories[category.id] = category
    return category


def add_invoice(
    tables: Tables, client_id: int, lines: Sequence[JsonObject], imported: JsonObject | None, fields: JsonObject
) -> Invoice:
    times = {name: fields.pop(name) for name in ("sent_at", "created_at", "updated_at") if name in fields}
    body: JsonObject = {"client_id": client_id, **fields}
    if lines:
        body["line_items"] = list(lines)
    if imported is not None:
        body["line_items_import"] = imported
    invoice = invoicing.create(tables, body, tables.administrator())
    if times.get("sent_at") is not None:
        invoice.sent_at, invoice.state = moment(tables, times["sent_at"]), "open"
    if "created_at" in times:
        invoice.created_at = moment(tables, times["created_at"])
        invoice.updated_at = max(invoice.created_at, invoice.sent_at or 0)
    if "updated_at" in times:
        invoice.updated_at = moment(tables, times["updated_at"])
    return invoice


def _stamped(tables: Tables, fields: JsonObject) -> JsonObject:
    created = moment(tables, fields.get("created_at"))
    updated = fields.get("updated_at")
    money: dict[str, Any] = {key: Decimal(fields[key]) for key in _MONEY if fields.get(key) is not None}
    return {
        **fields,
        **money,
        "created_at": created,
        "updated_at": created if updated is None else moment(tables, updated),
    }


def _known(records: "dict[Any, Any]", key: Any) -> Any:
    """The record of that id, or a KeyError that says which is missing."""
    if key not in records:
        raise KeyError(f"There is no record {key} to refer to; add it first.")
    return records[key]
