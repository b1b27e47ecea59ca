"""Pages of the Harvest twin: by number, by cursor, and what it refuses."""

from datetime import date
from typing import Any

import pytest

from harvest_qb_pipeline_tests.sandbox.harvest_account import Account, refusal


@pytest.fixture
def account() -> Account:
    return Account()


def test_a_list_by_number_has_this_envelope(account: Account) -> None:
    for day in range(1, 6):
        account.log("1", f"2026-10-0{day}")
    page = account.get("/time_entries?per_page=2&page=2&project_id=" + str(account.web))
    own = f"http://sandbox/harvest/v2/time_entries?page={{}}&per_page=2&project_id={account.web}"
    assert [entry["spent_date"] for entry in page.pop("time_entries")] == ["2026-10-03", "2026-10-02"]
    assert page == {
        "per_page": 2,
        "total_pages": 3,
        "total_entries": 5,
        "next_page": 3,
        "previous_page": 1,
        "page": 2,
        "links": {"first": own.format(1), "next": own.format(3), "previous": own.format(1), "last": own.format(3)},
    }


def test_a_page_past_the_end_is_empty(account: Account) -> None:
    account.log("1")
    page = account.get("/time_entries?page=7&per_page=50")
    assert page["time_entries"] == []
    assert (page["page"], page["next_page"], page["links"]["next"]) == (7, None, None)


def test_a_cursor_list_numbers_only_its_first_and_last_page(account: Account) -> None:
    for number in range(6):
        account.books.add_client(f"Client {number}")
    page: Any = account.get("/clients?per_page=3")
    numbers: list[tuple[int | None, int | None, int | None]] = []
    names: list[str] = []
    while True:
        numbers.append((page["page"], page["next_page"], page["previous_page"]))
        names += [client["name"] for client in page["clients"]]
        if page["links"]["next"] is None:
            break
        assert "ref=next_cursor" in page["links"]["next"]
        page = account.get(page["links"]["next"].removeprefix("http://sandbox/harvest/v2"))
    assert numbers == [(1, 2, None), (None, None, None), (3, None, 2)]
    assert names == ["Client 5", "Client 4", "Client 3", "Client 2", "Client 1", "Client 0", "Acme"]
    assert page["links"]["first"] == "http://sandbox/harvest/v2/clients?page=1&per_page=3&ref=first"
    assert page["links"]["last"] == "http://sandbox/harvest/v2/clients?page=3&per_page=3&ref=last"


def test_a_cursor_stays_true_while_records_come_and_go(account: Account) -> None:
    ids = [account.books.add_client(f"Client {number}").id for number in range(5)]
    first = account.get("/clients?per_page=2")
    account.call("DELETE", f"/clients/{ids[3]}")
    account.later()
    account.books.add_client("Newest")
    following = account.get(first["links"]["next"].removeprefix("http://sandbox/harvest/v2"))
    assert [client["name"] for client in following["clients"]] == ["Client 2", "Client 1"]
    back = account.get(following["links"]["previous"].removeprefix("http://sandbox/harvest/v2"))
    assert [client["name"] for client in back["clients"]] == ["Newest", "Client 4"]


def test_a_cursor_wins_over_a_page_and_a_page_is_still_accepted(account: Account) -> None:
    for number in range(3):
        account.books.add_client(f"Client {number}")
    assert [c["name"] for c in account.get("/clients?per_page=2&page=2")["clients"]] == ["Client 0", "Acme"]
    link = account.get("/clients?per_page=1")["links"]["next"].removeprefix("http://sandbox/harvest/v2")
    assert [c["name"] for c in account.get(link + "&page=4")["clients"]] == ["Client 1"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/clients", "cursor"),
        ("/contacts", "cursor"),
        ("/projects", "cursor"),
        ("/tasks", "cursor"),
        ("/users", "cursor"),
        ("/task_assignments", "cursor"),
        ("/user_assignments", "cursor"),
        ("/expense_categories", "cursor"),
        ("/invoice_item_categories", "cursor"),
        ("/users/{ann}/billable_rates", "cursor"),
        ("/invoices/{invoice}/messages", "cursor"),
        ("/time_entries", "number"),
        ("/expenses", "number"),
        ("/invoices", "number"),
        ("/projects/{web}/task_assignments", "number"),
        ("/projects/{web}/user_assignments", "number"),
        ("/reports/uninvoiced?from=20261001&to=20261031", "number"),
    ],
)
def test_every_list_pages_the_way_harvest_does(account: Account, path: str, kind: str) -> None:
    invoice = account.invoice()["id"]
    page = account.get(path.format(ann=account.ann, web=account.web, invoice=invoice))
    assert ("ref=first" in page["links"]["first"]) is (kind == "cursor")


@pytest.mark.parametrize("per_page", ["2001", "0", "-1", "many"])
def test_a_page_of_a_wrong_size_is_refused(account: Account, per_page: str) -> None:
    for path in ("/clients", "/time_entries"):
        assert refusal(account, "GET", f"{path}?per_page={per_page}") == {
            "status": 422,
            "body": {"message": "Invalid per_page parameter"},
        }


def test_pages_hold_2000_rows_unless_the_old_default_is_on(account: Account) -> None:
    assert account.get("/clients")["per_page"] == 2000
    assert Account(per_page_default=100).get("/clients")["per_page"] == 100


def test_a_cursor_nobody_gave_is_refused(account: Account) -> None:
    assert refusal(account, "GET", "/clients?cursor=abc")["status"] == 422


def test_time_entries_come_latest_day_first_and_newest_first_within_a_day(account: Account) -> None:
    ids = [account.log("1", day) for day in ("2026-10-02", "2026-10-03", "2026-10-02")]
    found = account.rows("/time_entries?per_page=1", "time_entries")
    assert [entry["id"] for entry in found] == [ids[1], ids[2], ids[0]]


def test_invoices_come_latest_issue_date_first(account: Account) -> None:
    for day in ("2026-09-30", "2026-10-31", "2026-08-31"):
        account.invoice(issue_date=day)
    found = account.rows("/invoices?per_page=2", "invoices")
    assert [invoice["issue_date"] for invoice in found] == ["2026-10-31", "2026-09-30", "2026-08-31"]


def test_billable_rates_come_oldest_first_with_computed_ends(account: Account) -> None:
    account.books.add_billable_rate(account.ann, "160", date(2026, 7, 1))
    account.books.add_billable_rate(account.ann, "170", date(2026, 10, 1))
    found = account.rows(f"/users/{account.ann}/billable_rates?per_page=1", "billable_rates")
    assert [(str(rate["amount"]), rate["start_date"], rate["end_date"]) for rate in found] == [
        ("150.0", None, "2026-06-30"),
        ("160.0", "2026-07-01", "2026-09-30"),
        ("170.0", "2026-10-01", None),
    ]


def test_half_a_million_entries_are_made_and_paged_without_waiting(account: Account) -> None:
    days = [date(2026, 1 + number // 28, 1 + number % 28) for number in range(280)]
    rows = (
        (days[n % 280], account.ann, account.web, account.design, n % 800, None, "approved", 1_780_000_000 + n // 4)
        for n in range(500_000)
    )
    filed = account.books.bulk_time_entries(rows)
    assert len(filed) == 500_000
    page = account.get("/time_entries?page=250&per_page=2000")
    assert (len(page["time_entries"]), page["total_pages"]) == (2000, 250)
    changed = account.get("/time_entries?updated_since=2026-05-30T05:51:00Z")
    assert changed["total_entries"] == sum(1 for n in range(500_000) if 1_780_000_000 + n // 4 >= 1_780_120_260)
