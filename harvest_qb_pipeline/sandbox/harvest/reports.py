"""The uninvoiced report: hours and money per project that are not on an invoice yet.

Belongs here: working out report rows. Must not be here: paging, HTTP. Other reports come with their first reader.
"""

from datetime import date
from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest import params
from harvest_qb_pipeline.sandbox.harvest.errors import malformed
from harvest_qb_pipeline.sandbox.harvest.records import Project
from harvest_qb_pipeline.sandbox.harvest.rules import billable_rate, is_billable, line_amount, round2, rounded_hours
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.http import ApiRequest

LONGEST_SPAN_DAYS = 365


def span(request: ApiRequest) -> tuple[date, date]:
    """The report's days, both included. 400 when one is missing or they are more than 365."""
    from_on, to_on = params.day(request, "from"), params.day(request, "to")
    if from_on is None or to_on is None:
        malformed("Both from and to must be supplied")
    if from_on > to_on:
        malformed("Invalid timeframe: from must not be after to")
    if (to_on - from_on).days + 1 > LONGEST_SPAN_DAYS:
        malformed("Invalid timeframe: must not exceed 1 year")
    return from_on, to_on


def uninvoiced(tables: Tables, from_on: date, to_on: date, *, include_fixed_fee: bool) -> list[JsonObject]:
    """A row for each project with time or expenses in the span, by client and project name."""
    rows = (
        _row(tables, project, from_on, to_on)
        for project in tables.projects.values()
        if include_fixed_fee or not project.is_fixed_fee
    )
    found = [row for row in rows if row is not None]
    return sorted(found, key=lambda row: (row["client_name"], row["project_name"], row["project_id"]))


def _row(tables: Tables, project: Project, from_on: date, to_on: date) -> JsonObject | None:
    entries = tables.time.in_days(project.id, from_on, to_on)
    expenses = [e for e in tables.expenses.values() if e.project_id == project.id and from_on <= e.spent_on <= to_on]
    if not entries and not expenses:
        return None
    total = hours = amount = Decimal("0.00")
    for entry in entries:
        worked = rounded_hours(tables, entry)
        total += worked
        if is_billable(tables, entry) and not entry.is_billed:
            hours += worked
            amount += worked * (billable_rate(tables, entry) or 0)
    open_costs = sum((e.total_cost for e in expenses if e.billable and not e.is_billed), Decimal("0.00"))
    if project.is_fixed_fee:
        amount = _open_fee(tables, project)
    client = tables.clients[project.client_id]
    return {
        "client_id": client.id,
        "client_name": client.name,
        "project_id": project.id,
        "project_name": project.name,
        "currency": client.currency,
        "total_hours": total,
        "uninvoiced_hours": hours,
        "uninvoiced_expenses": open_costs,
        "uninvoiced_amount": round2(amount + open_costs),
    }


def _open_fee(tables: Tables, project: Project) -> Decimal:
    """What is left of a fixed fee; negative when more was invoiced."""
    lines = (line for invoice in tables.invoices.values() for line in invoice.lines)
    invoiced = sum((line_amount(line) for line in lines if line.project_id == project.id), Decimal("0.00"))
    return (project.fee or Decimal("0.00")) - invoiced
