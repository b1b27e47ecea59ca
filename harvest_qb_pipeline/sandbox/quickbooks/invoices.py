"""Invoices: from a request to a stored form, its number, dates, currency, balance, voiding and deleting.

Belongs here: rules of the form's header and what an invoice does to balances. Must not be here: lines (`lines`),
receiving payments (`payments`), HTTP.
Source: QuickBooks Online API, Invoice; accounting rules 1, 12, 26; error codes 2410, 6000, 6140, 6210, 6420.
"""

import calendar
from datetime import date, timedelta
from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.money import round_money
from harvest_qb_pipeline.sandbox.quickbooks import faults
from harvest_qb_pipeline.sandbox.quickbooks.lines import read_lines, summed, voided
from harvest_qb_pipeline.sandbox.quickbooks.merging import check_references, merged, number_addresses, require
from harvest_qb_pipeline.sandbox.quickbooks.names import add_balance
from harvest_qb_pipeline.sandbox.quickbooks.payments import add_receivable, release, release_excess
from harvest_qb_pipeline.sandbox.quickbooks.schema_transactions import INVOICE
from harvest_qb_pipeline.sandbox.quickbooks.store import Record, Store

KEPT = frozenset({"LinkedTxn"})
AUTO_NUMBER = "AUTO_GENERATE"
LONGEST_NOTE, DEFAULT_DAYS = 4000, 30
LINKABLE = {"TimeActivity", "Estimate"}
_ZERO = Decimal(0)


def create(store: Store, given: JsonObject, *, may_repeat_number: bool = False, is_person: bool = False) -> Record:
    """A new invoice. `may_repeat_number` lets a used DocNumber through.

    A person is only warned of used numbers and closed books, and switches about the API do not apply.
    """
    data = _checked(store, given, None, sparse=False, is_person=is_person)
    _set_number(store, data, None, may_repeat=may_repeat_number, is_person=is_person)
    record = store.add("Invoice", data)
    _owe(store, data, 1)
    return record


def update(store: Store, record: Record, given: JsonObject, *, sparse: bool, is_person: bool = False) -> None:
    """Change an invoice; what payments cover above its new total becomes unapplied, all of it for another customer."""
    old = record.data
    if not is_person:
        check_open(store, old["TxnDate"])
    data = _checked(store, given, record, sparse=sparse, is_person=is_person)
    _set_number(store, data, record, may_repeat=False, is_person=is_person)
    _owe(store, old, -1)
    if data["CustomerRef"] != old["CustomerRef"]:
        release(store, record)
        data["LinkedTxn"] = []
    store.put(record, data)
    _settle(store, record)
    _owe(store, record.data, 1)


def void(store: Store, record: Record, *, is_person: bool = False) -> None:
    """Keep the form with zero amounts; payments applied to it become unapplied."""
    if not is_person:
        check_open(store, record.data["TxnDate"])
    old = record.data
    note = old.get("PrivateNote", "")
    if not note.startswith("Voided"):
        note = f"Voided - {note}"[:LONGEST_NOTE] if note else "Voided"
    _owe(store, old, -1)
    release(store, record)
    zeros = {"TxnTaxDetail": {"TotalTax": _ZERO}, "TotalAmt": _ZERO, "Deposit": _ZERO, "Balance": _ZERO}
    data = {**old, "Line": voided(old["Line"]), "PrivateNote": note, "LinkedTxn": [], **zeros}
    store.put(record, data | {name: _ZERO for name in ("HomeTotalAmt", "HomeBalance") if name in data})


def delete(store: Store, record: Record, *, is_person: bool = False) -> None:
    """Delete for good. Refused while payments are applied, unless a person does it, who un-applies them first."""
    if not is_person:
        check_open(store, record.data["TxnDate"])
        if record.data["LinkedTxn"]:
            raise faults.business("This transaction is linked to other transactions. Unlink them before deleting it.")
    _owe(store, record.data, -1)
    release(store, record)
    store.remove(record)


