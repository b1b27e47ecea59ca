"""Puts a made-up agency into the books of a Harvest account.

Belongs here: translating the seed's values into Harvest's records. Must not be here: what the agency is like
(`generator`), or QuickBooks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from harvest_qb_pipeline.sandbox.harvest.books import HarvestBooks
from harvest_qb_pipeline.sandbox.harvest.insertion import TimeRow
from harvest_qb_pipeline.sandbox.harvest.records import InvoiceLine
from harvest_qb_pipeline.sandbox.seed import calendar
from harvest_qb_pipeline.sandbox.seed.values import (
    BILLED_BY_HAND,
    Agency,
    AgencyProject,
    Billing,
    OldInvoice,
    Person,
    is_billable,
)

_BILL_BY: dict[Billing, str] = {
    "project": "Project",
    "tasks": "Tasks",
    "people": "People",
    "fixed": "none",
    "none": "none",
}
_PAYMENT_TERMS = {"Due on receipt": "upon receipt", "Net 15": "net 15", "Net 30": "net 30", "Net 60": "net 60"}


@dataclass
class _HarvestIds:
    """Harvest's ids, each in the order of the seed's keys."""

    people: list[int] = field(default_factory=list[int])
    clients: list[int] = field(default_factory=list[int])
    tasks: list[int] = field(default_factory=list[int])
    projects: list[int] = field(default_factory=list[int])
    categories: list[int] = field(default_factory=list[int])
    invoices: list[int] = field(default_factory=list[int])


def fill_harvest(books: HarvestBooks, agency: Agency) -> None:
    """Everything of the agency that Harvest knows. The account must be empty."""
    books.set_account(name=agency.name, subdomain="alderfinch", time_rounding=agency.rounding)
    began = _begin(agency)
    books.add_invoice_item_category("Service", use_as_service=True, created_at=began)
    books.add_invoice_item_category("Product", use_as_expense=True, created_at=began)
    ids = _HarvestIds()
    _add_people(books, agency, ids)
    _add_clients(books, agency, ids)
    _add_projects(books, agency, ids)
    _add_expenses(books, agency, ids)
    ids.invoices = [_add_invoice(books, agency, ids, invoice) for invoice in agency.invoices]
    _add_time(books, agency, ids)
    _pay(books, agency, ids)


def _begin(agency: Agency) -> int:
    """When the catalogue was entered: some time before the first entry."""
    return calendar.moment(agency.first_on - timedelta(days=30), 9, agency.timezone)


def _add_people(books: HarvestBooks, agency: Agency, ids: _HarvestIds) -> None:
    began = _begin(agency)
    for person in agency.people:
        user = books.add_user(
            person.first_name,
            person.last_name,
            email=person.email,
            access_roles=list(person.access_roles),
            roles=[person.role],
            is_contractor=person.is_contractor,
            is_active=person.left_on is None,
            weekly_capacity=person.weekly_hours * 3600,
            cost_rate=person.cost_rate,
            created_at=_joined_at(agency, person, began),
        )
        for rate in person.rates:
            since = began if rate.start_on is None else calendar.moment(rate.start_on, 9, agency.timezone)
            books.add_billable_rate(user.id, rate.amount, rate.start_on, created_at=since)
        ids.people.append(user.id)


def _joined_at(agency: Agency, person: Person, began: int) -> int:
    return max(began, calendar.moment(min(person.joined_on, agency.today - timedelta(days=1)), 9, agency.timezone))


def _add_clients(books: HarvestBooks, agency: Agency, ids: _HarvestIds) -> None:
    """Clients of old were entered long before the first entry that is still there, new ones before their projects."""
    of_old = calendar.moment(agency.first_on - timedelta(days=calendar.DAYS_IN_BUSINESS), 9, agency.timezone)
    of_late = calendar.moment(agency.unbilled_from, 8, agency.timezone)
    for client in (*agency.clients, *agency.acquaintances):
        entered_at = of_late if client.is_new else of_old
        added = books.add_client(
            client.name,
            currency=client.currency,
            address=client.address.as_text(),
            is_active=client.is_active,
            created_at=entered_at,
        )
        for contact in client.contacts:
            books.add_contact(
                added.id,
                contact.first_name,
                last_name=contact.last_name,
                title=contact.title or None,
                email=contact.email,
                phone_office=contact.phone,
                created_at=entered_at,
            )
        ids.clients.append(added.id)


def _add_projects(books: HarvestBooks, agency: Agency, ids: _HarvestIds) -> None:
    began = _begin(agency)
    for task in agency.tasks:
        added = books.add_task(
            task.name, billable_by_default=task.is_billable, default_hourly_rate=task.default_rate, created_at=began
        )
        ids.tasks.append(added.id)
    for project in agency.projects:
        added_at = _begun_at(agency, project.starts_on, began)
        ids.projects.append(_add_project(books, ids.clients[project.client], project, added_at))
        _assign(books, agency, ids, project, added_at)


def _begun_at(agency: Agency, starts_on: date | None, began: int) -> int:
    if starts_on is None:
        return began
    return max(began, calendar.moment(min(starts_on, agency.today - timedelta(days=1)), 9, agency.timezone))


def _add_project(books: HarvestBooks, client_id: int, project: AgencyProject, added_at: int) -> int:
    return books.add_project(
        client_id,
        project.name,
        code=project.code,
        is_active=project.is_active,
        is_billable=project.billing != "none",
        is_fixed_fee=project.billing == "fixed",
        bill_by=_BILL_BY[project.billing],
        hourly_rate=project.rate,
        fee=project.fee,
        cost_budget=project.fee,
        budget_by="project_cost" if project.fee else "none",
        starts_on=project.starts_on,
        ends_on=project.ends_on,
        created_at=added_at,
    ).id


def _assign(books: HarvestBooks, agency: Agency, ids: _HarvestIds, project: AgencyProject, added_at: int) -> None:
    project_id = ids.projects[project.key]
    task_rates, person_rates = dict(project.task_rates), dict(project.person_rates)
    for key in project.tasks:
        books.assign_task(
            project_id,
            ids.tasks[key],
            billable=is_billable(project, agency.tasks[key]),
            hourly_rate=task_rates.get(key),
            created_at=added_at,
        )
    for key in project.team:
        books.assign_user(
            project_id,
            ids.people[key],
            is_project_manager="manager" in agency.people[key].access_roles,
            use_default_rates=key not in person_rates,
            hourly_rate=person_rates.get(key),
            created_at=added_at,
        )


def _add_expenses(books: HarvestBooks, agency: Agency, ids: _HarvestIds) -> None:
    began = _begin(agency)
    for category in agency.categories:
        added = books.add_expense_category(
            category.name, unit_name=category.unit_name, unit_price=category.unit_price, created_at=began
        )
        ids.categories.append(added.id)
    for expense in agency.expenses:
        books.add_expense(
            ids.people[expense.person],
            ids.projects[expense.project],
            ids.categories[expense.category],
            expense.spent_on,
            expense.total,
            units=expense.units,
            notes=expense.notes,
            billable=expense.is_billable,
            approval_status=expense.approval,
            # What was spent in months that are invoiced already was passed on with them.
            is_billed=expense.is_billable and bool(agency.invoices) and expense.spent_on < agency.unbilled_from,
            created_at=expense.created_at,
        )


def _add_invoice(books: HarvestBooks, agency: Agency, ids: _HarvestIds, invoice: OldInvoice) -> int:
    lines = [
        {
            "project_id": ids.projects[line.project],
            "kind": "Service",
            "description": line.description,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
        }
        for line in invoice.lines
    ]
    added = books.add_invoice(
        ids.clients[invoice.client],
        lines=lines,
        number=invoice.number,
        issue_date=invoice.issued_on.isoformat(),
        payment_term=_PAYMENT_TERMS[invoice.term],
        subject=f"{agency.clients[invoice.client].name}, {invoice.issued_on:%B %Y}",
        created_at=invoice.sent_at - 1800,
        sent_at=invoice.sent_at,
    )
    added.period_start, added.period_end = invoice.period_start, invoice.period_end
    books.clients[added.client_id].updated_at = invoice.sent_at
    return added.id


def _add_time(books: HarvestBooks, agency: Agency, ids: _HarvestIds) -> None:
    """Time is filed in one go; what the bulk rows cannot say (when it was logged, the timer, the line) follows."""
    stopped = [entry for entry in agency.entries if not entry.is_running]
    filed = books.bulk_time_entries(_rows(agency, ids))
    lines = _lines_of(books, agency, ids)
    for entry_id, entry in zip(filed, stopped, strict=True):
        record = books.time.by_id[entry_id]
        record.created_at = entry.created_at
        line = lines.get((entry.invoice, entry.project))
        if line is not None:
            line.entry_ids.append(entry_id)
    for entry in agency.entries:
        if entry.is_running:
            books.add_time_entry(
                ids.people[entry.person],
                ids.projects[entry.project],
                ids.tasks[entry.task],
                entry.spent_on,
                Decimal(entry.hundredths).scaleb(-2),
                notes=entry.notes,
                approval_status=entry.approval,
                timer_started_at=entry.created_at,
                created_at=entry.created_at,
            )


def _rows(agency: Agency, ids: _HarvestIds) -> Iterator[TimeRow]:
    people, projects, tasks, invoices = ids.people, ids.projects, ids.tasks, ids.invoices
    for entry in agency.entries:
        if not entry.is_running:
            yield (
                entry.spent_on,
                people[entry.person],
                projects[entry.project],
                tasks[entry.task],
                entry.hundredths,
                entry.notes,
                entry.approval,
                entry.updated_at,
                entry.invoice is not None,
                None if entry.invoice is None or entry.invoice == BILLED_BY_HAND else invoices[entry.invoice],
            )


def _lines_of(books: HarvestBooks, agency: Agency, ids: _HarvestIds) -> dict[tuple[int | None, int], InvoiceLine]:
    """The last line of each old invoice and project: it carries the entries, so that deleting it would free them."""
    return {
        (invoice.key, line.project): record
        for invoice, invoice_id in zip(agency.invoices, ids.invoices, strict=True)
        for line, record in zip(invoice.lines, books.invoices[invoice_id].lines, strict=True)
    }


def _pay(books: HarvestBooks, agency: Agency, ids: _HarvestIds) -> None:
    for invoice, invoice_id in zip(agency.invoices, ids.invoices, strict=True):
        if invoice.paid_on is not None:
            noon = calendar.moment(invoice.paid_on, 12, agency.timezone)
            books.pay_invoice(invoice_id, invoice.amount, invoice.paid_on, at=noon)
