"""What people say about documents: yes (to one hash), no (with a reason), try again.

Belongs here: approving, cancelling, retrying; each a no-op when repeated. Must not be here: who may do so, or sending.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from harvest_qb_pipeline.ledger import documents, kinds, readiness, releasing, rows, tables
from harvest_qb_pipeline.ledger.approved import current_sha256, needs_of
from harvest_qb_pipeline.ledger.documents import Known
from harvest_qb_pipeline.ledger.events import Chain, changing
from harvest_qb_pipeline.ledger.model import FINAL
from harvest_qb_pipeline.ledger.states import NotAllowed, move
from harvest_qb_pipeline.ledger.store import Ledger

_SHORTEST_HASH = 8


class ApprovalRefused(NotAllowed):
    """The document cannot be approved as asked; the message says why, with both hashes where they differ."""


@dataclass(frozen=True)
class ApprovalResult:
    """What an approval did: the document's hash, and every document that it moved to approved (none if repeated)."""

    document: str
    revision: int
    sha256: str
    approved: tuple[str, ...]

    @property
    def is_repeated(self) -> bool:
        return not self.approved


@dataclass(frozen=True)
class ToApprove:
    """A document that approving a plan would approve; `amount` in `currency`, None where it carries no money."""

    document: str
    sha256: str
    label: str
    amount: Decimal | None
    currency: str


@dataclass(frozen=True)
class BatchApproval:
    """What approving a plan did: the documents approved, and those left out with the reason."""

    approved: tuple[ApprovalResult, ...]
    refused: tuple[tuple[str, str], ...]


def is_hash_of(named: str, sha256: str) -> bool:
    """Whether somebody who named this hash, whole or its first 8 or more characters, means this one."""
    return len(named) >= _SHORTEST_HASH and sha256.startswith(named.lower())


def approve(ledger: Ledger, document_key: str, *, by: str, sha256: str | None, via: str) -> ApprovalResult:
    """Approve the newest revision of the document that `document_key` (any member's key) belongs to.

    `sha256` is the hash the approver saw, whole or its first 8 or more characters; None approves what is there now.
    The planned customers and jobs it depends on are approved with it. Raises `ApprovalRefused`.
    """
    with changing(ledger) as chain:
        return _approve(chain, document_key, by=by, sha256=sha256, via=via)


def approve_all(ledger: Ledger, *, by: str, plan_id: str, via: str = "cli") -> BatchApproval:
    """Approve what stood as planned in the plan `plan_id`, each by the hash shown then: creations only.

    What has changed since, or is an update, void or deletion, is left out with its reason.
    """
    with changing(ledger) as chain:
        shown = _shown_in(chain.con, plan_id)
        approved: list[ApprovalResult] = []
        refused: list[tuple[str, str]] = []
        found = documents.newest(chain.con, [row.document for row in shown])
        for row in shown:
            if not _is_creation(found[row.document]):
                refused.append((row.document, "It changes something that exists: approve it by its key."))
                continue
            try:
                result = _approve(chain, row.document, by=by, sha256=row.sha256, via=via)
            except ApprovalRefused as refusal:
                refused.append((row.document, str(refusal)))
            else:
                approved += [] if result.is_repeated else [result]
        return BatchApproval(tuple(approved), tuple(refused))


def to_approve(ledger: Ledger, plan_id: str) -> list[ToApprove]:
    """What `approve_all` of this plan would approve now, in the plan's order. Raises `ApprovalRefused` without it."""
    with ledger.reading() as con:
        shown = _shown_in(con, plan_id)
        found = documents.newest(con, [row.document for row in shown])
    return [
        _to_approve(found[row.document], row.sha256)
        for row in shown
        if _is_creation(found[row.document])
        and found[row.document].standing == "planned"
        and found[row.document].document.sha256 == row.sha256
    ]


def _to_approve(document: Known, sha256: str) -> ToApprove:
    priced = kinds.principal(rows.stored(member) for member in document.members)
    amount = priced.amount if priced else None
    row = document.document
    return ToApprove(row.document, sha256, row.label, amount, priced.currency if priced else "")


