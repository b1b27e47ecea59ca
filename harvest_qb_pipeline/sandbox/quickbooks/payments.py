"""Payments received from customers, and what applying them does to invoices and balances.

Belongs here: receiving, changing and deleting a payment as a person does in the product. Must not be here: the API's
own Payment endpoint, which arrives with the work that calls it.
Source: QuickBooks Online API, Payment; "Cross-object effects".
"""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.money import round_money
from harvest_qb_pipeline.sandbox.quickbooks import faults
from harvest_qb_pipeline.sandbox.quickbooks.merging import check_references, merged, require
from harvest_qb_pipeline.sandbox.quickbooks.names import add_balance
from harvest_qb_pipeline.sandbox.quickbooks.schema_transactions import PAYMENT
from harvest_qb_pipeline.sandbox.quickbooks.store import Record, Store

_ZERO = Decimal(0)


def receive(store: Store, given: JsonObject) -> Record:
    """A payment from a customer, applied to the invoices its lines link; the rest is unapplied."""
    record = store.add("Payment", _checked(store, merged(PAYMENT, given, None, sparse=False), []))
    _take_effect(store, record)
    return record


def change(store: Store, record: Record, given: JsonObject) -> None:
    """Change a payment's amount, day, customer or the invoices it is applied to."""
    old = record.data
    data = _checked(store, merged(PAYMENT, given, old, sparse=True), old["Line"])
    _undo_effect(store, record)
    store.put(record, data)
    _take_effect(store, record)


def delete(store: Store, record: Record) -> None:
    """Delete a payment: its invoices are open again."""
    _undo_effect(store, record)
    store.remove(record)


def release(store: Store, invoice: Record) -> None:
    """Un-apply every payment of an invoice; the money stays with the customer as unapplied."""
    for payment, line in _applications(store, invoice):
        _unapply(store, payment, line, line["Amount"])


def release_excess(store: Store, invoice: Record) -> Decimal:
    """Un-apply what payments cover above an invoice's total, newest first. Answers what stays applied."""
    applications = _applications(store, invoice)
    applied = sum((line["Amount"] for _, line in applications), _ZERO)
    excess = applied - invoice.data["TotalAmt"] + invoice.data["Deposit"]
    for payment, line in reversed(applications):
        if excess <= 0:
            break
        part = min(excess, line["Amount"])
        _unapply(store, payment, line, part)
        excess -= part
        applied -= part
    still = {payment.id for payment, _ in _applications(store, invoice)}
    invoice.data["LinkedTxn"] = [
        one for one in invoice.data["LinkedTxn"] if one["TxnType"] != "Payment" or one["TxnId"] in still
    ]
    return applied


def add_receivable(store: Store, currency: str, amount: Decimal) -> None:
    """What customers owe in a currency has changed: the account says so."""
    accounts = [one for one in store.tables["Account"].values() if one.data["AccountType"] == "Accounts Receivable"]
    exact = [one for one in accounts if one.data["CurrencyRef"]["value"] == currency]
    _add_to_account(store, (exact or accounts)[:1], amount)


def _add_to_account(store: Store, accounts: list[Record], amount: Decimal) -> None:
    for account in accounts:
        account.data["CurrentBalance"] += amount
        for one in (account, *store.ancestors(account)):
            one.data["CurrentBalanceWithSubAccounts"] += amount
            store.touch(one)


def _checked(store: Store, data: JsonObject, before: list[JsonObject]) -> JsonObject:
    """A payment's properties, completed; `before` are the applications it replaces."""
    require(data, "CustomerRef", "TotalAmt")
    check_references(store, PAYMENT.shape, data)
    customer = store.tables["Customer"][data["CustomerRef"]["value"]]
    data["CurrencyRef"] = customer.data["CurrencyRef"]
    data.setdefault("TxnDate", store.today().isoformat())
    data["TotalAmt"] = round_money(data["TotalAmt"], data["CurrencyRef"]["value"])
    lines = [_line(store, line, data) for line in data.get("Line", [])]
    unapplied = data["TotalAmt"] - sum((line["Amount"] for line in lines), _ZERO)
    if unapplied < 0:
        raise faults.business("The amount applied is greater than the amount of the payment.")
    _check_applications(store, lines, before, customer)
    return {**data, "Line": lines, "UnappliedAmt": unapplied}


