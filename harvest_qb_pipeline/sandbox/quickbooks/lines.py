"""The lines of a sales form: what each must hold, their ids, the sub-total, discount, tax and total.

Belongs here: arithmetic and checks of lines. Must not be here: the form's header, balances, storing.
Source: QuickBooks Online API, Invoice; accounting rules 7 and 34; error codes 2020, 6000, 6070, 6100.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.money import round_money
from harvest_qb_pipeline.sandbox.quickbooks import faults
from harvest_qb_pipeline.sandbox.quickbooks.store import Store

LINE_TAX_CODES = ("TAX", "NON")
TAX_PERCENT = Decimal(8)
MOST_LINES, MOST_TAXED_LINES = 10_000, 750
_DERIVED = "SubTotalLineDetail"
_SALE, _DISCOUNT = "SalesItemLineDetail", "DiscountLineDetail"
_REQUIRED_DETAIL = {_SALE, _DISCOUNT, "GroupLineDetail"}
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Sums:
    """A form's lines as stored, with its tax and total."""

    lines: list[JsonObject]
    tax: JsonObject
    total: Decimal


def read_lines(store: Store, given: Sequence[JsonObject], currency: str, old: Sequence[JsonObject]) -> list[JsonObject]:
    """Lines as given, checked, numbered and with ids; those an update names by id keep it, others get new ones.

    Sub-total lines are dropped, they are derived.
    """
    known = {line["Id"] for line in old if "Id" in line}
    last = max((int(one) for one in known if one.isdigit()), default=0)
    used: set[str] = set()
    lines: list[JsonObject] = []
    for line in given:
        if line.get("DetailType") is None:
            raise faults.missing("DetailType")
        if line["DetailType"] == _DERIVED:
            continue
        checked = _checked(store, line, currency)
        if line["DetailType"] != _DISCOUNT:
            line_id: str = line.get("Id") or ""
            if line_id not in known or line_id in used:
                last += 1
                line_id = str(last)
            used.add(line_id)
            checked = {"Id": line_id, "LineNum": len(used), **checked}
        lines.append(checked)
    if len(lines) > MOST_LINES:
        raise faults.business(f"A transaction can have no more than {MOST_LINES:,} lines.")
    return lines


def summed(
    store: Store, lines: Sequence[JsonObject], currency: str, header: JsonObject, *, engine_decides: bool
) -> Sums:
    """Lines with their sub-total and discount after them, the tax, and the total, which is not below zero.

    With `engine_decides` automated sales tax taxes every sale, whatever the lines and the customer say.
    """
    plain = [line for line in lines if line["DetailType"] not in {_DERIVED, _DISCOUNT}]
    sub_total = sum((line.get("Amount", _ZERO) for line in plain), _ZERO)
    stored = [*plain, {"Amount": sub_total, "DetailType": _DERIVED, _DERIVED: {}}]
    discount = _ZERO
    for line in lines:
        if line["DetailType"] == _DISCOUNT:
            line = _discounted(store, line, sub_total, currency)
            discount += line["Amount"]
            stored.append(line)
    sales = [line for line in plain if line["DetailType"] == _SALE]
    taxed = sales if engine_decides else _taxable(store, sales, header)
    tax = _tax(sales, taxed, discount, currency, {} if engine_decides else header)
    total = sub_total - discount + tax["TotalTax"]
    if total < 0:
        raise faults.business("The transaction amount must be 0 or greater.")
    return Sums(stored, tax, total)


def voided(lines: Sequence[JsonObject]) -> list[JsonObject]:
    """The lines of a voided form: quantities and amounts are zero, prices are gone."""
    return [_voided(line) for line in lines]


def _voided(line: JsonObject) -> JsonObject:
    line = {**line, "Amount": _ZERO} if "Amount" in line else dict(line)
    if detail := line.get(_SALE):
        line[_SALE] = {name: one for name, one in detail.items() if name != "UnitPrice"} | {"Qty": _ZERO}
    return line


