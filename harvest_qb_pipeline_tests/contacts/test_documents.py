"""The exact JSON that QuickBooks and Harvest are given of parties: golden payloads."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from harvest_qb_pipeline.contacts.changes import (
    NewClient,
    NewCustomer,
    NewJob,
    NewProject,
    NewVendor,
    PartyChoices,
    ProjectTemplate,
    RecordChange,
)
from harvest_qb_pipeline.contacts.documents import (
    change_document,
    client_document,
    customer_document,
    job_document,
    project_document,
    vendor_document,
)
from harvest_qb_pipeline.ledger.model import Hold

CHOICES = PartyChoices(since=date(2026, 1, 1), home_currency="USD")
SITE = ProjectTemplate(
    "Acme - General", "ACM", True, "Project", Decimal("120"), "project", Decimal("40"), (100, 101), (1000,)
)


def test_a_customer_has_its_contact_address_terms_and_our_marker():
    address = "12 Main St\r\nSuite 5\n\nPortland, OR 97201\nUSA\nc/o Accounts\n2nd floor"
    new = NewCustomer(
        1, " Acme Ltd ", "USD", address, "Ann:Marie", "Lee", "ann@acme.example", "555-0100", "", "3", is_taxable=False
    )
    document = customer_document(new, CHOICES)
    (created,) = document.postings
    assert created.payload == {
        "DisplayName": "Acme Ltd",
        "CompanyName": "Acme Ltd",
        "CurrencyRef": {"value": "USD"},
        "Notes": {"$marker": "Client 1 in Harvest"},
        "GivenName": "Ann Marie",
        "FamilyName": "Lee",
        "PrimaryEmailAddr": {"Address": "ann@acme.example"},
        "PrimaryPhone": {"FreeFormNumber": "555-0100"},
        "BillAddr": {
            "Line1": "12 Main St",
            "Line2": "Suite 5",
            "Line3": "Portland, OR 97201",
            "Line4": "USA",
            "Line5": "c/o Accounts, 2nd floor",
        },
        "SalesTermRef": {"value": "3"},
        "Taxable": False,
    }
    assert (document.key, created.target, created.operation) == ("customer/client-1", "quickbooks", "create")


def test_a_job_hangs_below_its_customer_or_waits_for_it():
    job = job_document(NewJob(10, 1, "Acme Ltd - Site", "USD", "50"), CHOICES).postings[0]
    assert job.payload == {
        "DisplayName": "Acme Ltd - Site",
        "CurrencyRef": {"value": "USD"},
        "Job": True,
        "ParentRef": {"value": "50"},
        "BillWithParent": True,
        "Notes": {"$marker": "Project 10 in Harvest"},
    }
    waiting = job_document(NewJob(10, 1, "Acme Ltd - Site", "USD"), CHOICES).postings[0]
    assert waiting.payload["ParentRef"] == {"value": {"$link": "customer/client-1"}}
    assert (job.depends_on, waiting.depends_on) == ((), ("customer/client-1",))


def test_a_vendor_is_a_person():
    (vendor,) = vendor_document(NewVendor(7, "Bo Chan", "Bo", "Chan", "bo@chan.example"), CHOICES).postings
    assert vendor.payload == {
        "DisplayName": "Bo Chan",
        "GivenName": "Bo",
        "FamilyName": "Chan",
        "PrimaryEmailAddr": {"Address": "bo@chan.example"},
    }


def test_a_client_from_quickbooks_comes_with_its_contact_and_first_project():
    new = NewClient("58", "Acme", "EUR", SITE, "1 Rue", "Ann", None, "ann@acme.example", "555", None)
    document = client_document(new, CHOICES)
    client, contact, project = document.postings
    assert client.payload == {
        "client": {"name": "Acme", "currency": "EUR", "address": "1 Rue"},
        "customer_id": "58",
    }
    assert contact.payload == {
        "contact": {
            "client_id": {"$link": "client/customer-58"},
            "first_name": "Ann",
            "email": "ann@acme.example",
            "phone_office": "555",
        }
    }
    assert project.payload == {
        "project": {
            "client_id": {"$link": "client/customer-58"},
            "name": "Acme - General",
            "code": "ACM",
            "is_billable": True,
            "bill_by": "Project",
            "hourly_rate": Decimal("120"),
            "budget_by": "project",
            "budget": Decimal("40"),
        },
        "tasks": [100, 101],
        "people": [1000],
    }
    assert [p.key for p in document.postings] == ["client/customer-58", "contact/customer-58", "project/customer-58"]
    assert {p.depends_on for p in (contact, project)} == {("client/customer-58",)}


def test_a_customer_without_a_person_becomes_a_client_without_a_contact():
    document = client_document(NewClient("58", "Acme", "EUR", ProjectTemplate("Acme")), CHOICES)
    assert [p.kind for p in document.postings] == ["client", "project"]


def test_a_budget_in_money_is_another_field_than_one_in_hours():
    new = NewProject("61", 5, replace(SITE, budget_by="project_cost"))
    (project,) = project_document(new, CHOICES).postings
    assert project.payload["project"]["cost_budget"] == Decimal("40")
    assert "budget" not in project.payload["project"]
    assert (project.payload["project"]["client_id"], project.payload["job_id"]) == (5, "61")


def test_only_fields_that_changed_are_sent():
    """Rule 50."""
    values: dict[str, str | None] = {"name": "Acme Ltd", "email": "new@acme.example", "mobile": "1" * 40}
    change = RecordChange(
        "customer_update/client-1/2", "customer_update", "customer/client-1", "58", "Acme", "harvest", values
    )
    document = change_document(change, CHOICES)
    (update,) = document.postings
    assert update.payload == {
        "id": "58",
        "fields": {
            "DisplayName": "Acme Ltd",
            "PrimaryEmailAddr": {"Address": "new@acme.example"},
            "Mobile": {"FreeFormNumber": "1" * 30},
        },
    }
    assert (update.operation, document.label) == ("update", "Acme: email, mobile, name as in Harvest")
    assert (update.agrees, update.agrees_on) == (values, "customer/client-1")


def test_what_quickbooks_owns_goes_to_harvest():
    change = RecordChange(
        "client_update/client-5/1",
        "client_update",
        "customer/client-5",
        "5",
        "Acme",
        "quickbooks",
        {"address": "1 Rue"},
    )
    (update,) = change_document(change, CHOICES).postings
    assert update.payload == {"client_id": 5, "fields": {"address": "1 Rue"}}
    phones: dict[str, str | None] = {"phone": "555", "mobile": "556", "email": "a@b.example"}
    change = RecordChange(
        "contact_update/client-5/1", "contact_update", "customer/client-5", "77", "Acme", "quickbooks", phones
    )
    (update,) = change_document(change, CHOICES).postings
    assert update.payload == {
        "contact_id": 77,
        "fields": {"phone_office": "555", "phone_mobile": "556", "email": "a@b.example"},
    }


def test_an_archived_client_becomes_inactive_and_nothing_else():
    change = RecordChange(
        "customer_update/client-1/active/1", "customer_update", "customer/client-1", "58", "Acme", "harvest",
        {"active": "inactive"}, Hold("open_balance", "It owes 5."),
    )  # fmt: skip
    document = change_document(change, CHOICES)
    assert document.postings[0].payload["fields"] == {"Active": False}
    assert [hold.code for hold in document.hold_reasons] == ["open_balance"]
