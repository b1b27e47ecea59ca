"""Importing time into an invoice of the Harvest twin: what is taken, at what price, what it locks, what frees it."""

from decimal import Decimal

import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline_tests.sandbox.harvest_account import OCTOBER, Account, refusal


@pytest.fixture
def account() -> Account:
    return Account()


def lines(invoice: JsonObject) -> list[tuple[str, str, str, str]]:
    """Description, quantity, price, amount of each line, in order."""
    return [
        (line["description"], *(f"{line[name]:.2f}" for name in ("quantity", "unit_price", "amount")))
        for line in invoice["line_items"]
    ]


def billed(account: Account, entry_id: int) -> tuple[bool, int | None]:
    entry = account.entry(entry_id)
    return entry["is_billed"], entry["invoice"] and entry["invoice"]["id"]


def test_an_import_takes_every_billable_unbilled_entry_of_its_window(account: Account) -> None:
    taken = [
        account.log("1.25", "2026-10-01"),
        account.log("2", "2026-10-31", approval_status="approved"),
        account.log("0", "2026-10-15"),
    ]
    left = [
        account.log("8", "2026-09-30"),
        account.log("8", "2026-11-01"),
        account.log("8", "2026-10-02", task=account.admin_work),
        account.log("8", "2026-10-02", is_billed=True),
        account.log("8", "2026-10-02", project=account.app),
    ]
    invoice = account.bill(account.web, summary="task", number="H-1")
    assert lines(invoice) == [("[WEB] Web: Design (10/01/2026 - 10/31/2026)", "3.25", "100.00", "325.00")]
    assert (invoice["amount"], invoice["period_start"], invoice["period_end"]) == (325, "2026-10-01", "2026-10-31")
    for entry_id in taken:
        assert account.entry(entry_id)["invoice"] == {"id": invoice["id"], "number": "H-1"}
    assert all(billed(account, entry_id) in ((False, None), (True, None)) for entry_id in left)


def test_what_is_imported_is_locked_and_its_updated_at_and_the_clients_move(account: Account) -> None:
    approved, plain = account.log("1", approval_status="approved"), account.log("1")
    account.later()
    account.bill()
    stamp = "2026-11-03T17:01:00Z"
    reasons = [account.entry(key)["locked_reason"] for key in (approved, plain)]
    assert reasons == [
        "Item Invoiced and Approved and Locked for this Time Period",
        "Item Invoiced and Locked for this Time Period",
    ]
    assert {account.entry(key)["updated_at"] for key in (approved, plain)} == {stamp}
    assert account.get(f"/clients/{account.acme}")["updated_at"] == stamp


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("project", [("[WEB] Web (10/05/2026 - 10/07/2026)", "4.00", "100.00", "400.00")]),
        (
            "task",
            [
                ("[WEB] Web: Design (10/05/2026 - 10/06/2026)", "3.00", "100.00", "300.00"),
                ("[WEB] Web: Review (10/07/2026 - 10/07/2026)", "1.00", "100.00", "100.00"),
            ],
        ),
        (
            "people",
            [
                ("[WEB] Web: Ann Abel (10/05/2026 - 10/07/2026)", "2.00", "100.00", "200.00"),
                ("[WEB] Web: Bob Berg (10/06/2026 - 10/06/2026)", "2.00", "100.00", "200.00"),
            ],
        ),
        (
            "detailed",
            [
                ("10/05/2026 - Design: Header", "1.00", "100.00", "100.00"),
                ("10/06/2026 - Design", "2.00", "100.00", "200.00"),
                ("10/07/2026 - Review", "1.00", "100.00", "100.00"),
            ],
        ),
    ],
)
def test_the_summary_type_decides_the_lines(
    account: Account, summary: str, expected: list[tuple[str, str, str, str]]
) -> None:
    account.log("1", "2026-10-05", notes="Header")
    account.log("2", "2026-10-06", user=account.bob)
    account.log("1", "2026-10-07", task=account.review)
    assert lines(account.bill(summary=summary)) == expected


def log_two_rates(account: Account) -> None:
    """2 h at Ann's own 150 and 1 h of Bob without a rate on a project billed by people, in three entries."""
    account.log("1", "2026-10-05", project=account.advice)
    account.log("1", "2026-10-06", project=account.advice)
    account.log("1", "2026-10-07", project=account.advice, user=account.bob)


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        (
            "grouped_by_rate",
            [
                ("Advice: Design (10/07/2026 - 10/07/2026)", "1.00", "0.00", "0.00"),
                ("Advice: Design (10/05/2026 - 10/06/2026)", "2.00", "150.00", "300.00"),
            ],
        ),
        ("averaged", [("Advice: Design (10/05/2026 - 10/07/2026)", "3.00", "100.00", "300.00")]),
        (
            "split",
            [
                ("Advice: Design (10/07/2026 - 10/07/2026)", "1.00", "0.00", "0.00"),
                ("Advice: Design (10/05/2026 - 10/05/2026)", "1.00", "150.00", "150.00"),
                ("Advice: Design (10/06/2026 - 10/06/2026)", "1.00", "150.00", "150.00"),
            ],
        ),
    ],
)
def test_mixed_rates_in_one_group_follow_the_switch(switch: str, expected: list[tuple[str, str, str, str]]) -> None:
    account = Account(import_rates=switch)
    log_two_rates(account)
    assert lines(account.bill(account.advice, summary="task")) == expected


