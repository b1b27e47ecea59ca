"""Invoices: making, changing and deleting them, their state, messages and payments.

Belongs here: everything that changes an invoice. Must not be here: what an import takes (`importing`), sums (`rules`),
JSON shapes. Every function raises `ApiError` with Harvest's answer when it refuses, before anything is changed.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import cast

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest import importing
from harvest_qb_pipeline.sandbox.harvest.errors import invalid
from harvest_qb_pipeline.sandbox.harvest.params import Body, humanised
from harvest_qb_pipeline.sandbox.harvest.records import Invoice, InvoiceLine, InvoiceMessage, InvoicePayment, User
from harvest_qb_pipeline.sandbox.harvest.rules import PAYMENT_TERMS, due_amount, due_day
from harvest_qb_pipeline.sandbox.harvest.tables import Tables

_TERMS = (*PAYMENT_TERMS, "custom")
_LONGEST_NOTES = 65_535
_OPTIONS = ("ach", "credit_card", "paypal")
_EVENTS = ("send", "close", "re-open", "draft")


def create(tables: Tables, fields: JsonObject, creator: User) -> Invoice:
    """A new draft from the fields of a POST, with free lines, an import, or both."""
    body = Body(fields)
    body.require("client_id")
    client = tables.clients.get(body.integer("client_id") or 0)
    if client is None and not body.problems:
        body.problems.append("Client can't be blank")
    _check_fields(tables, body, None)
    body.check()
    assert client is not None  # noqa: S101 (body.check has refused a missing one)
    lines = [line for line in (_new_line(tables, each, client.id) for each in body.objects("line_items")) if line]
    part = body.object("line_items_import")
    wanted = None if part is None else importing.read_import(tables, part, client.id)
    term, due_on = due_day(_issue_day(tables, body), body.text("payment_term"), body.day("due_date"))
    moment = tables.now()
    invoice_id = tables.next_id("invoices")
    invoice = Invoice(
        id=invoice_id,
        client_id=client.id,
        creator_id=creator.id,
        number=body.text("number") or next_number(tables),
        client_key=tables.key_of(f"invoice/{invoice_id}", 40),
        currency=body.text("currency") or client.currency,
        issue_on=_issue_day(tables, body),
        due_on=due_on,
        payment_term=term,
        created_at=moment,
        updated_at=moment,
        lines=lines,
    )
    _apply_fields(body, invoice)
    tables.invoices[invoice.id] = invoice
    _count_number(tables, invoice.number, 1)
    if wanted is not None:
        importing.carry_out(tables, invoice, wanted)
    tables.touch(client)
    return invoice


def update(tables: Tables, invoice: Invoice, fields: JsonObject) -> None:
    """Changes an invoice: absent keys stay; lines with an id are changed or destroyed, others appended."""
    body = Body(fields)
    _check_fields(tables, body, invoice)
    if body.has("client_id") and body.integer("client_id") not in tables.clients:
        body.problems.append("Client can't be blank")
    body.check()
    client_id = body.integer("client_id") or invoice.client_id
    changes = [_line_change(tables, invoice, each, client_id) for each in body.objects("line_items")]
    if not body.is_blank("number") and body.text("number") != invoice.number:
        _count_number(tables, invoice.number, -1)
        invoice.number = body.text("number") or invoice.number
        _count_number(tables, invoice.number, 1)
    invoice.client_id = client_id
    if not body.is_blank("currency"):
        invoice.currency = body.text("currency") or invoice.currency
    if body.has("issue_date") or body.has("payment_term") or body.has("due_date"):
        invoice.issue_on = body.day("issue_date") or invoice.issue_on
        term = body.text("payment_term") or ("custom" if body.has("due_date") else invoice.payment_term)
        invoice.payment_term, invoice.due_on = due_day(invoice.issue_on, term, body.day("due_date") or invoice.due_on)
    _apply_fields(body, invoice)
    for change in changes:
        change()
    settle(tables, invoice)
    tables.touch(invoice)


def delete(tables: Tables, invoice: Invoice) -> None:
    """Removes an invoice with its messages and payments; what it had imported is free again, if the switch says so."""
    if tables.switches.delete_invoice_frees_entries:
        importing.free(tables, invoice, invoice.lines)
    for entry in list(tables.time.of_invoice.get(invoice.id, {}).values()):
        tables.time.bill(entry, None, is_billed=True)
    for expense in tables.expenses.values():
        if expense.invoice_id == invoice.id:
            expense.invoice_id = None
    for message in tables.messages_of(invoice.id):
        del tables.invoice_messages[message.id]
    for payment in tables.payments_by_invoice.pop(invoice.id, []):
        del tables.invoice_payments[payment.id]
    _count_number(tables, invoice.number, -1)
    del tables.invoices[invoice.id]


def post_message(tables: Tables, invoice: Invoice, fields: JsonObject, sender: User) -> InvoiceMessage:
    """A message: with an `event_type` it only changes the state, without one it is an e-mail to its recipients."""
    body = Body(fields)
    event = body.among("event_type", _EVENTS)
    recipients = [{"name": each.text("name"), "email": each.text("email")} for each in body.objects("recipients")]
    copied = bool(body.flag("send_me_a_copy"))
    if event is None and not body.problems:
        if not recipients and not copied:
            body.problems.append("Recipients can't be blank")
        body.require("body")
    body.check()
    if event is None:
        if copied and not any(each["email"] == sender.email for each in recipients):
            recipients.append({"name": sender.name, "email": sender.email})
        _mailed(tables, invoice)
    else:
        change_state(tables, invoice, event)
    moment = tables.now()
    message = InvoiceMessage(
        id=tables.next_id("invoice_messages"),
        invoice_id=invoice.id,
        sent_by_id=sender.id,
        event_type=event,
        created_at=moment,
        updated_at=moment,
        recipients=recipients if event is None else [],
        subject=body.text("subject") if event else body.text("subject") or f"Invoice #{invoice.number}",
        body=body.text("body"),
        include_link_to_client_invoice=bool(body.flag("include_link_to_client_invoice")),
        attach_pdf=bool(body.flag("attach_pdf")),
        send_me_a_copy=copied,
        thank_you=bool(body.flag("thank_you")),
    )
    tables.invoice_messages[message.id] = message
    tables.touch(invoice)
    return message


def change_state(tables: Tables, invoice: Invoice, event: str) -> None:
    """Carries out an event. 422 when the invoice is not in the state that the event starts from."""
    needed = {"send": "a draft", "close": "open", "draft": "open", "re-open": "closed"}[event]
    if invoice.state != needed.removeprefix("a "):
        invalid(f"Event type can't be {event} unless invoice is {needed}")
    if event == "send":
        invoice.state, invoice.sent_at = "open", tables.now()
    elif event == "close":
        invoice.state, invoice.closed_at = "closed", tables.now()
    elif event == "draft":
        invoice.state, invoice.sent_at = "draft", None
    else:
        invoice.state, invoice.closed_at = "open", None
    tables.touch(invoice)


def _mailed(tables: Tables, invoice: Invoice) -> None:
    invoice.sent_at = tables.now()
    if invoice.state == "draft":
        invoice.state = "open"


def record_payment(
    tables: Tables,
    invoice_id: int,
    amount: Decimal,
    paid_on: date,
    *,
    at: int | None = None,
    notes: str | None = None,
    recorded_by: User | None = None,
) -> InvoicePayment:
    """Records a payment, also on a draft; a whole one makes the invoice paid."""
    invoice = tables.invoices[invoice_id]
    if tables.switches.payment_over_due == "refused" and amount > due_amount(tables, invoice):
        invalid("Amount must not exceed the amount due")
    moment = tables.now() if at is None else at
    payment = InvoicePayment(
        id=tables.next_id("invoice_payments"),
        invoice_id=invoice_id,
        amount=amount,
        paid_at=int(datetime(paid_on.year, paid_on.month, paid_on.day, tzinfo=UTC).timestamp()),
        paid_on=paid_on,
        recorded_by_id=(recorded_by or tables.administrator()).id,
        created_at=moment,
        updated_at=moment,
        notes=notes,
    )
    tables.invoice_payments[payment.id] = payment
    tables.payments_by_invoice.setdefault(invoice_id, []).append(payment)
    settle(tables, invoice)
    tables.touch(invoice)
    invoice.updated_at = moment
    return payment


def delete_payment(tables: Tables, payment: InvoicePayment) -> None:
    """Removes a payment; the invoice is open again, or a draft if it was never sent."""
    del tables.invoice_payments[payment.id]
    tables.payments_by_invoice[payment.invoice_id].remove(payment)
    invoice = tables.invoices[payment.invoice_id]
    settle(tables, invoice)
    tables.touch(invoice)


def settle(tables: Tables, invoice: Invoice) -> None:
    """Makes the invoice paid when its payments cover it, and unpaid when they no longer do."""
    payments = tables.payments_of(invoice.id)
    if payments and due_amount(tables, invoice) <= 0:
        last = max(payments, key=lambda payment: (payment.paid_at, payment.id))
        invoice.state, invoice.paid_at, invoice.paid_on = "paid", last.paid_at, last.paid_on
    elif invoice.state == "paid":
        invoice.state = "draft" if invoice.sent_at is None else "open"
        invoice.paid_at = invoice.paid_on = None


def next_number(tables: Tables) -> str:
    """One more than the highest number that is only digits."""
    return str(max((int(number) for number in tables.numbers_in_use if number.isdecimal()), default=0) + 1)


def _count_number(tables: Tables, number: str, change: int) -> None:
    count = tables.numbers_in_use.get(number, 0) + change
    if count > 0:
        tables.numbers_in_use[number] = count
    else:
        tables.numbers_in_use.pop(number, None)


def _issue_day(tables: Tables, body: Body) -> date:
    return body.day("issue_date") or tables.today()


def _check_fields(tables: Tables, body: Body, invoice: Invoice | None) -> None:
    number = body.text("number")
    taken = number and (invoice is None or number != invoice.number) and number in tables.numbers_in_use
    if taken and tables.switches.invoice_number_unique:
        body.problems.append("Number has already been taken")
    body.among("payment_term", _TERMS)
    # This account has neither estimates nor retainers, so none can be referred to.
    body.problems += [f"{humanised(n)} can't be blank" for n in ("estimate_id", "retainer_id") if not body.is_blank(n)]
    for name in ("issue_date", "due_date"):
        body.day(name)
    for name in ("tax", "tax2", "discount"):
        body.number(name)
    if len(body.text("notes") or "") > _LONGEST_NOTES:
        body.problems.append(f"Notes is too long (maximum is {_LONGEST_NOTES} characters)")
    currency = body.text("currency")
    if currency and not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        body.problems.append("Currency is not included in the list")
    if any(option not in _OPTIONS for option in body.texts("payment_options")):
        body.problems.append("Payment options is invalid")
    for each in body.objects("line_items"):
        each.number("quantity")
        each.number("unit_price")
        body.problems += each.problems


def _apply_fields(body: Body, invoice: Invoice) -> None:
    for name in ("purchase_order", "subject", "notes"):
        if body.has(name):
            setattr(invoice, name, body.text(name))
    for name in ("tax", "tax2", "discount"):
        if body.has(name):
            setattr(invoice, name, body.number(name))
    if body.has("payment_options"):
        invoice.payment_options = body.texts("payment_options")


def _new_line(tables: Tables, body: Body, client_id: int) -> InvoiceLine | None:
    """A line from its fields; None for one without a unit price, which Harvest drops without a word."""
    if body.is_blank("unit_price"):
        return None
    body.require("kind")
    line = InvoiceLine(id=tables.next_id("lines"), kind="")
    _change_line(tables, line, body, client_id)
    return line


def _line_change(tables: Tables, invoice: Invoice, body: Body, client_id: int) -> Callable[[], None]:
    """Checks one element of `line_items` and answers what carries it out."""
    if body.is_blank("id"):
        fresh = _new_line(tables, body, client_id)
        return (lambda: None) if fresh is None else (lambda: invoice.lines.append(fresh))
    line = next((each for each in invoice.lines if each.id == body.integer("id")), None)
    if line is None:
        invalid(f"Line item {body.text('id')} does not belong to this invoice")
    if body.flag("_destroy"):
        return lambda: _destroy(tables, invoice, line)
    _change_line(tables, InvoiceLine(id=0, kind=line.kind), body, client_id)
    return lambda: _change_line(tables, line, body, client_id)


def _destroy(tables: Tables, invoice: Invoice, line: InvoiceLine) -> None:
    importing.free(tables, invoice, [line])
    invoice.lines.remove(line)


def _change_line(tables: Tables, line: InvoiceLine, body: Body, client_id: int) -> None:
    kind = body.text("kind") if body.has("kind") else line.kind
    if not any(category.name == kind for category in tables.invoice_item_categories.values()):
        body.problems.append("Kind is not included in the list")
    project_id = line.project_id
    if body.has("project_id"):
        project_id = body.integer("project_id")
        project = tables.projects.get(project_id or 0)
        if project_id is not None and (project is None or project.client_id != client_id):
            body.problems.append("Project does not belong to the client")
    body.check()
    line.kind, line.project_id = kind or "", project_id
    if body.has("description"):
        line.description = body.text("description") or ""
    for name in ("quantity", "unit_price"):
        if not body.is_blank(name):
            setattr(line, name, cast(Decimal, body.number(name)))
    for name in ("taxed", "taxed2"):
        if body.flag(name) is not None:
            setattr(line, name, body.flag(name))