def check_open(store: Store, *days: str) -> None:
    """Raises fault 6210 for a day on or before the closing date of the books."""
    closed_on = store.preference("AccountingInfoPrefs", "BookCloseDate")
    if closed_on and min(days) <= closed_on:
        raise faults.books_closed()


def _checked(store: Store, given: JsonObject, record: Record | None, *, sparse: bool, is_person: bool) -> JsonObject:
    old = record.data if record else None
    data = merged(INVOICE, given, old, sparse=sparse, kept=KEPT if record else frozenset())
    require(data, "CustomerRef", "Line")
    check_references(store, INVOICE.shape, data, old)
    _set_dates(store, data, given, record)
    if not is_person and (record is not None or store.switches.closed_books_on_create == "refused"):
        check_open(store, data["TxnDate"])
    currency = _set_currency(store, data)
    _link(data, given, record)
    old_lines = old["Line"] if old else []
    lines = read_lines(store, given["Line"], currency, old_lines) if given.get("Line") else old_lines
    if "TxnTaxDetail" not in given:
        data.pop("TxnTaxDetail", None)
    engine_decides = store.switches.total_with_automated_tax and not is_person
    sums = summed(store, lines, currency, data, engine_decides=engine_decides)
    data |= {"Line": sums.lines, "TxnTaxDetail": sums.tax, "TotalAmt": sums.total}
    data["Deposit"] = data.get("Deposit", _ZERO)
    data["Balance"] = sums.total - data["Deposit"]
    _set_home_amounts(store, data)
    _set_mail(data)
    _set_addresses(store, data, old)
    data.pop("GlobalTaxCalculation", None)
    data.setdefault("CustomField", [])
    return data


def _set_dates(store: Store, data: JsonObject, given: JsonObject, record: Record | None) -> None:
    if data.get("TxnDate") is None:
        data["TxnDate"] = store.today().isoformat()
    customer = store.tables["Customer"][data["CustomerRef"]["value"]]
    if record is None and "SalesTermRef" not in given:
        term = customer.data.get("SalesTermRef")
        if term:
            data["SalesTermRef"] = term
    if data.get("DueDate") is None or (given.get("SalesTermRef") and not given.get("DueDate")):
        data["DueDate"] = _due(store, data).isoformat()


def _due(store: Store, data: JsonObject) -> date:
    """Transaction day plus the days of its term, else of the company's, else 30; or the next such day of a month."""
    day = date.fromisoformat(data["TxnDate"])
    reference = data.get("SalesTermRef") or store.preference("SalesFormsPrefs", "DefaultTerms")
    if reference is None or reference["value"] not in store.tables["Term"]:
        return day + timedelta(days=DEFAULT_DAYS)
    term = store.tables["Term"][reference["value"]].data
    if term["Type"] == "STANDARD":
        return day + timedelta(days=int(term["DueDays"]))
    due = _day_of_month(day, term)
    if due - timedelta(days=int(term.get("DueNextMonthDays", 0))) > day:
        return due
    return _day_of_month(day.replace(day=28) + timedelta(days=4), term)


def _day_of_month(month: date, term: JsonObject) -> date:
    last = calendar.monthrange(month.year, month.month)[1]
    return month.replace(day=min(int(term["DayOfMonthDue"]), last))


def _set_number(store: Store, data: JsonObject, record: Record | None, *, may_repeat: bool, is_person: bool) -> None:
    """The number given, or QuickBooks' own: by switch, by request, or when custom numbers are off and none is given."""
    is_custom = store.preference("SalesFormsPrefs", "CustomTxnNumbers") is True
    number = data.get("DocNumber")
    is_replaced = record is None and not is_person and store.switches.doc_number == "replaced"
    if is_replaced or number == AUTO_NUMBER or (number is None and record is None and not is_custom):
        data["DocNumber"] = store.next_number()
        return
    if number is None and record is not None and not is_custom and "DocNumber" in record.data:
        data["DocNumber"] = record.data["DocNumber"]
        return
    is_unwatched = not is_custom or store.switches.duplicate_doc_numbers == "accepted"
    if number is None or may_repeat or is_person or is_unwatched:
        return
    others = [owner for owner in store.number_owners(number) if record is None or owner != record.id]
    if others:
        raise faults.duplicate_number(number, "Invoice", others[0])


