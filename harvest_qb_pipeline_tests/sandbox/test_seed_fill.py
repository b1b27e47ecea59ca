"""The made-up agency as both sets of books show it."""

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from harvest_qb_pipeline.sandbox.clock import Clock
from harvest_qb_pipeline.sandbox.company import Company, Credentials
from harvest_qb_pipeline.sandbox.seed.agency import fill

TODAY = date(2026, 11, 5)


def filled(size: str = "small", *, seed: int = 1, today: date = TODAY, **options: Any) -> Company:
    company = Company("filled", Credentials.numbered("filled", 1), clock=Clock.at_day(today))
    fill(company, seed=seed, size=size, today=today, options=options)
    return company


@pytest.fixture(scope="module")
def small() -> Company:
    return filled()


def test_the_same_seed_fills_two_companies_alike() -> None:
    one, other = filled(seed=4), filled(seed=4)
    for collection in ("time_entries", "invoices", "clients", "users", "task_assignments", "expenses"):
        assert _without_keys(one.harvest.dump(collection)) == _without_keys(other.harvest.dump(collection))
    for entity in one.quickbooks.collections():
        assert one.quickbooks.dump(entity) == other.quickbooks.dump(entity)


def _without_keys(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the hours of the timer, which runs on."""
    return [{**row, "hours": None, "rounded_hours": None} if row.get("is_running") else row for row in rows]


def test_a_small_company_is_filled_in_under_a_second() -> None:
    began = time.process_time()
    company = filled(seed=8)
    assert time.process_time() - began < 1
    assert 1350 <= len(company.harvest.dump("time_entries")) <= 1650


def test_an_empty_company_has_books_to_post_to_and_nothing_to_bill() -> None:
    company = filled("empty")
    assert [user["access_roles"] for user in company.harvest.dump("users")] == [["administrator"]]
    assert company.harvest.dump("clients") == company.harvest.dump("time_entries") == []
    assert company.harvest.account.time_rounding == "off"
    assert {category["name"] for category in company.harvest.dump("invoice_item_categories")} == {"Service", "Product"}
    assert {"Services", "Design", "Development"} <= {item["Name"] for item in company.quickbooks.dump("Item")}
    assert {"Net 15", "Net 30", "Net 60", "Due on receipt"} == {
        term["Name"] for term in company.quickbooks.dump("Term")
    }
    (preferences,) = company.quickbooks.dump("Preferences")
    assert preferences["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert preferences["CurrencyPrefs"]["MultiCurrencyEnabled"] is False
    assert company.quickbooks.dump("Customer") == []


def test_old_invoices_agree_in_both_systems_to_the_cent(small: Company) -> None:
    ours = {invoice["number"]: invoice for invoice in small.harvest.dump("invoices")}
    theirs = {invoice["DocNumber"]: invoice for invoice in small.quickbooks.dump("Invoice")}
    assert ours.keys() == theirs.keys()
    for number, invoice in ours.items():
        assert theirs[number]["TotalAmt"] == invoice["amount"]
        assert theirs[number]["Balance"] == invoice["due_amount"]
        assert theirs[number]["DueDate"] == invoice["due_date"]
        assert theirs[number]["CurrencyRef"]["value"] == invoice["currency"]
        assert invoice["state"] == ("open" if invoice["due_amount"] else "paid")
    assert {invoice["state"] for invoice in ours.values()} == {"open", "paid"}


def test_entries_of_old_invoices_are_billed_and_locked_and_the_last_month_is_not(small: Company) -> None:
    entries = small.harvest.dump("time_entries")
    for entry in entries:
        assert entry["is_billed"] == (entry["invoice"] is not None)
        if entry["is_billed"]:
            assert entry["is_locked"]
            assert entry["spent_date"] < "2026-10-01"
    assert sum(entry["is_billed"] for entry in entries) > len(entries) / 2


def test_an_old_invoice_deleted_in_harvest_frees_all_its_entries() -> None:
    company = filled(seed=3)
    invoice = company.harvest.dump("invoices")[-1]
    freed = [e["id"] for e in company.harvest.dump("time_entries") if (e["invoice"] or {}).get("id") == invoice["id"]]
    company.harvest.ui_delete("invoices", str(invoice["id"]))
    now = {entry["id"]: entry["is_billed"] for entry in company.harvest.dump("time_entries")}
    assert freed
    assert not any(now[entry_id] for entry_id in freed)


def test_late_entries_were_created_days_after_they_were_spent(small: Company) -> None:
    late = [
        entry
        for entry in small.harvest.dump("time_entries")
        if (date.fromisoformat(entry["created_at"][:10]) - date.fromisoformat(entry["spent_date"])).days > 1
    ]
    assert len(late) > 10


def test_names_differ_between_the_systems_in_the_ways_that_people_differ(small: Company) -> None:
    clients = {client["name"]: client for client in small.harvest.dump("clients")}
    customers = {customer["DisplayName"]: customer for customer in small.quickbooks.dump("Customer")}
    for client, customer in (
        ("Café Lumière Ltd", "CAFE LUMIERE LIMITED"),
        ("Marlow & Sons Publishing", "Marlow and Sons Publishing"),
        ("Ostrander Legal LLP", "Ostrander Legal, L.L.P."),
        ("Summit Dental Group", "Summit Dental Group, Inc."),
        ("Summit Dental Group", "Summit Dental Group LLC"),
        ("Kestrel Aviation", "Kestrel Aviation Services"),
    ):
        assert client in clients
        assert client not in customers
        assert customer in customers
    assert not any("Juniper" in name for name in customers)
    assert [name for name, customer in customers.items() if not customer["Active"]] == [
        "Pinnacle Outdoor Co. (deleted)"
    ]
    assert customers["Atelier Nord GmbH"]["CurrencyRef"]["value"] == clients["Atelier Nord GmbH"]["currency"] == "EUR"
    job = customers["Greenline Wayfinding"]
    assert job["Job"] is True
    assert job["FullyQualifiedName"] == "Greenline Transit Authority:Greenline Wayfinding"


def test_time_of_somebody_without_a_rate_has_none_in_harvest(small: Company) -> None:
    rate_less = {
        (entry["user"]["name"], entry["client"]["name"])
        for entry in small.harvest.dump("time_entries")
        if entry["billable"] and entry["billable_rate"] is None and entry["project"]["code"] != "TCU-DISC"
    }
    assert rate_less == {("Sofia Lindqvist", "Redwood Analytics")}


def test_what_customers_owe_is_what_their_invoices_leave_open(small: Company) -> None:
    owed: dict[str, Decimal] = {}
    for invoice in small.quickbooks.dump("Invoice"):
        customer = invoice["CustomerRef"]["value"]
        owed[customer] = owed.get(customer, Decimal(0)) + invoice["Balance"]
    for customer in small.quickbooks.dump("Customer"):
        assert customer["Balance"] == owed.get(customer["Id"], 0)


def test_a_company_without_several_currencies_can_be_asked_for() -> None:
    company = filled(multicurrency=False)
    assert {customer["CurrencyRef"]["value"] for customer in company.quickbooks.dump("Customer")} == {"USD"}


def test_a_medium_company_fits_into_both_books() -> None:
    company = filled("medium")
    assert len(company.harvest.dump("invoices")) > 300
    assert len(company.quickbooks.dump("Customer")) > 30


@pytest.mark.parametrize("size", ["tiny", "", "SMALL"])
def test_an_unknown_size_is_refused(size: str) -> None:
    with pytest.raises(ValueError, match="size is one of"):
        filled(size)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ValueError, match="Unknown option sizes"):
        filled(sizes=3)