def _shown_in(con: Connection, plan_id: str) -> list[Row[Any]]:
    """What stood as planned in a plan, by document. Raises `ApprovalRefused` when there is no such plan."""
    table = tables.plan_documents
    if con.execute(select(tables.plans.c.plan_id).where(tables.plans.c.plan_id == plan_id)).first() is None:
        raise ApprovalRefused(f"There is no plan {plan_id}. Run `harvest-qb plan` and approve the plan it shows.")
    return list(con.execute(select(table).where(table.c.plan_id == plan_id).order_by(table.c.document)).all())


def approve_up_to(
    chain: Chain, kinds: Collection[str], *, up_to: Decimal | None, currency: str, by: str = "policy"
) -> tuple[ApprovalResult, ...]:
    """Approve by policy every planned document of these kinds of at most `up_to` in `currency` (None: of any amount).

    Only for customers that exist: a document that would create a customer or job, and that creation, wait for a person.
    """
    found = _planned_of(chain, kinds).items()
    fitting = [key for key, document in found if _may_be_automatic(chain, document, up_to, currency)]
    return tuple(_approve(chain, key, by=by, sha256=None, via="policy") for key in fitting)


def approve_creations(chain: Chain, kinds: Collection[str], *, by: str = "policy") -> tuple[ApprovalResult, ...]:
    """Approve by policy every planned document that does nothing but create records of these kinds.

    What needs a creation of another kind that nobody has approved waits with it.
    """
    approved: list[ApprovalResult] = []
    for key, document in _planned_of(chain, kinds).items():
        if document.standing != "planned" or not _only_creates(document, kinds):
            continue
        with suppress(ApprovalRefused):
            if all(_only_creates(needed, kinds) for needed in _planned_creations(chain, document)):
                result = _approve(chain, key, by=by, sha256=None, via="policy")
                approved += [] if result.is_repeated else [result]
    return tuple(approved)


def _planned_of(chain: Chain, kinds: Collection[str]) -> dict[str, Known]:
    """Documents with a planned posting of these kinds, by key."""
    table = tables.postings
    planned = select(table.c.document).where(
        table.c.state == "planned", table.c.is_newest, table.c.kind.in_(sorted(kinds))
    )
    return dict(sorted(documents.newest(chain.con, sorted(set(chain.con.execute(planned).scalars()))).items()))


def _only_creates(document: Known, kinds: Collection[str]) -> bool:
    return all(member.kind in kinds and member.operation == "create" for member in document.members)


def cancel(ledger: Ledger, key: str, *, by: str, reason: str) -> None:
    """Never send this document: its sources are free, and the same content stays cancelled in later plans.

    Repeating is a no-op. Raises `NotAllowed` when sending it has begun or nothing is left to cancel.
    """
    if not reason.strip():
        raise NotAllowed(f"Say why {key} is cancelled.")
    with changing(ledger) as chain:
        document = _find(chain, key)
        standing = document.standing
        if standing == "cancelled":
            return
        if standing in ("begun", "superseded"):
            why = (
                "sending it has begun, so it must be finished or unwound" if standing == "begun" else "it is superseded"
            )
            raise NotAllowed(f"{document.document.document} cannot be cancelled: {why}.")
        releasing.end(chain, document.document, document.members, "cancelled", "cancelled", reason=reason, actor=by)
        releasing.withdraw_creations(chain)


def retry_rejected(ledger: Ledger, key: str, *, by: str) -> tuple[str, ...]:
    """Send again what was refused, now that its cause is fixed: the rejected postings of the document, by key.

    Also what was held after sending had begun. Returns the keys moved to approved; none when there is nothing to
    retry. Raises `NotAllowed` when the document is held and must be planned and approved again.
    """
    with changing(ledger) as chain:
        document = _find(chain, key)
        has_begun = document.standing == "begun"
        if document.standing in ("held", "superseded", "cancelled"):
            raise NotAllowed(
                f"{document.document.document} is {document.standing}: it must be planned and approved again."
            )
        again = [m for m in document.members if m.state == "rejected" or (has_begun and m.state == "held")]
        for member in again:
            move(chain, member, "approved", "retried", actor=by, hold_reasons=[], error=None, error_code=None)
        return tuple(member.key for member in again)


