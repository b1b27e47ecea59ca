"""The made-up agency by itself, before it is put into any books."""

import time
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from harvest_qb_pipeline.sandbox.seed import calendar, cast, chart, words
from harvest_qb_pipeline.sandbox.seed.generator import Options, Size, make_agency
from harvest_qb_pipeline.sandbox.seed.values import BILLED_BY_HAND, Agency, Entry, is_billable, rate_of, rounded

TODAY = date(2026, 11, 5)
ZONE = "America/New_York"
SEEDS = (1, 2, 3, 7, 42, 1234)


def agency(seed: int = 1, size: Size = "small", today: date = TODAY, **options: object) -> Agency:
    now = calendar.moment(today, 12, ZONE)
    return make_agency(seed=seed, size=size, today=today, now=now, timezone=ZONE, options=Options.of(options))


def client_entries(made: Agency, client: int, month: date) -> list[Entry]:
    return [
        entry
        for entry in made.entries
        if made.projects[entry.project].client == client and calendar.month_start(entry.spent_on) == month
    ]


def test_the_same_seed_makes_the_same_agency_and_another_seed_another() -> None:
    assert agency(seed=5) == agency(seed=5)
    assert agency(seed=5).entries != agency(seed=6).entries
    assert agency(seed=5, size="medium") == agency(seed=5, size="medium")


def test_an_empty_company_has_its_administrator_and_its_books_but_no_clients_and_no_time() -> None:
    made = agency(size="empty")
    assert [person.access_roles for person in made.people] == [("administrator",)]
    assert made.accounts
    assert made.items
    assert made.terms
    assert made.clients == made.projects == made.entries == made.customers == made.invoices == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_small_company_has_about_1500_entries(seed: int) -> None:
    assert 1350 <= len(agency(seed).entries) <= 1650


def test_sizes_have_about_the_entries_they_promise() -> None:
    assert 28_500 <= len(agency(size="medium").entries) <= 31_500
    assert 9_500 <= len(agency(size="small", entries=10_000).entries) <= 10_500


@pytest.mark.slow
def test_a_large_company_is_made_in_seconds() -> None:
    began = time.process_time()
    made = agency(size="large")
    assert 480_000 <= len(made.entries) <= 520_000
    assert time.process_time() - began < 30


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_happens_in_the_future_or_before_it_was_done(seed: int) -> None:
    made = agency(seed)
    now = calendar.moment(TODAY, 12, ZONE)
    for entry in made.entries:
        day_began = calendar.moment(entry.spent_on, 0, ZONE)
        assert entry.spent_on <= TODAY
        assert day_began <= entry.created_at <= entry.updated_at <= now
    for invoice in made.invoices:
        assert invoice.sent_at <= now
        assert invoice.paid_on is None or invoice.issued_on < invoice.paid_on < TODAY


@pytest.mark.parametrize("seed", SEEDS)
def test_exactly_one_timer_runs_and_it_runs_today(seed: int) -> None:
    running = [entry for entry in agency(seed).entries if entry.is_running]
    assert [entry.spent_on for entry in running] == [TODAY]


