"""Listings of the ledger for people: postings, documents, their events and counts.

Belongs here: queries that change nothing. Must not be here: printing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Text, cast, func, select

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger import documents, kinds, rows, tables
from harvest_qb_pipeline.ledger.model import State, StoredPosting
from harvest_qb_pipeline.ledger.releasing import HELD_BECAUSE
from harvest_qb_pipeline.ledger.store import Ledger


@dataclass(frozen=True)
class Event:
    """One entry of the audit chain."""

    event_id: int
    at: datetime
    actor: str
    run_id: str | None
    what: str
    subject: str
    before: JsonObject | None
    after: JsonObject | None
    detail: JsonObject


@dataclass(frozen=True)
class ApprovalOf:
    """An approval of a document; `void_because` when it no longer stands."""

    document: str
    revision: int
    sha256: str
    approved_by: str
    via: str
    approved_at: datetime
    through: str | None
    void_because: str | None


@dataclass(frozen=True)
class StoredDocument:
    """A document's newest revision: `sha256` is what an approval names; the first member carries the sources."""

    key: str
    revision: int
    label: str
    state: State
    is_begun: bool
    sha256: str
    doc_number: str | None
    unwinding: str | None
    members: tuple[StoredPosting, ...]
    approvals: tuple[ApprovalOf, ...]


def postings(
    ledger: Ledger,
    state: State | None = None,
    kind: str | None = None,
    newest_only: bool = True,
    limit: int | None = None,
) -> list[StoredPosting]:
    """Postings by day and key, without their sources."""
    table = tables.postings
    query = select(table).order_by(table.c.occurs_on, table.c.document, table.c.revision, table.c.position)
    if state is not None:
        query = query.where(table.c.state == state)
    if kind is not None:
        query = query.where(table.c.kind == kind)
    if newest_only:
        query = query.where(table.c.is_newest)
    with ledger.reading() as con:
        return [rows.stored(row) for row in con.execute(query.limit(limit))]


def held_when_sent(ledger: Ledger) -> list[StoredPosting]:
    """Of each document that was approved and held whole when its turn came, the posting by which people know it."""
    table, approvals = tables.postings, tables.approvals
    query = (
        select(table)
        .join(approvals, (approvals.c.document == table.c.document) & (approvals.c.revision == table.c.revision))
        .where(table.c.is_newest, table.c.state == "held", approvals.c.void_because.startswith(HELD_BECAUSE))
        .order_by(table.c.document, table.c.position)
        .distinct()
    )
    with ledger.reading() as con:
        found: dict[str, list[StoredPosting]] = {}
        for row in con.execute(query):
            found.setdefault(row.document, []).append(rows.stored(row))
    return [kinds.principal(members) or members[0] for members in found.values()]


def flagged(ledger: Ledger) -> list[StoredPosting]:
    """Newest postings that stand in the other system otherwise than planned, without their sources."""
    table = tables.postings
    # Compared as text: few are flagged, and reading every posting ever made to find them would grow with history.
    query = select(table).where(table.c.is_newest, table.c.state == "posted", cast(table.c.flags, Text) != "[]")
    with ledger.reading() as con:
        return [rows.stored(row) for row in con.execute(query.order_by(table.c.occurs_on, table.c.key))]


def labels(ledger: Ledger, document_keys: Collection[str]) -> dict[str, str]:
    """What people call these documents, by key."""
    return _of_newest(ledger, document_keys, tables.documents.c.label)


def hashes(ledger: Ledger, document_keys: Collection[str]) -> dict[str, str]:
    """What a decision on these documents has to name, by key."""
    return _of_newest(ledger, document_keys, tables.documents.c.sha256)


def _of_newest(ledger: Ledger, document_keys: Collection[str], column: Column[str]) -> dict[str, str]:
    table = tables.documents
    with ledger.reading() as con:
        return {
            key: value
            for batch in rows.batches(sorted(document_keys))
            for key, value in con.execute(
                select(table.c.document, column).where(table.c.document.in_(batch), table.c.is_newest)
            )
        }