def test_an_average_is_shown_in_cents_so_the_amount_may_miss_the_exact_sum() -> None:
    account = Account(import_rates="averaged")
    account.books.add_billable_rate(account.bob, Decimal("100"))
    account.log("2", project=account.advice)
    account.log("1", project=account.advice, user=account.bob)
    assert lines(account.bill(account.advice, summary="project"))[0][1:] == ("3.00", "133.33", "399.99")


def test_rates_are_not_averaged_when_the_summary_fits_the_way_of_billing() -> None:
    account = Account(import_rates="averaged")
    log_two_rates(account)
    assert [line[1:3] for line in lines(account.bill(account.advice, summary="people"))] == [
        ("2.00", "150.00"),
        ("1.00", "0.00"),
    ]


def test_quantities_are_sums_of_rounded_hours(account: Account) -> None:
    account.books.ui_update("company", "1", {"time_rounding": "up_15"})
    account.log("1.01")
    account.log("1.01")
    assert lines(account.bill())[0][1:] == ("2.50", "100.00", "250.00")


def test_a_running_timer_in_scope_refuses_the_import_and_nothing_is_taken(account: Account) -> None:
    waiting = account.log("1")
    account.log("0.5", "2026-10-09", user=account.bob, timer_started_at=1_790_000_000)
    wanted = {"project_ids": [account.web], "time": {"summary_type": "task", **OCTOBER}}
    answer = refusal(account, "POST", "/invoices", {"client_id": account.acme, "line_items_import": wanted})
    assert answer == {
        "status": 422,
        "body": {"message": "Web has a running timer in this period; stop it before invoicing"},
    }
    assert billed(account, waiting) == (False, None)
    assert account.rows("/invoices", "invoices") == []
    september = {"from": "2026-09-01", "to": "2026-09-30"}
    assert account.bill(window=september)["line_items"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"project_ids": []}, "Project ids can't be blank"),
        ({"project_ids": [1]}, "Project ids must belong to the client"),
        ({"time": {"from": "2026-10-01", "to": "2026-10-31"}}, "Summary type can't be blank"),
        ({"time": {"summary_type": "week"}}, "Summary type is not included in the list"),
        ({"time": {"summary_type": "task", "from": "2026-10-01"}}, "From and to must be given together"),
        ({"time": {"summary_type": "task", "from": "2026-10-99", "to": "2026-10-31"}}, "From is not a valid date"),
    ],
)
def test_a_wrong_import_is_refused(account: Account, change: JsonObject, message: str) -> None:
    wanted = {"project_ids": [account.web], "time": {"summary_type": "task", **OCTOBER}, **change}
    answer = refusal(account, "POST", "/invoices", {"client_id": account.acme, "line_items_import": wanted})
    assert answer["status"] == 422
    assert message in answer["body"]["message"]


def test_without_a_window_everything_unbilled_is_taken(account: Account) -> None:
    account.log("1", "2025-01-02")
    account.log("1", "2026-10-05")
    invoice = account.bill(window={})
    assert (invoice["period_start"], invoice["period_end"], invoice["amount"]) == ("2025-01-02", "2026-10-05", 200)


def test_the_period_may_be_the_window_that_was_asked_for() -> None:
    account = Account(import_period="requested")
    account.log("1", "2026-10-05")
    invoice = account.bill()
    assert (invoice["period_start"], invoice["period_end"]) == ("2026-10-01", "2026-10-31")


def test_lines_may_come_in_another_order() -> None:
    account = Account(import_lines_order="by_id_descending")
    account.log("1")
    account.log("1", task=account.review)
    ids = [line["id"] for line in account.bill()["line_items"]]
    assert ids == sorted(ids, reverse=True)


def test_deleting_the_invoice_frees_its_entries_and_moves_their_updated_at(account: Account) -> None:
    entry_id = account.log("1")
    invoice = account.bill()
    account.later()
    assert account.call("DELETE", f"/invoices/{invoice['id']}") == invoice
    entry = account.entry(entry_id)
    assert (entry["is_billed"], entry["invoice"], entry["is_locked"]) == (False, None, False)
    assert entry["updated_at"] == "2026-11-03T17:01:00Z"
    assert account.bill()["amount"] == 100


def test_deleting_the_invoice_may_leave_its_entries_billed() -> None:
    account = Account(delete_invoice_frees_entries=False)
    entry_id = account.log("1")
    account.call("DELETE", f"/invoices/{account.bill()['id']}")
    assert billed(account, entry_id) == (True, None)
    assert account.bill()["line_items"] == []


