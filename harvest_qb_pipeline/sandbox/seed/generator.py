"""A whole made-up agency for a seed, a size and a day: the cast, and as many others as the size asks for.

Belongs here: putting the parts together, and drawing extra people, clients and projects. Must not be here: literals
(`cast`, `chart`, `words`), the entries themselves (`diary`, `history`), or either system's API.
"""

import gc
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Literal, TypeAlias, get_args

from harvest_qb_pipeline.sandbox.seed import calendar, cast, chart, words
from harvest_qb_pipeline.sandbox.seed.diary import ENTRIES_PER_DAY, Diary
from harvest_qb_pipeline.sandbox.seed.history import History
from harvest_qb_pipeline.sandbox.seed.roster import make_roster
from harvest_qb_pipeline.sandbox.seed.values import (
    CENT,
    Address,
    Agency,
    AgencyClient,
    AgencyContact,
    AgencyExpense,
    AgencyProject,
    Billing,
    Customer,
    Entry,
    OldInvoice,
    Person,
    Rate,
    TimeRounding,
)

Size: TypeAlias = Literal["empty", "small", "medium", "large"]
SIZES: tuple[Size, ...] = get_args(Size)

_SHAPES: dict[Size, tuple[int, int]] = {"small": (0, 4), "medium": (30_000, 12), "large": (500_000, 36)}
"""Time entries wanted (0: the cast alone) and closed months of each size."""

_CAST_PRESENCE = 6.6
"""Full-time people the cast amounts to."""

_CRAFTS = (
    ("Designer", ("Design", "Strategy & Research"), (105, 150)),
    ("Developer", ("Development", "QA & Testing"), (120, 175)),
    ("Tester", ("QA & Testing",), (90, 120)),
    ("Copywriter", ("Copywriting",), (85, 125)),
    ("Strategist", ("Strategy & Research", "Client Meetings"), (150, 210)),
    ("Project Manager", ("Project Management", "Client Meetings"), (120, 165)),
)
_BILLINGS: tuple[Billing, ...] = ("project", "tasks", "people", "fixed", "none")


@dataclass(frozen=True)
class Options:
    """What may be asked of the generator besides seed, size and day. None means: as the size has it.

    `entries`: how many time entries, roughly. `months`: closed months before the current one. `multicurrency`:
    whether the books have several currencies on. `rounding`: Harvest's time rounding, "off" or "nearest_15" (an empty
    company: off).
    `old_invoices`: False leaves all time unbilled.
    """

    entries: int | None = None
    months: int | None = None
    multicurrency: bool | None = None
    rounding: TimeRounding | None = None
    old_invoices: bool = True

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> "Options":
        """Options from a JSON object. Raises `ValueError` naming what is not known."""
        known = {option.name for option in fields(cls)}
        unknown = sorted(set(given or {}) - known)
        if unknown:
            raise ValueError(f"Unknown option {', '.join(unknown)}; known are {', '.join(sorted(known))}.")
        options = cls(**(given or {}))
        if options.rounding not in (None, *get_args(TimeRounding)):
            raise ValueError(
                f"Option rounding is one of {', '.join(get_args(TimeRounding))}, not {options.rounding!r}."
            )
        for name in ("entries", "months"):
            number = getattr(options, name)
            if number is not None and (type(number) is not int or number < 1):
                raise ValueError(f"Option {name} is a whole number from 1, not {number!r}.")
        return options


