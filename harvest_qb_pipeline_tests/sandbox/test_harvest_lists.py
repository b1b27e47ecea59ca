"""The lists of the Harvest twin: uniqueness, defaults, archiving, deleting, filters; reports; control; saved state."""

import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.harvest.books import HarvestBooks
from harvest_qb_pipeline.sandbox.harvest.params import body_of
from harvest_qb_pipeline.sandbox.http import ApiRequest, encode
from harvest_qb_pipeline_tests.sandbox.harvest_account import Account, refusal


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/clients", {}, "Name can't be blank"),
        ("/clients", {"name": "ACME"}, "Name has already been taken"),
        ("/clients", {"name": "New", "currency": "dollar"}, "Currency is not included in the list"),
        ("/contacts", {}, "Client can't be blank, First name can't be blank"),
        ("/contacts", {"client_id": 5, "first_name": "Eve"}, "Client can't be blank"),
        ("/projects", {}, "Client can't be blank, Name can't be blank"),
        ("/projects", {"client_id": "{acme}", "name": "web"}, "Name has already been taken"),
        (
            "/projects",
            {"client_id": "{acme}", "name": "New", "bill_by": "Hours"},
            "Bill by is not included in the list",
        ),
        ("/tasks", {"name": "Design"}, "Name has already been taken"),
        ("/users", {"first_name": "Eve"}, "Last name can't be blank, Email can't be blank"),
        (
            "/users",
            {"first_name": "Ann", "last_name": "Other", "email": "ANN.ABEL@example.com"},
            "Email ANN.ABEL@example.com has already been taken",
        ),
        ("/projects/{web}/task_assignments", {}, "Task can't be blank"),
        ("/projects/{web}/task_assignments", {"task_id": "{design}"}, "Task has already been taken"),
        ("/projects/{web}/user_assignments", {"user_id": "{ann}"}, "User has already been taken"),
    ],
)
def test_a_wrong_record_is_refused(account: Account, path: str, body: JsonObject, message: str) -> None:
    names = {"acme": account.acme, "web": account.web, "design": account.design, "ann": account.ann}
    fields = {key: value.format(**names) if isinstance(value, str) else value for key, value in body.items()}
    answer = refusal(account, "POST", path.format(**names), fields)
    assert answer == {"status": 422, "body": {"message": message}}


def test_a_form_is_read_like_json() -> None:
    form = b"client_id=7&line_items[0][kind]=Service&line_items[0]unit_price=9.5&line_items[1][id]=3&notes="
    request = ApiRequest("POST", "/invoices", headers={"content-type": "application/x-www-form-urlencoded"}, body=form)
    assert body_of(request).fields == {
        "client_id": "7",
        "line_items": [{"kind": "Service", "unit_price": "9.5"}, {"id": "3"}],
        "notes": "",
    }


def test_a_body_that_is_not_json_is_malformed(account: Account) -> None:
    assert refusal(account, "POST", "/clients", ["no", "object"])["status"] == 400


def test_a_new_project_gets_defaults_its_manager_and_the_default_tasks(account: Account) -> None:
    account.call("PATCH", f"/tasks/{account.review}", {"is_default": True, "default_hourly_rate": 70})
    project = account.call("POST", "/projects", {"client_id": account.acme, "name": "New"})
    assert [project[name] for name in ("is_billable", "bill_by", "budget_by")] == [True, "none", "none"]
    (person,) = account.rows(f"/projects/{project['id']}/user_assignments", "user_assignments")
    assert (person["user"]["id"], person["is_project_manager"]) == (account.ann, True)
    (task,) = account.rows(f"/projects/{project['id']}/task_assignments", "task_assignments")
    assert (task["task"]["name"], task["hourly_rate"]) == ("Review", 70)


def test_a_task_assignment_takes_billable_from_its_task(account: Account) -> None:
    path = f"/projects/{account.call('POST', '/projects', {'client_id': account.acme, 'name': 'New'})['id']}"
    admin = account.call("POST", f"{path}/task_assignments", {"task_id": account.admin_work})
    design = account.call("POST", f"{path}/task_assignments", {"task_id": str(account.design)})
    assert (admin["billable"], design["billable"]) == (False, True)
    assert account.call("DELETE", f"{path}/task_assignments/{admin['id']}") == admin


