"""Clients, contacts, projects and assignments as a program writes them to Harvest: names, e-mail, archiving."""

import pytest

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline_tests.sandbox.harvest_account import Account, refusal


@pytest.fixture
def account() -> Account:
    return Account()


def refused(account: Account, method: str, path: str, body: JsonObject) -> str:
    """The message of a request that must be refused with 422."""
    answer = refusal(account, method, path, body)
    assert answer["status"] == 422
    return answer["body"]["message"]


def test_a_client_takes_the_accounts_currency_unless_told_another(account: Account) -> None:
    assert account.call("POST", "/clients", {"name": "New"})["currency"] == "USD"
    euro = account.call("POST", "/clients", {"name": "Neu", "currency": "EUR", "address": "Weg 1\r\nBerlin"})
    assert (euro["currency"], euro["address"], euro["is_active"]) == ("EUR", "Weg 1\r\nBerlin", True)


@pytest.mark.parametrize("currency", ["XYZ", "usd", "US Dollar"])
def test_a_currency_that_is_none_is_refused_or_replaced_by_switch(account: Account, currency: str) -> None:
    body = {"name": "New", "currency": currency}
    assert refused(account, "POST", "/clients", body) == "Currency is not included in the list"
    account.company.switches.update({"unknown_client_currency": "account_currency"})
    assert account.call("POST", "/clients", body)["currency"] == "USD"


def test_the_name_of_an_archived_client_stays_taken(account: Account) -> None:
    account.call("PATCH", f"/clients/{account.acme}", {"is_active": False})
    assert refused(account, "POST", "/clients", {"name": "Acme"}) == "Name has already been taken"
    other = account.call("POST", "/clients", {"name": "Beta"})["id"]
    assert refused(account, "PATCH", f"/clients/{other}", {"name": "ACME"}) == "Name has already been taken"
    assert account.call("PATCH", f"/clients/{account.acme}", {"name": "ACME"})["name"] == "ACME"


def test_two_clients_may_share_a_name_by_switch() -> None:
    account = Account(client_names_unique=False)
    twin = account.call("POST", "/clients", {"name": "Acme"})
    assert twin["id"] != account.acme


@pytest.mark.parametrize(
    "name", ["x" * 600, "Tabs\tand: colons", "Sandwichería 🥪 Ñandú", "日本語株式会社"]
)  # fmt: skip
def test_names_that_quickbooks_would_refuse_are_kept_as_they_are(account: Account, name: str) -> None:
    assert account.call("POST", "/clients", {"name": name})["name"] == name


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/clients", {"name": "   "}, "Name can't be blank"),
        ("/contacts", {"client_id": "{acme}", "first_name": " "}, "First name can't be blank"),
        ("/contacts", {"client_id": "{acme}", "first_name": "E", "email": "eve"}, "Email is not a valid email address"),
        ("/contacts", {"client_id": "{acme}", "first_name": "E", "email": "e ve@x.org"},
         "Email is not a valid email address"),
        ("/users", {"first_name": "E", "last_name": "V", "email": "@"}, "Email is not a valid email address"),
        ("/projects", {"client_id": "{acme}"}, "Name can't be blank"),
        ("/projects", {"client_id": 5, "name": "New"}, "Client can't be blank"),
        ("/projects", {"client_id": "{acme}", "name": "New", "budget_by": "hours"},
         "Budget by is not included in the list"),
        ("/projects", {"client_id": "{acme}", "name": "New", "hourly_rate": "much"}, "Hourly rate is not a number"),
        ("/projects/{web}/task_assignments", {"task_id": 5}, "Task can't be blank"),
        ("/projects/{web}/user_assignments", {"user_id": 5}, "User can't be blank"),
    ],
)  # fmt: skip
def test_what_is_missing_or_malformed_is_said(account: Account, path: str, body: JsonObject, message: str) -> None:
    names = {"acme": account.acme, "web": account.web}
    fields = {key: value.format(**names) if isinstance(value, str) else value for key, value in body.items()}
    before = account.books.to_state()
    assert refused(account, "POST", path.format(**names), fields) == message
    assert account.books.to_state() == before


@pytest.mark.parametrize("email", ["", "eve@localhost", "ünï@exämple.org", "a,b@example.org"])
def test_a_contact_may_have_an_address_that_quickbooks_would_refuse(account: Account, email: str) -> None:
    contact = account.call("POST", "/contacts", {"client_id": account.acme, "first_name": "Eve", "email": email})
    assert contact["email"] == email


def test_a_contact_changes_and_goes(account: Account) -> None:
    contact = account.call("POST", "/contacts", {"client_id": account.acme, "first_name": "Eve"})
    path = f"/contacts/{contact['id']}"
    changed = account.call("PATCH", path, {"phone_office": "555-0100", "email": "eve@example.org"})
    assert (changed["phone_office"], changed["email"], changed["first_name"]) == ("555-0100", "eve@example.org", "Eve")
    account.call("DELETE", path)
    assert refusal(account, "GET", path)["status"] == 404


