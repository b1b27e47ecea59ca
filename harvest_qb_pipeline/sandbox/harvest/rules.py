"""Rates, rounding, locks and totals: Harvest's arithmetic on time and invoices.

Belongs here: pure rules over the records (reference of Harvest, section 9). Must not be here: changes of records, JSON.
Hours are whole hundredths, money and rates `Decimal`, rounded half up (away from zero) to cents.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache

from harvest_qb_pipeline.sandbox.harvest.records import Invoice, InvoiceLine, Project
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.timetable import TimeEntry

CENT = Decimal("0.01")
ROUNDINGS = ("off", "nearest_6", "nearest_15", "nearest_30", "up_6", "up_15", "up_30")
PAYMENT_TERMS = {"upon receipt": 0, "net 15": 15, "net 30": 30, "net 45": 45, "net 60": 60}
WEEK_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def round2(amount: Decimal) -> Decimal:
    """To cents, halves away from zero."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def user_rate_on(tables: Tables, user_id: int, day: date) -> Decimal | None:
    """The person's billable rate in force on a day; None before the first rate or without any."""
    found = None
    for rate in tables.rates_of.get(user_id, ()):
        if rate.start_on is not None and rate.start_on > day:
            break
        found = rate.amount
    return found


def is_billable(tables: Tables, entry: TimeEntry) -> bool:
    """Billable by its project and by its task on that project."""
    assignment = tables.task_assignment_of.get((entry.project_id, entry.task_id))
    return tables.projects[entry.project_id].is_billable and (assignment is None or assignment.billable)


def billable_rate(tables: Tables, entry: TimeEntry) -> Decimal | None:
    """The rate an entry bills at, by its project's `bill_by`; None when it is not billable or there is no rate."""
    if not is_billable(tables, entry):
        return None
    project = tables.projects[entry.project_id]
    if project.bill_by == "Project":
        return project.hourly_rate
    if project.bill_by == "Tasks":
        assignment = tables.task_assignment_of.get((entry.project_id, entry.task_id))
        return None if assignment is None else assignment.hourly_rate
    if project.bill_by == "People":
        return person_rate(tables, project, entry.user_id, entry.spent_on)
    return None


def person_rate(tables: Tables, project: Project, user_id: int, day: date) -> Decimal | None:
    """A person's rate on a project billed by people: their own there, else their default rate of the day."""
    assignment = tables.user_assignment_of.get((project.id, user_id))
    if assignment is not None and not assignment.use_default_rates:
        return assignment.hourly_rate
    return user_rate_on(tables, user_id, day)


def hundredths_now(tables: Tables, entry: TimeEntry) -> int:
    """Hours with the running timer, in hundredths."""
    if entry.timer_started_at is None:
        return entry.hundredths
    seconds = max(0, tables.now() - entry.timer_started_at)
    return entry.hundredths + (seconds + 18) // 36


