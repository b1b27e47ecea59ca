"""What a person can do in Harvest's own pages: the control API's view of the books, with an administrator's rights.

Belongs here: dumps of collections, and creating, changing and deleting as the user interface allows, which is more than
the API does (approve, mark billed, edit rates, rounding, record payments). Must not be here: HTTP, API validation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest import catalog, expensing, invoicing, rating, shapes, staffing, timesheets
from harvest_qb_pipeline.sandbox.harvest.entryjson import EntryPrinter
from harvest_qb_pipeline.sandbox.harvest.errors import invalid, not_found
from harvest_qb_pipeline.sandbox.harvest.params import Body
from harvest_qb_pipeline.sandbox.harvest.records import Invoice, InvoicePayment, User
from harvest_qb_pipeline.sandbox.harvest.rules import ROUNDINGS, due_amount
from harvest_qb_pipeline.sandbox.harvest.tables import Tables


@dataclass(frozen=True)
class _Collection:
    """How one collection is shown, created, changed and deleted; None where the product has no such page."""

    show: Callable[[Tables, Any], JsonObject]
    create: Callable[[Tables, JsonObject], Any] | None = None
    update: Callable[[Tables, Any, JsonObject], None] | None = None
    delete: Callable[[Tables, Any], None] | None = None


def collections() -> list[str]:
    """All names, `company` first."""
    return ["company", "time_entries", *_COLLECTIONS]


def dump(tables: Tables, collection: str) -> list[JsonObject]:
    """Every record of the collection, oldest id first. `company` shows its time rounding too."""
    if collection == "company":
        return [_account(tables)]
    if collection == "time_entries":
        return EntryPrinter(tables).objects(tables.time.by_id[key] for key in sorted(tables.time.by_id))
    found = _collection(collection)
    return [found.show(tables, record) for _, record in sorted(getattr(tables, collection).items())]


def create(tables: Tables, collection: str, body: JsonObject) -> JsonObject:
    """Creates a record and shows it."""
    if collection == "time_entries":
        entry = timesheets.create(tables, Body(body), tables.administrator(), is_admin=True)
        timesheets.override(tables, entry, body)
        return EntryPrinter(tables).object(entry)
    found = _collection(collection)
    if found.create is None:
        invalid(f"Nothing can be added to {collection}")
    return found.show(tables, found.create(tables, body))


def update(tables: Tables, collection: str, record_id: str, body: JsonObject) -> JsonObject:
    """Changes a record and shows it."""
    if collection == "company":
        _change_account(tables, body)
        return _account(tables)
    if collection == "time_entries":
        entry = tables.time.by_id.get(_id(record_id)) or not_found()
        timesheets.update(tables, entry, Body(body), is_admin=True)
        timesheets.override(tables, entry, body)
        return EntryPrinter(tables).object(entry)
    found = _collection(collection)
    if found.update is None:
        invalid(f"{collection} cannot be changed")
    record = _record(tables, collection, record_id)
    found.update(tables, record, body)
    return found.show(tables, record)


def delete(tables: Tables, collection: str, record_id: str) -> JsonObject:
    """Deletes a record and shows what it was."""
    if collection == "time_entries":
        entry = tables.time.by_id.get(_id(record_id)) or not_found()
        shown = EntryPrinter(tables).object(entry)
        timesheets.delete(tables, entry, is_admin=True)
        return shown
    found = _collection(collection)
    if found.delete is None:
        invalid(f"{collection} cannot be deleted")
    record = _record(tables, collection, record_id)
    shown = found.show(tables, record)
    found.delete(tables, record)
    return shown


def _collection(name: str) -> _Collection:
    if name not in _COLLECTIONS:
        raise KeyError(f"Harvest has no collection {name!r}; there are {', '.join(collections())}.")
    return _COLLECTIONS[name]


def _record(tables: Tables, collection: str, record_id: str) -> Any:
    return getattr(tables, collection).get(_id(record_id)) or not_found()


def _id(text: str) -> int:
    return int(text) if str(text).isdigit() else -1


def _account(tables: Tables) -> JsonObject:
    return {"id": 1, **shapes.company(tables), "time_rounding": tables.account.time_rounding}


def _change_account(tables: Tables, body: JsonObject) -> None:
    for name, value in body.items():
        if name == "time_rounding" and value not in ROUNDINGS:
            invalid(f"Time rounding is not included in the list: {', '.join(ROUNDINGS)}")
        if not hasattr(tables.account, name):
            invalid(f"There is no account setting {name}")
    rounding_changes = body.get("time_rounding", tables.account.time_rounding) != tables.account.time_rounding
    for name, value in body.items():
        setattr(tables.account, name, value)
    tables.catalog_changed()
    if rounding_changes and tables.switches.rates_move_updated_at:
        rating.touch_entries(tables, tables.time.by_id.values())


def _update_user(tables: Tables, user: User, body: JsonObject) -> None:
    """Fields as the API's PATCH, and besides the two rates: `default_hourly_rate` replaces the person's history."""
    rates = Body(body)
    cost_rate = rates.number("cost_rate")
    rates.check()
    catalog.update_user(tables, user, body)
    if rates.has("cost_rate"):
        user.cost_rate = cost_rate
    if not rates.is_blank("default_hourly_rate"):
        rating.create_rate(tables, {"user_id": user.id, "amount": body["default_hourly_rate"]})


def _create_invoice(tables: Tables, body: JsonObject) -> Invoice:
    return invoicing.create(tables, body, tables.administrator())


def _update_invoice(tables: Tables, invoice: Invoice, body: JsonObject) -> None:
    """Fields as the API's PATCH, and besides `state`: paid (a payment of the rest), open, closed or draft."""
    wanted = body.get("state")
    invoicing.update(tables, invoice, {name: value for name, value in body.items() if name != "state"})
    if wanted is None or wanted == invoice.state:
        return
    if wanted == "paid":
        paid_on = Body(body).day("paid_date") or tables.today()
        invoicing.record_payment(tables, invoice.id, due_amount(tables, invoice), paid_on)
    elif wanted == "open":
        invoicing.change_state(tables, invoice, "send" if invoice.state == "draft" else "re-open")
    elif wanted in ("closed", "draft"):
        invoicing.change_state(tables, invoice, "close" if wanted == "closed" else "draft")
    else:
        invalid("State is not included in the list")


