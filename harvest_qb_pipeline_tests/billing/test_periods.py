"""Billing periods (rules 4, 5, 21): when work is due, and on which bill it goes."""

from datetime import date

import pytest

from harvest_qb_pipeline_tests.billing.books import POLICY, Books


def billing(choices: str) -> str:
    return f"{POLICY}\n[billing]\n{choices}\n"


def keys(books: Books) -> list[str]:
    books.build()
    return [key.removeprefix("invoice/client-1/") for key in books.drafts()]


@pytest.mark.parametrize(("today", "due"), [("2026-11-03", False), ("2026-11-04", True)])
def test_a_month_closes_three_days_after_its_last(books, today, due):
    books.today = date.fromisoformat(today)
    books.entry("2026-10-31", "1")
    assert keys(books) == (["2026-10"] if due else [])


def test_the_policy_says_how_many_days_of_grace(books):
    books.say(billing("grace_days = 5"))
    books.entry("2026-10-31", "1")
    assert keys(books) == []


def test_half_months_end_on_the_15th_and_the_last(books):
    books.say(billing('cadence = "semi_monthly"'))
    for day in ("2026-09-15", "2026-09-16", "2026-10-16"):
        books.entry(day, "1")
    assert keys(books) == ["2026-09-15", "2026-09-30", "2026-10-31"]


@pytest.mark.parametrize(
    ("start", "last"), [("Monday", "2026-10-25"), ("Sunday", "2026-10-24"), ("Saturday", "2026-10-23")]
)
def test_weeks_begin_on_the_day_that_harvest_says(books, start, last):
    """Rule 4. 21 October 2026 is a Wednesday."""
    books.say(billing('cadence = "weekly"'))
    books.con.execute("UPDATE harvest.company SET week_start_day = ?", [start])
    books.entry("2026-10-21", "1")
    assert keys(books) == [last]


@pytest.mark.parametrize("anchor", ["2026-10-12", "2026-01-05", "2027-01-04"])
def test_two_weeks_are_counted_from_any_of_their_first_days(books, anchor):
    books.say(billing(f'cadence = "every_two_weeks"\nanchor_on = {anchor}'))
    books.entry("2026-10-12", "1")
    books.entry("2026-10-25", "1")
    assert keys(books) == ["2026-10-25"]


def test_on_demand_nothing_is_due_until_somebody_asks(books):
    books.say(billing('cadence = "on_demand"'))
    entry = books.entry("2026-10-05", "1")
    assert keys(books) == []
    assert books.reason_codes()[entry] == "nobody_asked"


def test_on_demand_everything_up_to_the_day_that_was_asked_for_is_billed(books):
    books.say(billing('cadence = "on_demand"'))
    books.add("ledger.billing_requests", client_id_harvest="1", to_on="2026-10-10", requested_at="2026-10-11 09:00:00Z")
    first, later = books.entry("2026-09-05", "1"), books.entry("2026-10-11", "1")
    assert keys(books) == ["2026-10-10"]
    assert books.verdicts() == {first: "line", later: "not_due"}


def test_a_second_request_begins_where_the_first_ended(books):
    books.say(billing('cadence = "on_demand"'))
    for day in ("2026-10-10", "2026-10-20"):
        books.add("ledger.billing_requests", client_id_harvest="1", to_on=day, requested_at=f"{day} 20:00:00Z")
    books.entry("2026-10-05", "1")
    books.entry("2026-10-12", "1")
    assert keys(books) == ["2026-10-10", "2026-10-20"]


def test_a_withdrawn_request_asks_for_nothing(books):
    books.say(billing('cadence = "on_demand"'))
    books.add(
        "ledger.billing_requests",
        client_id_harvest="1",
        to_on="2026-10-10",
        requested_at="2026-10-11",
        withdrawn_by="a",
    )
    books.entry("2026-10-05", "1")
    assert keys(books) == []


