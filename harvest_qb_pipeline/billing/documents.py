"""Drafts as documents for the ledger: the exact JSON that Harvest and QuickBooks will be given.

Belongs here: pure functions from draft rows to `Document` values. Must not be here: reading tables (`derive.py`),
recording plans (`planning`), or sending.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.keys import customer_key, job_key, member_key
from harvest_qb_pipeline.ledger import kinds
from harvest_qb_pipeline.ledger.model import Document, Hold, NumberFormat, Posting, Source
from harvest_qb_pipeline.money import minor_unit_digits, round_money

SUMMARY_TYPES = {"project_task": "task", "project_person": "people", "project": "project", "detailed": "detailed"}
"""How Harvest is asked to sum up an import, by our grouping; the lines are ours in the end."""

_LONGEST_TEXT = 4000
_LONGEST_MEMO = 1000


@dataclass(frozen=True)
class Line:
    """One line of a draft. `amount` = `quantity` x `unit_price`, rounded (rule 7)."""

    number: int
    project_id: int
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    worked_to: date
    item_id: str | None
    account_id: str | None = None


@dataclass(frozen=True)
class Job:
    """The project that an invoice is made out to; `customer_id` where its job exists already."""

    project_id: int
    label: str
    customer_id: str | None = None


@dataclass(frozen=True)
class Draft:
    """One invoice to be, with everything that its postings need."""

    key: str
    client_id: int
    client_name: str
    period_key: str
    period_from: date
    period_to: date
    window_from: date
    project_ids: tuple[int, ...]
    grouping: str
    entries: int
    late_entries: int
    hours: Decimal
    amount: Decimal
    currency: str
    usual_on: date
    issue_on: date
    due_on: date
    term_id: str | None
    customer_id: str | None
    is_new_customer: bool
    lines: tuple[Line, ...]
    sources: tuple[Source, ...] = ()
    holds: tuple[Hold, ...] = ()
    group_name: str | None = None
    purchase_order: str | None = None
    job: Job | None = None


@dataclass(frozen=True)
class Waiting:
    """Something that should be billed and is on no draft, because how is not settled: it is held by itself."""

    key: str
    label: str
    day: date
    amount: Decimal
    currency: str
    holds: tuple[Hold, ...]
    expense_id: str | None = None
    person: str | None = None


@dataclass(frozen=True)
class BillChoices:
    """What the policy says about all documents alike."""

    tax_code: str | None
    has_twin: bool
    opens_twins: bool
    number_prefix: str
    number_digits: int

    def number_format(self, issued_on: date) -> NumberFormat:
        """The format of a document issued on `issued_on` (rule 26)."""
        prefix = self.number_prefix.format(yyyy=f"{issued_on:%Y}", yy=f"{issued_on:%y}", mm=f"{issued_on:%m}")
        return NumberFormat(prefix, self.number_digits)


def waiting_document(waiting: Waiting) -> Document:
    """A held invoice without lines: listed among what waits, and replaced once there is a way to bill it."""
    amount = round_money(waiting.amount, waiting.currency)
    posting = Posting(
        key=waiting.key,
        kind="invoice",
        target="quickbooks",
        operation="create",
        payload={},
        amount=amount,
        currency=waiting.currency,
        occurs_on=waiting.day,
        summary=waiting.label,
    )
    sources = (
        (Source("bill", "expense", waiting.expense_id, "", waiting.day, waiting.person, amount=amount),)
        if waiting.expense_id
        else ()
    )
    return Document(waiting.key, waiting.label, (posting,), sources, waiting.holds)


def bill(draft: Draft, choices: BillChoices) -> Document:
    """The draft's own document: twin, invoice, and the opening of the twin where the policy allows it."""
    needs = _needs(draft)
    twin_key, invoice_key = member_key(draft.key, "twin"), member_key(draft.key, "invoice")
    what = _summary(draft)
    postings: list[Posting] = []
    if choices.has_twin:
        postings.append(_member(draft, "twin", twin_payload(draft), f"Draft in Harvest: {what}", needs))
    waits_for = (*needs, *(posting.key for posting in postings))
    postings.append(_member(draft, "invoice", invoice_payload(draft, choices), f"Invoice {what}", waits_for))
    if choices.has_twin and choices.opens_twins:
        payload: JsonObject = {"invoice_id": {"$link": twin_key}, "event_type": "send"}
        opening = f"Mark as sent in Harvest: {what}"
        postings.append(_member(draft, "twin_open", payload, opening, (twin_key, invoice_key)))
    return Document(
        key=draft.key,
        label=_label(draft),
        postings=tuple(postings),
        sources=draft.sources,
        hold_reasons=draft.holds,
        number_format=choices.number_format(draft.issue_on),
    )


def _member(draft: Draft, kind: str, payload: JsonObject, summary: str, needs: tuple[str, ...]) -> Posting:
    return Posting(
        key=member_key(draft.key, kind),
        kind=kind,
        target=kinds.planned(kind).system,
        operation="create",
        payload=payload,
        amount=round_money(draft.amount, draft.currency),
        currency=draft.currency,
        occurs_on=draft.issue_on,
        summary=summary,
        depends_on=needs,
    )


