"""What a made-up agency consists of, as immutable values that know neither system's API.

Belongs here: shapes, and the few facts that follow from them alone (a rate on a day, rounded hours). Must not be
here: random choices (`generator`, `diary`), names (`cast`, `words`), or how things are put into the books (`fill`).
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple, TypeAlias

Billing: TypeAlias = Literal["project", "tasks", "people", "fixed", "none"]
Approval: TypeAlias = Literal["unsubmitted", "submitted", "approved"]
TimeRounding: TypeAlias = Literal["off", "nearest_15"]

CENT = Decimal("0.01")
BILLED_BY_HAND = -1
"""In place of an invoice's key: marked as invoiced in Harvest, with the invoice in some other tool."""


@dataclass(frozen=True)
class Address:
    """A postal address; `country` is empty at home."""

    street: str
    city: str
    state: str
    postal_code: str
    country: str = ""

    def as_text(self) -> str:
        """The lines as Harvest keeps them: one text, line breaks as `\\r\\n`."""
        town = " ".join(part for part in (f"{self.city}," if self.state else self.city, self.state) if part)
        lines = (self.street, f"{town} {self.postal_code}".strip(), self.country)
        return "\r\n".join(line for line in lines if line)


@dataclass(frozen=True)
class Rate:
    """A billable rate per hour in force from `start_on` (`None`: since ever)."""

    start_on: date | None
    amount: Decimal


@dataclass(frozen=True)
class Person:
    """Somebody who logs time. `rates` is empty for a person whose rate was never entered."""

    key: int
    first_name: str
    last_name: str
    email: str
    role: str
    access_roles: tuple[str, ...]
    rates: tuple[Rate, ...]
    cost_rate: Decimal | None
    tasks: tuple[str, ...]
    is_contractor: bool = False
    uses_timer: bool = False
    weekly_hours: int = 40
    joined_on: date = date(2020, 1, 6)
    left_on: date | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def rate_on(self, day: date) -> Decimal | None:
        """The default rate per hour valid on `day`; rates are in ascending order of start."""
        for rate in reversed(self.rates):
            if rate.start_on is None or rate.start_on <= day:
                return rate.amount
        return None


@dataclass(frozen=True)
class AgencyContact:
    """A person at the client's."""

    first_name: str
    last_name: str
    title: str
    email: str
    phone: str = ""


@dataclass(frozen=True)
class AgencyClient:
    """A client as Harvest knows it. `customer` is the display name of its QuickBooks customer, if there is one.

    A `has_left_books` customer was made inactive in QuickBooks. `is_new` clients came with the first unbilled month.
    """

    key: int
    name: str
    currency: str
    address: Address
    contacts: tuple[AgencyContact, ...]
    customer: str | None
    term: str
    is_active: bool = True
    has_left_books: bool = False
    is_new: bool = False


@dataclass(frozen=True)
class AgencyTask:
    """A kind of work; `item` is the QuickBooks item it is sold as."""

    key: int
    name: str
    is_billable: bool
    default_rate: Decimal | None
    item: str


@dataclass(frozen=True)
class AgencyProject:
    """A project. `rate` counts when `billing` is "project", `task_rates` when "tasks", `fee` when "fixed".

    `team` holds person keys; `tasks` task keys; `person_rates` overrides a member's own rate when `billing` is
    "people"; `free_tasks` are tasks that are not billable on this project whatever their default.
    """

    key: int
    client: int
    name: str
    code: str
    billing: Billing
    tasks: tuple[int, ...]
    team: tuple[int, ...]
    rate: Decimal | None = None
    fee: Decimal | None = None
    task_rates: tuple[tuple[int, Decimal], ...] = ()
    person_rates: tuple[tuple[int, Decimal], ...] = ()
    free_tasks: frozenset[int] = frozenset()
    weight: int = 10
    starts_on: date | None = None
    ends_on: date | None = None
    is_active: bool = True


class Entry(NamedTuple):
    """One logged piece of time. `person`, `project`, `task` are keys; `invoice` the key of the old invoice it is on,
    or `BILLED_BY_HAND`.

    Hours are whole hundredths and moments epoch seconds, in a named tuple: half a million are made for the large
    company.
    """

    person: int
    project: int
    task: int
    spent_on: date
    hundredths: int
    notes: str | None
    created_at: int
    updated_at: int
    approval: Approval
    invoice: int | None
    is_running: bool


@dataclass(frozen=True)
class Category:
    """An expense category; `unit_price` and `unit_name` for those counted in units, such as miles."""

    key: int
    name: str
    unit_name: str | None = None
    unit_price: Decimal | None = None