def _create_payment(tables: Tables, body: JsonObject) -> InvoicePayment:
    fields = Body(body)
    fields.require("invoice_id", "amount")
    if fields.integer("invoice_id") not in tables.invoices:
        fields.problems.append("Invoice can't be blank")
    amount, paid_on = fields.number("amount"), fields.day("paid_date")
    fields.check()
    invoice_id = fields.integer("invoice_id") or 0
    day: date = paid_on or tables.today()
    return invoicing.record_payment(tables, invoice_id, amount or Decimal(0), day, notes=fields.text("notes"))


def _show_rate(tables: Tables, record: Any) -> JsonObject:
    return {**shapes.billable_rate(tables, record), "user_id": record.user_id}


def _show_message(tables: Tables, record: Any) -> JsonObject:
    return {**shapes.invoice_message(tables, record), "invoice_id": record.invoice_id}


def _show_payment(tables: Tables, record: Any) -> JsonObject:
    return {**shapes.invoice_payment(tables, record), "invoice_id": record.invoice_id}


_COLLECTIONS: dict[str, _Collection] = {
    "users": _Collection(shapes.user, catalog.create_user, _update_user, catalog.delete_user),
    "billable_rates": _Collection(_show_rate, rating.create_rate, rating.update_rate, rating.delete_rate),
    "clients": _Collection(shapes.client, catalog.create_client, catalog.update_client, catalog.delete_client),
    "contacts": _Collection(shapes.contact, catalog.create_contact, catalog.update_contact, catalog.delete_contact),
    "projects": _Collection(shapes.project, staffing.create_project, staffing.update_project, staffing.delete_project),
    "tasks": _Collection(shapes.task, catalog.create_task, catalog.update_task, catalog.delete_task),
    "task_assignments": _Collection(
        shapes.task_assignment,
        staffing.create_task_assignment,
        staffing.update_task_assignment,
        staffing.delete_task_assignment,
    ),
    "user_assignments": _Collection(
        shapes.user_assignment,
        staffing.create_user_assignment,
        staffing.update_user_assignment,
        staffing.delete_user_assignment,
    ),
    "expense_categories": _Collection(
        shapes.expense_category,
        expensing.create_category,
        expensing.update_category,
        expensing.delete_category,
    ),
    "expenses": _Collection(
        shapes.expense, expensing.create_expense, expensing.update_expense, expensing.delete_expense
    ),
    "invoice_item_categories": _Collection(
        shapes.invoice_item_category,
        catalog.create_item_category,
        catalog.update_item_category,
        catalog.delete_item_category,
    ),
    "invoices": _Collection(shapes.invoice, _create_invoice, _update_invoice, invoicing.delete),
    "invoice_messages": _Collection(_show_message),
    "invoice_payments": _Collection(_show_payment, _create_payment, delete=invoicing.delete_payment),
}
