"""Undoing a document that was begun: each posting of it that stands outside is reversed by a posting of its own.

Belongs here: adding the reversing postings, and ending the document once all of them are verified. Must not be here:
what reverses a posting of some kind (`posting/kinds` says so), or sending it.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Row, insert, select, update

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.ledger import kinds, readiness, releasing, rows, tables
from harvest_qb_pipeline.ledger.events import Chain, changing
from harvest_qb_pipeline.ledger.model import Reversal, StoredPosting
from harvest_qb_pipeline.ledger.states import NotAllowed, posting_row
from harvest_qb_pipeline.ledger.store import Ledger

ReversalOf: TypeAlias = Callable[[StoredPosting], Reversal | None]
"""What undoes a posting as it stands outside; None where its kind cannot be undone."""

_BEHIND = 100
"""Reversals stand behind all that was planned of the document."""
_UNSENT = (
    *("sync_token", "error", "error_code", "request_id", "sent_body", "sent_request_n", "agrees", "agrees_on"),
    *("first_attempt_at", "last_attempt_at", "next_attempt_at", "lease_owner", "lease_until", "posted_at"),
)


def begin_reversal(
    ledger: Ledger, document_key: str, reversal_of: ReversalOf, *, reason: str
) -> tuple[StoredPosting, ...]:
    """Start to undo a document: adds an approved posting for each one that stands outside; what depended goes first.

    From now on only these may be sent for the document. Repeating returns the same postings. Raises `NotAllowed` when
    nothing stands, or when something stands that cannot be undone, or of which it is not known whether it stands.
    """
    with changing(ledger) as chain:
        document, members = _newest_document(chain, document_key)
        if document.unwinding is not None:
            return tuple(rows.stored(member) for member in members if member.reverses)
        wanted = _wanted(document_key, members, reversal_of)
        event_id = chain.append(
            "unwinding",
            document_key,
            after={"reversed_by": {_key(member, reversal): member.external_id for member, reversal in wanted}},
            detail={"reason": reason},
        )
        chain.con.execute(
            update(tables.documents)
            .where(tables.documents.c.document_id == document.document_id)
            .values(unwinding=reason, event_id=event_id)
        )
        keys = {member.key: _key(member, reversal) for member, reversal in wanted}
        return tuple(
            _add(
                chain,
                member,
                reversal,
                depends_on=[keys[later.key] for later, _ in wanted if member.key in later.depends_on],
                reason=reason,
                event_id=event_id,
            )
            for member, reversal in wanted
        )


def end_if_reversed(chain: Chain, document_key: str) -> None:
    """Supersede the document and free its sources if every posting of it that stands has a verified reversal."""
    document, members = _newest_document(chain, document_key)
    if document.unwinding is None:
        return
    verified = {member.reverses for member in members if member.state == "posted" and not member.flags}
    if all(member.reverses or member.key in verified for member in members if _stands(member)):
        releasing.supersede(chain, document, members, "unwound", reason=document.unwinding)


def _wanted(document_key: str, members: Sequence[Row[Any]], reversal_of: ReversalOf) -> list[tuple[Row[Any], Reversal]]:
    found: list[tuple[Row[Any], Reversal]] = []
    for member in members:
        if _stands(member):
            reversal = reversal_of(rows.stored(member)) if member.external_id else None
            if reversal is None:
                raise NotAllowed(f"{document_key} cannot be unwound: {member.key} is {member.state}.")
            found.append((member, reversal))
    if not found:
        raise NotAllowed(
            f"{document_key} has nothing in Harvest or QuickBooks to undo. `harvest-qb cancel` ends what was not begun."
        )
    return found


def _stands(member: Row[Any]) -> bool:
    """Whether something outside may stand for it: begun, and not seen to be deleted by somebody."""
    is_gone = member.state == "held" and any(hold["code"] == "deleted_elsewhere" for hold in member.hold_reasons)
    return rows.is_begun(member) and not is_gone


def _newest_document(chain: Chain, document_key: str) -> tuple[Row[Any], list[Row[Any]]]:
    table = tables.documents
    document = chain.con.execute(select(table).where(table.c.document == document_key, table.c.is_newest)).first()
    if document is None:
        raise NotAllowed(f"The ledger has no document {document_key}.")
    return document, rows.members_of(chain.con, [document.document_id])[document.document_id]


def _key(member: Row[Any], reversal: Reversal) -> str:
    return kinds.reversal_key(member.key, reversal.kind, reversal.operation)


def _add(
    chain: Chain, member: Row[Any], reversal: Reversal, *, depends_on: list[str], reason: str, event_id: int
) -> StoredPosting:
    row = kinds.KIND[reversal.kind, reversal.operation]
    posting_id = readiness.next_id(chain.con, tables.postings.c.posting_id)
    values: dict[str, Any] = {
        **rows.values_of(member),
        "posting_id": posting_id,
        "key": _key(member, reversal),
        "position": member.position + _BEHIND,
        "kind": row.name,
        "target": row.system,
        "operation": row.operation,
        "reverses": member.key,
        "state": "approved",
        "payload": reversal.payload,
        "payload_sha256": jsontext.sha256(reversal.payload),
        "summary": f"{reversal.summary}: {reason}",
        "depends_on": depends_on,
        # What changes a record knows which; a counter-document has yet to be made.
        "external_id": None if row.operation == "create" else member.external_id,
        "hold_reasons": [],
        "flags": [],
        "request_n": 0,
        "attempts": 0,
        "is_in_flight": False,
        "unknown_attempts": 0,
        "recorded_at": chain.at,
        "event_id": event_id,
        **dict.fromkeys(_UNSENT),
    }
    chain.con.execute(insert(tables.postings).values(**values))
    return rows.stored(posting_row(chain, posting_id))
