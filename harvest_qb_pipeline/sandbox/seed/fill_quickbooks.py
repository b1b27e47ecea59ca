"""Puts a made-up agency into the books of a QuickBooks company.

Belongs here: translating the seed's values into QuickBooks' objects. Must not be here: what the agency is like
(`generator`), or Harvest.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.quickbooks.books import QuickBooksBooks
from harvest_qb_pipeline.sandbox.seed import calendar, chart
from harvest_qb_pipeline.sandbox.seed.values import (
    Address,
    Agency,
    ChartAccount,
    Customer,
    Employee,
    Item,
    OldInvoice,
    OldInvoiceLine,
    Vendor,
)

_EURO_RATE = Decimal("1.08")
"""US dollars for one euro on every old invoice."""


@dataclass
class _QuickBooksIds:
    """QuickBooks' ids by name."""

    accounts: dict[str, str] = field(default_factory=dict[str, str])
    items: dict[str, str] = field(default_factory=dict[str, str])
    terms: dict[str, str] = field(default_factory=dict[str, str])
    customers: dict[str, str] = field(default_factory=dict[str, str])


def fill_quickbooks(books: QuickBooksBooks, agency: Agency) -> None:
    """Everything of the agency that QuickBooks knows. The company must be empty."""
    began = _moment(agency, agency.first_on - timedelta(days=30), 8)
    _set_company(books, agency, began)
    ids = _QuickBooksIds()
    for term in agency.terms:
        ids.terms[term.name] = _create(books, "Term", {"Name": term.name, "DueDays": term.due_days}, began)
    for account in agency.accounts:
        ids.accounts[account.name] = _create(books, "Account", _account(ids, account), began)
    for item in agency.items:
        ids.items[item.name] = _create(books, "Item", _item(ids, item), began)
    of_old = _moment(agency, agency.first_on - timedelta(days=calendar.DAYS_IN_BUSINESS), 8)
    for customer in agency.customers:
        ids.customers[customer.name] = _create(books, "Customer", _customer(ids, customer), of_old)
    _add_invoices(books, agency, ids)
    _add_people(books, agency, of_old)
    left_at = _moment(agency, agency.today - timedelta(days=1), 9)
    for customer in agency.customers:
        if not customer.is_active:
            books.ui_update("Customer", ids.customers[customer.name], {"Active": False}, at=left_at)


def _moment(agency: Agency, day: date, hour: int) -> datetime:
    return datetime.fromtimestamp(calendar.moment(day, hour, agency.timezone), UTC)


def _create(books: QuickBooksBooks, entity: str, body: JsonObject, at: datetime) -> str:
    return books.ui_create(entity, body, at=at)["Id"]


def _set_company(books: QuickBooksBooks, agency: Agency, began: datetime) -> None:
    address = _address(agency.address)
    company: JsonObject = {
        "CompanyName": agency.name,
        "LegalName": f"{agency.name} LLC",
        "CompanyAddr": address,
        "LegalAddr": address,
        "CustomerCommunicationAddr": address,
        "Email": {"Address": f"books@{agency.domain}.example"},
    }
    books.ui_update("CompanyInfo", "1", company, at=began)
    books.ui_update("Preferences", "1", chart.preferences(agency.is_multicurrency), at=began)
    for entity in ("CompanyInfo", "Preferences"):
        books.store.tables[entity]["1"].created_at = began


def _account(ids: _QuickBooksIds, account: ChartAccount) -> JsonObject:
    body: JsonObject = {"Name": account.name, "AccountType": account.type, "AccountSubType": account.sub_type}
    if account.parent:
        body["ParentRef"] = {"value": ids.accounts[account.parent]}
    if account.currency != "USD":
        body["CurrencyRef"] = {"value": account.currency}
    return body


def _item(ids: _QuickBooksIds, item: Item) -> JsonObject:
    return {
        "Name": item.name,
        "Type": item.type,
        "Description": item.description,
        "UnitPrice": item.unit_price,
        "IncomeAccountRef": {"value": ids.accounts[item.account]},
        "Taxable": False,
        "Active": item.is_active,
    }


def _address(address: Address) -> JsonObject:
    parts = {
        "Line1": address.street,
        "City": address.city,
        "CountrySubDivisionCode": address.state,
        "PostalCode": address.postal_code,
        "Country": address.country,
    }
    return {name: value for name, value in parts.items() if value}


