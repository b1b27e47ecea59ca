"""The exact keys and kinds of values of the Harvest twin's company, people, clients, projects and tasks."""

from decimal import Decimal

import pytest

from harvest_qb_pipeline_tests.sandbox.harvest_account import Account

STAMP = "2026-11-03T17:00:00Z"


@pytest.fixture
def account() -> Account:
    return Account()


def test_the_company_shows_neither_its_time_zone_nor_its_rounding(account: Account) -> None:
    assert account.get("/company") == {
        "base_uri": "https://sandboxagency.harvestapp.com",
        "full_domain": "sandboxagency.harvestapp.com",
        "name": "Sandbox Agency",
        "is_active": True,
        "week_start_day": "Monday",
        "wants_timestamp_timers": False,
        "time_format": "decimal",
        "date_format": "%m/%d/%Y",
        "plan_type": "simple-v4",
        "clock": "12h",
        "currency": "USD",
        "currency_code_display": "iso_code_none",
        "currency_symbol_display": "symbol_before",
        "decimal_symbol": ".",
        "thousands_separator": ",",
        "color_scheme": "orange",
        "weekly_capacity": 126000,
        "expense_feature": True,
        "invoice_feature": True,
        "estimate_feature": True,
        "approval_feature": True,
        "team_feature": True,
    }


def test_a_user(account: Account) -> None:
    assert account.get("/users/me") == {
        "id": account.ann,
        "first_name": "Ann",
        "last_name": "Abel",
        "email": "ann.abel@example.com",
        "telephone": "",
        "timezone": "Eastern Time (US & Canada)",
        "weekly_capacity": 126000,
        "has_access_to_all_future_projects": False,
        "is_contractor": False,
        "is_active": True,
        "calendar_integration_enabled": False,
        "calendar_integration_source": None,
        "created_at": STAMP,
        "updated_at": STAMP,
        "can_create_projects": True,
        "default_hourly_rate": Decimal("150.0"),
        "cost_rate": Decimal("60.0"),
        "roles": [],
        "access_roles": ["administrator"],
        "permissions_claims": [],
        "avatar_url": f"https://cache.harvestapp.com/assets/profile_images/{account.ann}.png",
    }
    assert account.get(f"/users/{account.ann}") == account.get("/users/me")


def test_a_client_and_its_contact(account: Account) -> None:
    client = account.get(f"/clients/{account.acme}")
    assert len(client.pop("statement_key")) == 32
    assert client == {
        "id": account.acme,
        "name": "Acme",
        "is_active": True,
        "address": "1 Main St",
        "created_at": STAMP,
        "updated_at": STAMP,
        "currency": "USD",
    }
    contact = account.call("POST", "/contacts", {"client_id": account.acme, "first_name": "Cersei"})
    assert contact == {
        "id": contact["id"],
        "title": None,
        "first_name": "Cersei",
        "last_name": "",
        "email": "",
        "phone_office": "",
        "phone_mobile": "",
        "fax": "",
        "created_at": STAMP,
        "updated_at": STAMP,
        "client": {"id": account.acme, "name": "Acme"},
    }


def test_a_project(account: Account) -> None:
    assert account.get(f"/projects/{account.web}") == {
        "id": account.web,
        "name": "Web",
        "code": "WEB",
        "is_active": True,
        "is_billable": True,
        "is_fixed_fee": False,
        "bill_by": "Project",
        "budget": None,
        "budget_by": "none",
        "budget_is_monthly": False,
        "notify_when_over_budget": False,
        "over_budget_notification_percentage": Decimal("80.0"),
        "show_budget_to_all": False,
        "created_at": STAMP,
        "updated_at": STAMP,
        "starts_on": None,
        "ends_on": None,
        "over_budget_notification_date": None,
        "notes": None,
        "cost_budget": None,
        "cost_budget_include_expenses": False,
        "hourly_rate": Decimal("100.0"),
        "fee": None,
        "client": {"id": account.acme, "name": "Acme", "currency": "USD"},
    }


def test_a_fixed_fee_forces_the_cost_budget(account: Account) -> None:
    project = account.call(
        "POST", "/projects", {"client_id": account.acme, "name": "Logo", "is_fixed_fee": True, "fee": "5000"}
    )
    assert (project["fee"], project["cost_budget"]) == (Decimal("5000.0"), Decimal("5000.0"))
    hourly = account.call("POST", "/projects", {"client_id": account.acme, "name": "Hours", "fee": "5000"})
    assert (hourly["fee"], hourly["cost_budget"]) == (None, None)


def test_a_task_and_assignments(account: Account) -> None:
    assert account.get(f"/tasks/{account.design}") == {
        "id": account.design,
        "name": "Design",
        "billable_by_default": True,
        "default_hourly_rate": None,
        "is_default": False,
        "is_active": True,
        "created_at": STAMP,
        "updated_at": STAMP,
    }
    (tasks,) = [a for a in account.rows("/task_assignments", "task_assignments") if a["hourly_rate"] is not None]
    assert tasks == {
        "id": tasks["id"],
        "billable": True,
        "is_active": True,
        "created_at": STAMP,
        "updated_at": STAMP,
        "hourly_rate": Decimal("80.0"),
        "budget": None,
        "project": {"id": account.app, "name": "App", "code": None},
        "task": {"id": account.design, "name": "Design"},
    }
    people = account.rows(f"/projects/{account.web}/user_assignments", "user_assignments")
    assert people[0] == {
        "id": people[0]["id"],
        "is_project_manager": False,
        "is_active": True,
        "use_default_rates": True,
        "budget": None,
        "created_at": STAMP,
        "updated_at": STAMP,
        "hourly_rate": None,
        "project": {"id": account.web, "name": "Web", "code": "WEB"},
        "user": {"id": account.bob, "name": "Bob Berg"},
    }
