"""QuickBooks' interface as HTTP: media types, envelopes, headers, paths."""

import re
from xml.etree import ElementTree

import httpx
import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline_tests.sandbox.clients import quickbooks_client
from harvest_qb_pipeline_tests.sandbox.quickbooks_api import JSON_HEADERS, Api

NAMESPACE = {"q": "http://schema.intuit.com/finance/v3"}
NOT_JSON = {"accept": "*/*", "content-type": "application/json"}


def test_a_client_that_does_not_ask_for_json_gets_xml() -> None:
    answer = Api().send("GET", "/customer/1", headers=NOT_JSON)
    assert (answer.status, answer.media_type) == (200, "application/xml; charset=utf-8")
    root = ElementTree.fromstring(answer.content())
    assert root.tag == f"{{{NAMESPACE['q']}}}IntuitResponse"
    assert root.findtext("q:Customer/q:DisplayName", namespaces=NAMESPACE) == "Acme"
    assert root.findtext("q:Customer/q:Active", namespaces=NAMESPACE) == "true"


def test_a_fault_is_xml_too() -> None:
    answer = Api().send("GET", "/customer/99", headers=NOT_JSON)
    root = ElementTree.fromstring(answer.content())
    fault = root.find("q:Fault", NAMESPACE)
    assert fault is not None
    assert fault.get("type") == "ValidationFault"
    error = fault.find("q:Error", NAMESPACE)
    assert error is not None
    assert (error.get("code"), error.findtext("q:Message", namespaces=NAMESPACE)) == ("610", "Object Not Found")


@pytest.mark.parametrize("path", ["/payment/1", "/nothing/1", "/Customer/1", "/Vendor/1"])
def test_what_is_not_offered_is_an_html_404(path: str) -> None:
    answer = Api().send("GET", path)
    assert (answer.status, answer.media_type) == (404, "text/html; charset=utf-8")


def test_a_body_without_its_content_type_is_refused() -> None:
    api = Api()
    answer = api.send("POST", "/customer", b'{"DisplayName": "New"}', headers={"accept": "application/json"})
    assert (answer.status, b'"code":"500"' in answer.content()) == (400, True)
    assert len(api.books.dump("Customer")) == 1


def test_invalid_utf8_is_refused() -> None:
    api = Api()
    answer = api.send("POST", "/customer", '{"DisplayName": "Rémi"}'.encode("latin-1"), headers=JSON_HEADERS)
    assert b"Property Name:Invalid UTF-8 middle byte specified is unsupported or invalid" in answer.content()


@pytest.mark.parametrize("minorversion", ["75", "1", "400"])
def test_every_minor_version_is_accepted(minorversion: str) -> None:
    assert Api().get("/customer/1", minorversion=minorversion)[0] == 200


@pytest.fixture
def client(company: JsonObject) -> httpx.Client:
    return quickbooks_client(company)


def test_over_the_wire_answers_carry_time_and_correlation_id(client: httpx.Client) -> None:
    answer = client.get("/preferences", params={"minorversion": "75"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert answer.headers["intuit_tid"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,3}[+-]\d\d:\d\d", answer.json()["time"])
    assert set(answer.json()) == {"Preferences", "time"}


def test_over_the_wire_a_customer_is_created_found_and_billed(client: httpx.Client) -> None:
    made = client.post("/customer", json={"DisplayName": "O'Brien + Söhne"}, params={"requestid": "a"}).json()[
        "Customer"
    ]
    found = client.get("/query", params={"query": r"select * from Customer where DisplayName = 'O\'Brien + Söhne'"})
    assert found.json()["QueryResponse"]["Customer"] == [made]
    posted = client.post(
        "/query", content=b"select count(*) from Item", headers={"Content-Type": "application/text"}
    ).json()
    assert posted["QueryResponse"]["totalCount"] > 0
    line = {"DetailType": "SalesItemLineDetail", "Amount": 33.0, "SalesItemLineDetail": {
        "ItemRef": {"value": "1"}, "Qty": 0.33, "UnitPrice": 100}}  # fmt: skip
    body = {"CustomerRef": {"value": made["Id"]}, "DocNumber": "H-1", "Line": [line]}
    invoice = client.post("/invoice", json=body, params={"requestid": "b"})
    assert (invoice.status_code, invoice.json()["Invoice"]["TotalAmt"]) == (200, 33.0)
    assert client.post("/invoice", json=body, params={"requestid": "b"}).content == invoice.content
    refused = client.post("/invoice", json=body, params={"requestid": "c"})
    assert (refused.status_code, refused.json()["Fault"]["Error"][0]["code"]) == (400, "6140")