@contextmanager
def uncollected() -> Generator[None]:
    """Half a million new objects, none of them in a cycle, without the collector walking them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def make_agency(*, seed: int, size: Size, today: date, now: int, timezone: str, options: Options) -> Agency:
    """The agency on `today`, where it is the epoch second `now`. Equal arguments give equal agencies."""
    if size == "empty":
        return _empty(today, timezone, options)
    wanted, months = _SHAPES[size]
    wanted, months = options.entries or wanted, options.months or months
    first, unbilled_from = calendar.month_start(today, months), calendar.month_start(today, 1)
    people, clients, projects, extra_customers = _world(Random(f"{seed}/world"), wanted, first, unbilled_from, today)
    diary = Diary(seed, first, now, today, timezone, people, cast.TASKS, projects)
    terms = {term.name: term for term in chart.TERMS}
    rounding = options.rounding or "nearest_15"
    history = History(seed, today, unbilled_from, timezone, rounding, people, clients, cast.TASKS, projects, terms)
    with uncollected():
        entries: Sequence[Entry] = diary.entries()
        invoices: Sequence[OldInvoice] = ()
        if options.old_invoices:
            entries, invoices = history.write(entries)
    is_multicurrency = options.multicurrency is not False
    roster = make_roster(Random(f"{seed}/roster"), people, clients, projects)
    return replace(
        _empty(today, timezone, replace(options, multicurrency=is_multicurrency, rounding=rounding)),
        first_on=first,
        people=people,
        clients=clients,
        tasks=cast.TASKS,
        projects=projects,
        entries=tuple(sorted(entries, key=lambda entry: entry.created_at)),
        categories=cast.CATEGORIES,
        expenses=_expenses(Random(f"{seed}/expenses"), projects, people, first, today, timezone),
        invoices=tuple(invoices),
        customers=(*_customers(clients, is_multicurrency), *extra_customers, *roster.customers),
        acquaintances=roster.acquaintances,
        vendors=roster.vendors,
        employees=roster.employees,
    )


def _empty(today: date, timezone: str, options: Options) -> Agency:
    accounts = chart.ACCOUNTS + (chart.FOREIGN_ACCOUNTS if options.multicurrency else ())
    unbilled_from = calendar.month_start(today, 1)
    return Agency(
        cast.AGENCY_NAME, cast.AGENCY_DOMAIN, timezone, cast.AGENCY_ADDRESS, today, today, unbilled_from,
        options.rounding or "off", bool(options.multicurrency), cast.people(today, today, today)[:1],
        (), (), (), (), (), (), (), accounts, chart.ITEMS, chart.TERMS, (),
    )  # fmt: skip


def _world(
    random: Random, wanted: int, first: date, unbilled_from: date, today: date
) -> tuple[tuple[Person, ...], tuple[AgencyClient, ...], tuple[AgencyProject, ...], tuple[Customer, ...]]:
    """People, clients, projects and lone customers: the cast, then enough others for `wanted` entries."""
    left_on = calendar.month_end(calendar.month_start(unbilled_from, 2))
    people = cast.people(unbilled_from, unbilled_from + timedelta(days=14), left_on)
    workdays = len(calendar.workdays(first, today - timedelta(days=1)))
    extra = max(0, round(wanted / workdays / ENTRIES_PER_DAY - _CAST_PRESENCE))
    clients = cast.CLIENTS + _extra_clients(random, len(cast.CLIENTS), round(extra * 0.55))
    people += _extra_people(random, people, extra)
    projects = tuple(_dated(project, clients[project.client], unbilled_from) for project in cast.PROJECTS)
    if extra:
        projects += _extra_projects(random, projects, people, clients)
    return people, clients, projects, cast.EXTRA_CUSTOMERS


def _dated(project: AgencyProject, client: AgencyClient, unbilled_from: date) -> AgencyProject:
    """New clients' projects begin with the first unbilled month; those of archived clients ended before it."""
    if client.is_new:
        return replace(project, starts_on=unbilled_from)
    if not client.is_active:
        return replace(project, ends_on=unbilled_from - timedelta(days=40))
    return project


def _extra_people(random: Random, known: Sequence[Person], count: int) -> tuple[Person, ...]:
    people: list[Person] = []
    for first_name, last_name in words.person_names(random, count, {person.name for person in known}):
        key = len(known) + len(people)
        role, tasks, (low, high) = random.choice(_CRAFTS)
        rate = Decimal(random.randrange(low, high + 1, 5))
        is_contractor = random.random() < 0.2
        plain = "".join(letter for letter in f"{first_name}.{last_name}".lower() if letter.isascii() and letter != "'")
        people.append(
            Person(
                key,
                first_name,
                last_name,
                f"{plain}.{key}@{cast.AGENCY_DOMAIN}.example",
                role,
                ("member",),
                (Rate(None, rate),),
                (rate * Decimal("0.4")).quantize(Decimal(1)),
                tasks,
                is_contractor=is_contractor,
                uses_timer=random.random() < 0.25,
            )
        )
    return tuple(people)


def _extra_clients(random: Random, first_key: int, count: int) -> tuple[AgencyClient, ...]:
    clients: list[AgencyClient] = []
    for key, name in enumerate(words.company_names(random, count), first_key):
        city, state, postal_code = random.choice(words.TOWNS)
        address = Address(f"{random.randint(1, 4999)} {random.choice(words.STREETS)}", city, state, postal_code)
        domain = "".join(letter for letter in name.lower() if letter.isalpha())
        contact = AgencyContact(
            random.choice(words.FIRST_NAMES), random.choice(words.LAST_NAMES), "", f"office@{domain}.example"
        )
        chance = random.random()
        customer = name if chance < 0.8 else _other_spelling(random, name) if chance < 0.96 else None
        term = random.choice(("Net 15", "Net 30", "Net 30", "Net 30", "Net 60"))
        clients.append(
            AgencyClient(
                key,
                name,
                "USD",
                address,
                (contact,),
                customer,
                term,
                has_left_books=customer is not None and random.random() < 0.02,
                is_new=customer is None,
            )
        )
    return tuple(clients)