def test_archiving_a_client_locks_its_time_and_leaves_its_projects(account: Account) -> None:
    entry = account.log("1")
    account.call("PATCH", f"/clients/{account.acme}", {"is_active": False})
    assert account.entry(entry)["locked_reason"] == "Item Archived and Locked for this Time Period"
    assert account.get(f"/projects/{account.web}")["is_active"] is True
    new = {"project_id": account.web, "task_id": account.design, "spent_date": "2026-11-02", "hours": 1}
    assert refusal(account, "POST", "/time_entries", new)["status"] == 422
    account.call("PATCH", f"/clients/{account.acme}", {"is_active": True})
    assert account.call("POST", "/time_entries", new)["hours"] == 1


def test_a_client_with_active_projects_may_have_to_wait_with_archiving_by_switch() -> None:
    account = Account(archive_client_with_projects="refused")
    path = f"/clients/{account.acme}"
    assert "still has active projects" in refused(account, "PATCH", path, {"is_active": False})
    for project in (account.web, account.app, account.advice):
        account.call("PATCH", f"/projects/{project}", {"is_active": False})
    assert account.call("PATCH", path, {"is_active": False})["is_active"] is False


@pytest.mark.parametrize(("scope", "status"), [("per_client", 201), ("account", 422)])
def test_a_project_name_is_unique_with_its_client_or_in_the_account(scope: str, status: int) -> None:
    account = Account(project_names_unique=scope)
    other = account.call("POST", "/clients", {"name": "Beta"})["id"]
    body = {"client_id": other, "name": "Web"}
    assert account.ask("POST", "/projects", body).status == status
    account.call("PATCH", f"/projects/{account.web}", {"is_active": False})
    assert refused(account, "POST", "/projects", {"client_id": account.acme, "name": "web"}) == (
        "Name has already been taken"
    )


def test_a_project_may_need_all_the_documented_fields_by_switch() -> None:
    account = Account(project_required_fields="documented")
    body: dict[str, Json] = {"client_id": account.acme, "name": "New"}
    message = "Is billable can't be blank, Bill by can't be blank, Budget by can't be blank"
    assert refused(account, "POST", "/projects", body) == message
    whole = body | {"is_billable": True, "bill_by": "none", "budget_by": "none"}
    assert account.call("POST", "/projects", whole)["name"] == "New"


def test_a_new_project_is_staffed_with_its_creator_those_who_see_all_and_the_default_tasks(account: Account) -> None:
    account.call("PATCH", f"/users/{account.bob}", {"has_access_to_all_future_projects": True})
    gone = account.books.add_user("Cy", "Gone", has_access_to_all_future_projects=True, is_active=False).id
    account.call("PATCH", f"/tasks/{account.design}", {"is_default": True, "default_hourly_rate": 70})
    account.call("PATCH", f"/tasks/{account.admin_work}", {"is_default": True})
    account.call("PATCH", f"/tasks/{account.review}", {"is_default": True, "is_active": False})
    path = f"/projects/{account.call('POST', '/projects', {'client_id': account.acme, 'name': 'New'})['id']}"
    people = account.rows(f"{path}/user_assignments", "user_assignments")
    assert {(one["user"]["id"], one["is_project_manager"]) for one in people} == {
        (account.ann, True),
        (account.bob, False),
    }
    assert gone not in [one["user"]["id"] for one in people]
    tasks = account.rows(f"{path}/task_assignments", "task_assignments")
    assert {(one["task"]["name"], one["billable"], one["hourly_rate"]) for one in tasks} == {
        ("Design", True, 70),
        ("Admin", False, None),
    }


def test_an_assignment_posted_twice_is_refused_and_stays_single(account: Account) -> None:
    new = account.call("POST", "/projects", {"client_id": account.acme, "name": "New"})["id"]
    for kind, body in (("task", {"task_id": account.design}), ("user", {"user_id": account.bob})):
        path = f"/projects/{new}/{kind}_assignments"
        account.call("POST", path, body)
        assert refused(account, "POST", path, body) == f"{kind.capitalize()} has already been taken"
    assert len(account.rows(f"/projects/{new}/task_assignments", "task_assignments")) == 1
    assert len(account.rows(f"/projects/{new}/user_assignments", "user_assignments")) == 2


def test_an_archived_assignment_keeps_its_place(account: Account) -> None:
    path = f"/projects/{account.web}/task_assignments"
    first = account.rows(path, "task_assignments")[0]
    changed = account.call("PATCH", f"{path}/{first['id']}", {"is_active": False, "hourly_rate": 90})
    assert (changed["is_active"], changed["hourly_rate"]) == (False, 90)
    assert refused(account, "POST", path, {"task_id": first["task"]["id"]}) == "Task has already been taken"
