"""Who else is in the books of the made-up agency: vendors, employees, jobs, and clients without time."""

from datetime import date
from typing import Any

import pytest

from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.seed import cast, roster
from harvest_qb_pipeline_tests.sandbox.test_seed import SEEDS, agency
from harvest_qb_pipeline_tests.sandbox.test_seed_fill import filled


@pytest.fixture(scope="module")
def small() -> Company:
    return filled()


def named(small: Company, entity: str) -> dict[str, dict[str, Any]]:
    return {one["DisplayName"]: one for one in small.quickbooks.dump(entity)}


def email(record: dict[str, Any]) -> str | None:
    return record.get("PrimaryEmailAddr", {}).get("Address")


def test_contractors_are_vendors_but_for_one(small: Company) -> None:
    vendors = named(small, "Vendor")
    contractors = [user for user in small.harvest.dump("users") if user["is_contractor"]]
    assert [(one["first_name"], one["email"]) for one in contractors] == [
        ("Hannah", "hannah.kowalski@inkwell.example"),
        ("Jae-won", "jw@parkcodes.example"),
    ]
    assert email(vendors["Hannah Kowalski"]) == "hannah.kowalski@inkwell.example"
    assert not any("Park" in name for name in vendors)
    assert vendors["Coastal Print Works"]["Balance"] > 0


def test_employees_are_known_by_both_by_name_alone_by_e_mail_alone_and_by_another_address(small: Company) -> None:
    employees = named(small, "Employee")
    users = {f"{one['first_name']} {one['last_name']}": one["email"] for one in small.harvest.dump("users")}
    assert {name: email(one) for name, one in employees.items()} == {
        "Dana Whitfield": users["Dana Whitfield"],
        "Luis Ortega": users["Luis Ortega"],
        "Priya Raman": None,
        "Thomas Brandt": users["Tom Brandt"],
        "Sofia Lindqvist": "sofia.lindqvist@mailbox.example",
        "Ben Castillo (deleted)": users["Ben Castillo"],
    }
    assert [name for name, one in employees.items() if not one["Active"]] == ["Ben Castillo (deleted)"]


def test_one_drifted_and_one_similar_name_belong_to_clients_that_have_nothing_to_bill(small: Company) -> None:
    clients = {one["name"]: one for one in small.harvest.dump("clients")}
    customers = named(small, "Customer")
    busy = {one["client"]["name"] for one in small.harvest.dump("projects")}
    contacts = {one["client"]["name"]: one for one in small.harvest.dump("contacts")}
    for client, customer in (
        ("Copperleaf Gardens, Inc.", "Copperleaf Gardens Incorporated"),
        ("Brightwater Aquatics Center", "Brightwater Aquatic Centre"),
    ):
        assert clients[client]["currency"] == customers[customer]["CurrencyRef"]["value"]
        assert client not in busy
        assert contacts[client]["email"].split("@")[1] == (email(customers[customer]) or "").split("@")[1]
        assert contacts[client]["phone_office"] == customers[customer]["PrimaryPhone"]["FreeFormNumber"]


def test_customers_have_jobs_and_one_of_them_is_a_project(small: Company) -> None:
    jobs = {name: one for name, one in named(small, "Customer").items() if one["Job"]}
    assert {name: one["FullyQualifiedName"].partition(":")[0] for name, one in jobs.items()} == {
        "Greenline Wayfinding": "Greenline Transit Authority",
        "Rider Information Platform": "Greenline Transit Authority",
        "Dispatch Console": "Harlan Freight Systems, Inc.",
        "Tidewater Branch Signage": "Tidewater Credit Union",
    }
    assert [name for name, one in jobs.items() if one.get("IsProject")] == ["Dispatch Console"]
    projects = {one["name"]: one["client"]["name"] for one in small.harvest.dump("projects")}
    assert projects["Dispatch Console"] == "Harlan Freight Systems Inc"
    assert "Tidewater Branch Signage" not in projects


def test_clients_have_contacts_with_e_mail_and_phone_that_their_customers_share(small: Company) -> None:
    reached = {one["client"]["name"]: one for one in small.harvest.dump("contacts")}
    without = {one["name"] for one in small.harvest.dump("clients")} - reached.keys()
    assert without == {"Alder & Finch (internal)"}
    assert all(one["email"] and one["phone_office"] for one in reached.values())
    marlow = named(small, "Customer")["Marlow and Sons Publishing"]
    contact = reached["Marlow & Sons Publishing"]
    assert (email(marlow), marlow["PrimaryPhone"]["FreeFormNumber"]) == (contact["email"], contact["phone_office"])


def test_old_clients_and_all_customers_were_there_long_before_and_new_clients_came_with_the_first_unbilled_month(
    small: Company,
) -> None:
    entered = {one["name"]: one["created_at"][:10] for one in small.harvest.dump("clients")}
    new = {"Summit Dental Group", "Juniper Health Foundation", "Kestrel Aviation"}
    assert {entered[name] for name in new} == {"2026-10-01"}
    assert all(day < "2025-01-01" for name, day in entered.items() if name not in new)
    assert all(one["MetaData"]["CreateTime"] < "2025-01-01" for one in small.quickbooks.dump("Customer"))


@pytest.mark.parametrize("seed", SEEDS)
def test_names_of_the_three_lists_never_meet(seed: int) -> None:
    made = agency(seed, "medium")
    names = [one.name for one in (*made.customers, *made.vendors)]
    names += [f"{one.first_name} {one.last_name}" for one in made.employees]
    assert len({name.casefold() for name in names}) == len(names)


def test_most_people_of_a_larger_agency_are_in_the_books_and_some_projects_are_jobs() -> None:
    made = agency(size="medium")
    drawn = made.people[len(cast.people(date.min, date.min, date.min)) :]
    contractors = sum(person.is_contractor for person in drawn)
    vendors, employees = len(made.vendors) - len(roster.VENDORS), len(made.employees) - 6
    assert 0 < vendors <= contractors
    assert (len(drawn) - contractors) / 2 < employees < len(drawn) - contractors
    jobs = {one.name for one in made.customers if one.parent}
    assert len(jobs & {project.name for project in made.projects}) > 3


def test_people_and_jobs_follow_only_from_their_own_generator() -> None:
    one, other = agency(seed=5), agency(seed=5, old_invoices=False)
    assert (one.vendors, one.employees, one.customers) == (other.vendors, other.employees, other.customers)