def _take_effect(store: Store, record: Record) -> None:
    for line in record.data["Line"]:
        _apply(store, record, line["LinkedTxn"][0]["TxnId"], line["Amount"])
    _move(store, record.data, -record.data["TotalAmt"])


def _undo_effect(store: Store, record: Record) -> None:
    for line in record.data["Line"]:
        _apply(store, record, line["LinkedTxn"][0]["TxnId"], -line["Amount"])
    _move(store, record.data, record.data["TotalAmt"])


def _line(store: Store, line: JsonObject, data: JsonObject) -> JsonObject:
    require(line, "Amount", "LinkedTxn")
    linked = line["LinkedTxn"][0]
    require(linked, "TxnId", "TxnType")
    if linked["TxnType"] != "Invoice":
        raise faults.bad_enumeration(linked["TxnType"])
    if store.get("Invoice", linked["TxnId"]) is None:
        raise faults.not_found(is_list=False)
    return {"Amount": round_money(line["Amount"], data["CurrencyRef"]["value"]), "LinkedTxn": [linked]}


def _check_applications(store: Store, lines: list[JsonObject], before: list[JsonObject], customer: Record) -> None:
    open_amounts: dict[str, Decimal] = {}
    for line in before:
        invoice_id = line["LinkedTxn"][0]["TxnId"]
        open_amounts[invoice_id] = store.tables["Invoice"][invoice_id].data["Balance"] + line["Amount"]
    if len({line["LinkedTxn"][0]["TxnId"] for line in lines}) < len(lines):
        raise faults.business("An invoice can be on one line of a payment only.")
    for line in lines:
        invoice = store.tables["Invoice"][line["LinkedTxn"][0]["TxnId"]]
        owner = store.tables["Customer"][invoice.data["CustomerRef"]["value"]]
        if owner is not customer and customer not in list(store.ancestors(owner)):
            raise faults.business("The invoice belongs to another customer.")
        if line["Amount"] <= 0 or line["Amount"] > open_amounts.get(invoice.id, invoice.data["Balance"]):
            raise faults.business("The amount applied is greater than the open balance of the invoice.")


def _apply(store: Store, payment: Record, invoice_id: str, amount: Decimal) -> None:
    """Apply money to an invoice, or take it back when negative: balance, link, and a new SyncToken."""
    invoice = store.tables["Invoice"][invoice_id]
    data = {**invoice.data, "Balance": invoice.data["Balance"] - amount}
    link = {"TxnId": payment.id, "TxnType": "Payment"}
    others = [one for one in data["LinkedTxn"] if one != link]
    data["LinkedTxn"] = [*others, link] if amount > 0 else others
    if "HomeBalance" in data:
        data["HomeBalance"] = round_money(data["Balance"] * data["ExchangeRate"], store.home_currency)
    store.put(invoice, data)


def _applications(store: Store, invoice: Record) -> list[tuple[Record, JsonObject]]:
    payments = [one["TxnId"] for one in invoice.data["LinkedTxn"] if one["TxnType"] == "Payment"]
    return [
        (payment, line)
        for payment in (store.tables["Payment"][one] for one in payments)
        for line in payment.data["Line"]
        if line["LinkedTxn"][0]["TxnId"] == invoice.id
    ]


def _unapply(store: Store, payment: Record, line: JsonObject, amount: Decimal) -> None:
    left = line["Amount"] - amount
    lines = [one for one in payment.data["Line"] if one is not line]
    if left:
        lines.append({**line, "Amount": left})
    store.put(payment, {**payment.data, "Line": lines, "UnappliedAmt": payment.data["UnappliedAmt"] + amount})


def _move(store: Store, data: JsonObject, amount: Decimal) -> None:
    """The customer's balance and the receivable change by `amount`, the account the money went to by its opposite."""
    add_balance(store, data["CustomerRef"]["value"], amount)
    add_receivable(store, data["CurrencyRef"]["value"], amount)
    asked = data.get("DepositToAccountRef")
    accounts = store.tables["Account"].values()
    target = [one for one in accounts if one.id == asked["value"]] if asked else []
    undeposited = [one for one in accounts if one.data["AccountSubType"] == "UndepositedFunds"]
    _add_to_account(store, (target or undeposited)[:1], -amount)