@dataclass(frozen=True)
class AgencyExpense:
    """Money somebody spent for a project. `total` is in the client's currency, `created_at` epoch seconds."""

    person: int
    project: int
    category: int
    spent_on: date
    units: Decimal
    total: Decimal
    notes: str
    is_billable: bool
    approval: Approval
    created_at: int


@dataclass(frozen=True)
class OldInvoiceLine:
    """A line of an old invoice: hours × rate, or one instalment of a fee."""

    project: int
    item: str
    description: str
    quantity: Decimal
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        return (self.quantity * self.unit_price).quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class OldInvoice:
    """An invoice the firm made by hand before the pipeline, in Harvest and (`in_quickbooks`) in the books.

    `sent_at` is in epoch seconds.
    """

    key: int
    client: int
    number: str
    issued_on: date
    due_on: date
    term: str
    period_start: date
    period_end: date
    lines: tuple[OldInvoiceLine, ...]
    sent_at: int
    paid_on: date | None
    in_quickbooks: bool

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass(frozen=True)
class ChartAccount:
    """An account of the QuickBooks chart; `parent` is another account's name."""

    name: str
    type: str
    sub_type: str
    parent: str | None = None
    currency: str = "USD"


@dataclass(frozen=True)
class Item:
    """A product or service of QuickBooks; `account` is the name of its income account."""

    name: str
    account: str
    description: str
    unit_price: Decimal = Decimal(0)
    parent: str | None = None
    is_active: bool = True
    type: Literal["Service", "Category"] = "Service"


@dataclass(frozen=True)
class Term:
    """A payment term: due so many days after the invoice."""

    name: str
    due_days: int


@dataclass(frozen=True)
class Customer:
    """A QuickBooks customer; `parent` (a display name) makes it a job, or a project when it `is_project`."""

    name: str
    company_name: str
    currency: str
    address: Address | None
    term: str
    email: str | None = None
    parent: str | None = None
    is_active: bool = True
    phone: str = ""
    is_project: bool = False


@dataclass(frozen=True)
class Vendor:
    """A QuickBooks vendor, a person or a company; `balance` is what the firm owes in bills."""

    name: str
    first_name: str
    last_name: str
    company_name: str
    email: str
    phone: str = ""
    balance: Decimal = Decimal(0)


@dataclass(frozen=True)
class Employee:
    """A QuickBooks employee; one who left (`left_on`) is inactive."""

    first_name: str
    last_name: str
    email: str | None
    joined_on: date
    left_on: date | None = None


@dataclass(frozen=True)
class Agency:
    """A whole firm on one day, in both systems. Keys are positions: `people[entry.person]` logged `entry`.

    Time begins on `first_on`; months before `unbilled_from` were invoiced by hand. `acquaintances` are clients without
    projects.
    """

    name: str
    domain: str
    timezone: str
    address: Address
    today: date
    first_on: date
    unbilled_from: date
    rounding: TimeRounding
    is_multicurrency: bool
    people: tuple[Person, ...]
    clients: tuple[AgencyClient, ...]
    tasks: tuple[AgencyTask, ...]
    projects: tuple[AgencyProject, ...]
    entries: tuple[Entry, ...]
    categories: tuple[Category, ...]
    expenses: tuple[AgencyExpense, ...]
    invoices: tuple[OldInvoice, ...]
    accounts: tuple[ChartAccount, ...]
    items: tuple[Item, ...]
    terms: tuple[Term, ...]
    customers: tuple[Customer, ...]
    acquaintances: tuple[AgencyClient, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    employees: tuple[Employee, ...] = ()


def is_billable(project: AgencyProject, task: AgencyTask) -> bool:
    """Whether time on `task` of `project` is billable: Harvest asks the project first, then the task assignment."""
    return project.billing != "none" and task.is_billable and task.key not in project.free_tasks


def rate_of(project: AgencyProject, task: AgencyTask, person: Person, day: date) -> Decimal | None:
    """The billable rate per hour as Harvest finds it (reference 9.1); `None` when there is none."""
    if not is_billable(project, task):
        return None
    if project.billing == "project":
        return project.rate
    if project.billing == "tasks":
        return dict(project.task_rates).get(task.key)
    if project.billing == "people":
        return dict(project.person_rates).get(person.key, person.rate_on(day))
    return None


def rounded(hundredths: int, rounding: TimeRounding) -> int:
    """Hours in hundredths as they are invoiced: each entry by itself, halves up (reference 9.10)."""
    return hundredths if rounding == "off" else (hundredths * 2 + 25) // 50 * 25
