"""Which rows a query answers, and in what shape."""

import time

import pytest

from harvest_qb_pipeline_tests.sandbox.quickbooks_api import Api

OTHERS = ("Zürich Café", "beta Ltd", "O'Brien & Sons", "100% Wool", r"Back\slash")


@pytest.fixture
def api() -> Api:
    """Customers 1 Acme, 2 to 6 `OTHERS`, 7 Old (inactive, so renamed)."""
    made = Api()
    for name in OTHERS:
        made.ok("/customer", {"DisplayName": name})
    made.ok("/customer", {"DisplayName": "Old"})
    made.ok("/customer", {"Id": "7", "SyncToken": "0", "sparse": True, "Active": False})
    return made


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("", ["1", "2", "3", "4", "5", "6"]),
        ("where Active = true", ["1", "2", "3", "4", "5", "6"]),
        ("where Active = false", ["7"]),
        ("where Active in (true, false)", ["1", "2", "3", "4", "5", "6", "7"]),
        ("where DisplayName = 'ACME'", ["1"]),
        ("where DisplayName = 'Old'", []),
        ("where DisplayName = 'Old (deleted)' and Active = false", ["7"]),
        (r"where DisplayName = 'O\'Brien & Sons'", ["4"]),
        (r"where DisplayName = 'Back\\slash'", ["6"]),
        ("where DisplayName like '%A%'", ["1", "2", "3", "6"]),
        ("where DisplayName like 'a%'", ["1"]),
        ("where DisplayName like 'zürich%'", ["2"]),
        ("where DisplayName like '%.%'", []),
        ("where DisplayName > 'b'", ["2", "3", "4", "6"]),
        ("where DisplayName >= 'Beta Ltd' and DisplayName < 'O'", ["3"]),
        ("where Id = '3'", ["3"]),
        ("where Id in ('6', '2', '99')", ["2", "6"]),
        ("where Balance = '0'", ["1", "2", "3", "4", "5", "6"]),
        ("where Balance > '0.00'", []),
        ("where MetaData.CreateTime >= '2026-11-03T17:00:00Z'", ["1", "2", "3", "4", "5", "6"]),
        ("where Metadata.LastUpdatedTime > '2026-11-03T09:00:00-08:00'", []),
        ("where MetaData.CreateTime > '2026-11-03'", ["1", "2", "3", "4", "5", "6"]),
        ("where MetaData.CreateTime < '2026-11-03T09:00:01'", ["1", "2", "3", "4", "5", "6"]),
        ("orderby DisplayName", ["5", "1", "6", "3", "4", "2"]),
        ("order by DisplayName desc", ["2", "4", "3", "6", "1", "5"]),
        ("orderby Id desc startposition 2 maxresults 2", ["5", "4"]),
        ("startposition 6", ["6"]),
        ("startposition 7", []),
    ],
)
def test_conditions_order_and_paging_choose_the_rows(api: Api, where: str, ids: list[str]) -> None:
    assert api.ids(f"select * from Customer {where}") == ids


def test_rows_come_with_their_start_and_number(api: Api) -> None:
    answer = api.query("select * from Customer startposition 2 maxresults 3")
    assert (answer["startPosition"], answer["maxResults"], set(answer)) == (
        2, 3, {"Customer", "startPosition", "maxResults"},
    )  # fmt: skip


def test_no_rows_are_an_empty_query_response(api: Api) -> None:
    status, answer = api.get("/query", query="select * from Customer where DisplayName = 'nobody'")
    assert (status, answer["QueryResponse"], set(answer)) == (200, {}, {"QueryResponse", "time"})


def test_counting_answers_only_the_total(api: Api) -> None:
    assert api.query("select count(*) from Customer") == {"totalCount": 6}
    assert api.query("select count(*) from Customer where Active in (true, false)") == {"totalCount": 7}


def test_a_projection_answers_sparse_objects_of_the_named_properties(api: Api) -> None:
    answer = api.query("select DisplayName, Active from Customer where Id = '1'")
    assert answer["Customer"] == [
        {"Id": "1", "domain": "QBO", "sparse": True, "DisplayName": "Acme", "Active": True},
    ]  # fmt: skip


def test_a_sku_is_shown_only_when_named() -> None:
    api = Api()
    api.ok("/item", {"Name": "Kit", "Sku": "K-1", "IncomeAccountRef": {"value": "3"}})
    assert "Sku" not in api.query("select * from Item where Name = 'Kit'")["Item"][0]
    assert api.query("select *, Sku from Item where Name = 'Kit'")["Item"][0]["Sku"] == "K-1"
    assert api.query("select *, Sku from Item where Name = 'Kit'")["Item"][0]["sparse"] is False