def test_each_client_has_its_own_cadence(books):
    books.say(POLICY + '[[clients]]\nclient = 2\ncadence = "semi_monthly"\n')
    books.client(2, "Zeta")
    books.project(20, "App", client_id=2)
    books.entry("2026-10-05", "1")
    books.entry("2026-10-05", "1", project_id_harvest=20)
    books.build()
    assert list(books.drafts()) == ["invoice/client-1/2026-10", "invoice/client-2/2026-10-15"]


def test_below_the_minimum_work_is_carried_over_until_it_is_enough(books):
    """Rule 21: 60 + 30 do not make 100; with October's 50 they do."""
    books.say(billing("minimum_invoice = 100"))
    for day, hours in (("2026-08-05", "0.6"), ("2026-09-05", "0.3"), ("2026-10-05", "0.5")):
        books.entry(day, hours)
    books.build()
    assert books.drafts() == {"invoice/client-1/2026-10": 140}
    assert books.one("SELECT window_from::VARCHAR FROM billing.invoice_drafts") == "2026-08-05"


def test_what_is_still_below_the_minimum_waits_and_says_so(books):
    books.say(billing("minimum_invoice = 100"))
    entry = books.entry("2026-10-05", "0.5")
    books.build()
    assert books.drafts() == {}
    assert (books.verdicts()[entry], books.reason_codes()[entry]) == ("not_due", "carried_over")


def test_the_minimum_itself_is_enough(books):
    books.say(billing("minimum_invoice = 100"))
    books.entry("2026-10-05", "1")
    assert keys(books) == ["2026-10"]


def test_one_invoice_per_project_has_the_project_in_its_key(books):
    books.say(billing('invoice_per = "project"'))
    books.project(11, "Shop")
    books.entry("2026-10-05", "1")
    books.entry("2026-10-05", "2", project_id_harvest=11)
    books.build()
    assert books.drafts() == {
        "invoice/client-1/project-10/2026-10": 100,
        "invoice/client-1/project-11/2026-10": 200,
    }


def test_a_named_group_has_its_purchase_order_and_the_rest_goes_together(books):
    """Rule 21."""
    books.say(
        POLICY + '[[clients]]\nclient = "acme ltd"\ninvoice_per = "group"\n'
        '[[clients.groups]]\nname = "Phase 2"\npurchase_order = "PO-7"\nprojects = ["SHOP", 12]\n'
    )
    books.project(11, "Shop", project_code="SHOP")
    books.project(12, "Blog")
    for project in (10, 11, 12):
        books.entry("2026-10-05", "1", project_id_harvest=project)
    books.build()
    found = books.rows("SELECT document_key, purchase_order, project_ids FROM billing.invoice_drafts ORDER BY 1")
    assert found == [
        ("invoice/client-1/2026-10", None, [10]),
        ("invoice/client-1/phase-2/2026-10", "PO-7", [11, 12]),
    ]


def test_the_moment_of_closing_is_midnight_in_the_policys_time_zone(books):
    books.entry("2026-10-05", "1")
    books.build()
    closed = books.one("SELECT closed_at FROM billing.periods WHERE period_key = '2026-10'")
    assert closed.isoformat() == "2026-11-04T05:00:00+00:00"


def test_a_project_in_two_groups_is_on_no_invoice(books):
    """Rule 25. By id and by name: only Harvest tells that it is the same project."""
    groups = '[[clients.groups]]\nname = "A"\nprojects = [10]\n[[clients.groups]]\nname = "B"\nprojects = ["Website"]\n'
    books.say(f'{POLICY}[[clients]]\nclient = 1\ninvoice_per = "group"\n{groups}')
    entry = books.entry("2026-10-05", "1")
    assert keys(books) == []
    assert (books.verdicts()[entry], books.reason_codes()[entry]) == ("held", "split_billing")
    assert "in two groups of the policy" in books.holds()["split_billing"]
