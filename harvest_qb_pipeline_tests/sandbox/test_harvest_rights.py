"""What people without an administrator's rights may read and write in Harvest: 403, or less than there is."""

import pytest

from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline_tests.sandbox.harvest_account import Account, refusal

FORBIDDEN = {"status": 403, "body": {"message": "Not authorized!"}}


def account_of(*roles: str) -> Account:
    """An account whose second token belongs to Bob with these roles; he manages the project Web only."""
    account = Account()
    account.books.users[account.bob].access_roles = list(roles)
    account.books.user_assignment_of[account.web, account.bob].is_project_manager = True
    account.books.add_contact(account.acme, "Eve")
    return account


@pytest.mark.parametrize("path", ["/clients", "/contacts", "/projects", "/task_assignments", "/user_assignments"])
def test_a_member_may_read_none_of_the_lists_of_managers(path: str) -> None:
    assert refusal(account_of("member"), "GET", path, actor="member") == FORBIDDEN


@pytest.mark.parametrize("roles", [("member",), ("manager",), ("manager", "project_creator")])
def test_clients_and_contacts_need_their_own_permission(roles: tuple[str, ...]) -> None:
    account = account_of(*roles)
    for path, body in (
        ("/clients", {"name": "New"}),
        ("/contacts", {"client_id": account.acme, "first_name": "Eve"}),
    ):
        assert refusal(account, "GET", path, actor="member") == FORBIDDEN
        assert refusal(account, "POST", path, body, actor="member") == FORBIDDEN


def test_a_manager_of_clients_reads_and_writes_them() -> None:
    account = account_of("manager", "client_and_task_manager")
    assert [one["name"] for one in account.rows("/clients", "clients", actor="member")] == ["Acme"]
    made = account.call("POST", "/clients", {"name": "New"}, actor="member")
    contact = {"client_id": made["id"], "first_name": "Eve"}
    assert account.call("POST", "/contacts", contact, actor="member")["client"]["name"] == "New"
    assert account.call("PATCH", f"/clients/{made['id']}", {"name": "Newer"}, actor="member")["name"] == "Newer"
    assert account.call("POST", "/tasks", {"name": "New task"}, actor="member")["name"] == "New task"


def test_a_manager_silently_sees_only_projects_and_assignments_that_are_managed() -> None:
    account = account_of("manager")
    (project,) = account.rows("/projects", "projects", actor="member")
    assert (project["name"], "hourly_rate" in project, "fee" in project) == ("Web", False, False)
    for kind in ("task_assignments", "user_assignments"):
        rows = account.rows(f"/{kind}", kind, actor="member")
        assert {one["project"]["name"] for one in rows} == {"Web"}
        assert len(rows) < len(account.rows(f"/{kind}", kind))
    assert refusal(account, "GET", f"/projects/{account.app}", actor="member")["status"] == 404


def test_a_manager_with_the_right_to_rates_sees_them() -> None:
    account = account_of("manager", "billable_rates_manager")
    (project,) = account.rows("/projects", "projects", actor="member")
    assert project["hourly_rate"] == 100


def test_a_manager_changes_managed_projects_only() -> None:
    account = account_of("manager")
    assert account.call("PATCH", f"/projects/{account.web}", {"code": "W"}, actor="member")["code"] == "W"
    assert refusal(account, "PATCH", f"/projects/{account.app}", {"code": "A"}, actor="member")["status"] == 404
    task: dict[str, Json] = {"task_id": account.books.add_task("New").id}
    added = account.call("POST", f"/projects/{account.web}/task_assignments", task, actor="member")
    assert added["task"]["name"] == "New"
    path = f"/projects/{account.app}/task_assignments"
    assert refusal(account, "POST", path, task, actor="member")["status"] == 404


def test_only_who_may_create_projects_does_and_manages_them_afterwards() -> None:
    body = {"client_id": 0, "name": "New"}
    for roles in (("member",), ("manager",)):
        account = account_of(*roles)
        body["client_id"] = account.acme
        assert refusal(account, "POST", "/projects", body, actor="member") == FORBIDDEN
    account = account_of("manager", "project_creator")
    made = account.call("POST", "/projects", body | {"client_id": account.acme}, actor="member")
    (person,) = account.rows(f"/projects/{made['id']}/user_assignments", "user_assignments")
    assert (person["user"]["id"], person["is_project_manager"]) == (account.bob, True)
    assert {one["name"] for one in account.rows("/projects", "projects", actor="member")} == {"Web", "New"}


@pytest.mark.parametrize("roles", [("member",), ("manager", "client_and_task_manager", "project_creator")])
def test_only_administrators_change_people(roles: tuple[str, ...]) -> None:
    account = account_of(*roles)
    new = {"first_name": "Eve", "last_name": "E", "email": "eve@example.org"}
    assert refusal(account, "POST", "/users", new, actor="member") == FORBIDDEN
    assert refusal(account, "PATCH", f"/users/{account.bob}", {"first_name": "Rob"}, actor="member") == FORBIDDEN
