"""Clients, contacts, tasks, people and item categories: creating, changing, archiving and deleting them.

Belongs here: the rules of these lists. Must not be here: projects and assignments (`staffing`), JSON shapes, HTTP.
Every function refuses with `ApiError` before it changes anything.
"""

from typing import Any

from babel.numbers import is_currency

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest import insertion
from harvest_qb_pipeline.sandbox.harvest.errors import invalid
from harvest_qb_pipeline.sandbox.harvest.fields import FieldKind, assign, refuse_blank, refuse_taken, values
from harvest_qb_pipeline.sandbox.harvest.params import Body
from harvest_qb_pipeline.sandbox.harvest.records import Client, Contact, InvoiceItemCategory, Task, User
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.timetable import Wanted

_CLIENT: dict[str, FieldKind] = {"name": "string", "is_active": "flag", "address": "text", "currency": "string"}
_CONTACT: dict[str, FieldKind] = {
    "client_id": "integer",
    "title": "text",
    "first_name": "string",
    "last_name": "string",
    "email": "string",
    "phone_office": "string",
    "phone_mobile": "string",
    "fax": "string",
}
_TASK: dict[str, FieldKind] = {
    "name": "string",
    "billable_by_default": "flag",
    "default_hourly_rate": "number",
    "is_default": "flag",
    "is_active": "flag",
}
_USER: dict[str, FieldKind] = {
    "first_name": "string",
    "last_name": "string",
    "email": "string",
    "timezone": "string",
    "has_access_to_all_future_projects": "flag",
    "is_contractor": "flag",
    "is_active": "flag",
    "weekly_capacity": "integer",
    "roles": "texts",
    "access_roles": "texts",
}
_ITEM_CATEGORY: dict[str, FieldKind] = {"name": "string"}
ACCESS_ROLES = (
    "administrator",
    "manager",
    "member",
    "project_creator",
    "billable_rates_manager",
    "managed_projects_invoice_drafter",
    "managed_projects_invoice_manager",
    "client_and_task_manager",
    "time_and_expenses_manager",
    "estimates_manager",
    "people_manager",
)


def create_client(tables: Tables, fields: JsonObject) -> Client:
    body = Body(fields)
    body.require("name")
    found = _client_values(tables, body, None)
    name = found.pop("name")
    return insertion.add_client(tables, name, {key: value for key, value in found.items() if value != ""})


def update_client(tables: Tables, client: Client, fields: JsonObject) -> None:
    """Archiving locks the time of its projects, which themselves stay as they are (by switch they must be archived)."""
    found = _client_values(tables, Body(fields), client)
    if client.is_active and not found.get("is_active", True):
        projects = tables.projects_of(client.id)
        _refuse_archiving(tables, [project.id for project in projects])
        refuses = tables.switches.archive_client_with_projects == "refused"
        if refuses and any(project.is_active for project in projects):
            invalid("This client can't be archived. It still has active projects.")
    assign(client, found)
    tables.touch(client)


def delete_client(tables: Tables, client: Client) -> None:
    """Only without projects and invoices; its contacts go with it."""
    if tables.projects_of(client.id) or tables.invoices_of(client.id):
        invalid("This client is not removable. It still has projects and/or invoices.")
    for contact in [each for each in tables.contacts.values() if each.client_id == client.id]:
        del tables.contacts[contact.id]
    del tables.clients[client.id]
    tables.catalog_changed()


def _client_values(tables: Tables, body: Body, client: Client | None) -> dict[str, Any]:
    refuse_blank(body, *(() if client is None else ("name",)))
    if tables.switches.client_names_unique:
        refuse_taken(body, "name", (each for each in tables.clients.values() if each is not client))
    currency = body.text("currency")
    is_unknown = bool(currency) and not is_currency(currency)
    if is_unknown and tables.switches.unknown_client_currency == "refused":
        body.problems.append("Currency is not included in the list")
    found = values(body, _CLIENT)
    body.check()
    if is_unknown:
        found["currency"] = tables.account.currency
    return found


def create_contact(tables: Tables, fields: JsonObject) -> Contact:
    body = Body(fields)
    body.require("client_id", "first_name")
    found = _contact_values(tables, body)
    client_id = found.pop("client_id")
    contact = insertion.add_contact(tables, client_id, found.pop("first_name"), found)
    tables.touch(tables.clients[client_id])
    return contact


def update_contact(tables: Tables, contact: Contact, fields: JsonObject) -> None:
    body = Body(fields)
    refuse_blank(body, "client_id", "first_name")
    assign(contact, _contact_values(tables, body))
    tables.touch(contact)


def delete_contact(tables: Tables, contact: Contact) -> None:
    del tables.contacts[contact.id]


