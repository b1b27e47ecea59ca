"""Importing tracked time and expenses into an invoice: what is taken, how it is grouped and priced, what it locks.

Belongs here: `line_items_import` and the freeing of what was imported. Must not be here: the rest of an invoice
(`invoicing`). An import takes every billable, uninvoiced entry of its projects in its window, whatever its approval;
where there is none, the invoice is an empty draft.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from harvest_qb_pipeline.sandbox.harvest.errors import invalid
from harvest_qb_pipeline.sandbox.harvest.params import Body
from harvest_qb_pipeline.sandbox.harvest.records import Expense, Invoice, InvoiceLine, Project
from harvest_qb_pipeline.sandbox.harvest.rules import billable_rate, is_billable, round2, rounded_hours
from harvest_qb_pipeline.sandbox.harvest.shapes import time_of_day
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.timetable import TimeEntry

TIME_SUMMARIES = ("project", "task", "people", "detailed")
EXPENSE_SUMMARIES = ("project", "category", "people", "detailed")
_FITTING = {"project": ("Project",), "task": ("Project", "Tasks"), "people": ("Project", "People")}
"""The ways of billing under which all the time of one summary line has one kind of rate."""


@dataclass(frozen=True)
class ImportWindow:
    """Days from..to, both included; None is open."""

    from_on: date | None
    to_on: date | None

    def holds(self, day: date) -> bool:
        """Whether the day is in it."""
        return (self.from_on is None or day >= self.from_on) and (self.to_on is None or day <= self.to_on)


@dataclass(frozen=True)
class TimeImport:
    """Which time is asked for."""

    summary_type: str
    window: ImportWindow


@dataclass(frozen=True)
class Import:
    """A checked `line_items_import`."""

    projects: list[Project]
    time: TimeImport | None
    expenses: TimeImport | None


def read_import(tables: Tables, body: Body, client_id: int) -> Import:
    """The import asked for. 422 when a project is not the client's, a summary unknown or a window half given."""
    wanted = list(dict.fromkeys(int(text) for text in body.texts("project_ids") if text.isdigit()))
    projects = [tables.projects[key] for key in wanted if key in tables.projects]
    if not wanted:
        invalid("Project ids can't be blank")
    if len(projects) < len(wanted) or any(project.client_id != client_id for project in projects):
        invalid("Project ids must belong to the client")
    time = _read_part(body.object("time"), TIME_SUMMARIES)
    expenses = _read_part(body.object("expenses"), EXPENSE_SUMMARIES)
    for project in projects if time else []:
        _refuse_running(tables, project, time.window if time else ImportWindow(None, None))
    return Import(projects, time, expenses)


def _read_part(part: Body | None, summaries: tuple[str, ...]) -> TimeImport | None:
    if part is None:
        return None
    part.require("summary_type")
    summary = part.among("summary_type", summaries)
    window = ImportWindow(part.day("from"), part.day("to"))
    if (window.from_on is None) != (window.to_on is None):
        part.problems.append("From and to must be given together")
    elif window.from_on is not None and window.to_on is not None and window.from_on > window.to_on:
        part.problems.append("From must not be after to")
    part.check()
    return TimeImport(summary or "", window)


def _refuse_running(tables: Tables, project: Project, window: ImportWindow) -> None:
    for entry in tables.time.running.values():
        if entry.project_id == project.id and window.holds(entry.spent_on):
            invalid(f"{project.name} has a running timer in this period; stop it before invoicing")


