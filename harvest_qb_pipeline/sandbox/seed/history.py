"""What the agency invoiced by hand before the pipeline came: old invoices, and the entries that are on them.

Invoices reach back a year; what was invoiced before is only marked so, since that was done in another tool.

Belongs here: turning the entries of closed months into invoices. Must not be here: how they are put into the books.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from random import Random

from harvest_qb_pipeline.sandbox.seed import calendar
from harvest_qb_pipeline.sandbox.seed.values import (
    BILLED_BY_HAND,
    CENT,
    AgencyClient,
    AgencyProject,
    AgencyTask,
    Entry,
    OldInvoice,
    OldInvoiceLine,
    Person,
    Term,
    TimeRounding,
    is_billable,
    rate_of,
    rounded,
)

FIRST_NUMBER = 2001
_INSTALMENTS = 6
_MONTHS_KEPT = 12

_Group = tuple[int, int, Decimal]
_Month = tuple[date, int]


@dataclass
class _OldDraft:
    """The lines of one client and month while they are added up, and the positions of the entries in them."""

    hundredths: defaultdict[_Group, int] = field(default_factory=lambda: defaultdict[_Group, int](int))
    fee_projects: set[int] = field(default_factory=set[int])
    entries: list[int] = field(default_factory=list[int])
    days: set[date] = field(default_factory=set[date])


@dataclass(frozen=True)
class History:
    """What old invoices follow from. Months before `unbilled_from` were invoiced."""

    seed: int
    today: date
    unbilled_from: date
    timezone: str
    rounding: TimeRounding
    people: Sequence[Person]
    clients: Sequence[AgencyClient]
    tasks: Sequence[AgencyTask]
    projects: Sequence[AgencyProject]
    terms: Mapping[str, Term]

    def write(self, entries: Sequence[Entry]) -> tuple[list[Entry], list[OldInvoice]]:
        """The entries, those invoiced now bearing their invoice's key, and the invoices in order of number."""
        random = Random(f"{self.seed}/history")
        drafts = self._drafts(entries)
        billed = list(entries)
        invoices: list[OldInvoice] = []
        for month, client in sorted(drafts):
            draft = drafts[month, client]
            if month < calendar.month_start(self.unbilled_from, _MONTHS_KEPT):
                for position in draft.entries:
                    billed[position] = billed[position]._replace(invoice=BILLED_BY_HAND)
                continue
            invoice = self._invoice(random, len(invoices), month, self.clients[client], draft)
            if not invoice.lines:
                continue
            invoices.append(invoice)
            for position in draft.entries:
                billed[position] = billed[position]._replace(invoice=invoice.key, updated_at=invoice.sent_at)
        return billed, invoices

    def _drafts(self, entries: Iterable[Entry]) -> dict[_Month, _OldDraft]:
        """Billable time of each client and month that was there when the month was invoiced."""
        drafts: defaultdict[_Month, _OldDraft] = defaultdict(_OldDraft)
        rates: dict[tuple[int, int, int, Decimal | None], tuple[bool, Decimal | None]] = {}
        for position, entry in enumerate(entries):
            day = entry.spent_on
            if day >= self.unbilled_from or entry.created_at > self._made_at(day):
                continue
            project, person = self.projects[entry.project], self.people[entry.person]
            known = (entry.project, entry.task, entry.person, person.rate_on(day))
            if known not in rates:
                rates[known] = self._billing(project, self.tasks[entry.task], person, day)
            is_billed, rate = rates[known]
            if not is_billed:
                continue
            draft = drafts[calendar.month_start(day), project.client]
            draft.entries.append(position)
            draft.days.add(day)
            if rate is None:
                draft.fee_projects.add(entry.project)
            else:
                draft.hundredths[entry.project, entry.task, rate] += rounded(entry.hundredths, self.rounding)
        return drafts

    def _billing(
        self, project: AgencyProject, task: AgencyTask, person: Person, day: date
    ) -> tuple[bool, Decimal | None]:
        """Whether such time was invoiced, and at which rate; none for hours that a fee pays."""
        rate = rate_of(project, task, person, day)
        return is_billable(project, task) and (rate is not None or project.billing == "fixed"), rate

    def _made_at(self, day: date) -> int:
        """When the month of `day` was invoiced: three workdays into the next one, in the afternoon."""
        return calendar.moment(calendar.next_workday(calendar.month_end(day), 3), 15, self.timezone)

    def _invoice(self, random: Random, key: int, month: date, client: AgencyClient, draft: _OldDraft) -> OldInvoice:
        first, last = min(draft.days), max(draft.days)
        period = f"({first:%m/%d/%Y} - {last:%m/%d/%Y})"
        lines = [
            self._line(project, self.tasks[task].item, self.tasks[task].name, period, Decimal(total).scaleb(-2), rate)
            for (project, task, rate), total in sorted(draft.hundredths.items())
            if total
        ]
        for project in sorted(draft.fee_projects):
            share = ((self.projects[project].fee or Decimal(0)) / _INSTALMENTS).quantize(CENT, rounding=ROUND_DOWN)
            lines.append(self._line(project, "Fixed Fee", "Instalment of project fee", period, Decimal(1), share))
        issued_on = calendar.month_end(month)
        due_on = issued_on + timedelta(days=self.terms[client.term].due_days)
        return OldInvoice(
            key, client.key, str(FIRST_NUMBER + key), issued_on, due_on, client.term, first, last, tuple(lines),
            self._made_at(month), self._paid_on(random, client, issued_on, due_on), client.customer is not None,
        )  # fmt: skip

    def _line(
        self, project: int, item: str, what: str, period: str, quantity: Decimal, unit_price: Decimal
    ) -> OldInvoiceLine:
        at = self.projects[project]
        name = f"[{at.code}] {at.name}" if at.code else at.name
        return OldInvoiceLine(project, item, f"{name}: {what} {period}", quantity, unit_price)

    def _paid_on(self, random: Random, client: AgencyClient, issued_on: date, due_on: date) -> date | None:
        """Most pay around the due day, some much later; who has left owes nothing."""
        delay = random.randint(-9, 6) if random.random() < 0.85 else random.randint(12, 50)
        paid_on = calendar.next_workday(max(due_on + timedelta(days=delay), issued_on + timedelta(days=6)))
        if paid_on < self.today:
            return paid_on
        return self.today - timedelta(days=2) if client.has_left_books or not client.is_active else None
