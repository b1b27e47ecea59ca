"""Every way QuickBooks refuses a write: status, code, message, detail and element, as it says them."""

from typing import Any

import pytest

from harvest_qb_pipeline_tests.sandbox.quickbooks_api import Api, line

VALIDATION = "Request has invalid or unsupported property"
REQUIRED = "Required param missing, need to supply the required value for the API"
LENGTH = "String length is either shorter or longer than supported by specification"
BUSINESS = "A business validation error has occurred while processing your request"
INACTIVE = (
    "Object Not Found : Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)


def error(code: str, message: str, detail: str, element: str = "") -> tuple[int, dict[str, str]]:
    return 400, {"Message": message, "Detail": detail, "code": code, "element": element}


UNKNOWN = error(
    "2010", VALIDATION,
    "Property Name:failed to parse json object; a property specified is unsupported or invalid",
)  # fmt: skip


def wrong_type(expected: str, given: str, path: str) -> tuple[int, dict[str, str]]:
    what = f"Can not instantiate value of type {expected} from {given} ({path}); a property"
    return error("2010", VALIDATION, f"Property Name:{what} specified is unsupported or invalid")


def length(element: str, most: str, supplied: str) -> tuple[int, dict[str, str]]:
    text = f"String length specified does not match the supported length. Min:0 Max:{most} supported."
    return error("2050", LENGTH, f"{text} Supplied length:{supplied}", element)


def missing(element: str) -> tuple[int, dict[str, str]]:
    return error("2020", REQUIRED, f"Required parameter {element} is missing in the request", element)


def reference(family: str, value: str) -> tuple[int, dict[str, str]]:
    return error("2500", "Invalid Reference Id", f"Invalid Reference Id : {family} element id {value} not found")


def acme(**more: Any) -> dict[str, Any]:
    return {"CustomerRef": {"value": "1"}, "Line": [line(100)], **more}


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/customer", {"DisplayName": "A", "Colour": "red"}, UNKNOWN),
        ("/customer", {"DisplayName": "A", "BillAddr": {"Street": "x"}}, UNKNOWN),
        ("/customer", b"not json", UNKNOWN),
        ("/customer", b"[]", UNKNOWN),
        ("/invoice", acme(Lines=[]), UNKNOWN),
        ("/invoice", acme(CustomerRef={"id": "1"}), UNKNOWN),
        ("/customer", {"DisplayName": 5}, wrong_type("java.lang.String", "Number value", "DisplayName")),
        ("/customer", {"DisplayName": "A", "Job": "yes"}, wrong_type("java.lang.Boolean", "String value", "Job")),
        ("/customer", {"DisplayName": "A", "BillAddr": "x"}, wrong_type("PhysicalAddress", "String value", "BillAddr")),
        ("/invoice", acme(CustomerRef="1"), wrong_type("ReferenceType", "String value", "CustomerRef")),
        ("/invoice", acme(CustomerRef={"value": 1}),
            wrong_type("java.lang.String", "Number value", "CustomerRef.value")),
        ("/invoice", acme(Line={}), wrong_type("java.util.List", "Object value", "Line")),
        ("/invoice", acme(Line=[line("many")]), wrong_type("java.math.BigDecimal", "String value", "Line.Amount")),
        ("/customer", {}, error("6080", "No name provided", "No name provided : Title, GivenName, MiddleName, "
            "FamilyName, Suffix or DisplayName is required.")),
        ("/customer", {"DisplayName": "A" * 501}, length("DisplayName", "500", "501")),
        ("/customer", {"DisplayName": "A", "Notes": "x" * 2001}, length("Notes", "2,000", "2,001")),
        ("/customer", {"DisplayName": "A", "BillAddr": {f"Line{n}": "x" * 450 for n in range(1, 6)}},
            length("BillAddr", "2,000", "2,250")),
        ("/customer", {"DisplayName": "A:B"}, error("2040", "Invalid String",
            "Invalid String : DisplayName must not contain a colon, tab or new line", "DisplayName")),
        ("/customer", {"GivenName": "A\tB"}, error("2040", "Invalid String",
            "Invalid String : GivenName must not contain a colon, tab or new line", "GivenName")),
        ("/customer", {"DisplayName": "A", "PrimaryEmailAddr": {"Address": "nobody"}}, error("2210",
            "Invalid Email Address format",
            "Invalid Email Address format : nobody is not an address as in RFC 822", "PrimaryEmailAddr")),
        ("/customer", {"DisplayName": "A", "PreferredDeliveryMethod": "Pigeon"},
            error("2170", "Invalid Enumeration", "Invalid Enumeration : Pigeon")),
        ("/customer", {"DisplayName": "ACME"}, error("6240", "Duplicate Name Exists Error",
            "The name supplied already exists. : Another customer, vendor or employee is already using this name. "
            "Please use a different name.")),
        ("/customer", {"DisplayName": "A", "Job": True}, error("6150", "ParentRef required",
            "ParentRef required : A job needs both Job true and a ParentRef, and so does a ParentRef need Job true.",
            "ParentRef")),
        ("/customer", {"DisplayName": "A", "ParentRef": {"value": "1"}}, error("6150", "ParentRef required",
            "ParentRef required : A job needs both Job true and a ParentRef, and so does a ParentRef need Job true.",
            "ParentRef")),
        ("/customer", {"DisplayName": "A", "Job": True, "ParentRef": {"value": "9"}}, reference("Names", "9")),
        ("/customer", {"DisplayName": "A", "SalesTermRef": {"value": "9"}}, reference("Terms", "9")),
        ("/customer", {"DisplayName": "A", "CurrencyRef": {"value": "XQX"}}, reference("Currencies", "XQX")),
        ("/customer", {"DisplayName": "A", "CurrencyRef": {"value": "EUR"}}, error("5030",
            "Feature Not Supported Error",
            "Feature Not Supported Error : Multicurrency is not turned on for this company.")),
        ("/invoice", {"Line": [line(1)]}, missing("CustomerRef")),
        ("/invoice", {"CustomerRef": {"value": "1"}}, missing("Line")),
        ("/invoice", acme(Line=[]), missing("Line")),
        ("/invoice", acme(CustomerRef={"value": ""}), missing("CustomerRef")),
        ("/invoice", acme(Line=[{"Amount": 1}]), missing("DetailType")),
        ("/invoice", acme(Line=[{"Amount": 1, "DetailType": "SalesItemLineDetail"}]), missing("SalesItemLineDetail")),
        ("/invoice", acme(Line=[{"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"Qty": 1}}]),
            missing("Amount")),
        ("/invoice", acme(Line=[{"Amount": 1, "DetailType": "TimeLine"}]),
            error("2170", "Invalid Enumeration", "Invalid Enumeration : TimeLine")),
        ("/invoice", acme(CustomerRef={"value": "583"}), reference("Names", "583")),
        ("/invoice", acme(Line=[line(1, ItemRef={"value": "77"})]), reference("Items", "77")),
        ("/invoice", acme(Line=[line(1, ItemAccountRef={"value": "77"})]), reference("Accounts", "77")),
        ("/invoice", acme(SalesTermRef={"value": "77"}), reference("Terms", "77")),
        ("/invoice", acme(ClassRef={"value": "77"}), reference("Klasses", "77")),
        ("/invoice", acme(DepartmentRef={"value": "77"}), reference("Depts", "77")),
        ("/invoice", acme(LinkedTxn=[{"TxnId": "4", "TxnType": "TimeActivity"}]), reference("TimeActivity", "4")),
        ("/invoice", acme(Line=[line(1000, Qty=3, UnitPrice=333)]), error("6070",
            "Amount calculation incorrect in the request.",
            "Amount is not equal to UnitPrice * Qty. Supplied value:1,000", "Line.Amount")),
        ("/invoice", acme(Line=[line(1, TaxCodeRef={"value": "7"})]), error("6100", "Invalid Line TaxCode",
            "Invalid Line TaxCode : 7 is not allowed on a line, only TAX and NON are", "TaxCodeRef")),
        ("/invoice", acme(Line=[line(-1)]), error("6000", BUSINESS,
            "Business Validation Error: The transaction amount must be 0 or greater.")),
        ("/invoice", acme(CurrencyRef={"value": "EUR"}), error("6000", BUSINESS,
            "Business Validation Error: The currency of the transaction is invalid for customer.")),
        ("/invoice", acme(DocNumber="N" * 45), length("DocNumber", "21", "45")),
        ("/invoice", acme(PrivateNote="x" * 4001), length("PrivateNote", "4,000", "4,001")),
        ("/invoice", acme(CustomerMemo={"value": "x" * 1001}), length("Customer Memo", "1,000", "1,001")),
        ("/invoice", acme(TxnDate="31.10.2026"), error("2060", "Invalid Date format",
            "Invalid Date format : 31.10.2026", "TxnDate")),
        ("/invoice", acme(TxnDate="2026-02-30"), error("2060", "Invalid Date format",
            "Invalid Date format : 2026-02-30", "TxnDate")),
        ("/invoice", acme(EmailStatus="Maybe"), error("2170", "Invalid Enumeration", "Invalid Enumeration : Maybe")),
        ("/invoice", acme(EmailStatus="NeedToSend"), error("6420", "Email address is required",
            "Email address is required : BillEmail is needed when EmailStatus is NeedToSend.", "BillEmail")),
        ("/invoice", {"Id": "99", "SyncToken": "0", "sparse": True}, error("610", "Object Not Found",
            "Object Not Found : Another user has deleted this transaction.")),
        ("/customer", {"Id": "99", "SyncToken": "0", "sparse": True}, error("610", "Object Not Found", INACTIVE)),
        ("/customer", {"Id": "one", "SyncToken": "0"}, error("2030", "Invalid ID", "Invalid ID : one", "Id")),
        ("/customer", {"Id": "1", "sparse": True}, missing("SyncToken")),
        ("/customer", {"Id": "1", "SyncToken": "7"}, error("5010", "Stale Object Error",
            "Stale Object Error : You and root were working on this at the same time. root finished before you did, "
            "so your work was not saved.")),
        ("/item", {"Type": "Service"}, missing("Name")),
        ("/item", {"Name": "X", "Type": "Service"}, missing("IncomeAccountRef")),
        ("/item", {"Name": "X", "IncomeAccountRef": {"value": "4"}}, error("6430", "Invalid account type used",
            "Invalid account type used : IncomeAccountRef refers to an account of another type.", "IncomeAccountRef")),
        ("/item", {"Name": "services", "IncomeAccountRef": {"value": "3"}}, error("6240",
            "Duplicate Name Exists Error", "The name supplied already exists. : Another product, service, category or "
            "bundle is already using this name. Please use a different name.")),
        ("/account", {"Name": "X"}, missing("AccountType")),
        ("/account", {"Name": "X", "AccountType": "Bnak"},
            error("2170", "Invalid Enumeration", "Invalid Enumeration : Bnak")),
        ("/account", {"Name": "X", "AccountType": "Bank", "AccountSubType": "Travel"},
            error("2170", "Invalid Enumeration", "Invalid Enumeration : Travel")),
        ("/term", {"Name": "Net"}, missing("DueDays")),
        ("/term", {"Name": "Net", "DueDays": 1000},
            error("2090", "Invalid Number", "Invalid Number : 1000", "DueDays")),
        ("/preferences", {"SalesFormsPrefs": {}}, error("500", "Unsupported Operation",
            "Operation create of Preferences is not supported.")),
    ],
)  # fmt: skip
def test_a_refused_write_says_why_and_changes_nothing(path: str, body: Any, expected: tuple[int, Any]) -> None:
    api = Api()
    before = api.books.to_state()["records"]
    assert api.fault(path, body) == expected
    assert api.books.to_state()["records"] == before


def test_a_fault_comes_in_the_envelope_of_a_validation_fault() -> None:
    status, answer = Api().post("/customer", {"DisplayName": "Acme"})
    assert status == 400
    assert set(answer) == {"Fault", "time"}
    assert set(answer["Fault"]) == {"Error", "type"}
    assert answer["Fault"]["type"] == "ValidationFault"
    assert answer["time"] == "2026-11-03T09:00:00.0-08:00"


def test_names_of_jobs_are_taken_too() -> None:
    api = Api()
    api.ok("/customer", {"DisplayName": "Website", "Job": True, "ParentRef": {"value": "1"}})
    assert api.code("/customer", {"DisplayName": "Website"}) == "6240"
    other = api.ok("/customer", {"DisplayName": "Beta"})
    job = {"DisplayName": "Website", "Job": True, "ParentRef": {"value": other["Id"]}}
    assert api.code("/customer", job) == "6240"


def test_references_to_inactive_objects_are_not_found() -> None:
    api = Api()
    api.books.ui_update("Item", "1", {"Active": False})
    assert api.fault("/invoice", acme()) == error("610", "Object Not Found", INACTIVE)
    api.books.ui_update("Customer", "1", {"Active": False})
    assert api.code("/invoice", acme(Line=[line(1, ItemRef={"value": "2"})])) == "610"


def test_a_used_number_is_refused_naming_its_owner_while_custom_numbers_are_on() -> None:
    api = Api()
    first = api.ok("/invoice", acme(DocNumber="H-1"))
    assert api.fault("/invoice", acme(DocNumber="H-1")) == error("6140", "Duplicate Document Number Error",
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        f"DocNumber=H-1 is assigned to TxnType=Invoice with TxnId={first['Id']}")  # fmt: skip
    second = api.ok("/invoice", acme(DocNumber="H-2"))
    change = {"Id": second["Id"], "SyncToken": "0", "sparse": True, "DocNumber": "H-1"}
    assert api.code("/invoice", change) == "6140"
    assert api.ok("/invoice", acme(DocNumber="H-1"), include="allowduplicatedocnum")["DocNumber"] == "H-1"


def test_a_used_number_is_accepted_when_nobody_asked_to_be_warned() -> None:
    accepting = Api(duplicate_doc_numbers="accepted")
    assert [accepting.ok("/invoice", acme(DocNumber="H-1"))["DocNumber"] for _ in range(2)] == ["H-1", "H-1"]
    uncustom = Api()
    uncustom.books.ui_update("Preferences", "1", {"SalesFormsPrefs": {"CustomTxnNumbers": False}})
    assert [uncustom.ok("/invoice", acme(DocNumber="H-1"))["DocNumber"] for _ in range(2)] == ["H-1", "H-1"]


CLOSED = error(
    "6210", "Account Period Closed, Cannot Update Through Services API",
    "The account period has closed and the account books cannot be updated through through the QBO Services API. "
    "Please use the QBO website to make these changes.",
)  # fmt: skip


def test_closed_books_take_nothing_on_or_before_their_day() -> None:
    api = Api()
    old = api.ok("/invoice", acme(TxnDate="2026-10-31"))
    new = api.ok("/invoice", acme(TxnDate="2026-11-01"))
    api.books.ui_update("Preferences", "1", {"AccountingInfoPrefs": {"BookCloseDate": "2026-10-31"}})
    assert api.fault("/invoice", acme(TxnDate="2026-10-31")) == CLOSED
    key = {"Id": old["Id"], "SyncToken": "0"}
    assert api.fault("/invoice", {**key, "sparse": True, "PrivateNote": "x"}) == CLOSED
    assert api.fault("/invoice", key, operation="void") == CLOSED
    assert api.fault("/invoice", key, operation="delete") == CLOSED
    moved = {"Id": new["Id"], "SyncToken": "0", "sparse": True, "TxnDate": "2026-10-01"}
    assert api.fault("/invoice", moved) == CLOSED
    assert api.ok("/invoice", acme(TxnDate="2026-11-01"))["TxnDate"] == "2026-11-01"


def test_closed_books_may_let_a_creation_through_by_switch() -> None:
    api = Api(closed_books_on_create="accepted")
    api.books.ui_update("Preferences", "1", {"AccountingInfoPrefs": {"BookCloseDate": "2026-10-31"}})
    assert api.ok("/invoice", acme(TxnDate="2026-10-01"))["TxnDate"] == "2026-10-01"


def test_an_ended_subscription_can_be_read_but_not_written() -> None:
    api = Api(subscription_active=False)
    status, fault = api.fault("/customer", {"DisplayName": "New"})
    assert (status, fault["code"], fault["Message"]) == (400, "6190", "Invalid Company Status")
    assert fault["Detail"].startswith(
        "Subscription period has ended or canceled or there was a billing problem : You can't add data to QuickBooks "
    )
    assert api.read("/customer/1")["DisplayName"] == "Acme"


def test_a_customer_who_owes_cannot_be_made_inactive() -> None:
    api = Api()
    api.ok("/invoice", acme())
    status, fault = api.fault("/customer", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})
    assert (status, fault) == error("6220", "Delete List Has Balance Error",
        "The entity you are trying to delete has an open balance. : "
        "This customer cannot be deleted because it has a non-zero balance")  # fmt: skip


def test_a_sixth_level_is_too_deep() -> None:
    api = Api()
    parent = "1"
    for level in range(1, 5):
        job = {"DisplayName": f"Level {level}", "Job": True, "ParentRef": {"value": parent}}
        parent = api.ok("/customer", job)["Id"]
    deepest = {"DisplayName": "Level 5", "Job": True, "ParentRef": {"value": parent}}
    assert api.fault("/customer", deepest) == error("6180", "Maximum levels exceeded",
        "Maximum levels exceeded : A hierarchy can have no more than 5 levels.", "ParentRef")  # fmt: skip
    assert api.read(f"/customer/{parent}")["FullyQualifiedName"] == "Acme:Level 1:Level 2:Level 3:Level 4"


def test_nothing_of_a_list_can_be_deleted_or_voided() -> None:
    key = {"Id": "1", "SyncToken": "0"}
    for path in ("/customer", "/item", "/account", "/term"):
        for operation in ("delete", "void"):
            assert Api().code(path, key, operation=operation) == "500"


@pytest.mark.parametrize(
    ("path", "code"), [("/customer/99", "610"), ("/invoice/99", "610"), ("/item/x", "2030"), ("/customer", "500")]
)
def test_reading_what_is_not_there_is_a_fault(path: str, code: str) -> None:
    status, answer = Api().get(path)
    assert (status, answer["Fault"]["Error"][0]["code"]) == (400, code)
