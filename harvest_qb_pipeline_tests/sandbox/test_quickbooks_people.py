"""Vendors and employees over the API, and which of them the connected person may see."""

from typing import Any

import pytest

from harvest_qb_pipeline_tests.sandbox.quickbooks_api import Api

NOW = "2026-11-03T09:00:00-08:00"
META = {"CreateTime": NOW, "LastUpdatedTime": NOW}
SHOWN = {"Id": "2", "SyncToken": "0", "domain": "QBO", "sparse": False, "MetaData": META, "Active": True}
NAMES: dict[str, dict[str, Any]] = {
    "Customer": {"DisplayName": "Jane Doe"},
    "Vendor": {"DisplayName": "Jane Doe"},
    "Employee": {"DisplayName": "Jane Doe", "GivenName": "Jane"},
}


@pytest.fixture
def api() -> Api:
    return Api()


def test_a_created_vendor_is_answered_whole(api: Api) -> None:
    body = {
        "DisplayName": "Ada King",
        "GivenName": "Ada",
        "FamilyName": "King",
        "PrimaryEmailAddr": {"Address": "ada@example.com"},
        "PrimaryPhone": {"FreeFormNumber": "555-0100"},
        "BillAddr": {"Line1": "1 Loop Lane"},
        "TermRef": {"value": "1"},
        "TaxIdentifier": "123-45-6789",
        "Vendor1099": True,
        "Balance": 99,
    }
    created = api.ok("/vendor", body)
    assert created == {
        **body,
        **SHOWN,
        "PrintOnCheckName": "Ada King",
        "BillAddr": {"Id": "4", "Line1": "1 Loop Lane"},
        "TermRef": {"value": "1", "name": "Net 30"},
        "TaxIdentifier": "XXXXXXX6789",
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "Balance": 0,
    }
    assert api.read("/vendor/2") == created


def test_a_created_employee_is_answered_whole_and_named_by_its_parts(api: Api) -> None:
    body = {
        "GivenName": "Ada",
        "FamilyName": "King",
        "PrimaryEmailAddr": {"Address": "ada@example.com"},
        "PrimaryAddr": {"City": "Lyon"},
        "SSN": "123-45-6789",
        "HiredDate": "2024-02-01",
    }
    created = api.ok("/employee", body)
    assert created == {
        **body,
        **SHOWN,
        "DisplayName": "Ada King",
        "PrintOnCheckName": "Ada King",
        "PrimaryAddr": {"Id": "4", "City": "Lyon"},
        "SSN": "XXXXXXX6789",
        "BillableTime": False,
    }
    assert api.read("/employee/2") == created


def test_a_masked_number_sent_back_as_it_was_read_is_kept(api: Api) -> None:
    created = api.ok("/vendor", {"DisplayName": "Ada", "TaxIdentifier": "123-45-6789"})
    updated = api.ok("/vendor", created)
    assert updated["TaxIdentifier"] == "XXXXXXX6789"
    assert api.books.store.tables["Vendor"]["2"].data["TaxIdentifier"] == "123-45-6789"


@pytest.mark.parametrize("first", NAMES)
@pytest.mark.parametrize("second", NAMES)
def test_a_name_is_taken_over_all_three_lists_whatever_its_case(api: Api, first: str, second: str) -> None:
    api.ok(f"/{first.lower()}", NAMES[first])
    again = NAMES[second] | {"DisplayName": " jane DOE "}
    status, fault = api.fault(f"/{second.lower()}", again)
    assert (status, fault["code"]) == (400, "6240")
    assert "Another customer, vendor or employee is already using this name" in fault["Detail"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/vendor", {"CompanyName": "Only a company"}, "6080"),
        ("/employee", {"DisplayName": "Neither given nor family name"}, "6080"),
        ("/vendor", {"DisplayName": "Ada:King"}, "2040"),
        ("/vendor", {"DisplayName": "x" * 501}, "2050"),
        ("/vendor", {"DisplayName": "Ada", "PrimaryPhone": {"FreeFormNumber": "1" * 31}}, "2050"),
        ("/employee", {"GivenName": "Ada", "PrimaryPhone": {"FreeFormNumber": "1" * 21}}, "2050"),
        ("/employee", {"GivenName": "A" * 101}, "2050"),
        ("/vendor", {"DisplayName": "Ada", "PrimaryEmailAddr": {"Address": "ada@nowhere"}}, "2210"),
        ("/employee", {"GivenName": "Ada", "PrimaryEmailAddr": {"Address": "ada at example.com"}}, "2210"),
        ("/vendor", {"DisplayName": "Ada", "TermRef": {"value": "99"}}, "2500"),
        ("/vendor", {"DisplayName": "Ada", "Notes": "customers only"}, "2010"),
        ("/employee", {"GivenName": "Ada", "CurrencyRef": {"value": "USD"}}, "2010"),
        ("/vendor", {"Id": "1", "SyncToken": "0", "sparse": True}, "610"),
        ("/employee", {"Id": "99", "SyncToken": "0", "sparse": True}, "610"),
    ],
)
def test_what_is_wrong_with_a_vendor_or_employee_is_a_fault(
    api: Api, path: str, body: dict[str, Any], code: str
) -> None:
    assert api.code(path, body) == code


