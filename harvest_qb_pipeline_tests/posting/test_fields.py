"""What was sent and what is stored are the same where only the system's own way of storing differs."""

from decimal import Decimal
from typing import Any

import pytest

from harvest_qb_pipeline.posting.kinds.fields import harvest_differences, own_name, quickbooks_differences

ADDRESS = {"Line1": "1 High Street", "City": "Springfield"}

QUICKBOOKS_SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"DisplayName": " Acme "}, {"DisplayName": "Acme"}),
    ({"DisplayName": "Acme", "Active": False}, {"DisplayName": "Acme (deleted)", "Active": False}),
    ({"DisplayName": "Acme"}, {"DisplayName": "Acme (deleted 2)", "Active": False}),
    ({"PrimaryEmailAddr": {"Address": "a@b.test"}}, {"PrimaryEmailAddr": {"Address": "a@b.test", "Id": "7"}}),
    ({"SalesTermRef": {"value": "3"}}, {"SalesTermRef": {"value": "3", "name": "Net 30"}}),
    ({"BillAddr": ADDRESS}, {"BillAddr": {"Id": "9", "Lat": "INVALID", **ADDRESS}}),
    ({"BillAddr": {**ADDRESS, "Line2": ""}}, {"BillAddr": ADDRESS}),
    ({"Taxable": False}, {}),
    ({"Taxable": True}, {"Taxable": True}),
    ({"CompanyName": ""}, {}),
    ({"PrimaryPhone": {}}, {}),
    ({"PrimaryPhone": {"FreeFormNumber": ""}}, {}),
    ({"SalesTermRef": {"value": ""}}, {}),
]
QUICKBOOKS_OTHER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"DisplayName": "Acme"}, {"DisplayName": "ACME"}),
    ({"DisplayName": "Acme"}, {"DisplayName": "Acme (deleted)", "Active": True}),
    ({"Active": True}, {"Active": False}),
    ({"PrimaryEmailAddr": {"Address": "a@b.test"}}, {}),
    ({"BillAddr": {"Line1": "1 High Street"}}, {"BillAddr": ADDRESS}),
    ({"BillAddr": ADDRESS}, {"BillAddr": {**ADDRESS, "Line2": "Floor 3"}}),
    ({"BillAddr": {}}, {"BillAddr": ADDRESS}),
    ({"PrimaryPhone": {}}, {"PrimaryPhone": {"FreeFormNumber": "555"}}),
    ({"SalesTermRef": {"value": ""}}, {"SalesTermRef": {"value": "3"}}),
    ({"SalesTermRef": {"value": "3"}}, {"SalesTermRef": {"value": "4"}}),
]
HARVEST_SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"address": "A\nB"}, {"address": "A\r\nB"}),
    ({"email": ""}, {"email": None}),
    ({"phone_office": None}, {"phone_office": ""}),
    ({"hourly_rate": Decimal("110.50")}, {"hourly_rate": Decimal("110.5")}),
    ({"is_active": True}, {"is_active": True}),
]
HARVEST_OTHER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"address": "A\nB"}, {"address": "A B"}),
    ({"hourly_rate": Decimal(110)}, {"hourly_rate": None}),
    ({"is_active": False}, {"is_active": True}),
]


@pytest.mark.parametrize(("sent", "stored"), QUICKBOOKS_SAME, ids=str)
def test_quickbooks_holds_what_was_sent(sent: dict[str, Any], stored: dict[str, Any]) -> None:
    assert quickbooks_differences(sent, stored) == ()


@pytest.mark.parametrize(("sent", "stored"), QUICKBOOKS_OTHER, ids=str)
def test_quickbooks_holds_something_else(sent: dict[str, Any], stored: dict[str, Any]) -> None:
    assert quickbooks_differences(sent, stored) == tuple(sent)


@pytest.mark.parametrize(("sent", "stored"), HARVEST_SAME, ids=str)
def test_harvest_holds_what_was_sent(sent: dict[str, Any], stored: dict[str, Any]) -> None:
    assert harvest_differences(sent, stored) == ()


@pytest.mark.parametrize(("sent", "stored"), HARVEST_OTHER, ids=str)
def test_harvest_holds_something_else(sent: dict[str, Any], stored: dict[str, Any]) -> None:
    assert harvest_differences(sent, stored) == tuple(sent)


def test_only_the_fields_that_differ_are_named() -> None:
    sent = {"DisplayName": "Acme", "CompanyName": "Acme Inc", "Taxable": True}
    assert quickbooks_differences(sent, {"DisplayName": "Acme", "CompanyName": "Acme"}) == ("CompanyName", "Taxable")


def test_a_client_that_is_really_called_deleted_keeps_its_name() -> None:
    assert own_name({"DisplayName": "Acme (deleted)", "Active": True}) == "Acme (deleted)"
    assert own_name({"DisplayName": "Acme (deleted)", "Active": False}) == "Acme"