def twin_payload(draft: Draft) -> JsonObject:
    """What makes the twin in Harvest: an import that claims the hours, and the lines it shall have then."""
    invoice: JsonObject = {
        "client_id": draft.client_id,
        "number": {"$number": True},
        "issue_date": draft.issue_on.isoformat(),
        "due_date": draft.due_on.isoformat(),
        "payment_term": "custom",
        "payment_options": [],
        "subject": _label(draft).removeprefix(f"{draft.client_name}, "),
        "currency": draft.currency,
        "line_items_import": {
            "project_ids": list(draft.project_ids),
            "time": {
                "summary_type": SUMMARY_TYPES[draft.grouping],
                "from": draft.window_from.isoformat(),
                "to": draft.period_to.isoformat(),
            },
        },
    }
    if draft.purchase_order:
        invoice["purchase_order"] = draft.purchase_order
    lines = [
        {
            "project_id": line.project_id,
            "kind": "Service",
            "description": _cut(line.description),
            "quantity": plain(line.quantity),
            "unit_price": plain(line.unit_price),
            "taxed": False,
            "taxed2": False,
        }
        for line in draft.lines
    ]
    return {"invoice": invoice, "lines": lines, "total": round_money(draft.amount, draft.currency)}


def invoice_payload(draft: Draft, choices: BillChoices) -> JsonObject:
    """QuickBooks' Invoice to be created. Nobody is mailed (rule 29); the marker ends the memo (rule 27)."""
    payload: JsonObject = {
        "DocNumber": {"$number": True},
        "TxnDate": draft.issue_on.isoformat(),
        "DueDate": draft.due_on.isoformat(),
        "CustomerRef": {"value": _bill_to(draft)},
        "CurrencyRef": {"value": draft.currency},
        "Line": [_invoice_line(line, draft.currency, choices.tax_code) for line in draft.lines],
        "PrivateNote": {"$marker": _memo(draft)},
        "EmailStatus": "NotSet",
    }
    if draft.term_id:
        payload["SalesTermRef"] = {"value": draft.term_id}
    if draft.purchase_order:
        payload["CustomerMemo"] = {"value": f"Purchase order {draft.purchase_order}"[:_LONGEST_MEMO]}
    return payload


def plain(value: Decimal, places: int = 2) -> Decimal:
    """`value` with at least `places` decimals and no further zeros, so that equal numbers print alike."""
    shortest = value.normalize()
    exponent = shortest.as_tuple().exponent
    is_short = isinstance(exponent, int) and exponent > -places
    return shortest.quantize(Decimal(1).scaleb(-places)) if is_short else shortest


def _cut(text: str) -> str:
    """As much of `text` as both systems hold; an emoji counts twice, as everywhere outside of Python."""
    return text.encode("utf-16-le")[: 2 * _LONGEST_TEXT].decode("utf-16-le", errors="ignore")


def _invoice_line(line: Line, currency: str, tax_code: str | None) -> JsonObject:
    detail: JsonObject = {
        "ItemRef": {"value": line.item_id},
        "Qty": plain(line.quantity),
        "UnitPrice": plain(line.unit_price, minor_unit_digits(currency)),
        "ServiceDate": line.worked_to.isoformat(),
    }
    if tax_code:
        detail["TaxCodeRef"] = {"value": tax_code}
    if line.account_id:
        detail["ItemAccountRef"] = {"value": line.account_id}
    return {
        "LineNum": line.number,
        "DetailType": "SalesItemLineDetail",
        "Amount": round_money(line.amount, currency),
        "Description": _cut(line.description),
        "SalesItemLineDetail": detail,
    }


def _needs(draft: Draft) -> tuple[str, ...]:
    """Creations that have to be posted before anything of the bill; also of a held one, which tells what they lack."""
    needs = [customer_key(draft.client_id)] if draft.customer_id is None else []
    if draft.job and draft.job.customer_id is None:
        needs.append(job_key(draft.job.project_id))
    return tuple(needs)


def _customer_id(draft: Draft) -> str | JsonObject | None:
    return {"$link": customer_key(draft.client_id)} if draft.is_new_customer else draft.customer_id


def _bill_to(draft: Draft) -> str | JsonObject | None:
    if draft.job is None:
        return _customer_id(draft)
    return draft.job.customer_id or {"$link": job_key(draft.job.project_id)}


def _label(draft: Draft) -> str:
    """Client, group and period as people say them: `Acme Ltd, Website, Oct 2026`."""
    return ", ".join(part for part in (draft.client_name, draft.group_name, _period(draft)) if part)


def _period(draft: Draft) -> str:
    if len(draft.period_key) == len("2026-10"):
        return f"{draft.period_to:%b %Y}"
    first, last = draft.period_from, draft.period_to
    return f"{first:%b} {first.day} to {last:%b} {last.day}, {last:%Y}"


def _memo(draft: Draft) -> str:
    """The client-safe line of the private note; a day that closed books moved is kept here (rule 1)."""
    if draft.issue_on == draft.usual_on:
        return _period(draft)
    return f"{_period(draft)}, for {draft.usual_on.isoformat()}"


def _summary(draft: Draft) -> str:
    entries = f"{draft.entries} {'entry' if draft.entries == 1 else 'entries'}"
    late = f", {draft.late_entries} late" if draft.late_entries else ""
    return (
        f"{_label(draft)}: {entries}{late}, {plain(draft.hours, 0)} h, "
        f"{round_money(draft.amount, draft.currency):,} {draft.currency}"
    )