@lru_cache(maxsize=10_000)
def rounded(rounding: str, hundredths: int) -> int:
    """Hours after the account's time rounding, in hundredths. Six minutes are 10 hundredths, fifteen 25, thirty 50."""
    if rounding == "off":
        return hundredths
    way, minutes = rounding.split("_")
    step = {"6": 10, "15": 25, "30": 50}[minutes]
    if way == "up":
        return -(-hundredths // step) * step
    return (2 * hundredths + step) // (2 * step) * step


def rounded_hours(tables: Tables, entry: TimeEntry) -> Decimal:
    """The hours that reports and invoices use."""
    return Decimal(rounded(tables.account.time_rounding, hundredths_now(tables, entry))) / 100


def is_archived(tables: Tables, entry: TimeEntry) -> bool:
    """Whether the entry's client, project, task or person is archived."""
    project = tables.projects[entry.project_id]
    return not (
        project.is_active
        and tables.clients[project.client_id].is_active
        and tables.tasks[entry.task_id].is_active
        and tables.users[entry.user_id].is_active
    )


@cache
def lock_sentence(*, invoiced: bool, approved: bool, archived: bool) -> str | None:
    """`locked_reason` of a time entry, None when it is not locked."""
    named = {"Invoiced": invoiced, "Approved": approved, "Archived": archived}
    reasons = [word for word, holds in named.items() if holds]
    return f"Item {' and '.join(reasons)} and Locked for this Time Period" if reasons else None


def locked_reason(tables: Tables, entry: TimeEntry) -> str | None:
    """Why the entry is locked, in Harvest's words."""
    return lock_sentence(
        invoiced=entry.is_billed,
        approved=entry.approval_status == "approved",
        archived=is_archived(tables, entry),
    )


def is_day_locked(tables: Tables, project_id: int, user_id: int, day: date) -> bool:
    """Whether people who are no administrators can't log that day: the project's invoiced span, an approved week."""
    spans: dict[int, tuple[date, date]] = {}
    for entry in tables.time.in_days(project_id, None, None):
        if entry.invoice_id is not None:
            first, last = spans.get(entry.invoice_id, (entry.spent_on, entry.spent_on))
            spans[entry.invoice_id] = (min(first, entry.spent_on), max(last, entry.spent_on))
    if any(first <= day <= last for first, last in spans.values()):
        return True
    start = day - timedelta(days=(day.weekday() - WEEK_DAYS.index(tables.account.week_start_day)) % 7)
    shelves = tables.time.user_days.get(user_id, {})
    week = (shelves.get(start + timedelta(days=offset), []) for offset in range(7))
    return any(entry.approval_status == "approved" for entries in week for entry in entries)


@dataclass(frozen=True)
class Totals:
    """Amounts of an invoice, in its currency."""

    subtotal: Decimal
    discount_amount: Decimal
    tax_amount: Decimal
    tax2_amount: Decimal
    amount: Decimal


def line_amount(line: InvoiceLine) -> Decimal:
    """Quantity times unit price, to cents."""
    return round2(line.quantity * line.unit_price)


def totals(
    lines: Iterable[InvoiceLine], *, discount: Decimal | None, tax: Decimal | None, tax2: Decimal | None
) -> Totals:
    """The sums of an invoice: discount on the subtotal, each tax on its lines less their share of the discount."""
    amounts = [(line_amount(line), line) for line in lines]
    subtotal = sum((amount for amount, _ in amounts), Decimal("0.00"))
    discount_amount = round2(subtotal * (discount or Decimal(0)) / 100)

    def tax_on(base: Decimal, percent: Decimal | None) -> Decimal:
        share = discount_amount * base / subtotal if subtotal else Decimal(0)
        return round2((base - share) * (percent or Decimal(0)) / 100)

    tax_amount = tax_on(sum((a for a, line in amounts if line.taxed), Decimal(0)), tax)
    tax2_amount = tax_on(sum((a for a, line in amounts if line.taxed2), Decimal(0)), tax2)
    return Totals(
        subtotal, discount_amount, tax_amount, tax2_amount, subtotal - discount_amount + tax_amount + tax2_amount
    )


def invoice_totals(invoice: Invoice) -> Totals:
    """The sums of an invoice as it stands."""
    return totals(invoice.lines, discount=invoice.discount, tax=invoice.tax, tax2=invoice.tax2)


def due_amount(tables: Tables, invoice: Invoice) -> Decimal:
    """What is left to pay; negative after an overpayment."""
    paid = sum((payment.amount for payment in tables.payments_of(invoice.id)), Decimal("0.00"))
    return invoice_totals(invoice).amount - paid


def due_day(issue_on: date, payment_term: str | None, due_on: date | None) -> tuple[str, date]:
    """Term and due day: a named term decides alone, without one (or with `custom`) the given day or the issue day."""
    if payment_term is None or payment_term == "custom":
        return "custom", due_on or issue_on
    return payment_term, issue_on + timedelta(days=PAYMENT_TERMS[payment_term])