def _approve(chain: Chain, key: str, *, by: str, sha256: str | None, via: str) -> ApprovalResult:
    document = _find(chain, key)
    name: str = document.document.document
    current = current_sha256(chain.con, document)
    if sha256 is not None and not is_hash_of(sha256, current):
        raise ApprovalRefused(
            f"{name} is not what you approved: you named {sha256}, it is now {current} "
            f"(revision {document.document.revision}). Look at it again with `harvest-qb show {name}`."
        )
    standing = document.standing
    is_drawn_anew = standing == "begun" and any(member.state == "planned" for member in document.members)
    if standing in ("begun", "approved", "rejected") and not is_drawn_anew:
        return ApprovalResult(name, document.document.revision, current, ())
    if standing != "planned" and not is_drawn_anew:
        reasons = " ".join(hold.sentence for hold in rows.holds_of(document.members[0].hold_reasons))
        raise ApprovalRefused(f"{name} is {standing} and cannot be approved. {reasons}".strip())
    creations = _planned_creations(chain, document)
    for creation in creations:
        _move_to_approved(chain, creation, by=by, via=via, through=name)
    _move_to_approved(chain, document, by=by, via=via, through=None)
    moved = (*(creation.document.document for creation in creations), name)
    return ApprovalResult(name, document.document.revision, current, moved)


def _planned_creations(chain: Chain, document: Known) -> list[Known]:
    """The planned customers and jobs this document needs, those they need first. Raises before anything is written."""
    found: dict[str, Known] = {}
    for key in needs_of(document):
        if readiness.satisfied(chain.con, [key]):
            continue
        maker = documents.document_of(chain.con, key)
        creation = documents.newest(chain.con, [maker])[maker] if maker else None
        if maker is None or creation is None or creation.standing in ("held", "superseded", "cancelled"):
            state = f"is {creation.standing}" if creation else "is not known"
            raise ApprovalRefused(
                f"{document.document.document} needs {key}, which {state}. Settle that first (`harvest-qb show {key}`)."
            )
        if creation.standing == "planned":
            found |= {inner.document.document: inner for inner in _planned_creations(chain, creation)}
            found[maker] = creation
    return list(found.values())


def _move_to_approved(chain: Chain, document: Known, *, by: str, via: str, through: str | None) -> None:
    sha256 = current_sha256(chain.con, document)
    _write_approval(chain, document, sha256, by=by, via=via, through=through)
    for member in document.members:
        if member.state == "planned":
            move(chain, member, "approved", "approved", actor=by, detail={"sha256": sha256, "via": via})


def _write_approval(chain: Chain, document: Known, sha256: str, *, by: str, via: str, through: str | None) -> None:
    name: str = document.document.document
    event_id = chain.append(
        "approval",
        name,
        after={"sha256": sha256, "revision": document.document.revision},
        detail={"via": via} | ({"through": through} if through else {}),
        actor=by,
    )
    chain.con.execute(
        insert(tables.approvals).values(
            approval_id=readiness.next_id(chain.con, tables.approvals.c.approval_id),
            document=name,
            revision=document.document.revision,
            sha256=sha256,
            approved_by=by,
            via=via,
            approved_at=chain.at,
            through=through,
            event_id=event_id,
        )
    )


def _find(chain: Chain, key: str) -> Known:
    name = documents.document_of(chain.con, key)
    if name is None:
        raise ApprovalRefused(f"The ledger has no posting {key}. List them with `harvest-qb postings`.")
    return documents.newest(chain.con, [name])[name]


def _is_creation(document: Known) -> bool:
    """Made of at least one creation and of nothing that voids or deletes."""
    operations: Collection[str] = {member.operation for member in document.members if member.state not in FINAL}
    return "create" in operations and not operations & {"void", "delete"}


def _may_be_automatic(chain: Chain, document: Known, up_to: Decimal | None, currency: str) -> bool:
    if document.standing != "planned" or all(member.kind in kinds.PARTIES for member in document.members):
        return False
    if not _is_creation(document) or any(member.currency != currency for member in document.members):
        return False
    largest = max(abs(member.amount) for member in document.members)
    outside = needs_of(document)
    return (up_to is None or largest <= up_to) and readiness.satisfied(chain.con, outside).issuperset(outside)