def carry_out(tables: Tables, invoice: Invoice, wanted: Import) -> None:
    """Adds the imported lines to the invoice and marks what they hold as billed on it."""
    days: list[date] = []
    lines: list[InvoiceLine] = []
    if wanted.time is not None:
        taken = [entry for project in wanted.projects for entry in importable(tables, project, wanted.time.window)]
        lines += _time_lines(tables, taken, wanted.time.summary_type)
        moment = tables.now()
        for entry in taken:
            entry.updated_at = moment
            tables.time.bill(entry, invoice.id, is_billed=True)
        days += [entry.spent_on for entry in taken]
        if tables.switches.import_period == "requested" and wanted.time.window.from_on and wanted.time.window.to_on:
            days += [wanted.time.window.from_on, wanted.time.window.to_on]
    if wanted.expenses is not None:
        costs = _importable_expenses(tables, wanted.projects, wanted.expenses.window)
        lines += _expense_lines(tables, costs, wanted.expenses.summary_type)
        for cost in costs:
            cost.invoice_id, cost.is_billed = invoice.id, True
        tables.touch(*costs)
        days += [cost.spent_on for cost in costs]
    if tables.switches.import_lines_order == "by_id_descending":
        lines.reverse()
    invoice.lines += lines
    if days:
        invoice.period_start, invoice.period_end = min(days), max(days)


def importable(tables: Tables, project: Project, window: ImportWindow) -> list[TimeEntry]:
    """The project's billable entries in the window that are neither billed nor running, oldest first."""
    entries = tables.time.in_days(project.id, window.from_on, window.to_on)
    return [
        entry
        for entry in entries
        if not entry.is_billed and entry.timer_started_at is None and is_billable(tables, entry)
    ]


def free(tables: Tables, invoice: Invoice, lines: Iterable[InvoiceLine]) -> None:
    """Makes what these lines of the invoice had imported uninvoiced again, unless it has gone elsewhere since."""
    moment = tables.now()
    for line in lines:
        for entry_id in line.entry_ids:
            entry = tables.time.by_id.get(entry_id)
            if entry is not None and entry.invoice_id == invoice.id:
                entry.updated_at = moment
                tables.time.bill(entry, None, is_billed=False)
        for expense_id in line.expense_ids:
            expense = tables.expenses.get(expense_id)
            if expense is not None and expense.invoice_id == invoice.id:
                expense.invoice_id, expense.is_billed = None, False
                tables.touch(expense)
        line.entry_ids, line.expense_ids = [], []


def _time_lines(tables: Tables, entries: list[TimeEntry], summary: str) -> list[InvoiceLine]:
    kind = next((c.name for c in tables.invoice_item_categories.values() if c.use_as_service), "Service")
    if summary == "detailed":
        entries = sorted(entries, key=lambda entry: (entry.spent_on, entry.id))
        return [_time_line(tables, kind, [entry], _detail(tables, entry), _price(tables, entry)) for entry in entries]
    subject = _SUBJECTS[summary]
    groups: dict[tuple[str, int, int], list[TimeEntry]] = {}
    for entry in entries:
        name, key = subject(tables, entry)
        groups.setdefault((name, entry.project_id, key), []).append(entry)
    lines: list[InvoiceLine] = []
    for (name, project_id, _), members in sorted(groups.items()):
        fits = tables.projects[project_id].bill_by in _FITTING[summary]
        for price, part in _priced(tables, members, fits=fits):
            days = [entry.spent_on for entry in part]
            text = f"{name} ({_shown(tables, min(days))} - {_shown(tables, max(days))})"
            lines.append(_time_line(tables, kind, part, text, price))
    return lines


def _project_subject(tables: Tables, entry: TimeEntry) -> tuple[str, int]:
    return _title(tables.projects[entry.project_id]), 0


def _task_subject(tables: Tables, entry: TimeEntry) -> tuple[str, int]:
    return f"{_title(tables.projects[entry.project_id])}: {tables.tasks[entry.task_id].name}", entry.task_id


def _person_subject(tables: Tables, entry: TimeEntry) -> tuple[str, int]:
    return f"{_title(tables.projects[entry.project_id])}: {tables.users[entry.user_id].name}", entry.user_id


_SUBJECTS: dict[str, Callable[[Tables, TimeEntry], tuple[str, int]]] = {
    "project": _project_subject,
    "task": _task_subject,
    "people": _person_subject,
}