def _checked(store: Store, line: JsonObject, currency: str) -> JsonObject:
    kind = line["DetailType"]
    if kind in _REQUIRED_DETAIL and line.get(kind) is None:
        raise faults.missing(kind)
    plain = {name: value for name, value in line.items() if name not in {"Id", "LineNum", "LinkedTxn"}}
    for linked in line.get("LinkedTxn", []):
        raise faults.bad_reference(linked.get("TxnType", "Txns"), linked.get("TxnId", ""))
    if kind == _SALE:
        return _sale(store, plain, currency)
    if kind == _DISCOUNT and not store.preference("SalesFormsPrefs", "AllowDiscount"):
        raise faults.feature_not_supported("Discount")
    if kind == "GroupLineDetail":
        raise faults.bad_reference("Items", line[kind].get("GroupItemRef", {}).get("value", ""))
    if kind == "DescriptionOnly":
        plain.pop("Amount", None)
        plain.setdefault("DescriptionLineDetail", {})
    return plain


def _sale(store: Store, line: JsonObject, currency: str) -> JsonObject:
    if line.get("Amount") is None:
        raise faults.missing("Amount")
    detail: JsonObject = dict(line[_SALE])
    amount = round_money(line["Amount"], currency)
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity is not None and price is not None and round_money(quantity * price, currency) != amount:
        raise faults.wrong_amount(line["Amount"])
    code = detail.get("TaxCodeRef", {"value": "NON"})["value"]
    if code not in LINE_TAX_CODES:
        raise faults.bad_line_tax_code(code)
    item = detail.get("ItemRef") or _default_item(store)
    if store.tables["Item"][item["value"]].data["Type"] == "Category":
        raise faults.business("You can't use a category on a transaction. Choose a product or service.")
    return {**line, "Amount": amount, _SALE: {**detail, "ItemRef": item, "TaxCodeRef": {"value": code}}}


def _default_item(store: Store) -> JsonObject:
    """A line without ItemRef is sold as the item called Services."""
    item = store.name_owner(("Item", "", "services"))
    if item is None:
        raise faults.missing("ItemRef")
    return {"value": item}


def _discounted(store: Store, line: JsonObject, sub_total: Decimal, currency: str) -> JsonObject:
    detail: JsonObject = dict(line[_DISCOUNT])
    if detail.get("PercentBased"):
        if detail.get("DiscountPercent") is None:
            raise faults.missing("DiscountPercent")
        amount = round_money(sub_total * detail["DiscountPercent"] / 100, currency)
    elif line.get("Amount") is None:
        raise faults.missing("Amount")
    else:
        amount = round_money(line["Amount"], currency)
        detail["PercentBased"] = False
    account = store.preference("SalesFormsPrefs", "DefaultDiscountAccount")
    if account and "DiscountAccountRef" not in detail:
        detail["DiscountAccountRef"] = {"value": account}
    return {**line, "Amount": amount, _DISCOUNT: detail}


def _taxable(store: Store, sales: Sequence[JsonObject], header: JsonObject) -> list[JsonObject]:
    """The lines that sales tax is due on: those coded TAX, in a company and for a customer with sales tax."""
    customer = store.tables["Customer"][header["CustomerRef"]["value"]]
    if store.preference("TaxPrefs", "UsingSalesTax") is not True or not customer.data.get("Taxable"):
        return []
    return [line for line in sales if line[_SALE]["TaxCodeRef"]["value"] == "TAX"]


def _tax(
    sales: Sequence[JsonObject], taxed: Sequence[JsonObject], discount: Decimal, currency: str, header: JsonObject
) -> JsonObject:
    """The tax of a form. A `TxnTaxDetail.TotalTax` in the header is taken as it is."""
    if not taxed:
        return {"TotalTax": _ZERO}
    if len(sales) > MOST_TAXED_LINES:
        raise faults.business(f"A taxable transaction can have no more than {MOST_TAXED_LINES:,} lines.")
    base = sum((line["Amount"] for line in taxed), _ZERO)
    whole = sum((line["Amount"] for line in sales), _ZERO)
    if header.get("ApplyTaxAfterDiscount") and whole:
        base -= round_money(discount * base / whole, currency)
    asked = (header.get("TxnTaxDetail") or {}).get("TotalTax")
    amount = round_money(base * TAX_PERCENT / 100 if asked is None else asked, currency)
    detail = {"TaxRateRef": {"value": "3"}, "PercentBased": True, "TaxPercent": TAX_PERCENT, "NetAmountTaxable": base}
    tax_line = {"Amount": amount, "DetailType": "TaxLineDetail", "TaxLineDetail": detail}
    return {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": amount, "TaxLine": [tax_line]}
