"""Change data capture."""

import pytest

from harvest_qb_pipeline_tests.sandbox.quickbooks_api import Api

START = "2026-11-03T09:00:00-08:00"


@pytest.fixture
def api() -> Api:
    """At 09:10 a second customer, at 09:20 two invoices of Acme, the first of them deleted at 09:30."""
    made = Api()
    made.company.clock.advance(600)
    made.ok("/customer", {"DisplayName": "Beta"})
    made.company.clock.advance(600)
    made.ok("/invoice", made.invoice(DocNumber="H-1"))
    made.ok("/invoice", made.invoice(DocNumber="H-2"))
    made.company.clock.advance(600)
    made.ok("/invoice", {"Id": "1", "SyncToken": "0"}, operation="delete")
    return made


def blocks(api: Api, entities: str, since: str) -> list[dict[str, object]]:
    status, answer = api.get("/cdc", entities=entities, changedSince=since)
    assert status == 200, answer
    assert set(answer) == {"CDCResponse", "time"}
    (response,) = answer["CDCResponse"]
    assert set(response) == {"QueryResponse"}
    return response["QueryResponse"]


def test_blocks_come_in_the_order_asked_oldest_change_first_and_deletions_last(api: Api) -> None:
    invoices, customers, terms = blocks(api, "Invoice,Customer,Term", "2026-11-03T17:10:00Z")
    assert invoices == {
        "Invoice": [
            api.read("/invoice/2"),
            {
                "status": "Deleted",
                "domain": "QBO",
                "Id": "1",
                "MetaData": {"LastUpdatedTime": "2026-11-03T09:30:00-08:00"},
            },
        ],
        "startPosition": 1,
        "maxResults": 2,
    }
    assert customers == {
        "Customer": [api.read("/customer/2"), api.read("/customer/1")],
        "startPosition": 1,
        "maxResults": 2,
    }
    assert terms == {}


def test_the_moment_itself_is_included(api: Api) -> None:
    (block,) = blocks(api, "invoice", "2026-11-03T09:30:00-08:00")
    assert [one["Id"] for one in block["Invoice"]] == ["1"]  # pyright: ignore[reportGeneralTypeIssues]
    assert blocks(api, "invoice", "2026-11-03T09:30:01-08:00") == [{}]


def test_an_inactive_customer_comes_whole_and_not_as_deleted(api: Api) -> None:
    api.ok("/customer", {"Id": "2", "SyncToken": "0", "sparse": True, "Active": False})
    (block,) = blocks(api, "Customer", "2026-11-03T09:30:00-08:00")
    assert [(one["Active"], one["DisplayName"]) for one in block["Customer"]][-1] == (False, "Beta (deleted)")  # pyright: ignore[reportGeneralTypeIssues]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"entities": "Invoice"}, "2020"),
        ({"changedSince": START}, "2020"),
        ({"entities": "Invoice", "changedSince": "lately"}, "2060"),
        ({"entities": "Invoice", "changedSince": "2026-11-03T09:00:00 08:00"}, "2060"),
        ({"entities": "Invoice,Invoise", "changedSince": START}, "500"),
        ({"entities": "Invoice", "changedSince": "2026-10-04T09:29:59-08:00"}, "500"),
    ],
)
def test_what_cannot_be_answered_is_a_fault(api: Api, params: dict[str, str], code: str) -> None:
    status, answer = api.get("/cdc", **params)
    assert (status, answer["Fault"]["Error"][0]["code"]) == (400, code)


def test_thirty_days_can_be_looked_back(api: Api) -> None:
    assert blocks(api, "Invoice", "2026-10-04T09:30:00-08:00")[0]["maxResults"] == 2


def test_at_most_a_thousand_objects_are_answered_in_all() -> None:
    api = Api()
    for number in range(990):
        api.books.ui_create("Customer", {"DisplayName": f"Customer {number}"})
    for number in range(30):
        api.ok("/invoice", api.invoice(DocNumber=f"H-{number}"))
    customers, invoices = blocks(api, "Customer,Invoice", START)
    assert (customers["maxResults"], invoices["maxResults"]) == (991, 9)


def test_changes_stay_invisible_for_the_lag(api: Api) -> None:
    api.company.switches.update({"cdc_lag_seconds": 60.0})
    (block,) = blocks(api, "Invoice", START)
    assert [one["Id"] for one in block["Invoice"]] == ["2"]  # pyright: ignore[reportGeneralTypeIssues]
    api.company.clock.advance(60)
    (block,) = blocks(api, "Invoice", START)
    assert [one["Id"] for one in block["Invoice"]] == ["2", "1"]  # pyright: ignore[reportGeneralTypeIssues]


def test_new_objects_are_hidden_by_the_lag_of_queries_too(api: Api) -> None:
    api.company.switches.update({"query_lag_seconds": 3600.0})
    assert blocks(api, "Customer", START)[0] == {}
