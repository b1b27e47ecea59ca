"""The Harvest twin over real HTTP, with the believable agency in it: what a client will really meet."""

from decimal import Decimal

import httpx
import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.sandbox.clients import harvest_client


@pytest.fixture(scope="module")
def agency(sandbox: RunningSandbox) -> JsonObject:
    return sandbox.create_company(size="small", today="2026-11-03")


def rows(client: httpx.Client, path: str, key: str) -> list[JsonObject]:
    found: list[JsonObject] = []
    url: str | None = path
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        page = jsontext.loads(answer.content)
        found += page[key]
        url = page["links"]["next"]
    return found


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/clients", "clients"),
        ("/contacts", "contacts"),
        ("/projects", "projects"),
        ("/tasks", "tasks"),
        ("/task_assignments", "task_assignments"),
        ("/user_assignments", "user_assignments"),
        ("/users", "users"),
        ("/time_entries", "time_entries"),
        ("/expenses", "expenses"),
        ("/expense_categories", "expense_categories"),
        ("/invoices", "invoices"),
        ("/invoice_item_categories", "invoice_item_categories"),
    ],
)
def test_paging_through_a_list_meets_each_record_once(
    sandbox: RunningSandbox, agency: JsonObject, path: str, key: str
) -> None:
    with harvest_client(agency) as client:
        found = rows(client, f"{path}?per_page=7" if key != "time_entries" else f"{path}?per_page=400", key)
    dumped = sandbox.control("GET", f"/companies/{agency['id']}/harvest/{key}")
    assert sorted(record["id"] for record in found) == [record["id"] for record in dumped]
    assert found


def test_an_import_of_the_agency_bills_what_the_report_said_to_the_cent(
    sandbox: RunningSandbox, agency: JsonObject
) -> None:
    with harvest_client(agency) as client:
        report = rows(client, "/reports/uninvoiced?from=20261001&to=20261031&include_fixed_fee=false", "results")
        open_rows = [row for row in report if row["uninvoiced_amount"] and not row["uninvoiced_expenses"]]
        assert open_rows
        for row in open_rows:
            wanted = {
                "project_ids": [row["project_id"]],
                "time": {"summary_type": "people", "from": "2026-10-01", "to": "2026-10-31"},
            }
            answer = client.post("/invoices", json={"client_id": row["client_id"], "line_items_import": wanted})
            assert answer.status_code == 201, answer.text
            invoice = jsontext.loads(answer.content)
            hours = sum((line["quantity"] for line in invoice["line_items"]), Decimal(0))
            # The report rounds once, an invoice each line.
            assert abs(invoice["amount"] - row["uninvoiced_amount"]) <= Decimal("0.01") * len(invoice["line_items"])
            assert hours == row["uninvoiced_hours"]


def test_a_person_acts_through_the_control_api(sandbox: RunningSandbox, agency: JsonObject) -> None:
    path = f"/companies/{agency['id']}/harvest/time_entries"
    entries = sandbox.control("GET", path)
    free = next(e for e in entries if e["approval_status"] == "unsubmitted" and not (e["is_billed"] or e["is_running"]))
    approved = sandbox.control("PATCH", f"{path}/{free['id']}", {"approval_status": "approved"})
    assert approved["is_locked"] is True
    with harvest_client(agency) as client:
        assert client.get(f"/time_entries/{free['id']}").json()["approval_status"] == "approved"
        sandbox.control("DELETE", f"{path}/{free['id']}")
        assert client.get(f"/time_entries/{free['id']}").json() == {"status": 404, "error": "Not Found"}