def test_a_change_leaves_absent_fields_and_moves_updated_at(account: Account) -> None:
    before = account.get(f"/clients/{account.acme}")
    account.later()
    after = account.call("PATCH", f"/clients/{account.acme}", {"name": "Acme Inc", "unknown": 1})
    assert after == {**before, "name": "Acme Inc", "updated_at": "2026-11-03T17:01:00Z"}
    assert account.entry(account.log("1"))["client"]["name"] == "Acme Inc"


def test_a_contact_moves_its_clients_updated_at(account: Account) -> None:
    account.later()
    account.call("POST", "/contacts", {"client_id": account.acme, "first_name": "Eve"})
    assert account.get(f"/clients/{account.acme}")["updated_at"] == "2026-11-03T17:01:00Z"


def test_an_invoice_moves_its_clients_updated_at(account: Account) -> None:
    account.later()
    account.invoice()
    assert account.get(f"/clients/{account.acme}")["updated_at"] == "2026-11-03T17:01:00Z"


def test_a_client_with_projects_or_invoices_cannot_be_deleted(account: Account) -> None:
    message = {"message": "This client is not removable. It still has projects and/or invoices."}
    assert refusal(account, "DELETE", f"/clients/{account.acme}") == {"status": 422, "body": message}
    other = account.call("POST", "/clients", {"name": "Other"})
    invoice = account.call("POST", "/invoices", {"client_id": other["id"]})
    assert refusal(account, "DELETE", f"/clients/{other['id']}")["body"] == message
    account.call("DELETE", f"/invoices/{invoice['id']}")
    assert account.call("DELETE", f"/clients/{other['id']}")["name"] == "Other"


def test_deleting_a_project_takes_its_time_along_and_leaves_its_invoices(account: Account) -> None:
    account.log("1")
    invoice = account.bill()
    assert account.call("DELETE", f"/projects/{account.web}")["is_active"] is False
    assert account.rows("/time_entries", "time_entries") == []
    left = account.get(f"/invoices/{invoice['id']}")
    assert (left["amount"], left["line_items"][0]["project"]) == (100, None)
    assert account.call("DELETE", f"/invoices/{invoice['id']}")["id"] == invoice["id"]


@pytest.mark.parametrize(
    "path",
    [
        "/tasks/{design}",
        "/users/{ann}",
        "/projects/{web}/task_assignments/{on_task}",
        "/projects/{web}/user_assignments/{on_project}",
    ],
)
def test_what_has_time_cannot_be_deleted(account: Account, path: str) -> None:
    names = {
        "design": account.design,
        "ann": account.ann,
        "web": account.web,
        "on_task": account.books.task_assignment_of[account.web, account.design].id,
        "on_project": account.books.user_assignment_of[account.web, account.ann].id,
    }
    entry_id = account.log("1")
    assert refusal(account, "DELETE", path.format(**names))["status"] == 422
    account.call("DELETE", f"/time_entries/{entry_id}")
    if "users" not in path:
        assert account.call("DELETE", path.format(**names))["id"]
    assert account.call("DELETE", f"/users/{account.bob}")["id"] == account.bob


def test_nothing_with_a_running_timer_can_be_archived(account: Account) -> None:
    account.log("0", timer_started_at=1_790_000_000)
    for path in (
        f"/clients/{account.acme}",
        f"/projects/{account.web}",
        f"/tasks/{account.design}",
        f"/users/{account.ann}",
    ):
        assert refusal(account, "PATCH", path, {"is_active": False})["status"] == 422


def test_archived_records_stay_in_lists_unless_filtered(account: Account) -> None:
    account.call("PATCH", f"/projects/{account.web}", {"is_active": False})
    ids = {
        query: [p["id"] for p in account.rows(f"/projects{query}", "projects")]
        for query in ("", "?is_active=true", "?is_active=false")
    }
    assert ids == {
        "": [account.advice, account.app, account.web],
        "?is_active=true": [account.advice, account.app],
        "?is_active=false": [account.web],
    }


