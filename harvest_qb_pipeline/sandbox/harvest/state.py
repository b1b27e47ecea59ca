"""Saving a Harvest account as JSON values and taking it up again.

Belongs here: the form in which state outlives a restart. Must not be here: files (the core writes them), API shapes.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, get_args, get_type_hints

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.harvest.records import (
    Account,
    BillableRate,
    Client,
    Contact,
    Expense,
    ExpenseCategory,
    Invoice,
    InvoiceItemCategory,
    InvoiceLine,
    InvoiceMessage,
    InvoicePayment,
    Project,
    Task,
    TaskAssignment,
    User,
    UserAssignment,
)
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.timetable import TimeEntry, TimeTable

_KINDS: dict[str, type] = {
    "users": User,
    "billable_rates": BillableRate,
    "clients": Client,
    "contacts": Contact,
    "projects": Project,
    "tasks": Task,
    "task_assignments": TaskAssignment,
    "user_assignments": UserAssignment,
    "expense_categories": ExpenseCategory,
    "expenses": Expense,
    "invoice_item_categories": InvoiceItemCategory,
    "invoices": Invoice,
    "invoice_messages": InvoiceMessage,
    "invoice_payments": InvoicePayment,
}
_ENTRY_FIELDS = [field.name for field in fields(TimeEntry)]
_DAY = _ENTRY_FIELDS.index("spent_on")
_values_of: Callable[[TimeEntry], tuple[Any, ...]] = attrgetter(*_ENTRY_FIELDS)


def save(tables: Tables) -> JsonObject:
    """All records, settings and sequences; decimals and days as text."""
    state: JsonObject = {name: [_plain(record) for record in getattr(tables, name).values()] for name in _KINDS}
    entries = [_row(entry) for entry in tables.time.by_id.values()]
    return {**state, "account": _plain(tables.account), "next_ids": dict(tables.next_ids), "time_entries": entries}


def load(tables: Tables, state: JsonObject) -> None:
    """Replaces everything by what `save` gave."""
    tables.clear()
    for name, kind in _KINDS.items():
        records = (_record(kind, values) for values in state[name])
        getattr(tables, name).update((record.id, record) for record in records)
    tables.account = _record(Account, state["account"])
    tables.next_ids.update(state["next_ids"])
    tables.time = TimeTable()
    days: dict[str, date] = {}
    tables.time.insert_many(_entry(row, days) for row in state["time_entries"])
    tables.reindex()


def _row(entry: TimeEntry) -> list[Json]:
    values: list[Json] = list(_values_of(entry))
    values[_DAY] = entry.spent_on.isoformat()
    return values


def _entry(row: list[Json], days: dict[str, date]) -> TimeEntry:
    day = days.get(row[1])
    if day is None:
        day = days[row[1]] = date.fromisoformat(row[1])
    return TimeEntry(row[0], day, *row[2:])


def _plain(value: Any) -> Json:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def _record(kind: type, values: JsonObject) -> Any:
    hints = _hints(kind)
    return kind(**{name: _typed(hints[name], value) for name, value in values.items()})


def _typed(hint: Any, value: Any) -> Any:
    if hint == list[InvoiceLine]:
        return [_record(InvoiceLine, item) for item in value]
    if isinstance(value, str) and (hint is Decimal or Decimal in get_args(hint)):
        return Decimal(value)
    if isinstance(value, str) and (hint is date or date in get_args(hint)):
        return date.fromisoformat(value)
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