def _set_currency(store: Store, data: JsonObject) -> str:
    """A transaction is in its customer's currency; a foreign one needs the rate to home currency."""
    customer = store.tables["Customer"][data["CustomerRef"]["value"]].data["CurrencyRef"]["value"]
    if store.is_multicurrency and not data.get("CurrencyRef"):
        raise faults.missing("CurrencyRef")
    currency = (data.get("CurrencyRef") or {"value": customer})["value"]
    if currency != customer:
        raise faults.wrong_currency("customer")
    data["CurrencyRef"] = {"value": currency}
    if not store.is_multicurrency:
        data.pop("ExchangeRate", None)
    elif currency == store.home_currency:
        data["ExchangeRate"] = Decimal(1)
    elif data.get("ExchangeRate") is None:
        if store.switches.missing_exchange_rate == "refused":
            raise faults.missing_exchange_rate()
        data["ExchangeRate"] = Decimal(1)
    return currency


def _link(data: JsonObject, given: JsonObject, record: Record | None) -> None:
    """Links a client may make lead to estimates and time activities, of which there are none; others are read-only."""
    for linked in given.get("LinkedTxn") or []:
        if linked.get("TxnType") in LINKABLE:
            raise faults.bad_reference(linked["TxnType"], linked.get("TxnId", ""))
    data["LinkedTxn"] = list(record.data["LinkedTxn"]) if record else []


def _set_mail(data: JsonObject) -> None:
    if data.get("EmailStatus") == "NeedToSend" and not (data.get("BillEmail") or {}).get("Address"):
        raise faults.email_required()


def _set_addresses(store: Store, data: JsonObject, old: JsonObject | None) -> None:
    """Addresses come from the customer at first, and are flattened to free lines by an update."""
    if old is None:
        customer = store.tables["Customer"][data["CustomerRef"]["value"]].data
        for name in ("BillAddr", "ShipAddr"):
            if name not in data and name in customer:
                data[name] = {**customer[name], "Lat": "INVALID", "Long": "INVALID"}
    number_addresses(store, INVOICE.shape, data, old)
    if old is not None:
        for name in ("BillAddr", "ShipAddr"):
            if name in data:
                data[name] = _flat(data[name])


def _flat(address: JsonObject) -> JsonObject:
    """An address as up to five free lines, the way QuickBooks gives it back after an update."""
    region = " ".join(address[part] for part in ("CountrySubDivisionCode", "PostalCode") if address.get(part))
    town = ", ".join(part for part in (address.get("City"), region) if part)
    lines = [address.get(f"Line{number}") for number in range(1, 6)]
    lines = [line for line in [*lines, town, address.get("Country")] if line]
    free = {f"Line{number}": line for number, line in enumerate(lines[:5], start=1)}
    return {"Id": address["Id"], **free, "Lat": "INVALID", "Long": "INVALID"}


def _set_home_amounts(store: Store, data: JsonObject) -> None:
    if "ExchangeRate" in data:
        for name, source in (("HomeTotalAmt", "TotalAmt"), ("HomeBalance", "Balance")):
            data[name] = round_money(data[source] * data["ExchangeRate"], store.home_currency)


def _settle(store: Store, record: Record) -> None:
    """Payments stay applied after an update, up to the new total."""
    applied = release_excess(store, record)
    record.data["Balance"] = record.data["TotalAmt"] - record.data["Deposit"] - applied
    _set_home_amounts(store, record.data)


def _owe(store: Store, data: JsonObject, sign: int) -> None:
    """The customer owes the form's total (sign 1), or does not any more (-1); payments count on their own."""
    amount = sign * (data["TotalAmt"] - data["Deposit"])
    if amount:
        add_balance(store, data["CustomerRef"]["value"], amount)
        add_receivable(store, data["CurrencyRef"]["value"], amount)
