"""Invoices: shapes, derived values, updates, void, delete, tax and currency."""

from decimal import Decimal
from typing import Any

import pytest

from harvest_qb_pipeline_tests.sandbox.quickbooks_api import Api, line

NOW = "2026-11-03T09:00:00-08:00"


@pytest.fixture
def api() -> Api:
    return Api()


def totals(invoice: Any) -> tuple[Any, Any]:
    return invoice["TotalAmt"], invoice["Balance"]


def test_a_created_invoice_is_answered_whole(api: Api) -> None:
    status, answer = api.post(
        "/invoice",
        {
            "CustomerRef": {"value": "1", "name": "whoever"},
            "DocNumber": "H2610-0001",
            "TxnDate": "2026-10-31",
            "DueDate": "2026-11-30",
            "SalesTermRef": {"value": "1"},
            "CurrencyRef": {"value": "USD"},
            "PrivateNote": "Oct 2026 [hq:invoice/client-1/2026-10 r1]",
            "CustomerMemo": {"value": "Thank you"},
            "EmailStatus": "NotSet",
            "Line": [
                {
                    "DetailType": "SalesItemLineDetail",
                    "Amount": Decimal("416.25"),
                    "Description": "Design",
                    "SalesItemLineDetail": {
                        "ItemRef": {"value": "2"},
                        "Qty": Decimal("2.25"),
                        "UnitPrice": 185,
                        "ServiceDate": "2026-10-31",
                        "TaxCodeRef": {"value": "NON"},
                    },
                },
                {"DetailType": "DescriptionOnly", "Description": "With thanks"},
            ],
        },
    )
    assert (status, answer) == (
        200,
        {
            "Invoice": {
                "Id": "1",
                "SyncToken": "0",
                "domain": "QBO",
                "sparse": False,
                "MetaData": {"CreateTime": NOW, "LastUpdatedTime": NOW},
                "DocNumber": "H2610-0001",
                "TxnDate": "2026-10-31",
                "DueDate": "2026-11-30",
                "CustomerRef": {"value": "1", "name": "Acme"},
                "SalesTermRef": {"value": "1", "name": "Net 30"},
                "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
                "PrivateNote": "Oct 2026 [hq:invoice/client-1/2026-10 r1]",
                "CustomerMemo": {"value": "Thank you"},
                "Line": [
                    {
                        "Id": "1",
                        "LineNum": 1,
                        "DetailType": "SalesItemLineDetail",
                        "Amount": Decimal("416.25"),
                        "Description": "Design",
                        "SalesItemLineDetail": {
                            "ItemRef": {"value": "2", "name": "Consulting"},
                            "Qty": Decimal("2.25"),
                            "UnitPrice": 185,
                            "ServiceDate": "2026-10-31",
                            "TaxCodeRef": {"value": "NON"},
                        },
                    },
                    {
                        "Id": "2",
                        "LineNum": 2,
                        "DetailType": "DescriptionOnly",
                        "Description": "With thanks",
                        "DescriptionLineDetail": {},
                    },
                    {"Amount": Decimal("416.25"), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
                ],
                "TxnTaxDetail": {"TotalTax": 0},
                "TotalAmt": Decimal("416.25"),
                "Balance": Decimal("416.25"),
                "Deposit": 0,
                "LinkedTxn": [],
                "CustomField": [],
                "ApplyTaxAfterDiscount": False,
                "EmailStatus": "NotSet",
                "PrintStatus": "NeedToPrint",
                "AllowIPNPayment": False,
                "AllowOnlinePayment": False,
                "AllowOnlineCreditCardPayment": False,
                "AllowOnlineACHPayment": False,
            },
            "time": "2026-11-03T09:00:00.0-08:00",
        },
    )
    assert api.read("/invoice/1") == answer["Invoice"]


def test_the_smallest_invoice_gets_day_due_day_item_and_tax_code(api: Api) -> None:
    made = api.ok("/invoice", {"CustomerRef": {"value": "1"}, "Line": [
        {"DetailType": "SalesItemLineDetail", "Amount": 100, "SalesItemLineDetail": {}}]})  # fmt: skip
    assert (made["TxnDate"], made["DueDate"], "DocNumber" in made, "SalesTermRef" in made) == (
        "2026-11-03", "2026-12-03", False, False,
    )  # fmt: skip
    assert made["Line"][0]["SalesItemLineDetail"] == {
        "ItemRef": {"value": "1", "name": "Services"},
        "TaxCodeRef": {"value": "NON"},
    }


def test_the_day_is_the_one_where_the_company_is(api: Api) -> None:
    api.company.clock.advance(15 * 3600 - 1)
    assert api.ok("/invoice", api.invoice())["TxnDate"] == "2026-11-03"
    api.company.clock.advance(1)
    assert api.ok("/invoice", api.invoice())["TxnDate"] == "2026-11-04"


@pytest.mark.parametrize(
    ("term", "due_on"),
    [
        ({"DueDays": 0}, "2026-10-20"),
        ({"DueDays": 45}, "2026-12-04"),
        ({"DayOfMonthDue": 25}, "2026-10-25"),
        ({"DayOfMonthDue": 25, "DueNextMonthDays": 7}, "2026-11-25"),
        ({"DayOfMonthDue": 15}, "2026-11-15"),
        ({"DayOfMonthDue": 31}, "2026-10-31"),
    ],
)
def test_the_due_day_follows_the_term(api: Api, term: dict[str, int], due_on: str) -> None:
    reference = {"value": api.ok("/term", {"Name": "Special", **term})["Id"]}
    made = api.ok("/invoice", api.invoice(TxnDate="2026-10-20", SalesTermRef=reference))
    assert made["DueDate"] == due_on


def test_a_customers_term_and_addresses_are_taken_over(api: Api) -> None:
    address = {"Line1": "1 Main St", "City": "Bayshore", "CountrySubDivisionCode": "CA", "PostalCode": "94326"}
    beta = api.ok("/customer", {"DisplayName": "Beta", "SalesTermRef": {"value": "2"}, "BillAddr": address})
    made = api.ok("/invoice", {**api.invoice(), "CustomerRef": {"value": beta["Id"]}})
    assert (made["SalesTermRef"]["name"], made["DueDate"]) == ("Due on receipt", "2026-11-03")
    assert made["BillAddr"] == {**beta["BillAddr"], "Lat": "INVALID", "Long": "INVALID"}
    updated = api.ok("/invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})
    assert updated["BillAddr"] == {
        "Id": beta["BillAddr"]["Id"], "Line1": "1 Main St", "Line2": "Bayshore, CA 94326",
        "Lat": "INVALID", "Long": "INVALID",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "is_fine"),
    [
        ("0.33", "100", "33", True),
        ("0.335", "1", "0.34", True),
        ("0.335", "1", "0.33", False),
        ("1.005", "100", "100.5", True),
        ("7.25", "166.66667", "1208.33", True),
        ("7.25", "166.66667", "1208.34", False),
        ("3", "333", "1000", False),
        ("-1", "50", "-50", True),
    ],
)
def test_an_amount_is_quantity_times_price_to_the_cent(
    api: Api, quantity: str, price: str, amount: str, is_fine: bool
) -> None:
    body = api.invoice()
    detail = {"Qty": Decimal(quantity), "UnitPrice": Decimal(price)}
    body["Line"] = [line(100), line(Decimal(amount), **detail)]
    if is_fine:
        made = api.ok("/invoice", body)
        assert made["TotalAmt"] == 100 + Decimal(amount)
        assert made["Line"][1]["SalesItemLineDetail"]["UnitPrice"] == Decimal(price)
    else:
        assert api.code("/invoice", body) == "6070"


def test_numbers_are_counted_up_when_custom_numbers_are_off(api: Api) -> None:
    api.books.ui_update("Preferences", "1", {"SalesFormsPrefs": {"CustomTxnNumbers": False}})
    assert api.ok("/invoice", api.invoice())["DocNumber"] == "1001"
    assert api.ok("/invoice", api.invoice(DocNumber="1005"))["DocNumber"] == "1005"
    assert api.ok("/invoice", api.invoice(DocNumber="H-1"))["DocNumber"] == "H-1"
    assert api.ok("/invoice", api.invoice())["DocNumber"] == "1006"


def test_a_number_is_made_on_request(api: Api) -> None:
    assert api.ok("/invoice", api.invoice(DocNumber="AUTO_GENERATE"))["DocNumber"] == "1001"


def test_a_given_number_may_be_replaced_by_switch_but_not_a_persons() -> None:
    api = Api(doc_number="replaced")
    assert api.ok("/invoice", api.invoice(DocNumber="H-1"))["DocNumber"] == "1001"
    assert api.books.ui_create("Invoice", api.invoice(DocNumber="H-1"))["DocNumber"] == "H-1"


def test_a_sparse_update_keeps_lines_that_are_not_sent(api: Api) -> None:
    made = api.ok("/invoice", {**api.invoice(), "Line": [line(60), line(40)], "PrivateNote": "n"})
    updated = api.ok("/invoice", {"Id": "1", "SyncToken": "0", "sparse": True, "DueDate": "2026-12-24"})
    assert updated == made | {"DueDate": "2026-12-24", "SyncToken": "1"}


def test_an_update_replaces_the_lines_whole_and_keeps_ids_it_names(api: Api) -> None:
    made = api.ok("/invoice", {**api.invoice(), "Line": [line(60), line(40)]})
    second = made["Line"][1] | {"Amount": 45, "Description": "more"}
    change = {"Id": "1", "SyncToken": "0", "sparse": True, "Line": [second, line(5), made["Line"][2]]}
    updated = api.ok("/invoice", change)
    assert [(one.get("Id"), one.get("LineNum"), one["Amount"], one["DetailType"]) for one in updated["Line"]] == [
        ("2", 1, 45, "SalesItemLineDetail"),
        ("3", 2, 5, "SalesItemLineDetail"),
        (None, None, 50, "SubTotalLineDetail"),
    ]
    assert totals(updated) == (50, 50)
    assert api.read("/customer/1")["Balance"] == 50


def test_a_full_update_wipes_what_it_leaves_out(api: Api) -> None:
    api.ok("/invoice", api.invoice(DocNumber="H-1", PrivateNote="n", CustomerMemo={"value": "m"}))
    updated = api.ok("/invoice", {"Id": "1", "SyncToken": "0", **api.invoice(70)})
    assert {"DocNumber", "PrivateNote", "CustomerMemo"} & set(updated) == set()
    assert (totals(updated), updated["TxnDate"]) == ((70, 70), "2026-11-03")


def test_an_invoice_read_can_be_sent_back_whole(api: Api) -> None:
    made = api.ok("/invoice", api.invoice(DocNumber="H-1", PrivateNote="n"))
    assert api.ok("/invoice", made) == made | {"SyncToken": "1"}


def test_the_customer_of_an_invoice_can_change_and_owes_it_then(api: Api) -> None:
    beta = api.ok("/customer", {"DisplayName": "Beta"})["Id"]
    api.ok("/invoice", api.invoice(100))
    api.ok("/invoice", {"Id": "1", "SyncToken": "0", "sparse": True, "CustomerRef": {"value": beta}})
    assert (api.read("/customer/1")["Balance"], api.read(f"/customer/{beta}")["Balance"]) == (0, 100)


def test_a_deleted_invoice_leaves_its_id_and_is_gone(api: Api) -> None:
    api.ok("/invoice", api.invoice(100, DocNumber="H-1"))
    status, answer = api.post("/invoice", {"Id": "1", "SyncToken": "0"}, operation="delete")
    assert (status, answer) == (
        200,
        {"Invoice": {"status": "Deleted", "domain": "QBO", "Id": "1"}, "time": "2026-11-03T09:00:00.0-08:00"},
    )
    status, answer = api.get("/invoice/1")
    assert answer["Fault"]["Error"][0]["Detail"] == "Object Not Found : Another user has deleted this transaction."
    assert api.read("/customer/1")["Balance"] == 0
    assert api.ok("/invoice", api.invoice(100, DocNumber="H-1"))["Id"] == "2"


@pytest.mark.parametrize(
    "params", [{"operation": "void"}, {"operation": "update", "include": "void"}, {"operation": "VOID"}]
)
def test_a_voided_invoice_stays_with_zero_amounts(api: Api, params: dict[str, str]) -> None:
    body = api.invoice(PrivateNote="Oct 2026 [hq:invoice/x r1]", DocNumber="H-1")
    body["Line"] = [line(100, Qty=2, UnitPrice=50)]
    api.ok("/invoice", body)
    gone = api.ok("/invoice", {"Id": "1", "SyncToken": "0"}, **params)
    assert (totals(gone), gone["SyncToken"], gone["DocNumber"]) == ((0, 0), "1", "H-1")
    assert gone["PrivateNote"] == "Voided - Oct 2026 [hq:invoice/x r1]"
    assert gone["Line"][0]["Amount"] == 0
    assert gone["Line"][0]["SalesItemLineDetail"]["Qty"] == 0
    assert api.read("/customer/1")["Balance"] == 0


def test_sales_tax_is_computed_on_taxed_lines_of_taxable_customers(api: Api) -> None:
    body = {**api.invoice(), "Line": [line(100, TaxCodeRef={"value": "TAX"}), line(50)]}
    assert api.ok("/invoice", body)["TotalAmt"] == 150
    api.books.ui_update("Preferences", "1", {"TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True}})
    taxed = api.ok("/invoice", body)
    assert totals(taxed) == (158, 158)
    assert taxed["TxnTaxDetail"] == {
        "TxnTaxCodeRef": {"value": "2"},
        "TotalTax": 8,
        "TaxLine": [
            {
                "Amount": 8,
                "DetailType": "TaxLineDetail",
                "TaxLineDetail": {
                    "TaxRateRef": {"value": "3"}, "PercentBased": True, "TaxPercent": 8, "NetAmountTaxable": 100,
                },
            }
        ],
    }  # fmt: skip
    assert api.ok("/invoice", {**body, "TxnTaxDetail": {"TotalTax": Decimal("7.77")}})["TotalAmt"] == Decimal("157.77")
    api.books.ui_update("Customer", "1", {"Taxable": False})
    assert api.ok("/invoice", body)["TotalAmt"] == 150


def test_an_automated_engine_may_tax_what_was_sent_as_untaxed() -> None:
    api = Api(total_with_automated_tax=True)
    made = api.ok("/invoice", {**api.invoice(), "Line": [line(100, TaxCodeRef={"value": "NON"})]})
    assert (totals(made), made["TxnTaxDetail"]["TotalTax"]) == ((108, 108), 8)


def test_a_discount_follows_the_sub_total(api: Api) -> None:
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}}
    made = api.ok("/invoice", {**api.invoice(), "Line": [discount, line(Decimal("99.95"))]})
    assert [(one["DetailType"], one["Amount"]) for one in made["Line"]] == [
        ("SalesItemLineDetail", Decimal("99.95")),
        ("SubTotalLineDetail", Decimal("99.95")),
        ("DiscountLineDetail", 10),
    ]
    assert made["TotalAmt"] == Decimal("89.95")
    api.books.ui_update("Preferences", "1", {"SalesFormsPrefs": {"AllowDiscount": False}})
    assert api.code("/invoice", {**api.invoice(), "Line": [discount, line(10)]}) == "5030"


def test_a_foreign_invoice_needs_currency_and_rate_and_shows_home_amounts(api: Api) -> None:
    api.books.ui_update("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    euro = api.ok("/customer", {"DisplayName": "Euro", "CurrencyRef": {"value": "EUR"}})["Id"]
    body = {"CustomerRef": {"value": euro}, "Line": [line(100)]}
    assert api.fault("/invoice", body)[1]["element"] == "CurrencyRef"
    body["CurrencyRef"] = {"value": "EUR"}
    assert api.fault("/invoice", body) == (400, {
        "Message": "Curreny, ExchangeRate is missing.", "Detail": "Curreny, ExchangeRate is missing.",
        "code": "2410", "element": "",
    })  # fmt: skip
    made = api.ok("/invoice", {**body, "ExchangeRate": Decimal("1.08555")})
    assert (made["TotalAmt"], made["HomeTotalAmt"], made["HomeBalance"]) == (100, Decimal("108.56"), Decimal("108.56"))
    home = api.ok("/invoice", {**api.invoice(), "CurrencyRef": {"value": "USD"}})
    assert (home["ExchangeRate"], home["HomeTotalAmt"]) == (1, 100)
    api.company.switches.update({"missing_exchange_rate": "one"})
    assert api.ok("/invoice", body)["ExchangeRate"] == 1
