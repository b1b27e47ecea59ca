"""Letting go: superseding a document, freeing what it reserved, and voiding approvals that no longer stand.

Belongs here: the three ways a document ends unsent or undone. Must not be here: deciding that it should.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, delete, select, update

from harvest_qb_pipeline.ledger import rows, tables
from harvest_qb_pipeline.ledger.events import Chain
from harvest_qb_pipeline.ledger.model import FINAL, State
from harvest_qb_pipeline.ledger.states import move

HELD_BECAUSE = "held: "
"""What the reason of a voided approval begins with where the document was held when its turn to be sent came."""


def supersede(chain: Chain, document: Row[Any], members: Sequence[Row[Any]], what: str, *, reason: str) -> None:
    """End a document that nothing outside stands for (any more) and free its sources."""
    end(chain, document, members, "superseded", what, reason=reason)


def end(
    chain: Chain,
    document: Row[Any],
    members: Sequence[Row[Any]],
    to: State,
    what: str,
    *,
    reason: str,
    actor: str | None = None,
) -> None:
    """Move every member to `to` (superseded or cancelled), free the sources, void the approval, drop dead links."""
    release_sources(chain, [document.document])
    for member in members:
        if member.state not in FINAL:
            ended = move(
                chain,
                member,
                to,
                what,
                detail={"reason": reason},
                actor=actor,
                lease_owner=None,
                lease_until=None,
                is_in_flight=False,
                next_attempt_at=None,
            )
            if member.state == "posted":
                _drop_link(chain, member.key, ended.event_id)
    event_id = chain.append(what, document.document, detail={"reason": reason, "sources_released": True}, actor=actor)
    chain.con.execute(
        update(tables.documents)
        .where(tables.documents.c.document_id == document.document_id)
        .values(is_reserved=False, event_id=event_id)
    )
    void_approval(chain, document.document, reason)


def release_sources(chain: Chain, document_keys: Iterable[str]) -> None:
    """Delete the reservations of these documents; the caller's event tells of it."""
    for batch in rows.batches(document_keys):
        chain.con.execute(delete(tables.reservations).where(tables.reservations.c.document.in_(batch)))


def void_approval(chain: Chain, document_key: str, reason: str) -> None:
    """Take back the approvals of a document, if it has any."""
    table = tables.approvals
    standing = chain.con.execute(
        select(table.c.approval_id, table.c.sha256).where(
            table.c.document == document_key, table.c.void_because.is_(None)
        )
    ).all()
    for approval in standing:
        event_id = chain.append(
            "approval void", document_key, before={"sha256": approval.sha256}, detail={"reason": reason}
        )
        chain.con.execute(
            update(table)
            .where(table.c.approval_id == approval.approval_id)
            .values(void_because=reason, event_id=event_id)
        )


def withdraw_creations(chain: Chain) -> None:
    """Put back to planned what was approved only because a document needed it, when no such document is left.

    Otherwise a cancelled invoice would still leave a new customer in the books.
    """
    creations = _approved_for_others(chain)
    if not creations:
        return
    needed = _needed_keys(chain)
    for document_id, document_key in creations.items():
        members = rows.members_of(chain.con, [document_id])[document_id]
        if needed.isdisjoint(member.key for member in members):
            void_approval(chain, document_key, "no approved document needs it any more")
            for member in members:
                if member.state == "approved":
                    move(chain, member, "planned", "approval withdrawn")


def _approved_for_others(chain: Chain) -> dict[int, str]:
    table, approvals = tables.postings, tables.approvals
    standing = select(approvals.c.document).where(
        approvals.c.document == table.c.document, approvals.c.void_because.is_(None)
    )
    found = chain.con.execute(
        select(table.c.document_id, table.c.document).where(
            table.c.state == "approved",
            table.c.is_newest,
            standing.where(approvals.c.through.is_not(None)).exists(),
            ~standing.where(approvals.c.through.is_(None)).exists(),
        )
    )
    return {row.document_id: row.document for row in found}


def _needed_keys(chain: Chain) -> set[str]:
    table = tables.postings
    open_rows = chain.con.execute(
        select(table.c.depends_on).where(
            table.c.state.in_(("approved", "sending", "uncertain", "rejected")), table.c.is_newest
        )
    ).scalars()
    return {key for depends_on in open_rows for key in depends_on}


def _drop_link(chain: Chain, key: str, event_id: int) -> None:
    chain.con.execute(
        update(tables.links)
        .where(tables.links.c.key == key, ~tables.links.c.is_removed)
        .values(is_removed=True, exclusive=None, event_id=event_id)
    )