def test_assignments_of_a_project_are_found_only_under_it(account: Account) -> None:
    own = account.books.task_assignment_of[account.web, account.design].id
    assert account.get(f"/projects/{account.web}/task_assignments/{own}")["id"] == own
    assert refusal(account, "GET", f"/projects/{account.app}/task_assignments/{own}")["status"] == 404
    assert refusal(account, "GET", "/projects/1/task_assignments")["status"] == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=20260101&to=20261231", 200),
        ("from=2024-01-01&to=2024-12-31", 400),
        ("from=20260101&to=20270101", 400),
        ("from=20260101", 400),
        ("from=20261301&to=20261302", 400),
    ],
)
def test_a_report_spans_at_most_365_days_with_both_ends(account: Account, query: str, status: int) -> None:
    answer = account.ask("GET", f"/reports/uninvoiced?{query}")
    assert answer.status == status
    if query in ("from=2024-01-01&to=2024-12-31", "from=20260101&to=20270101"):
        assert answer.body == {"message": "Invalid timeframe: must not exceed 1 year"}


def test_the_uninvoiced_report_counts_what_an_import_would_take(account: Account) -> None:
    account.books.ui_update("company", "1", {"time_rounding": "up_15"})
    account.log("1.1")
    account.log("1", task=account.admin_work)
    account.log("2", is_billed=True)
    account.log("1", project=account.advice, user=account.bob)
    rows = account.rows("/reports/uninvoiced?from=20261001&to=20261031", "results")
    names = ("project_name", "total_hours", "uninvoiced_hours", "uninvoiced_amount")
    assert [tuple(str(row[name]) for name in names) for row in rows] == [
        ("Advice", "1.0", "1.0", "0.0"),
        ("Web", "4.25", "1.25", "125.0"),
    ]
    account.bill()
    after = {
        row["project_name"]: row["uninvoiced_hours"]
        for row in account.rows("/reports/uninvoiced?from=20261001&to=20261031", "results")
    }
    assert after == {"Advice": 1, "Web": 0}


def test_a_fixed_fee_is_reported_less_what_was_invoiced_and_can_be_left_out(account: Account) -> None:
    fields: dict[str, Json] = {"is_fixed_fee": True, "fee": 500}
    account.call("PATCH", f"/projects/{account.web}", fields)
    account.log("1")
    account.invoice(line_items=[{"kind": "Service", "unit_price": 600, "project_id": account.web}])
    path = "/reports/uninvoiced?from=20261001&to=20261031"
    assert [row["uninvoiced_amount"] for row in account.rows(path, "results")] == [-100]
    assert account.rows(f"{path}&include_fixed_fee=false", "results") == []


def test_every_collection_can_be_dumped_and_survives_saving(account: Account) -> None:
    entry_id = account.log("1.25", notes="notes")
    account.log("0", timer_started_at=1_790_000_000, project=account.app, extra={"external_reference": {"id": "7"}})
    invoice = account.bill(discount="2.5")
    account.books.ui_create("invoice_payments", {"invoice_id": invoice["id"], "amount": "20.5"})
    account.call("POST", f"/invoices/{invoice['id']}/messages", {"event_type": "send"})
    account.call("POST", "/contacts", {"client_id": account.acme, "first_name": "Eve"})
    category = account.books.ui_create("expense_categories", {"name": "Meals"})["id"]
    fields = {
        "project_id": account.web,
        "expense_category_id": category,
        "spent_date": "2026-10-05",
        "total_cost": "9.5",
    }
    account.books.ui_create("expenses", fields)
    names = account.books.collections()
    before = {name: account.books.dump(name) for name in names}
    assert all(before.values())
    loaded = HarvestBooks(account.company)
    loaded.load_state(jsontext.loads(encode(account.books.to_state())))
    assert {name: loaded.dump(name) for name in names} == before
    account.books = account.company.__dict__["harvest"] = loaded
    account.call("DELETE", f"/invoices/{invoice['id']}")
    assert account.entry(entry_id)["is_billed"] is False
    assert account.log("1") > entry_id


def test_an_unknown_collection_or_record_is_named(account: Account) -> None:
    with pytest.raises(KeyError, match="no collection 'robots'"):
        account.books.dump("robots")
    with pytest.raises(Exception, match="404"):
        account.books.ui_update("clients", "5", {"name": "X"})


def test_a_person_can_edit_a_rate_of_the_past(account: Account) -> None:
    entry_id = account.log("1", project=account.advice)
    (rate,) = account.books.dump("billable_rates")
    account.books.ui_update("billable_rates", str(rate["id"]), {"amount": "175.5"})
    assert str(account.entry(entry_id)["billable_rate"]) == "175.5"
    account.books.ui_update("users", str(account.bob), {"default_hourly_rate": 60})
    assert [each["amount"] for each in account.books.dump("billable_rates")][-1] == 60
