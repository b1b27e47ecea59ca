"""Write-downs, discounts and round-offs that a person puts on a draft before it is approved (rule 20).

Belongs here: the signed lines, their reason and who made them. Must not be here: how they appear on an invoice.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import insert, select

from harvest_qb_pipeline.ledger import documents, readiness, releasing, rows, tables
from harvest_qb_pipeline.ledger.events import Chain, changing
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.ledger.states import NotAllowed, move
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.money import minor_unit_digits, round_money

_LIMIT = Decimal(10) ** 12
"""No line of an invoice is as large, in any currency."""


@dataclass(frozen=True)
class Adjustment:
    """A signed line on a document, in the document's currency; hours stay as they are."""

    adjustment_id: int
    document: str
    amount: Decimal
    reason: str
    made_by: str
    made_at: datetime
    removed_by: str | None


def adjust(ledger: Ledger, document_key: str, *, amount: Decimal, reason: str, by: str) -> Adjustment:
    """Put a signed line on a document; it is held until the next plan shows it, and then needs a new approval.

    Raises `NotAllowed` when sending has begun, no reason is given, or the amount is zero or none that the document's
    currency has.
    """
    if not reason.strip() or not amount.is_finite() or amount == 0:
        raise NotAllowed(f"An adjustment of {document_key} needs an amount other than zero and a reason.")
    table = tables.adjustments
    with changing(ledger) as chain:
        name = _adjustable(chain, document_key)
        amount = _in_minor_units(chain, name, amount)
        adjustment_id = readiness.next_id(chain.con, table.c.adjustment_id)
        after = {"adjustment_id": adjustment_id, "amount": amount, "reason": reason}
        event_id = chain.append("adjusted", name, after=after, actor=by)
        chain.con.execute(
            insert(table).values(
                adjustment_id=adjustment_id,
                document=name,
                amount=amount,
                reason=reason,
                made_by=by,
                made_at=chain.at,
                event_id=event_id,
            )
        )
        _hold_until_planned(chain, name, by)
        return Adjustment(adjustment_id, name, amount, reason, by, chain.at, None)


def adjustments(ledger: Ledger, document_key: str | None = None) -> list[Adjustment]:
    """Standing adjustments of one document, or of all, in the order they were made."""
    table = tables.adjustments
    query = select(table).where(table.c.removed_by.is_(None)).order_by(table.c.adjustment_id)
    if document_key is not None:
        query = query.where(table.c.document == document_key)
    with ledger.reading() as con:
        return [rows.value_of(Adjustment, row) for row in con.execute(query)]


def remove_adjustment(ledger: Ledger, adjustment_id: int, *, by: str) -> None:
    """Take an adjustment back; repeating is a no-op. Raises `NotAllowed` when sending its document has begun."""
    table = tables.adjustments
    with changing(ledger) as chain:
        row = chain.con.execute(select(table).where(table.c.adjustment_id == adjustment_id)).first()
        if row is None:
            raise NotAllowed(f"There is no adjustment number {adjustment_id}.")
        if row.removed_by is not None:
            return
        _adjustable(chain, row.document)
        before = {"adjustment_id": adjustment_id, "amount": row.amount, "reason": row.reason}
        event_id = chain.append("adjustment removed", row.document, before=before, actor=by)
        chain.con.execute(
            table.update().where(table.c.adjustment_id == adjustment_id).values(removed_by=by, event_id=event_id)
        )
        _hold_until_planned(chain, row.document, by)


def _hold_until_planned(chain: Chain, name: str, by: str) -> None:
    """What was planned or approved is not what will be billed any more: it must not be sent before the next plan."""
    hold = Hold("adjusted", f"{name} was adjusted by {by} after it was drawn up. Plan again to see and approve it.")
    for member in documents.newest(chain.con, [name])[name].members:
        if member.state in ("planned", "approved"):
            move(chain, member, "held", "held", actor=by, hold_reasons=rows.holds_json([hold]))
    releasing.void_approval(chain, name, "adjusted")


def _in_minor_units(chain: Chain, name: str, amount: Decimal) -> Decimal:
    """The amount with the decimals of the document's currency. Raises `NotAllowed` when it has more, or is absurd."""
    currency = documents.newest(chain.con, [name])[name].members[0].currency
    if abs(amount) >= _LIMIT:
        raise NotAllowed(f"An adjustment of {name} by {amount} {currency} cannot be meant. Write it in {currency}.")
    rounded = round_money(amount, currency)
    if rounded != amount:
        digits = minor_unit_digits(currency)
        has = f"{digits} decimals" if digits else "no decimals"
        raise NotAllowed(
            f"{amount} is not an amount in {currency}, which has {has}. Write what is to stand on {name}, such as "
            f"{rounded}."
        )
    return rounded


def _adjustable(chain: Chain, key: str) -> str:
    name = documents.document_of(chain.con, key)
    if name is None:
        raise NotAllowed(f"The ledger has no document {key}. List them with `harvest-qb postings`.")
    if documents.newest(chain.con, [name])[name].standing == "begun":
        raise NotAllowed(f"{name} cannot be adjusted: sending it has begun. Adjust the client's next bill instead.")
    return name
