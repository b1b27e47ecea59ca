"""Whatever happens to invoices and payments, the books tie out."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from harvest_qb_pipeline.sandbox.quickbooks.faults import RefusalError
from harvest_qb_pipeline_tests.sandbox.quickbooks_api import Api, line

CUSTOMERS = ("1", "2", "3")
amounts = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(500), places=2)
numbers = st.integers(min_value=0, max_value=5)
steps = st.one_of(
    st.tuples(st.just("bill"), st.sampled_from(CUSTOMERS), amounts, numbers),
    st.tuples(st.just("change"), st.sampled_from(CUSTOMERS), amounts, numbers),
    st.tuples(st.just("pay"), st.sampled_from(CUSTOMERS), amounts, numbers),
    st.tuples(
        st.sampled_from(["void", "delete", "unpay", "repay", "move", "merge"]),
        st.sampled_from(CUSTOMERS),
        amounts,
        numbers,
    ),
)


def carry_out(api: Api, step: tuple[str, str, Decimal, int]) -> None:
    kind, customer, amount, number = step
    books = api.books
    collection = "Payment" if kind in ("unpay", "repay") else "Invoice"
    existing = [one["Id"] for one in books.dump(collection)]
    chosen = existing[number % len(existing)] if existing else None
    if kind == "bill":
        books.ui_create("Invoice", {"CustomerRef": {"value": customer}, "Line": [line(amount), line(1)]})
    elif kind == "move":
        parent = {"Job": True, "ParentRef": {"value": "1" if number % 2 else "3"}}
        books.ui_update("Customer", "2", parent)
    elif kind == "merge":
        books.ui_update("Customer", customer, {"merge_into": CUSTOMERS[number % len(CUSTOMERS)]})
    elif chosen is None:
        return
    elif kind == "change":
        books.ui_update("Invoice", chosen, {"Line": [line(amount)], "CustomerRef": {"value": customer}})
    elif kind == "pay":
        owner = api.read(f"/invoice/{chosen}")["CustomerRef"]
        applied = min(amount, api.read(f"/invoice/{chosen}")["Balance"])
        links = [{"Amount": applied, "LinkedTxn": [{"TxnId": chosen, "TxnType": "Invoice"}]}]
        books.ui_create("Payment", {"CustomerRef": {"value": owner["value"]}, "TotalAmt": amount, "Line": links})
    elif kind == "void":
        books.ui_update("Invoice", chosen, {"status": "Voided"})
    elif kind == "repay":
        books.ui_update("Payment", chosen, {"TotalAmt": amount})
    else:
        books.ui_delete(collection, chosen)


def owed(api: Api) -> dict[str, Decimal]:
    """What each customer owes by the documents alone: open invoices less unapplied payments."""
    result = dict.fromkeys(CUSTOMERS, Decimal(0))
    for invoice in api.books.dump("Invoice"):
        result[invoice["CustomerRef"]["value"]] += invoice["Balance"]
    for payment in api.books.dump("Payment"):
        result[payment["CustomerRef"]["value"]] -= payment["UnappliedAmt"]
    return result


def check(api: Api) -> None:
    payments, invoices = api.books.dump("Payment"), api.books.dump("Invoice")
    applied: dict[str, Decimal] = {}
    for payment in payments:
        parts = [(one["LinkedTxn"][0]["TxnId"], one["Amount"]) for one in payment["Line"]]
        assert payment["UnappliedAmt"] == payment["TotalAmt"] - sum(part for _, part in parts)
        for invoice_id, part in parts:
            applied[invoice_id] = applied.get(invoice_id, Decimal(0)) + part
    for invoice in invoices:
        assert invoice["Balance"] == invoice["TotalAmt"] - applied.get(invoice["Id"], 0)
        assert invoice["Balance"] >= 0
        linked = {one["TxnId"] for one in invoice["LinkedTxn"]}
        assert linked == {one["Id"] for one in payments if any(
            part["LinkedTxn"][0]["TxnId"] == invoice["Id"] for part in one["Line"]
        )}  # fmt: skip
    customers: dict[str, Any] = {one["Id"]: one for one in api.books.dump("Customer")}
    expected = owed(api)
    assert {one: customers[one]["Balance"] for one in CUSTOMERS} == expected
    with_jobs = dict(expected)
    with_jobs[customers["2"]["ParentRef"]["value"]] += expected["2"]
    assert {one: customers[one]["BalanceWithJobs"] for one in CUSTOMERS} == with_jobs
    assert api.read("/account/1")["CurrentBalance"] == sum(expected.values())
    assert api.read("/account/2")["CurrentBalance"] == sum(one["TotalAmt"] for one in payments)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=12))
def test_balances_are_always_what_the_documents_say(happened: list[tuple[str, str, Decimal, int]]) -> None:
    api = Api()
    api.books.ui_create("Customer", {"DisplayName": "Website", "Job": True, "ParentRef": {"value": "1"}})
    api.books.ui_create("Customer", {"DisplayName": "Beta"})
    for step in happened:
        before = api.books.to_state()["records"]
        try:
            carry_out(api, step)
        except RefusalError:
            assert api.books.to_state()["records"] == before
        check(api)