def test_a_query_may_be_posted_as_text(api: Api) -> None:
    answer = api.send(
        "POST", "/query", b"select * from Customer where Id = '1'",
        headers={"accept": "application/json", "content-type": "application/text"},
    )  # fmt: skip
    assert answer.body.startswith(b'{"QueryResponse":{"Customer":[{')  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("select * from Custumer", "Invalid context declaration: Custumer"),
        ("select * from Payment", "Invalid context declaration: Payment"),
        ("select * from Customer where Colour = 'red'", "Property Colour not found for Entity Customer"),
        ("select * from Customer where Notes = 'x'", "property 'Notes' is not queryable"),
        ("select * from Customer where ParentRef = '1'", "property 'ParentRef' is not queryable"),
        ("select * from Invoice where Line.Amount = '1'", "property 'Line.Amount' is not queryable"),
        ("select * from Invoice where PrivateNote like '%hq%'", "property 'PrivateNote' is not queryable"),
        ("select * from Invoice where DepartmentRef = '1'", "property 'DepartmentRef' is not queryable"),
        ("select * from Invoice orderby TotalAmt", "property 'TotalAmt' is not queryable"),
        ("select * from Customer orderby Notes", "property 'Notes' is not queryable"),
        ("select BillAddr from Customer", "property 'BillAddr' is not queryable"),
        ("select Line from Invoice", "property 'Line' is not queryable"),
        ("select Colour from Customer", "Property Colour not found for Entity Customer"),
        ("select * from Customer where Id > '3'", "operator > is not supported for property 'Id'"),
        ("select * from Invoice where TxnDate > 'yesterday'", "value 'yesterday' is not valid for property 'TxnDate'"),
        ("select * from Customer where Active = 'perhaps'", "value 'perhaps' is not valid for property 'Active'"),
        ("select * from Customer where Balance > 'much'", "value 'much' is not valid for property 'Balance'"),
        (
            "select * from Customer where MetaData.CreateTime > '2026-01-01T00:00:00 07:00'",
            "value '2026-01-01T00:00:00 07:00' is not valid for property 'MetaData.CreateTime'",
        ),
        ("select * from Customer maxresults 1001", "value 1001 is too large. Max allowed value is 1000"),
    ],
)
def test_what_cannot_be_queried_is_fault_4001(api: Api, statement: str, detail: str) -> None:
    status, answer = api.get("/query", query=statement)
    assert status == 400
    assert answer["Fault"] == {
        "Error": [
            {"Message": "Invalid query", "Detail": f"QueryValidationError: {detail}", "code": "4001", "element": ""}
        ],
        "type": "ValidationFault",
    }


def test_a_page_has_100_rows_unless_asked_and_1000_at_most() -> None:
    api = Api(max_results_over_1000="clamp")
    for number in range(1100):
        api.books.ui_create("Customer", {"DisplayName": f"Customer {number}"})
    assert len(api.ids("select * from Customer")) == 100
    assert len(api.ids("select * from Customer maxresults 1000")) == 1000
    assert len(api.ids("select * from Customer maxresults 5000")) == 1000
    assert len(api.ids("select * from Customer startposition 1001 maxresults 1000")) == 101


def test_invoices_are_found_by_customer_number_day_and_amount() -> None:
    api = Api()
    api.ok("/invoice", api.invoice(100, DocNumber="H-1", TxnDate="2026-10-31"))
    api.ok("/invoice", api.invoice(250.5, DocNumber="H-2", TxnDate="2026-11-01"))
    assert api.ids("select * from Invoice where CustomerRef = '1' orderby TxnDate desc") == ["2", "1"]
    assert api.ids("select * from Invoice where DocNumber in ('H-1', 'X')") == ["1"]
    assert api.ids("select * from Invoice where TxnDate >= '2026-11-01' and TxnDate <= CURRENT_DATE") == ["2"]
    assert api.ids("select * from Invoice where TotalAmt = '250.5'") == ["2"]
    assert api.ids("select * from Invoice where Balance > '0' and DueDate < '2026-12-01'") == ["1"]
    assert api.query("select * from Invoice")["totalCount"] == 2


def test_new_objects_stay_invisible_to_queries_for_the_lag_but_are_read_by_id() -> None:
    api = Api(query_lag_seconds=30.0)
    created = api.ok("/customer", {"DisplayName": "New"})
    assert api.ids("select * from Customer") == []
    assert api.query("select count(*) from Customer") == {"totalCount": 0}
    assert api.read(f"/customer/{created['Id']}")["DisplayName"] == "New"
    api.company.clock.advance(30)
    assert api.ids("select * from Customer where DisplayName = 'New'") == [created["Id"]]


def test_lags_are_exact_while_times_are_whole_seconds() -> None:
    api = Api(query_lag_seconds=0.5)
    api.company.clock.advance(0.9)
    created = api.ok("/customer", {"DisplayName": "New"})
    assert created["MetaData"]["CreateTime"] == "2026-11-03T09:00:00-08:00"
    statement = "select * from Customer where DisplayName = 'New' and MetaData.CreateTime = '2026-11-03T09:00:00-08:00'"
    api.company.clock.advance(0.4)
    assert api.ids(statement) == []
    api.company.clock.advance(0.2)
    assert api.ids(statement) == [created["Id"]]


def test_twenty_thousand_customers_stay_fast() -> None:
    api = Api()
    began = time.process_time()
    for number in range(20_000):
        api.books.ui_create("Customer", {"DisplayName": f"Customer {number}"})
    made = time.process_time() - began
    assert api.code("/customer", {"DisplayName": "customer 19999"}) == "6240"
    ids = [one for page in range(21) for one in api.ids(
        f"select * from Customer orderby Id startposition {page * 1000 + 1} maxresults 1000"
    )]  # fmt: skip
    assert ids == [str(number) for number in range(1, 20_002)]
    assert made < 10
    assert time.process_time() - began < 30