def _priced(tables: Tables, entries: list[TimeEntry], *, fits: bool) -> Iterator[tuple[Decimal, list[TimeEntry]]]:
    """The entries of one group, divided into lines of one price."""
    by_rate: dict[Decimal, list[TimeEntry]] = {}
    for entry in entries:
        by_rate.setdefault(_price(tables, entry), []).append(entry)
    how = tables.switches.import_rates
    if how == "averaged" and not fits and len(by_rate) > 1:
        yield _average(tables, by_rate), entries
        return
    for rate, part in sorted(by_rate.items()):
        if how == "split" and len(part) > 1:
            half = (len(part) + 1) // 2
            yield rate, part[:half]
            yield rate, part[half:]
        else:
            yield rate, part


def _average(tables: Tables, by_rate: dict[Decimal, list[TimeEntry]]) -> Decimal:
    """The effective rate, to cents as the invoice form shows it, so quantity times price may miss the exact sum."""
    hours = {rate: _hours(tables, part) for rate, part in by_rate.items()}
    whole = sum(hours.values(), Decimal(0))
    return round2(sum((rate * each for rate, each in hours.items()), Decimal(0)) / whole) if whole else Decimal("0.00")


def _price(tables: Tables, entry: TimeEntry) -> Decimal:
    """An entry without a rate is imported at nothing: Harvest does not ask."""
    return billable_rate(tables, entry) or Decimal("0.0")


def _hours(tables: Tables, entries: list[TimeEntry]) -> Decimal:
    return sum((rounded_hours(tables, entry) for entry in entries), Decimal(0))


def _time_line(tables: Tables, kind: str, entries: list[TimeEntry], text: str, price: Decimal) -> InvoiceLine:
    return InvoiceLine(
        id=tables.next_id("lines"),
        kind=kind,
        description=text,
        quantity=_hours(tables, entries),
        unit_price=price,
        project_id=entries[0].project_id,
        entry_ids=[entry.id for entry in entries],
    )


def _detail(tables: Tables, entry: TimeEntry) -> str:
    span = ""
    extra = entry.extra or {}
    if extra.get("started") is not None and extra.get("ended") is not None:
        span = f" [{time_of_day(tables, extra['started'])} - {time_of_day(tables, extra['ended'])}]"
    text = f"{_shown(tables, entry.spent_on)} - {tables.tasks[entry.task_id].name}:{span} {entry.notes or ''}"
    return text.rstrip().rstrip(":")


def _title(project: Project) -> str:
    return f"[{project.code}] {project.name}" if project.code else project.name


def _shown(tables: Tables, day: date) -> str:
    return day.strftime(tables.account.date_format)


def _importable_expenses(tables: Tables, projects: list[Project], window: ImportWindow) -> list[Expense]:
    wanted = {project.id for project in projects}
    found = (e for e in tables.expenses.values() if e.project_id in wanted and e.billable and not e.is_billed)
    return sorted((e for e in found if window.holds(e.spent_on)), key=lambda expense: (expense.spent_on, expense.id))


def _expense_lines(tables: Tables, expenses: list[Expense], summary: str) -> list[InvoiceLine]:
    kind = next((c.name for c in tables.invoice_item_categories.values() if c.use_as_expense), "Product")
    groups: dict[tuple[str, int, int], list[Expense]] = {}
    for expense in expenses:
        title = _title(tables.projects[expense.project_id])
        category = tables.expense_categories[expense.expense_category_id].name
        name, key = {
            "project": (title, 0),
            "category": (f"{title}: {category}", expense.expense_category_id),
            "people": (f"{title}: {tables.users[expense.user_id].name}", expense.user_id),
            "detailed": (
                f"{_shown(tables, expense.spent_on)} - {category}: {expense.notes or ''}".rstrip(),
                expense.id,
            ),
        }[summary]
        groups.setdefault((name, expense.project_id, key), []).append(expense)
    return [
        InvoiceLine(
            id=tables.next_id("lines"),
            kind=kind,
            description=name,
            unit_price=sum((each.total_cost for each in members), Decimal("0.00")),
            project_id=project_id,
            expense_ids=[each.id for each in members],
        )
        for (name, project_id, _), members in sorted(groups.items())
    ]