def test_destroying_an_imported_line_frees_its_entries_alone(account: Account) -> None:
    design, review = account.log("1"), account.log("1", task=account.review)
    invoice = account.bill()
    gone = invoice["line_items"][0]["id"]
    body = {"line_items": [{"id": gone, "_destroy": True}]}
    changed = account.call("PATCH", f"/invoices/{invoice['id']}", body)
    assert (len(changed["line_items"]), changed["amount"]) == (1, 100)
    assert billed(account, design) == (False, None)
    assert billed(account, review) == (True, invoice["id"])


def test_editing_an_imported_line_keeps_its_entries(account: Account) -> None:
    entry_id = account.log("1")
    invoice = account.bill()
    line = {"id": invoice["line_items"][0]["id"], "quantity": 0, "description": "Nothing"}
    changed = account.call("PATCH", f"/invoices/{invoice['id']}", {"line_items": [line]})
    assert lines(changed) == [("Nothing", "0.00", "100.00", "0.00")]
    assert billed(account, entry_id) == (True, invoice["id"])


def test_an_entry_unmarked_and_billed_again_stays_with_its_second_invoice(account: Account) -> None:
    entry_id = account.log("1")
    first = account.bill()
    account.books.ui_update("time_entries", str(entry_id), {"is_billed": False})
    second = account.bill()
    account.call("DELETE", f"/invoices/{first['id']}")
    assert billed(account, entry_id) == (True, second["id"])


def test_an_entry_deleted_after_billing_leaves_the_invoice_as_it_is(account: Account) -> None:
    entry_id = account.log("1")
    invoice = account.bill()
    account.call("DELETE", f"/time_entries/{entry_id}")
    assert account.get(f"/invoices/{invoice['id']}")["amount"] == 100
    account.call("DELETE", f"/invoices/{invoice['id']}")


def test_later_rate_changes_touch_the_entry_and_not_the_invoice(account: Account) -> None:
    entry_id = account.log("2")
    invoice = account.bill()
    account.call("PATCH", f"/projects/{account.web}", {"hourly_rate": 120})
    assert account.entry(entry_id)["billable_rate"] == 120
    assert account.get(f"/invoices/{invoice['id']}")["amount"] == 200


def test_archived_projects_can_still_be_billed(account: Account) -> None:
    account.log("1")
    account.call("PATCH", f"/projects/{account.web}", {"is_active": False})
    assert account.bill()["amount"] == 100


def test_expenses_are_imported_at_their_cost_and_locked(account: Account) -> None:
    category = account.books.add_expense_category("Meals").id
    for cost, billable in (("33.35", True), ("10.10", True), ("99.00", False)):
        fields = {"spent_date": "2026-10-07", "total_cost": cost, "billable": billable}
        account.books.ui_create("expenses", {"project_id": account.web, "expense_category_id": category, **fields})
    wanted = {"project_ids": [account.web], "expenses": {"summary_type": "category", **OCTOBER}}
    invoice = account.invoice(line_items_import=wanted)
    assert [(line["kind"], line["amount"]) for line in invoice["line_items"]] == [("Product", Decimal("43.45"))]
    found = account.rows("/expenses?is_billed=true", "expenses")
    assert [expense["locked_reason"] for expense in found] == ["Expense is invoiced."] * 2
    account.call("DELETE", f"/invoices/{invoice['id']}")
    assert account.rows("/expenses?is_billed=true", "expenses") == []


def test_after_an_import_members_cannot_log_into_its_span_but_administrators_can(account: Account) -> None:
    account.log("1", "2026-10-05")
    account.log("1", "2026-10-09")
    invoice = account.bill()
    new = {"project_id": account.web, "task_id": account.design, "hours": 1}
    inside = {**new, "spent_date": "2026-10-07"}
    assert refusal(account, "POST", "/time_entries", inside, actor="member")["body"] == {
        "message": "This time period is locked"
    }
    account.call("POST", "/time_entries", {**new, "spent_date": "2026-10-10"}, actor="member")
    assert account.call("POST", "/time_entries", inside)["is_billed"] is False
    account.call("DELETE", f"/invoices/{invoice['id']}")
    account.call("POST", "/time_entries", inside, actor="member")


def test_a_project_named_twice_is_imported_once(account: Account) -> None:
    account.log("1")
    assert account.bill(account.web, account.web)["amount"] == 100


def test_a_refusal_that_names_something_foreign_still_fits_into_a_header(account: Account) -> None:
    account.call("PATCH", f"/projects/{account.web}", {"name": "Café 漢"})
    account.log("0", timer_started_at=1_790_000_000)
    wanted = {"project_ids": [account.web], "time": {"summary_type": "task", **OCTOBER}}
    answer = account.ask("POST", "/invoices", {"client_id": account.acme, "line_items_import": wanted})
    assert answer.body["message"].startswith("Café 漢 has a running timer")
    assert answer.headers["Hint"].startswith("Caf? ? has a running timer")