@pytest.mark.parametrize("who", ["Vendor", "Employee"])
def test_a_stale_sync_token_is_refused_and_a_sparse_update_keeps_the_rest(api: Api, who: str) -> None:
    path, body = f"/{who.lower()}", {"GivenName": "Jane", "PrimaryPhone": {"FreeFormNumber": "1"}}
    api.ok(path, body)
    change = {"Id": "2", "SyncToken": "0", "sparse": True, "PrimaryEmailAddr": {"Address": "jane@example.com"}}
    updated = api.ok(path, change)
    assert (updated["SyncToken"], updated["PrimaryPhone"]) == ("1", {"FreeFormNumber": "1"})
    assert api.code(path, change) == "5010"
    full = api.ok(path, {"Id": "2", "SyncToken": "1", "GivenName": "Jane", "DisplayName": "Jane"})
    assert {"PrimaryPhone", "PrimaryEmailAddr"} & set(full) == set()


def test_a_vendor_keeps_the_currency_it_was_created_with(api: Api) -> None:
    assert api.code("/vendor", {"DisplayName": "Euro", "CurrencyRef": {"value": "EUR"}}) == "5030"
    api.books.ui_update("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    created = api.ok("/vendor", {"DisplayName": "Euro", "CurrencyRef": {"value": "EUR"}})
    change = {"Id": created["Id"], "SyncToken": "0", "sparse": True, "CurrencyRef": {"value": "USD"}}
    assert api.ok("/vendor", change)["CurrencyRef"]["value"] == "EUR"


def test_currency_and_terms_of_a_new_vendor_may_be_ignored_by_switch() -> None:
    api = Api(vendor_refs_on_create="ignored")
    api.books.ui_update("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    created = api.ok("/vendor", {"DisplayName": "E", "CurrencyRef": {"value": "EUR"}, "TermRef": {"value": "1"}})
    assert (created["CurrencyRef"]["value"], "TermRef" in created) == ("USD", False)
    change = {"Id": created["Id"], "SyncToken": "0", "sparse": True, "TermRef": {"value": "1"}}
    assert api.ok("/vendor", change)["TermRef"]["value"] == "1"


@pytest.mark.parametrize("who", ["Vendor", "Employee"])
def test_an_inactive_person_is_renamed_hidden_from_queries_and_comes_back(api: Api, who: str) -> None:
    path = f"/{who.lower()}"
    api.ok(path, {"GivenName": "Jane", "FamilyName": "Doe"})
    gone = api.ok(path, {"Id": "2", "SyncToken": "0", "sparse": True, "Active": False})
    assert (gone["Active"], gone["DisplayName"], gone["SyncToken"]) == (False, "Jane Doe (deleted)", "1")
    assert api.ids(f"select * from {who}") == []
    assert api.ids(f"select * from {who} where Active in (true, false)") == ["2"]
    assert api.read(f"{path}/2")["Active"] is False
    back = api.ok(path, {"Id": "2", "SyncToken": "1", "sparse": True, "Active": True})
    assert back["DisplayName"] == "Jane Doe"


def test_a_vendor_who_is_owed_money_cannot_be_made_inactive(api: Api) -> None:
    api.ok("/vendor", {"DisplayName": "Printer"})
    assert api.books.ui_update("Vendor", "2", {"Balance": 120})["Balance"] == 120
    status, fault = api.fault("/vendor", {"Id": "2", "SyncToken": "0", "sparse": True, "Active": False})
    assert (status, fault["code"]) == (400, "6220")
    assert fault["Detail"].endswith("This vendor cannot be deleted because it has a non-zero balance")


@pytest.mark.parametrize(
    "condition",
    [
        "Id = '2'",
        "GivenName = 'Jane'",
        "FamilyName like 'D%'",
        "Suffix = 'Jr'",
        "DisplayName = 'jane doe jr'",
        "PrintOnCheckName like '%doe%'",
        "Active = true",
        "MetaData.LastUpdatedTime >= '2026-11-03T09:00:00-08:00'",
    ],
)
@pytest.mark.parametrize("who", ["Vendor", "Employee"])
def test_people_are_found_by_what_can_be_filtered(api: Api, who: str, condition: str) -> None:
    api.ok(f"/{who.lower()}", {"GivenName": "Jane", "FamilyName": "Doe", "Suffix": "Jr"})
    assert api.ids(f"select * from {who} where {condition}") == ["2"]


@pytest.mark.parametrize(
    "statement",
    [
        "select * from Vendor where PrimaryEmailAddr = 'a@example.com'",
        "select * from Vendor where AcctNum = '1'",
        "select * from Vendor orderby Balance",
        "select * from Employee where PrimaryEmailAddr = 'a@example.com'",
        "select * from Employee where EmployeeNumber = '1'",
        "select * from Employee orderby Active",
    ],
)
def test_other_properties_of_people_cannot_be_asked_for(api: Api, statement: str) -> None:
    status, answer = api.get("/query", query=statement)
    assert (status, answer["Fault"]["Error"][0]["code"]) == (400, "4001")


def test_all_name_lists_are_in_change_data_capture(api: Api) -> None:
    api.company.clock.advance(60)
    api.ok("/vendor", {"DisplayName": "Printer"})
    api.ok("/employee", {"GivenName": "Jane"})
    for path, record in (("/item", "1"), ("/term", "1"), ("/account", "3"), ("/customer", "1")):
        api.ok(path, api.read(f"{path}/{record}"))
    lists = ("Vendor", "Employee", "Item", "Term", "Account", "Customer")
    since = {"entities": ",".join(lists), "changedSince": "2026-11-03T09:01:00-08:00"}
    blocks = api.get("/cdc", **since)[1]["CDCResponse"][0]["QueryResponse"]
    changed = [block[kind][0]["Id"] for kind, block in zip(lists, blocks, strict=True)]
    assert changed == ["2", "3", "1", "1", "3", "1"]


@pytest.mark.parametrize(("access", "status", "code"), [("forbidden", 403, "120"), ("permission_denied", 400, "5020")])
@pytest.mark.parametrize("who", ["Vendor", "Employee"])
def test_a_list_the_connected_person_may_not_see_is_refused_everywhere(
    who: str, access: str, status: int, code: str
) -> None:
    api = Api(**{f"{who.lower()}s_access": access})
    path = f"/{who.lower()}"
    answers = [
        api.get(f"{path}/1"),
        api.get("/query", query=f"select * from {who}"),
        api.get("/cdc", entities=f"Customer,{who}", changedSince=NOW),
        api.post(path, {"GivenName": "Jane"}),
    ]
    assert [(got, answer["Fault"]["Error"][0]["code"]) for got, answer in answers] == [(status, code)] * 4
    assert api.ids("select * from Customer") == ["1"]


def test_a_person_who_lost_access_to_the_company_is_refused_every_call() -> None:
    api = Api(user_has_access=False)
    status, answer = api.get("/customer/1")
    assert status == 403
    assert answer["Fault"] == {
        "Error": [
            {
                "Message": "Authorization Failure",
                "Detail": ": -11014-You do not have access to use QuickBooks Online Plus.",
                "code": "120",
                "element": "",
            }
        ],
        "type": "AuthorizationFault",
    }
    assert api.post("/customer", {"DisplayName": "Beta"})[0] == 403