def posting(ledger: Ledger, key: str, revision: int | None = None) -> StoredPosting | None:
    """One posting with the sources of its document: its newest revision, or the one named."""
    table = tables.postings
    which = table.c.is_newest if revision is None else table.c.revision == revision
    with ledger.reading() as con:
        row = con.execute(select(table).where(table.c.key == key, which)).first()
        return None if row is None else rows.stored(row, rows.sources_of(con, row.document_id))


def members(ledger: Ledger, document_keys: Collection[str]) -> list[StoredPosting]:
    """What of these documents is not sent yet, without sources."""
    table = tables.postings
    with ledger.reading() as con:
        return [
            rows.stored(row)
            for batch in rows.batches(sorted(document_keys))
            for row in con.execute(
                select(table).where(table.c.document.in_(batch), table.c.is_newest, table.c.state != "posted")
            )
        ]


def document(ledger: Ledger, key: str, *, with_sources: bool = True) -> StoredDocument | None:
    """The newest revision of the document that `key`, its own or any member's, belongs to.

    Its first member carries the sources; a listing of many documents does without.
    """
    with ledger.reading() as con:
        name = documents.document_of(con, key)
        if name is None:
            return None
        found = documents.newest(con, [name])[name]
        sources = rows.sources_of(con, found.document.document_id) if with_sources else ()
        table = tables.approvals
        given = con.execute(select(table).where(table.c.document == name).order_by(table.c.approval_id)).all()
    return StoredDocument(
        key=name,
        revision=found.document.revision,
        label=found.document.label,
        state=documents.overall_state(found.members),
        is_begun=found.standing == "begun",
        sha256=found.document.sha256,
        doc_number=found.document.doc_number,
        unwinding=found.document.unwinding,
        members=tuple(rows.stored(row, sources if n == 0 else ()) for n, row in enumerate(found.members)),
        approvals=tuple(rows.value_of(ApprovalOf, row) for row in given),
    )


def events_of(ledger: Ledger, key: str) -> list[Event]:
    """Everything that happened to the document `key` belongs to, and to each of its members, oldest first."""
    table = tables.events
    with ledger.reading() as con:
        name = documents.document_of(con, key)
        members = select(tables.postings.c.key).where(tables.postings.c.document == (name or key)).distinct()
        subjects = sorted({key, name or key, *con.execute(members).scalars()})
        return [
            rows.value_of(Event, row)
            for row in con.execute(select(table).where(table.c.subject.in_(subjects)).order_by(table.c.event_id))
        ]


def begun_documents(ledger: Ledger) -> set[str]:
    """Keys of documents that are not finished although sending them has begun."""
    table = tables.postings
    with ledger.reading() as con:
        open_states = ("held", "approved", "sending", "uncertain", "rejected")
        waiting = select(table.c.document).where(table.c.is_newest, table.c.state.in_(open_states)).distinct()
        found = documents.newest(con, list(con.execute(waiting).scalars()))
        return {key for key, document in found.items() if document.standing == "begun"}


def subjects_of_run(ledger: Ledger, run_id: str) -> set[str]:
    """Keys of everything a run changed."""
    table = tables.events
    with ledger.reading() as con:
        return set(con.execute(select(table.c.subject).where(table.c.run_id == run_id).distinct()).scalars())


def last_event_id(ledger: Ledger) -> int:
    """Number of the newest event; 0 for an empty ledger."""
    with ledger.reading() as con:
        return con.execute(select(func.max(tables.events.c.event_id))).scalar() or 0


def last_decision(ledger: Ledger) -> int:
    """Number of the newest event in which a person or the policy let something be sent; 0 when there is none."""
    table = tables.events
    with ledger.reading() as con:
        decided = select(func.max(table.c.event_id)).where(table.c.what.in_(("approved", "retried", "unwinding")))
        return con.execute(decided).scalar() or 0


def counts_by_state(ledger: Ledger) -> dict[str, int]:
    """How many newest postings are in each state; states with none are left out."""
    table = tables.postings
    with ledger.reading() as con:
        query = select(table.c.state, func.count()).where(table.c.is_newest).group_by(table.c.state)
        return {row[0]: row[1] for row in con.execute(query)}


def latest_plan(ledger: Ledger) -> str | None:
    """The id of the last plan: everything that stood as planned then."""
    table = tables.plans
    with ledger.reading() as con:
        return con.execute(select(table.c.plan_id).order_by(table.c.event_id.desc()).limit(1)).scalar()