def _customer(ids: _QuickBooksIds, customer: Customer) -> JsonObject:
    body: JsonObject = {
        "DisplayName": customer.name,
        "CompanyName": customer.company_name,
        "CurrencyRef": {"value": customer.currency},
        "SalesTermRef": {"value": ids.terms[customer.term]},
        "Taxable": False,
        "PreferredDeliveryMethod": "None",
    }
    if customer.address is not None:
        body["BillAddr"] = _address(customer.address)
    if customer.email is not None:
        body["PrimaryEmailAddr"] = {"Address": customer.email}
    if customer.phone:
        body["PrimaryPhone"] = {"FreeFormNumber": customer.phone}
    if customer.parent is not None:
        body |= {"Job": True, "ParentRef": {"value": ids.customers[customer.parent]}, "BillWithParent": True}
    if customer.is_project:
        body["IsProject"] = True
    return body


def _add_people(books: QuickBooksBooks, agency: Agency, of_old: datetime) -> None:
    """Vendors with what they are owed, and employees, put aside on the day they left."""
    for vendor in agency.vendors:
        vendor_id = _create(books, "Vendor", _vendor(vendor), of_old)
        if vendor.balance:
            books.ui_update("Vendor", vendor_id, {"Balance": vendor.balance}, at=of_old)
    for employee in agency.employees:
        hired_at = max(of_old, _moment(agency, employee.joined_on, 9))
        employee_id = _create(books, "Employee", _employee(employee), hired_at)
        if employee.left_on is not None:
            books.ui_update("Employee", employee_id, {"Active": False}, at=_moment(agency, employee.left_on, 17))


def _vendor(vendor: Vendor) -> JsonObject:
    body: JsonObject = {
        "DisplayName": vendor.name,
        "GivenName": vendor.first_name,
        "FamilyName": vendor.last_name,
        "CompanyName": vendor.company_name,
        "PrimaryEmailAddr": {"Address": vendor.email},
        "PrimaryPhone": {"FreeFormNumber": vendor.phone},
    }
    return body


def _employee(employee: Employee) -> JsonObject:
    body: JsonObject = {
        "GivenName": employee.first_name,
        "FamilyName": employee.last_name,
        "HiredDate": employee.joined_on.isoformat(),
    }
    if employee.email is not None:
        body["PrimaryEmailAddr"] = {"Address": employee.email}
    if employee.left_on is not None:
        body["ReleasedDate"] = employee.left_on.isoformat()
    return body


def _add_invoices(books: QuickBooksBooks, agency: Agency, ids: _QuickBooksIds) -> None:
    """Old invoices with Harvest's numbers, and their payments in the order in which they came in."""
    posted: list[tuple[OldInvoice, str]] = []
    for invoice in agency.invoices:
        name = agency.clients[invoice.client].customer
        if invoice.in_quickbooks and name in ids.customers:
            entered_at = datetime.fromtimestamp(invoice.sent_at + 600, UTC)
            body = _invoice(agency, ids, invoice, ids.customers[name])
            posted.append((invoice, _create(books, "Invoice", body, entered_at)))
    paid = [(invoice.paid_on, invoice, invoice_id) for invoice, invoice_id in posted if invoice.paid_on is not None]
    for paid_on, invoice, invoice_id in sorted(paid, key=lambda each: each[0]):
        name = agency.clients[invoice.client].customer or ""
        body = _payment(agency, invoice, invoice_id, ids.customers[name], paid_on)
        _create(books, "Payment", body, _moment(agency, paid_on, 13))


def _currency(agency: Agency, invoice: OldInvoice) -> JsonObject:
    currency = agency.clients[invoice.client].currency
    rate: JsonObject = {} if currency == "USD" else {"ExchangeRate": _EURO_RATE}
    return {"CurrencyRef": {"value": currency}, **rate}


def _invoice(agency: Agency, ids: _QuickBooksIds, invoice: OldInvoice, customer_id: str) -> JsonObject:
    return {
        "DocNumber": invoice.number,
        "TxnDate": invoice.issued_on.isoformat(),
        "DueDate": invoice.due_on.isoformat(),
        "SalesTermRef": {"value": ids.terms[invoice.term]},
        "CustomerRef": {"value": customer_id},
        **_currency(agency, invoice),
        "Line": [_line(ids, line) for line in invoice.lines],
    }


def _line(ids: _QuickBooksIds, line: OldInvoiceLine) -> JsonObject:
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": line.amount,
        "Description": line.description,
        "SalesItemLineDetail": {
            "ItemRef": {"value": ids.items[line.item]},
            "Qty": line.quantity,
            "UnitPrice": line.unit_price,
            "TaxCodeRef": {"value": "NON"},
        },
    }


def _payment(agency: Agency, invoice: OldInvoice, invoice_id: str, customer_id: str, paid_on: date) -> JsonObject:
    return {
        "CustomerRef": {"value": customer_id},
        "TxnDate": paid_on.isoformat(),
        "TotalAmt": invoice.amount,
        **_currency(agency, invoice),
        "Line": [{"Amount": invoice.amount, "LinkedTxn": [{"TxnId": invoice_id, "TxnType": "Invoice"}]}],
    }
