"""What a person does in QuickBooks itself, and saving."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.sandbox.http import encode
from harvest_qb_pipeline.sandbox.quickbooks.faults import RefusalError
from harvest_qb_pipeline_tests.sandbox.quickbooks_api import Api, line


@pytest.fixture
def api() -> Api:
    """One invoice of 100 for Acme."""
    made = Api()
    made.ok("/invoice", made.invoice(100, DocNumber="H-1"))
    return made


def payment(amount: Any, *applied: tuple[str, Any]) -> dict[str, Any]:
    lines = [{"Amount": part, "LinkedTxn": [{"TxnId": one, "TxnType": "Invoice"}]} for one, part in applied]
    return {"CustomerRef": {"value": "1"}, "TotalAmt": amount, "Line": lines}


def balances(api: Api) -> tuple[Any, ...]:
    """Of the customer, of A/R and of undeposited funds."""
    return (
        api.read("/customer/1")["Balance"],
        api.read("/account/1")["CurrentBalance"],
        api.read("/account/2")["CurrentBalance"],
    )


def test_a_payment_lowers_the_balance_links_and_bumps_the_sync_token(api: Api) -> None:
    assert balances(api) == (100, 100, 0)
    received = api.books.ui_create("Payment", payment(60, ("1", 60)))
    invoice = api.read("/invoice/1")
    assert (invoice["Balance"], invoice["TotalAmt"], invoice["SyncToken"]) == (40, 100, "1")
    assert invoice["LinkedTxn"] == [{"TxnId": received["Id"], "TxnType": "Payment"}]
    assert balances(api) == (40, 40, 60)
    api.books.ui_create("Payment", payment(50, ("1", 40)))
    invoice = api.read("/invoice/1")
    assert (invoice["Balance"], invoice["SyncToken"], len(invoice["LinkedTxn"])) == (0, "2", 2)
    assert balances(api) == (-10, -10, 110)
    assert [one["UnappliedAmt"] for one in api.books.dump("Payment")] == [0, 10]


def test_a_changed_payment_is_applied_anew(api: Api) -> None:
    second = api.ok("/invoice", api.invoice(80, DocNumber="H-2"))["Id"]
    received = api.books.ui_create("Payment", payment(100, ("1", 100)))["Id"]
    changed = api.books.ui_update("Payment", received, payment(110, ("1", 30), (second, 80)))
    assert (changed["UnappliedAmt"], changed["SyncToken"]) == (0, "1")
    assert (api.read("/invoice/1")["Balance"], api.read(f"/invoice/{second}")["Balance"]) == (70, 0)
    assert balances(api) == (70, 70, 110)
    with pytest.raises(RefusalError):
        api.books.ui_update("Payment", received, payment(200, ("1", 101)))
    assert balances(api) == (70, 70, 110)


def test_an_invoice_moved_to_another_customer_gives_its_payment_back(api: Api) -> None:
    beta = api.ok("/customer", {"DisplayName": "Beta"})["Id"]
    api.books.ui_create("Payment", payment(100, ("1", 100)))
    moved = api.books.ui_update("Invoice", "1", {"CustomerRef": {"value": beta}})
    assert (moved["Balance"], moved["LinkedTxn"], api.books.dump("Payment")[0]["UnappliedAmt"]) == (100, [], 100)
    assert (api.read("/customer/1")["Balance"], api.read(f"/customer/{beta}")["Balance"]) == (-100, 100)


def test_a_deleted_payment_opens_the_invoice_again(api: Api) -> None:
    received = api.books.ui_create("Payment", payment(100, ("1", 100)))
    api.books.ui_delete("Payment", received["Id"])
    invoice = api.read("/invoice/1")
    assert (invoice["Balance"], invoice["LinkedTxn"], balances(api)) == (100, [], (100, 100, 0))


@pytest.mark.parametrize("body", [payment(200, ("1", 150)), payment(10, ("1", 20)), payment(10, ("9", 10))])
def test_more_than_is_open_or_received_cannot_be_applied(api: Api, body: dict[str, Any]) -> None:
    with pytest.raises(RefusalError):
        api.books.ui_create("Payment", body)
    assert balances(api) == (100, 100, 0)


def test_a_parent_pays_for_its_job(api: Api) -> None:
    job = api.ok("/customer", {"DisplayName": "Website", "Job": True, "ParentRef": {"value": "1"}})["Id"]
    api.ok("/invoice", {"CustomerRef": {"value": job}, "Line": [line(30)]})
    api.books.ui_create("Payment", payment(30, ("2", 30)))
    assert api.read("/invoice/2")["Balance"] == 0


def test_an_invoice_with_payments_is_deleted_by_a_person_only(api: Api) -> None:
    api.books.ui_create("Payment", payment(100, ("1", 100)))
    assert api.code("/invoice", {"Id": "1", "SyncToken": "1"}, operation="delete") == "6000"
    api.books.ui_delete("Invoice", "1")
    assert api.books.dump("Payment")[0]["UnappliedAmt"] == 100
    assert balances(api) == (-100, -100, 100)


def test_voiding_gives_payments_their_money_back(api: Api) -> None:
    api.books.ui_create("Payment", payment(100, ("1", 100)))
    gone = api.books.ui_update("Invoice", "1", {"status": "Voided"})
    assert (gone["TotalAmt"], gone["Balance"], gone["LinkedTxn"], gone["PrivateNote"]) == (0, 0, [], "Voided")
    assert (api.books.dump("Payment")[0]["UnappliedAmt"], balances(api)) == (100, (-100, -100, 100))


def test_a_smaller_invoice_keeps_its_payment_up_to_the_new_total(api: Api) -> None:
    api.books.ui_create("Payment", payment(100, ("1", 100)))
    api.ok("/invoice", {"Id": "1", "SyncToken": "1", "sparse": True, "Line": [line(70)]})
    assert api.read("/invoice/1")["Balance"] == 0
    assert (api.books.dump("Payment")[0]["UnappliedAmt"], balances(api)) == (30, (-30, -30, 100))


def test_closing_the_books_stops_the_api_but_not_a_person(api: Api) -> None:
    closed = api.books.ui_update("Preferences", "1", {"AccountingInfoPrefs": {"BookCloseDate": "2026-10-31"}})
    assert closed["AccountingInfoPrefs"]["BookCloseDate"] == "2026-10-31"
    assert closed["AccountingInfoPrefs"]["FirstMonthOfFiscalYear"] == "January"
    assert api.code("/invoice", api.invoice(TxnDate="2026-10-31")) == "6210"
    assert api.books.ui_create("Invoice", api.invoice(TxnDate="2026-10-31"))["TxnDate"] == "2026-10-31"
    reopened = api.books.ui_update("Preferences", "1", {"AccountingInfoPrefs": {"BookCloseDate": None}})
    assert "BookCloseDate" not in reopened["AccountingInfoPrefs"]
    assert api.ok("/invoice", api.invoice(TxnDate="2026-10-31"))["Balance"] == 100


def test_the_api_cannot_change_read_only_settings(api: Api) -> None:
    before = api.read("/preferences")
    change = {"Id": "1", "SyncToken": "0", "sparse": True,
              "AccountingInfoPrefs": {"BookCloseDate": "2026-10-31", "TrackDepartments": True},
              "CurrencyPrefs": {"MultiCurrencyEnabled": True}}  # fmt: skip
    after = api.ok("/preferences", change)
    assert after["AccountingInfoPrefs"].get("BookCloseDate") is None
    assert after["AccountingInfoPrefs"]["TrackDepartments"] is True
    assert (after["CurrencyPrefs"], after["SalesFormsPrefs"]) == (before["CurrencyPrefs"], before["SalesFormsPrefs"])
    assert after["SyncToken"] == "1"


def test_several_currencies_cannot_be_turned_off_again(api: Api) -> None:
    api.books.ui_update("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    with pytest.raises(RefusalError):
        api.books.ui_update("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": False}})


def test_a_misspelt_setting_is_refused(api: Api) -> None:
    with pytest.raises(RefusalError):
        api.books.ui_update("Preferences", "1", {"AccountingInfoPrefs": {"BookClosingDate": "2026-10-31"}})


def test_company_info_is_read_by_realm_and_changed_sparsely(api: Api) -> None:
    company = api.read(f"/companyinfo/{api.company.credentials.realm_id}")
    assert (company["Id"], company["Country"], company["DefaultTimeZone"]) == ("1", "US", "America/Los_Angeles")
    assert {"Name": "SubscriptionStatus", "Value": "PAID"} in company["NameValue"]
    change = {"Id": "1", "SyncToken": "0", "sparse": True, "LegalName": "Sandbox Inc."}
    assert api.ok("/companyinfo", change) == company | {"LegalName": "Sandbox Inc.", "SyncToken": "1"}
    assert api.query("select * from CompanyInfo")["CompanyInfo"][0]["LegalName"] == "Sandbox Inc."


def test_a_person_may_use_a_number_twice_and_write_into_the_past(api: Api) -> None:
    day = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
    rival = api.books.ui_create("Invoice", api.invoice(70, DocNumber="H-1"), at=day)
    assert (rival["DocNumber"], rival["TxnDate"]) == ("H-1", "2026-05-01")
    assert rival["MetaData"]["CreateTime"] == "2026-05-01T05:00:00-07:00"
    assert api.ids("select * from Invoice where DocNumber = 'H-1'") == ["1", "2"]


def test_deleting_a_list_object_by_hand_makes_it_inactive(api: Api) -> None:
    gone = api.books.ui_delete("Item", "2")
    assert (gone["Active"], gone["Name"]) == (False, "Consulting (deleted)")
    assert api.ids("select * from Item") == ["1"]
    assert api.books.ui_update("Item", "2", {"Active": True})["Name"] == "Consulting"


def test_sub_accounts_and_sub_items_show_full_names(api: Api) -> None:
    account = api.ok("/account", {"Name": "Design", "AccountSubType": "ServiceFeeIncome", "ParentRef": {"value": "3"}})
    assert {name: account[name] for name in (
        "FullyQualifiedName", "SubAccount", "AccountType", "Classification", "ParentRef",
    )} == {
        "FullyQualifiedName": "Services:Design", "SubAccount": True, "AccountType": "Income",
        "Classification": "Revenue", "ParentRef": {"value": "3", "name": "Services"},
    }  # fmt: skip
    category = api.ok("/item", {"Name": "Web", "Type": "Category"})
    item = api.ok(
        "/item", {"Name": "Build", "ParentRef": {"value": category["Id"]}, "IncomeAccountRef": {"value": "3"}}
    )
    assert (item["FullyQualifiedName"], item["SubItem"], item["Level"], item["Type"]) == (
        "Web:Build",
        True,
        1,
        "Service",
    )
    api.ok("/item", {"Id": category["Id"], "SyncToken": "0", "sparse": True, "Name": "Internet"})
    assert api.read(f"/item/{item['Id']}")["FullyQualifiedName"] == "Internet:Build"


def test_a_term_takes_a_number_written_as_text(api: Api) -> None:
    term = api.ok("/term", {"Name": "Net 45", "DueDays": "45"})
    assert {name: term[name] for name in ("DueDays", "Type", "DiscountPercent", "Active", "Name")} == {
        "DueDays": 45, "Type": "STANDARD", "DiscountPercent": 0, "Active": True, "Name": "Net 45",
    }  # fmt: skip


@pytest.mark.parametrize("collection", ["Customer", "Invoice", "Payment"])
def test_what_does_not_exist_cannot_be_changed_by_hand(api: Api, collection: str) -> None:
    with pytest.raises(LookupError, match=f"{collection} has no record '99'"):
        api.books.ui_update(collection, "99", {})
    with pytest.raises(LookupError, match=f"{collection} has no record '99'"):
        api.books.ui_delete(collection, "99")


def test_everything_is_listed_and_dumped_inactive_objects_too(api: Api) -> None:
    assert {"Customer", "Vendor", "Employee", "Payment", "Invoice", "Preferences"} <= set(api.books.collections())
    api.books.ui_update("Term", "2", {"Active": False})
    assert [one["Name"] for one in api.books.dump("Term")] == ["Net 30", "Due on receipt (deleted)"]


def test_a_saved_company_goes_on_where_it_was(api: Api) -> None:
    api.books.ui_create("Vendor", {"DisplayName": "Printer"})
    api.books.ui_create("Payment", payment(Decimal("12.34"), ("1", Decimal("12.34"))))
    api.ok("/invoice", api.invoice(5, DocNumber="1007"))
    api.ok("/invoice", {"Id": "3", "SyncToken": "0"}, operation="delete")
    later = Api()
    later.books.load_state(jsontext.loads(encode(api.books.to_state())))
    assert later.books.to_state() == api.books.to_state()
    for collection in api.books.collections():
        assert later.books.dump(collection) == api.books.dump(collection)
    assert later.code("/customer", {"DisplayName": "printer"}) == "6240"
    assert later.code("/invoice", later.invoice(DocNumber="H-1")) == "6140"
    assert later.ok("/invoice", later.invoice(DocNumber="AUTO_GENERATE"))["DocNumber"] == "1008"
    assert later.ok("/invoice", {"Id": "1", "SyncToken": "1", "sparse": True, "Line": [line(10)]})["Balance"] == 0
    (block,) = later.get("/cdc", entities="Invoice", changedSince="2026-11-03T09:00:00-08:00")[1]["CDCResponse"]
    assert {"3"} == {one["Id"] for one in block["QueryResponse"][0]["Invoice"] if one.get("status") == "Deleted"}
