"""Landing QuickBooks from the sandbox over real HTTP: changes in one request, tombstones, and the ways around."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.landing import land_quickbooks
from harvest_qb_pipeline.quickbooks.streams import DESCRIPTIONS, LISTS, PEOPLE
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline.transport.faults import Fault, Forbidden, Refused
from harvest_qb_pipeline.transport.http import HttpOptions
from harvest_qb_pipeline.warehouse.database import Warehouse, open_warehouse, query_rows
from harvest_qb_pipeline.warehouse.models import build_in_order
from harvest_qb_pipeline.warehouse.raw import Landed, LandingError
from harvest_qb_pipeline_tests.quickbooks.stores import MemoryStore

NOW = datetime(2026, 11, 3, 18, 0, tzinfo=UTC)


@dataclass
class Books:
    """A company in the sandbox and a warehouse to land it in."""

    sandbox: RunningSandbox
    company: JsonObject
    warehouse: Warehouse
    client: QuickBooksClient
    said: list[str] = field(default_factory=list)

    def land(self, *, full: bool = False, **chosen: Any) -> dict[str, Landed]:
        landed = land_quickbooks(self.warehouse, self.client, now=NOW, full=full, log=self.said.append, **chosen)
        return {result.stream: result for result in landed}

    def switch(self, **switches: Json) -> None:
        self.sandbox.control("PATCH", f"/companies/{self.company['id']}/switches", switches)

    def act(self, method: str, path: str, body: Json = None) -> Json:
        return self.sandbox.control(method, f"/companies/{self.company['id']}/quickbooks/{path}", body)

    def arm(self, **fault: Json) -> None:
        self.sandbox.control("POST", f"/companies/{self.company['id']}/faults", fault)

    def pass_time(self, **span: int) -> None:
        self.sandbox.control("POST", f"/companies/{self.company['id']}/clock", span)

    def calls(self) -> Counter[str]:
        path = f"/companies/{self.company['id']}/calls"
        served = self.sandbox.control("GET", f"{path}?system=quickbooks")
        self.sandbox.control("DELETE", path)
        return Counter(call["path"].rpartition("/")[2] for call in served if "/v3/" in call["path"])

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return query_rows(self.warehouse.connection, sql)

    def live(self, stream: str) -> dict[str, JsonObject]:
        rows = self.rows(f"SELECT id, payload FROM raw_quickbooks.{stream} WHERE NOT is_deleted")
        return {row["id"]: jsontext.loads(row["payload"]) for row in rows}

    def there(self, entity: str, where: str = "") -> dict[str, JsonObject]:
        condition = f" WHERE {where}" if where else ""
        return {row["Id"]: row for row in self.client.query(f"SELECT * FROM {entity}{condition}")}


@pytest.fixture
def books(sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Books]:
    company = sandbox.create_company(size="small", today="2026-11-03")
    env = company["env"]
    client = QuickBooksClient(
        env["QUICKBOOKS_BASE_URL"],
        env["QUICKBOOKS_TOKEN_URL"],
        env["QUICKBOOKS_REALM_ID"],
        env["QUICKBOOKS_CLIENT_ID"],
        env["QUICKBOOKS_CLIENT_SECRET"],
        env["QUICKBOOKS_REFRESH_TOKEN"],
        MemoryStore(),
        HttpOptions(sleep=lambda seconds: None, attempts=2),
    )
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        yield Books(sandbox, company, warehouse, client)
    sandbox.control("DELETE", f"/companies/{company['id']}")


def test_every_record_is_landed_value_for_value_inactive_ones_included(books: Books) -> None:
    landed = books.land()
    assert list(landed) == list(DESCRIPTIONS)
    for stream in LISTS:
        endpoint = stream.endpoint
        assert books.live(stream.name) == books.there(endpoint.entity, endpoint.everything) != {}
    assert any(not customer["Active"] for customer in books.live("customers").values())
    assert books.live("company_info")["1"] == books.client.get(f"/companyinfo/{books.client.realm_id}")
    assert books.live("preferences")["1"] == books.client.get("/preferences")


def test_a_sync_without_changes_asks_once_for_the_changes_of_all_entities(books: Books) -> None:
    books.land()
    books.pass_time(minutes=30)
    books.calls()
    landed = books.land()
    assert books.calls() == Counter({"cdc": 1, "preferences": 1, books.client.realm_id: 1})
    assert sum(result.requests for result in landed.values()) == 3
    assert {(result.new, result.changed, result.deleted) for result in landed.values()} == {(0, 0, 0)}


def test_changes_additions_and_deletions_come_with_one_request(books: Books) -> None:
    books.land()
    books.pass_time(hours=1)
    gone, kept = list(books.live("invoices"))[:2]
    customer = next(iter(books.live("customers")))
    books.act("DELETE", f"Invoice/{gone}")
    books.act("PATCH", f"Customer/{customer}", {"Notes": "pays late"})
    made = books.act("POST", "Customer", {"DisplayName": "Newcomer"})
    books.calls()
    landed = books.land()
    assert books.calls()["query"] == 0
    assert landed["invoices"].deleted == 1
    assert landed["customers"].new == 1
    assert gone not in books.live("invoices")
    assert kept in books.live("invoices")
    assert books.live("customers")[made["Id"]]["DisplayName"] == "Newcomer"
    assert books.live("customers")[customer]["Notes"] == "pays late"
    (last,) = books.rows(f"SELECT payload->>'$.DocNumber' AS number FROM raw_quickbooks.invoices WHERE id = '{gone}'")
    assert last["number"]


def test_after_more_than_thirty_days_everything_is_read_again_and_deletions_are_found(books: Books) -> None:
    books.land()
    gone = next(iter(books.live("invoices")))
    books.act("DELETE", f"Invoice/{gone}")
    books.pass_time(days=40)
    landed = books.land()
    assert landed["invoices"].deleted == 1
    assert any("does not tell changes since" in line for line in books.said)
    assert books.live("invoices").keys() == books.there("Invoice").keys()


def test_more_changes_than_one_answer_holds_are_read_by_query(books: Books) -> None:
    books.land()
    books.pass_time(hours=1)
    gone = next(iter(books.live("invoices")))
    books.act("DELETE", f"Invoice/{gone}")
    for number in range(1001):
        books.act("POST", "Customer", {"DisplayName": f"Customer {number}"})
    landed = books.land()
    assert landed["customers"].new == 1001
    assert landed["invoices"].deleted == 1
    assert books.live("customers").keys() == books.there("Customer", "Active IN (true, false)").keys()
    assert books.live("invoices").keys() == books.there("Invoice").keys()


def test_an_object_that_queries_do_not_show_yet_is_not_taken_for_deleted(books: Books) -> None:
    books.land()
    books.pass_time(hours=1)
    made = books.act("POST", "Customer", {"DisplayName": "Newcomer"})
    books.land()
    books.switch(query_lag_seconds=600)
    assert made["Id"] not in books.there("Customer")
    books.land(full=True)
    assert made["Id"] in books.live("customers")


def test_an_object_that_shows_up_late_is_still_found(books: Books) -> None:
    books.land()
    books.switch(cdc_lag_seconds=300)
    books.pass_time(hours=1)
    made = books.act("POST", "Customer", {"DisplayName": "Newcomer"})
    books.land()
    assert made["Id"] not in books.live("customers")
    books.pass_time(minutes=10)
    books.land()
    assert made["Id"] in books.live("customers")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 200, "body": "<html>maintenance</html>"},
        {"kind": "status", "status": 200, "body": '{"CDCResponse":[{"QueryResponse":[{"Customer":[{"Id":'},
        {"kind": "drop_before_commit"},
    ],
    ids=["server error", "a page of HTML", "truncated JSON", "a dropped connection"],
)
def test_a_failed_landing_changes_nothing_and_the_next_one_catches_up(books: Books, fault: dict[str, Any]) -> None:
    books.land()
    before = books.rows("SELECT * FROM raw_quickbooks.invoices ORDER BY id")
    books.pass_time(hours=1)
    gone = next(iter(books.live("invoices")))
    books.act("DELETE", f"Invoice/{gone}")
    books.arm(**{"method": "GET", "path": "/cdc", "times": None, **fault})
    with pytest.raises((Fault, LandingError)):
        books.land()
    assert books.rows("SELECT * FROM raw_quickbooks.invoices ORDER BY id") == before
    books.sandbox.control("DELETE", f"/companies/{books.company['id']}/faults")
    assert books.land()["invoices"].deleted == 1


def test_typed_tables_hold_exactly_the_amounts_of_the_payloads(books: Books) -> None:
    books.land()
    books.act("PATCH", "Preferences/1", {"AccountingInfoPrefs": {"BookCloseDate": "2026-09-30"}})
    books.land()
    build_in_order(books.warehouse.connection, "quickbooks")
    invoices = books.live("invoices")
    typed = books.rows("SELECT * FROM quickbooks.invoices")
    assert {row["invoice_id_qb"] for row in typed} == set(invoices)
    for row in typed:
        assert row["total_amount"] == invoices[row["invoice_id_qb"]]["TotalAmt"]
        assert row["balance"] == invoices[row["invoice_id_qb"]]["Balance"]
    wrong = books.rows(
        "SELECT invoice_id_qb FROM quickbooks.invoices JOIN quickbooks.invoice_lines USING (invoice_id_qb)"
        " GROUP BY invoice_id_qb, total_amount HAVING sum(amount) <> total_amount"
    )
    assert wrong == []
    (preferences,) = books.rows("SELECT book_close_on::VARCHAR AS day, home_currency FROM quickbooks.preferences")
    assert preferences == {"day": "2026-09-30", "home_currency": "USD"}


def test_an_address_is_read_in_lines_with_its_town_last_and_empty_ones_left_out(books: Books) -> None:
    address = {
        "Line1": "Acme Ltd",
        "Line2": "",
        "Line3": "12 High Street",
        "City": "Portland",
        "CountrySubDivisionCode": "OR",
        "PostalCode": "97201",
        "Country": "USA",
    }
    made = {
        "PrimaryPhone": {"FreeFormNumber": "(503) 555-0100"},
        "Mobile": {"FreeFormNumber": "503 555 0199"},
        "GivenName": "Ann",
        "FamilyName": "Abel",
    }
    full = books.act("POST", "Customer", {"DisplayName": "Addressed", "BillAddr": address, **made})["Id"]
    town = books.act("POST", "Customer", {"DisplayName": "Town only", "BillAddr": {"City": "Bend"}})["Id"]
    none = books.act("POST", "Customer", {"DisplayName": "Nowhere"})["Id"]
    books.land()
    build_in_order(books.warehouse.connection, "quickbooks")
    read = {row["customer_id_qb"]: row for row in books.rows("SELECT * FROM quickbooks.customers")}
    assert read[full]["address"] == "Acme Ltd\n12 High Street\nPortland, OR 97201, USA"
    assert read[town]["address"] == "Bend"
    assert read[none]["address"] is None
    shown = ("phone", "mobile", "given_name", "family_name")
    assert [read[full][name] for name in shown] == ["(503) 555-0100", "503 555 0199", "Ann", "Abel"]
    assert read[full]["landed_at"] == NOW


def test_vendors_and_employees_are_typed_and_their_secrets_stay_behind(books: Books) -> None:
    vendor = books.act(
        "POST",
        "Vendor",
        {"DisplayName": "Rae Ortiz", "GivenName": "Rae", "PrimaryEmailAddr": {"Address": "rae@example.com"}},
    )
    employee = books.act(
        "POST", "Employee", {"GivenName": "Ann", "FamilyName": "Abel", "SSN": "123-45-6789", "BirthDate": "1990-01-01"}
    )
    books.act("PATCH", f"Employee/{employee['Id']}", {"Active": False})
    books.land()
    build_in_order(books.warehouse.connection, "quickbooks")
    (one,) = books.rows(f"SELECT * FROM quickbooks.vendors WHERE vendor_id_qb = '{vendor['Id']}'")
    assert (one["display_name"], one["given_name"], one["email"]) == ("Rae Ortiz", "Rae", "rae@example.com")
    assert (one["currency"], one["is_active"], one["balance"]) == ("USD", True, 0)
    (one,) = books.rows(f"SELECT * FROM quickbooks.employees WHERE employee_id_qb = '{employee['Id']}'")
    assert (one["display_name"], one["is_active"]) == ("Ann Abel (deleted)", False)
    assert "6789" not in str(one)
    assert "1990" not in str(one)


def test_a_home_that_was_synced_before_there_were_people_reads_them_in_full_once(books: Books) -> None:
    books.land(streams=[name for name in DESCRIPTIONS if name not in PEOPLE])
    books.pass_time(minutes=30)
    books.calls()
    landed = books.land()
    assert books.calls() == Counter({"cdc": 1, "query": 2, "preferences": 1, books.client.realm_id: 1})
    assert landed["vendors"].new == len(books.there("Vendor", "Active IN (true, false)")) > 0
    assert landed["employees"].note == "read in full"
    books.calls()
    books.land()
    assert books.calls() == Counter({"cdc": 1, "preferences": 1, books.client.realm_id: 1})


@pytest.mark.parametrize("access", ["forbidden", "permission_denied"])
def test_employees_that_the_user_may_not_see_fail_the_landing_by_name_after_all_else_is_landed(
    books: Books, access: str
) -> None:
    books.switch(employees_access=access)
    with pytest.raises(Forbidden, match=r"may not see its employees.*right to see employees.*employees = \"ignore\""):
        books.land()
    assert books.live("customers") == books.there("Customer", "Active IN (true, false)")
    assert books.live("vendors") == books.there("Vendor", "Active IN (true, false)")
    books.switch(employees_access="allowed")
    assert books.land()["employees"].new == len(books.there("Employee", "Active IN (true, false)")) > 0


def test_a_right_that_is_taken_away_later_stops_nothing_else_and_is_caught_up_when_it_is_given_back(
    books: Books,
) -> None:
    books.land()
    before = books.live("employees")
    books.switch(employees_access="forbidden", vendors_access="permission_denied")
    books.pass_time(hours=1)
    customer = books.act("POST", "Customer", {"DisplayName": "Newcomer"})
    employee = books.act("POST", "Employee", {"GivenName": "Nora"})
    for _ in range(2):
        with pytest.raises(Forbidden, match="may not see its vendors and employees; everything else was read"):
            books.land()
        assert customer["Id"] in books.live("customers")
        assert books.live("employees") == before
        books.pass_time(hours=1)
    books.switch(employees_access="allowed", vendors_access="allowed")
    assert books.land()["employees"].new == 1
    assert employee["Id"] in books.live("employees")


def test_a_company_that_is_closed_to_the_user_is_not_mistaken_for_a_hidden_list(books: Books) -> None:
    books.land()
    said = {"Fault": {"Error": [{"Message": "Authorization Failure", "Detail": "No access", "code": "120"}]}}
    books.arm(method="GET", path="/cdc", kind="status", status=403, body=said, times=None)
    with pytest.raises(Forbidden) as refused:
        books.land()
    assert "employees" not in str(refused.value)


def test_a_row_for_which_quickbooks_refuses_the_page_stops_neither_the_others_nor_the_landing(books: Books) -> None:
    books.land()
    before = books.live("customers")
    said = {"Fault": {"Error": [{"Message": "m", "Detail": "QueryValidationError: value", "code": "4002"}]}}
    halvings = len((1000, 500, 250, 125, 62, 31, 15, 7, 3, 1))
    books.arm(method="GET", path="/query", kind="status", status=400, body=said, times=halvings)
    landed = books.land(full=True)
    assert any("QuickBooks does not show row 1 of its" in line and "value" in line for line in books.said)
    assert books.live("customers") == before, "what was not shown is not taken for deleted"
    assert {stream.deleted for stream in landed.values()} == {0}


def test_a_query_that_quickbooks_allows_for_no_row_is_refused(books: Books) -> None:
    said = {"Fault": {"Error": [{"Message": "m", "Detail": "no such query", "code": "4002"}]}}
    books.arm(method="GET", path="/query", kind="status", status=400, body=said, times=None)
    with pytest.raises(Refused, match="no such query"):
        books.land()


def test_people_whom_the_policy_ignores_are_neither_asked_for_nor_kept(books: Books) -> None:
    books.land()
    books.switch(employees_access="forbidden")
    landed = books.land(ignored=["employees"])
    assert "The policy ignores QuickBooks' employees" in landed["employees"].note
    assert landed["employees"].note in books.said
    assert books.rows("SELECT * FROM raw_quickbooks.employees") == []
    assert books.rows("SELECT * FROM raw_quickbooks.replaced WHERE stream = 'employees'") == []
    build_in_order(books.warehouse.connection, "quickbooks")
    assert books.rows("SELECT * FROM quickbooks.employees") == []
    books.switch(employees_access="allowed")
    assert books.land()["employees"].note == "read in full"
    assert books.live("employees") == books.there("Employee", "Active IN (true, false)") != {}