def _contact_values(tables: Tables, body: Body) -> dict[str, Any]:
    body.email("email")
    found = values(body, _CONTACT)
    if "client_id" in found and found["client_id"] not in tables.clients:
        body.problems.append("Client can't be blank")
    body.check()
    return found


def create_task(tables: Tables, fields: JsonObject) -> Task:
    body = Body(fields)
    body.require("name")
    found = _task_values(tables, body, None)
    return insertion.add_task(tables, found.pop("name"), found)


def update_task(tables: Tables, task: Task, fields: JsonObject) -> None:
    body = Body(fields)
    refuse_blank(body, "name")
    found = _task_values(tables, body, task)
    if not found.get("is_active", True) and any(e.task_id == task.id for e in tables.time.running.values()):
        invalid("This task can't be archived while a timer is running on it")
    assign(task, found)
    tables.touch(task)


def delete_task(tables: Tables, task: Task) -> None:
    """Only without tracked time; its assignments go with it."""
    if tables.time.find(Wanted(task_id=task.id)):
        invalid("This task is not removable. It still has time entries.")
    for assignment in [each for each in tables.task_assignments.values() if each.task_id == task.id]:
        del tables.task_assignments[assignment.id]
        del tables.task_assignment_of[assignment.project_id, task.id]
    del tables.tasks[task.id]
    tables.catalog_changed()


def _task_values(tables: Tables, body: Body, task: Task | None) -> dict[str, Any]:
    refuse_taken(body, "name", (each for each in tables.tasks.values() if each is not task))
    found = values(body, _TASK)
    body.check()
    return found


def create_user(tables: Tables, fields: JsonObject) -> User:
    """A new person; Harvest mails an invitation to a real one."""
    body = Body(fields)
    body.require("first_name", "last_name", "email")
    found = _user_values(tables, body, None)
    rate = body.number("default_hourly_rate")
    cost_rate = body.number("cost_rate")
    if cost_rate is not None:
        found["cost_rate"] = cost_rate
    return insertion.add_user(tables, found.pop("first_name"), found.pop("last_name"), rate, found)


def update_user(tables: Tables, user: User, fields: JsonObject) -> None:
    body = Body(fields)
    refuse_blank(body, "first_name", "last_name", "email")
    found = _user_values(tables, body, user)
    if not found.get("is_active", True) and any(e.user_id == user.id for e in tables.time.running.values()):
        invalid("This person can't be archived while a timer is running")
    assign(user, found)
    tables.touch(user)


def delete_user(tables: Tables, user: User) -> None:
    """Only without time and expenses."""
    if tables.time.user_days.get(user.id) or any(each.user_id == user.id for each in tables.expenses.values()):
        invalid("This user is not removable. They still have time entries and/or expenses.")
    for assignment in [each for each in tables.user_assignments.values() if each.user_id == user.id]:
        del tables.user_assignments[assignment.id]
        del tables.user_assignment_of[assignment.project_id, user.id]
    for rate in tables.rates_of.pop(user.id, []):
        del tables.billable_rates[rate.id]
    del tables.users[user.id]
    tables.catalog_changed()


def _user_values(tables: Tables, body: Body, user: User | None) -> dict[str, Any]:
    others = (each for each in tables.users.values() if each is not user)
    body.email("email")
    refuse_taken(body, "email", others, message=f"Email {body.text('email')} has already been taken")
    if any(role not in ACCESS_ROLES for role in body.texts("access_roles")):
        body.problems.append("Access roles is invalid")
    found = values(body, _USER)
    body.check()
    return found


def create_item_category(tables: Tables, fields: JsonObject) -> InvoiceItemCategory:
    body = Body(fields)
    body.require("name")
    refuse_taken(body, "name", tables.invoice_item_categories.values())
    found = values(body, _ITEM_CATEGORY)
    body.check()
    return insertion.add_invoice_item_category(tables, found["name"], {})


def update_item_category(tables: Tables, category: InvoiceItemCategory, fields: JsonObject) -> None:
    body = Body(fields)
    refuse_blank(body, "name")
    refuse_taken(body, "name", (each for each in tables.invoice_item_categories.values() if each is not category))
    found = values(body, _ITEM_CATEGORY)
    body.check()
    assign(category, found)
    tables.touch(category)


def delete_item_category(tables: Tables, category: InvoiceItemCategory) -> None:
    if category.use_as_service or category.use_as_expense:
        invalid("This category is not removable. It is used for time or expenses.")
    del tables.invoice_item_categories[category.id]


def _refuse_archiving(tables: Tables, project_ids: list[int]) -> None:
    if any(entry.project_id in project_ids for entry in tables.time.running.values()):
        invalid("This can't be archived while a timer is running on it")
