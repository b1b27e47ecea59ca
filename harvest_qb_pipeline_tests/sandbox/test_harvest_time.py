"""Time entries of the Harvest twin: rates, rounding, timers, locks, filters, and what is seen by whom."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.harvest.rules import rounded
from harvest_qb_pipeline_tests.sandbox.harvest_account import Account, refusal


@pytest.fixture
def account() -> Account:
    return Account()


def rate(account: Account, **fields: Json) -> Json:
    return account.entry(account.log("1", **fields))["billable_rate"]


def test_the_rate_comes_from_where_the_project_says(account: Account) -> None:
    silent = account.add_project("Silent", bill_by="none")
    assert rate(account, project=account.web) == 100
    assert rate(account, project=account.app) == 80
    assert rate(account, project=account.app, task=account.review) is None
    assert rate(account, project=account.advice) == 150
    assert rate(account, project=account.advice, user=account.bob) is None
    assert rate(account, project=silent) is None
    assert rate(account, project=account.web, task=account.admin_work) is None


def test_a_persons_own_rate_on_a_project_wins_over_their_default(account: Account) -> None:
    own = account.books.user_assignment_of[account.advice, account.ann]
    account.call(
        "PATCH",
        f"/projects/{account.advice}/user_assignments/{own.id}",
        {"use_default_rates": False, "hourly_rate": "90.5"},
    )
    assert rate(account, project=account.advice) == Decimal("90.5")


def test_the_default_rate_is_that_of_the_day_worked(account: Account) -> None:
    account.books.add_billable_rate(account.ann, Decimal("160"), date(2026, 10, 5))
    days = ("2026-10-04", "2026-10-05", "2026-11-02")
    assert [rate(account, day=day, project=account.advice) for day in days] == [150, 160, 160]
    assert account.get(f"/users/{account.ann}")["default_hourly_rate"] == 160


def test_a_new_rate_replaces_those_that_start_later_and_one_without_start_replaces_all(account: Account) -> None:
    path = f"/users/{account.ann}/billable_rates"

    def history() -> list[tuple[str | None, Json]]:
        return [(each["start_date"], each["amount"]) for each in account.rows(path, "billable_rates")]

    account.call("POST", path, {"amount": 160, "start_date": "2026-06-01"})
    account.call("POST", path, {"amount": 170, "start_date": "2026-09-01"})
    account.call("POST", path, {"amount": 165, "start_date": "2026-07-01"})
    assert history() == [(None, 150), ("2026-06-01", 160), ("2026-07-01", 165)]
    future = {"amount": 1, "start_date": "2027-01-01"}
    assert refusal(account, "POST", path, future)["body"] == {"message": "Start date can't be in the future"}
    account.call("POST", path, {"amount": 200})
    assert history() == [(None, 200)]


@pytest.mark.parametrize("moves", [False, True])
def test_rate_and_rounding_changes_reach_all_time_and_move_updated_at_only_by_the_switch(moves: bool) -> None:
    account = Account(rates_move_updated_at=moves)
    ids = [account.log("1.1", project=project) for project in (account.web, account.app, account.advice)]
    account.later()
    tasks = account.books.task_assignment_of[account.app, account.design].id
    account.call("PATCH", f"/projects/{account.web}", {"hourly_rate": 110})
    account.call("PATCH", f"/projects/{account.app}/task_assignments/{tasks}", {"hourly_rate": 85})
    account.call("POST", f"/users/{account.ann}/billable_rates", {"amount": 155})
    found = [account.entry(key) for key in ids]
    assert [entry["billable_rate"] for entry in found] == [110, 85, 155]
    stamp = "2026-11-03T17:01:00Z" if moves else "2026-11-03T17:00:00Z"
    assert {entry["updated_at"] for entry in found} == {stamp}
    account.later()
    account.books.ui_update("company", "1", {"time_rounding": "nearest_30"})
    found = [account.entry(key) for key in ids]
    assert {entry["rounded_hours"] for entry in found} == {1}
    assert {entry["updated_at"] for entry in found} == {"2026-11-03T17:02:00Z" if moves else stamp}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("off", ["0", "0.02", "0.13", "0.37", "0.38", "1.01"]),
        ("nearest_6", ["0", "0", "0.1", "0.4", "0.4", "1"]),
        ("up_6", ["0", "0.1", "0.2", "0.4", "0.4", "1.1"]),
        ("nearest_15", ["0", "0", "0.25", "0.25", "0.5", "1"]),
        ("up_15", ["0", "0.25", "0.25", "0.5", "0.5", "1.25"]),
        ("nearest_30", ["0", "0", "0", "0.5", "0.5", "1"]),
        ("up_30", ["0", "0.5", "0.5", "0.5", "0.5", "1.5"]),
    ],
)
def test_hours_are_rounded_per_entry(account: Account, setting: str, expected: list[str]) -> None:
    account.books.set_account(time_rounding=setting)
    hours = ("0", "0.02", "0.13", "0.37", "0.38", "1.01")
    assert [account.entry(account.log(each))["rounded_hours"] for each in hours] == [Decimal(each) for each in expected]


@given(st.integers(0, 3000), st.sampled_from([(6, 10), (15, 25), (30, 50)]))
def test_rounding_gives_whole_steps_within_half_a_step_or_less_than_one_above(
    hundredths: int, step: tuple[int, int]
) -> None:
    minutes, size = step
    nearest, up = rounded(f"nearest_{minutes}", hundredths), rounded(f"up_{minutes}", hundredths)
    assert nearest % size == 0
    assert up % size == 0
    assert -size / 2 < nearest - hundredths <= size / 2
    assert 0 <= up - hundredths < size


def test_an_unknown_rounding_is_refused(account: Account) -> None:
    with pytest.raises(Exception, match="422"):
        account.books.ui_update("company", "1", {"time_rounding": "nearest_7"})


def new(account: Account, **fields: Json) -> JsonObject:
    return {"project_id": account.web, "task_id": account.design, "spent_date": "2026-11-03", **fields}


def test_logged_hours_make_a_stopped_entry_and_strings_are_accepted(account: Account) -> None:
    body = new(account, hours="1.005", project_id=str(account.web), is_running="false", notes="hello")
    entry = account.call("POST", "/time_entries", body)
    assert (entry["hours"], entry["is_running"], entry["user"]["id"]) == (Decimal("1.01"), False, account.ann)
    assert account.entry(entry["id"]) == entry


def test_without_hours_a_timer_runs_and_stops_the_one_before(account: Account) -> None:
    first = account.call("POST", "/time_entries", new(account))
    assert (first["is_running"], first["hours"], first["started_time"]) == (True, 0, "12:00pm")
    assert first["timer_started_at"] == "2026-11-03T17:00:00Z"
    account.later(5400)
    seen = account.entry(first["id"])
    assert (seen["hours"], seen["hours_without_timer"], seen["rounded_hours"]) == (Decimal("1.5"), 0, Decimal("1.5"))
    second = account.call("POST", "/time_entries", new(account))
    assert [entry["id"] for entry in account.rows("/time_entries?is_running=true", "time_entries")] == [second["id"]]
    stopped = account.entry(first["id"])
    assert (stopped["hours"], stopped["is_running"], stopped["timer_started_at"]) == (Decimal("1.5"), False, None)
    assert stopped["updated_at"] == "2026-11-03T18:30:00Z"


def test_a_timer_can_be_stopped_and_restarted(account: Account) -> None:
    entry_id = account.call("POST", "/time_entries", new(account))["id"]
    account.later(3600)
    assert account.call("PATCH", f"/time_entries/{entry_id}/stop")["hours"] == 1
    assert refusal(account, "PATCH", f"/time_entries/{entry_id}/stop")["status"] == 422
    account.call("PATCH", f"/time_entries/{entry_id}/restart")
    account.later(1800)
    assert account.entry(entry_id)["hours"] == Decimal("1.5")
    assert refusal(account, "PATCH", f"/time_entries/{entry_id}/restart")["status"] == 422


def test_start_and_end_give_the_hours(account: Account) -> None:
    entry = account.call("POST", "/time_entries", new(account, started_time="8:00am", ended_time="14:20"))
    assert [entry[name] for name in ("hours", "started_time", "ended_time")] == [Decimal("6.33"), "8:00am", "2:20pm"]
    account.books.set_account(clock="24h")
    assert account.entry(entry["id"])["ended_time"] == "14:20"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hours": "x"}, "Hours is not a number"),
        ({"hours": -1}, "Hours must be greater than or equal to 0"),
        ({"spent_date": "2026-13-01", "hours": 1}, "Spent date is not a valid date"),
        ({"project_id": 1, "hours": 1}, "Project can't be blank"),
        ({"task_id": 1, "hours": 1}, "Task can't be blank"),
        ({"user_id": 1, "hours": 1}, "User can't be blank"),
    ],
)
def test_wrong_time_is_refused(account: Account, change: JsonObject, message: str) -> None:
    answer = refusal(account, "POST", "/time_entries", new(account, **change))
    assert answer == {"status": 422, "body": {"message": message}}


def test_an_entry_without_anything_is_refused_in_harvests_words(account: Account) -> None:
    assert refusal(account, "POST", "/time_entries", {"project_id": None, "task_id": None}) == {
        "status": 422,
        "body": {
            "message": "Project can't be blank, Task can't be blank, Spent date can't be blank, "
            "Spent date is not a valid date"
        },
    }


def test_nothing_can_be_logged_on_what_is_archived(account: Account) -> None:
    entry_id = account.log("1")
    account.call("PATCH", f"/projects/{account.web}", {"is_active": False})
    answer = refusal(account, "POST", "/time_entries", new(account, hours=1))
    assert answer["body"] == {"message": "Project is archived"}
    entry = account.entry(entry_id)
    assert (entry["is_locked"], entry["locked_reason"]) == (True, "Item Archived and Locked for this Time Period")
    assert refusal(account, "DELETE", f"/time_entries/{entry_id}")["status"] == 422


def test_a_change_moves_updated_at_and_an_entry_can_change_day_and_project(account: Account) -> None:
    entry_id = account.log("1")
    account.later()
    changed = account.call(
        "PATCH",
        f"/time_entries/{entry_id}",
        {"hours": 2, "spent_date": "2026-10-20", "project_id": account.app, "user_id": account.bob, "is_billed": True},
    )
    assert (changed["hours"], changed["user"]["id"], changed["is_billed"]) == (2, account.ann, False)
    assert changed["updated_at"] == "2026-11-03T17:01:00Z"
    assert account.rows(f"/time_entries?project_id={account.web}", "time_entries") == []
    assert account.rows(f"/time_entries?project_id={account.app}&from=2026-10-20", "time_entries") == [changed]


def test_a_deleted_entry_is_shown_once_more_and_then_gone(account: Account) -> None:
    entry_id = account.log("1")
    entry = account.entry(entry_id)
    assert account.call("DELETE", f"/time_entries/{entry_id}") == entry
    assert refusal(account, "GET", f"/time_entries/{entry_id}") == {
        "status": 404,
        "body": {"status": 404, "error": "Not Found"},
    }
    assert account.rows("/time_entries?updated_since=2020-01-01T00:00:00Z", "time_entries") == []


def test_an_external_reference_is_kept_as_text_can_be_looked_up_and_removed(account: Account) -> None:
    reference = {"id": 54321, "group_id": "98", "account_id": "1", "permalink": "https://example.com/1"}
    entry = account.call("POST", "/time_entries", new(account, hours=1, external_reference=reference))
    assert entry["external_reference"] == {
        **reference,
        "id": "54321",
        "service": None,
        "service_icon_url": None,
    }
    found = account.rows("/time_entries?external_reference_id=54321", "time_entries")
    assert [each["id"] for each in found] == [entry["id"]]
    after = account.call("DELETE", f"/time_entries/{entry['id']}/external_reference")
    assert after["external_reference"] is None


def test_filters_of_the_time_list(account: Account) -> None:
    first = account.log("1", "2026-10-01", approval_status="approved")
    second = account.log("1", "2026-10-02", user=account.bob, task=account.review, is_billed=True)
    other = account.books.add_client("Other").id
    for query, expected in {
        f"user_id={account.bob}": [second],
        f"client_id={account.acme}": [second, first],
        f"client_id={other}": [],
        f"project_id={account.web}&user_id={account.ann}": [first],
        f"task_id={account.review}": [second],
        "is_billed=true": [second],
        "is_billed=false": [first],
        "approval_status=approved": [first],
        "from=2026-10-02": [second],
        "to=20261001": [first],
        "project_id=abc": [],
        "is_running=true": [],
    }.items():
        assert [entry["id"] for entry in account.rows(f"/time_entries?{query}", "time_entries")] == expected, query


@pytest.mark.parametrize(("inclusive", "expected"), [(True, 2), (False, 1)])
def test_updated_since_includes_its_own_second_or_not(inclusive: bool, expected: int) -> None:
    account = Account(updated_since_inclusive=inclusive)
    account.log("1")
    account.later(1)
    account.log("1")
    for path, key in (("/time_entries", "time_entries"), ("/clients", "clients")):
        if key == "clients":
            account.books.add_client("Late")
        assert len(account.rows(f"{path}?updated_since=2026-11-03T17:00:00Z", key)) == expected
    assert len(account.rows("/time_entries?updated_since=2026-11-03T18:00:00%2B01:00", "time_entries")) == expected


def test_changes_after_a_first_look_are_found_by_updated_since(account: Account) -> None:
    ids = [account.log("1") for _ in range(5)]
    assert account.rows("/time_entries?updated_since=2026-11-03T17:00:30Z", "time_entries") == []
    account.later()
    account.call("PATCH", f"/time_entries/{ids[2]}", {"notes": "late"})
    account.call("DELETE", f"/time_entries/{ids[3]}")
    fresh = account.log("1")
    found = account.rows("/time_entries?updated_since=2026-11-03T17:00:30Z", "time_entries")
    assert [entry["id"] for entry in found] == [fresh, ids[2]]


@pytest.mark.parametrize(
    "text", ["2010-01-01 00:00:00+00:00", "2020-05-03T14:43:13B02:00", "yesterday", "2026-02-30T00:00:00Z"]
)
def test_a_moment_that_is_not_iso_8601_is_malformed(account: Account, text: str) -> None:
    for path in ("/time_entries", "/clients", "/invoices"):
        answer = refusal(account, "GET", f"{path}?updated_since={text.replace('+', '%2B')}")
        assert answer == {"status": 400, "body": {"message": f'Invalid updated_since datetime provided: "{text}"'}}


def test_approval_locks_the_entry_and_the_week_for_members(account: Account) -> None:
    account.books.set_account(week_start_day="Sunday")
    entry_id = account.log("1", "2026-10-06", user=account.bob)
    account.later()
    shown = account.books.ui_update("time_entries", str(entry_id), {"approval_status": "approved"})
    assert (shown["is_closed"], shown["locked_reason"]) == (True, "Item Approved and Locked for this Time Period")
    assert shown["updated_at"] == "2026-11-03T17:01:00Z"
    for day, refused in {"2026-10-03": False, "2026-10-04": True, "2026-10-10": True, "2026-10-11": False}.items():
        answer = account.ask("POST", "/time_entries", new(account, spent_date=day, hours=1), actor="member")
        assert (answer.status == 422) is refused, day
    for method in ("PATCH", "DELETE"):
        answer = refusal(account, method, f"/time_entries/{entry_id}", {"hours": 2}, actor="member")
        assert answer == {"status": 422, "body": {"message": "This time entry is locked"}}
    assert account.call("PATCH", f"/time_entries/{entry_id}", {"hours": 2})["hours"] == 2


def test_an_approval_may_be_invisible_to_updated_since() -> None:
    account = Account(approval_moves_updated_at=False)
    entry_id = account.log("1")
    account.later()
    account.books.ui_update("time_entries", str(entry_id), {"approval_status": "approved"})
    assert account.entry(entry_id)["updated_at"] == "2026-11-03T17:00:00Z"


def test_time_can_be_marked_as_billed_by_hand_and_unmarked(account: Account) -> None:
    entry_id = account.log("1")
    by_hand = account.books.ui_update("time_entries", str(entry_id), {"is_billed": True})
    assert (by_hand["is_billed"], by_hand["invoice"], by_hand["is_locked"]) == (True, None, True)
    assert account.books.ui_update("time_entries", str(entry_id), {"is_billed": False})["is_billed"] is False


def test_a_member_sees_only_their_own_time_without_rates(account: Account) -> None:
    account.log("1")
    own = account.log("1", user=account.bob)
    (entry,) = account.rows("/time_entries", "time_entries", actor="member")
    assert (entry["id"], entry["billable_rate"], entry["cost_rate"]) == (own, None, None)
    assert "hourly_rate" not in entry["task_assignment"]
    foreign = account.rows("/time_entries", "time_entries")[-1]["id"]
    assert refusal(account, "GET", f"/time_entries/{foreign}", actor="member")["status"] == 404
    other = new(account, hours=1, user_id=account.ann)
    assert refusal(account, "POST", "/time_entries", other, actor="member")["status"] == 403


def test_a_member_is_refused_what_is_not_theirs_and_sees_less_of_themselves(account: Account) -> None:
    for path in ("/clients", "/contacts", "/projects", "/users", "/invoices", f"/users/{account.bob}/billable_rates"):
        answer = account.ask("GET", path, actor="member")
        assert (answer.status, answer.body) == (403, {"message": "Not authorized!"}), path
        assert answer.headers["Hint"] == "Not authorized!"
    me = account.get("/users/me", actor="member")
    assert (me["id"], me["access_roles"]) == (account.bob, ["member"])
    assert {"default_hourly_rate", "cost_rate"}.isdisjoint(me)


def test_a_manager_sees_the_projects_they_manage(account: Account) -> None:
    account.books.users[account.bob].access_roles = ["manager"]
    account.books.user_assignment_of[account.web, account.bob].is_project_manager = True
    seen, hidden = account.log("1"), account.log("1", project=account.app)
    assert [e["id"] for e in account.rows("/time_entries", "time_entries", actor="member")] == [seen]
    assert [p["id"] for p in account.rows("/projects", "projects", actor="member")] == [account.web]
    assert account.ask("GET", f"/time_entries/{hidden}", actor="member").status == 404
    assert account.ask("GET", "/invoices", actor="member").status == 403