def _other_spelling(random: Random, name: str) -> str:
    """The same name as another bookkeeper would have typed it."""
    if name.endswith(" Inc"):
        return f"{name[:-4]}, Inc."
    if name.endswith(" LLC"):
        return f"{name[:-4]}, L.L.C."
    return random.choice((name.upper(), name.lower(), name.replace(" ", "-", 1)))


def _extra_projects(
    random: Random, known: Sequence[AgencyProject], people: Sequence[Person], clients: Sequence[AgencyClient]
) -> tuple[AgencyProject, ...]:
    """One to three projects for each extra client, and three to six of them for each extra person."""
    newcomers, homes = people[len(cast.people(date.min, date.min, date.min)) :], clients[len(cast.CLIENTS) :]
    plan = [(client, name) for client in homes for name in random.sample(words.PROJECT_NAMES, random.randint(1, 3))]
    if not plan:
        return ()
    teams: list[set[int]] = [{random.choice(newcomers).key} for _ in plan]
    for person in newcomers:
        for place in random.sample(range(len(plan)), min(len(plan), random.randint(3, 6))):
            teams[place].add(person.key)
    return tuple(
        _extra_project(random, len(known) + number, client, name, team, people)
        for number, ((client, name), team) in enumerate(zip(plan, teams, strict=True))
    )


def _extra_project(
    random: Random, key: int, client: AgencyClient, name: str, team: set[int], people: Sequence[Person]
) -> AgencyProject:
    crafts = {task for person in team for task in people[person].tasks}
    tasks = tuple(task.key for task in cast.TASKS if task.name in crafts)
    billing = random.choices(_BILLINGS, weights=(42, 22, 26, 5, 5))[0]
    rate = Decimal(random.randrange(95, 186, 5))
    return AgencyProject(
        key, client.key, f"{client.name.split()[0]} {name}", f"{client.name[:3].upper()}-{key}", billing, tasks,
        tuple(sorted(team)),
        rate=rate if billing == "project" else None,
        fee=rate * 200 if billing == "fixed" else None,
        task_rates=tuple((task, rate + task * 5) for task in tasks) if billing == "tasks" else (),
        weight=random.randint(4, 16),
    )  # fmt: skip


def _customer(client: AgencyClient, name: str) -> Customer:
    email = client.contacts[0].email if client.contacts else None
    phone = client.contacts[0].phone if client.contacts else ""
    company_name, is_active = name.strip()[:100], not client.has_left_books
    return Customer(
        name, company_name, client.currency, client.address, client.term, email, is_active=is_active, phone=phone
    )


def _customers(clients: Sequence[AgencyClient], is_multicurrency: bool) -> tuple[Customer, ...]:
    """The QuickBooks customers of clients that have one; one in foreign currency only where the books allow it."""
    return tuple(
        _customer(client, client.customer)
        for client in clients
        if client.customer is not None and (is_multicurrency or client.currency == "USD")
    )


def _expenses(
    random: Random, projects: Sequence[AgencyProject], people: Sequence[Person], first: date, today: date, timezone: str
) -> tuple[AgencyExpense, ...]:
    """A few expenses a month, billable ones with two clients of the cast and one of the studio's own."""
    spent: list[AgencyExpense] = []
    for number in range(24):
        month = calendar.month_start(today, number)
        for key, category, cents, notes in _SPENDING:
            project = projects[key]
            team = [member for member in project.team if people[member].rates and people[member].left_on is None]
            person, day = random.choice(team), calendar.next_workday(month, random.randint(1, 15))
            price = cast.CATEGORIES[category].unit_price
            units = Decimal(random.randint(20, 140)) if price else Decimal(1)
            total = (units * price).quantize(CENT) if price else Decimal(random.randint(*cents)).scaleb(-2)
            approval = "unsubmitted" if number == 0 else "approved"
            created_at = calendar.moment(day, 18, timezone)
            is_billable = project.billing != "none"
            if first <= day < today:
                spent.append(
                    AgencyExpense(person, key, category, day, units, total, notes, is_billable, approval, created_at)
                )
    return tuple(sorted(spent, key=lambda expense: expense.created_at))


_SPENDING = (
    (12, 3, (4900, 39900), "Photo licence for campaign"),
    (12, 2, (2200, 6800), "Lunch with client"),
    (6, 0, (5400, 21000), "Train to Sacramento office"),
    (6, 4, (0, 0), "Drive to depot, site visit"),
    (15, 3, (1900, 9900), "Font licence, own site"),
)
"""Project, category, least and most in cents, notes."""