@pytest.mark.parametrize("seed", SEEDS)
def test_last_month_is_approved_but_for_two_people_on_one_project(seed: int) -> None:
    made = agency(seed)
    waiting = {
        (made.people[entry.person].name, made.projects[entry.project].name, entry.approval)
        for entry in made.entries
        if entry.spent_on < date(2026, 11, 1) and entry.approval != "approved"
    }
    assert waiting == {
        ("Tom Brandt", "Rider Information Platform", "unsubmitted"),
        ("Jae-won Park", "Rider Information Platform", "submitted"),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_every_instructive_case_is_there_whatever_the_seed(seed: int) -> None:
    made, october = agency(seed), date(2026, 10, 1)
    rate_less = [
        entry
        for entry in client_entries(made, cast.REDWOOD, october)
        if rate_of(made.projects[entry.project], made.tasks[entry.task], made.people[entry.person], entry.spent_on)
        is None
    ]
    assert {made.people[entry.person].name for entry in rate_less} == {"Sofia Lindqvist"}
    forgotten = [
        entry
        for entry in made.entries
        if entry.spent_on < october
        and entry.invoice is None
        and rate_of(made.projects[entry.project], made.tasks[entry.task], made.people[entry.person], entry.spent_on)
    ]
    assert forgotten, "time of a month that was invoiced before it was logged"
    assert [entry for entry in client_entries(made, cast.LUMIERE, october) if entry.hundredths == 0]
    late = [entry for entry in made.entries if entry.created_at - calendar.moment(entry.spent_on, 18, ZONE) > 86_400]
    assert len(late) > 20
    for client in made.clients:
        if client.is_active:
            assert client_entries(made, client.key, october), f"{client.name} has nothing in October"
    assert {made.projects[expense.project].client for expense in made.expenses if expense.spent_on >= october} >= {
        cast.FERN,
        cast.GREENLINE,
    }


def test_every_way_to_bill_is_there() -> None:
    assert Counter(project.billing for project in agency().projects).keys() == {
        "project", "tasks", "people", "fixed", "none",
    }  # fmt: skip


def test_two_rates_of_one_person_meet_in_one_month() -> None:
    lead = agency().people[cast.LEAD]
    assert (lead.rate_on(date(2026, 10, 14)), lead.rate_on(date(2026, 10, 15))) == (Decimal(160), Decimal(170))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_old_invoice_is_the_sum_of_its_entries(seed: int) -> None:
    made = agency(seed)
    exact: defaultdict[int, Decimal] = defaultdict(Decimal)
    for entry in made.entries:
        if entry.invoice is None:
            continue
        project, task, person = made.projects[entry.project], made.tasks[entry.task], made.people[entry.person]
        assert is_billable(project, task)
        assert entry.spent_on < made.unbilled_from
        rate = rate_of(project, task, person, entry.spent_on) or Decimal(0)
        exact[entry.invoice] += rate * rounded(entry.hundredths, made.rounding) / 100
    for invoice in made.invoices:
        lines = [line for line in invoice.lines if made.projects[line.project].billing != "fixed"]
        total = sum((line.amount for line in lines), Decimal(0))
        assert abs(total - exact[invoice.key]) <= Decimal("0.005") * len(lines)
    assert len({invoice.number for invoice in made.invoices}) == len(made.invoices)


def test_without_old_invoices_all_time_is_unbilled() -> None:
    made = agency(old_invoices=False)
    assert not made.invoices
    assert all(entry.invoice is None for entry in made.entries)


def test_customers_who_left_the_books_owe_nothing() -> None:
    made = agency(size="medium")
    gone = {client.key for client in made.clients if client.has_left_books}
    assert gone
    assert all(invoice.paid_on for invoice in made.invoices if invoice.client in gone)


def test_every_reference_of_the_books_is_to_something_there() -> None:
    made = agency(size="medium")
    accounts, items = {account.name for account in made.accounts}, {item.name for item in made.items}
    terms, customers = {term.name for term in made.terms}, {customer.name for customer in made.customers}
    assert {item.account for item in made.items} <= accounts
    assert {account.parent for account in made.accounts if account.parent} <= accounts
    assert {task.item for task in made.tasks} | {line.item for old in made.invoices for line in old.lines} <= items
    assert {customer.term for customer in made.customers} | {client.term for client in made.clients} <= terms
    assert {customer.parent for customer in made.customers if customer.parent} <= customers
    assert len(customers) == len(made.customers)
    assert {task.name for task in made.tasks} == words.NOTES.keys()


def test_names_of_extra_companies_are_not_mistaken_for_each_other() -> None:
    names = [client.name for client in agency(size="medium").clients[len(cast.CLIENTS) :]]
    assert len({name.split()[0] for name in names}) == len(names)


def test_without_several_currencies_there_is_no_foreign_customer() -> None:
    made = agency(multicurrency=False)
    assert {customer.currency for customer in made.customers} == {"USD"}
    assert not any(account in chart.FOREIGN_ACCOUNTS for account in made.accounts)
    assert not made.is_multicurrency


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"colour": "red"}, "Unknown option colour"),
        ({"rounding": "up_30"}, "rounding"),
        ({"entries": 0}, "entries"),
        ({"months": "4"}, "months"),
    ],
)
def test_an_unknown_option_is_refused_by_name(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Options.of(given)


@pytest.mark.parametrize(
    "today", [date(2026, 1, 2), date(2026, 3, 1), date(2024, 2, 29), date(2026, 12, 31), date(2027, 7, 5)]
)
def test_any_day_can_be_today(today: date) -> None:
    made = agency(today=today)
    assert 1200 <= len(made.entries) <= 1900
    assert made.unbilled_from == calendar.month_start(today, 1)
    assert all(invoice.period_end < made.unbilled_from for invoice in made.invoices)


def test_quarter_hours_round_half_up() -> None:
    assert [rounded(value, "nearest_15") for value in (0, 12, 13, 37, 38, 100, 112, 113)] == [
        0, 0, 25, 25, 50, 100, 100, 125,
    ]  # fmt: skip
    assert rounded(37, "off") == 37


def test_offices_close_on_holidays() -> None:
    assert {date(2026, 7, 3), date(2026, 9, 7), date(2026, 11, 26), date(2026, 11, 27)} <= calendar.holidays(2026)
    assert calendar.next_workday(date(2026, 7, 2)) == date(2026, 7, 6)
    assert calendar.moment(TODAY, 12, ZONE) == int(datetime(2026, 11, 5, 17, tzinfo=UTC).timestamp())


def test_what_was_billed_more_than_a_year_ago_is_only_marked_so() -> None:
    made = agency(entries=12_000, months=15)
    kinds = {calendar.month_start(e.spent_on): set() for e in made.entries if e.invoice is not None}
    for entry in made.entries:
        if entry.invoice is not None:
            kinds[calendar.month_start(entry.spent_on)].add(entry.invoice == BILLED_BY_HAND)
    assert [month for month in kinds if kinds[month] == {True}] == [date(2025, 8, 1), date(2025, 9, 1)]
    assert kinds[date(2025, 10, 1)] == {False}
