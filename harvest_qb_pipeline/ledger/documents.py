"""What the ledger already holds of documents, read in bulk for a plan.

Belongs here: the newest revision of each document, where it stands as a whole, and which parties open ones wait for.
Must not be here: changes, or taking proposals (`planning`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from harvest_qb_pipeline.ledger import rows, tables
from harvest_qb_pipeline.ledger.model import BEGUN, FINAL, State

Standing: TypeAlias = Literal["begun", "held", "planned", "approved", "rejected", "superseded", "cancelled"]
_WAITING = ("planned", "approved", "sending", "uncertain", "rejected")


@dataclass(frozen=True)
class Known:
    """The newest revision of a document and its members."""

    document: Row[Any]
    members: list[Row[Any]]

    @property
    def standing(self) -> Standing:
        return standing_of(self.members, is_unwinding=self.document.unwinding is not None)


def standing_of(members: Collection[Row[Any]], *, is_unwinding: bool) -> Standing:
    """Where a document stands: begun as soon as one member is, else by the member that holds it back most."""
    states = {member.state for member in members}
    if states <= {"superseded"}:
        return "superseded"
    if states <= FINAL:
        return "cancelled"
    if is_unwinding or any(rows.is_begun(member) for member in members):
        return "begun"
    if "held" in states:
        return "held"
    if "rejected" in states:
        return "rejected"
    return "approved" if "approved" in states else "planned"


def overall_state(members: Collection[Row[Any]]) -> State:
    """One state for a whole document: the one a person should know about first; `posted` only when all are."""
    states: set[State] = {member.state for member in members}
    order: tuple[State, ...] = (
        "held",
        "rejected",
        "uncertain",
        "sending",
        "approved",
        "planned",
        "posted",
        "cancelled",
    )
    for state in order:
        if state in states:
            return state
    return "superseded"


def newest(con: Connection, document_keys: Collection[str]) -> dict[str, Known]:
    """The documents of these keys that the ledger has, by key."""
    table = tables.documents
    found = [
        row
        for batch in rows.batches(document_keys)
        for row in con.execute(select(table).where(table.c.document.in_(batch), table.c.is_newest))
    ]
    members = rows.members_of(con, [row.document_id for row in found])
    return {row.document: Known(row, members[row.document_id]) for row in found}


def unsent_keys(con: Connection, kinds: Collection[str]) -> set[str]:
    """Documents that have an open posting of these kinds."""
    table = tables.postings
    open_states = ("held", "planned", "approved", "rejected")
    return set(
        con.execute(
            select(table.c.document).where(table.c.state.in_(open_states), table.c.kind.in_(kinds), table.c.is_newest)
        ).scalars()
    )


def document_of(con: Connection, key: str) -> str | None:
    """The document that `key`, its own or that of any member, belongs to now."""
    for table in (tables.documents, tables.postings):
        column = table.c.document if table is tables.documents else table.c.key
        found = con.execute(select(table.c.document).where(column == key, table.c.is_newest)).scalar()
        if found is not None:
            return found
    return None


def creation_hashes(con: Connection, keys: Iterable[str]) -> dict[str, str]:
    """For posting keys that other documents depend on: the hash of the live document that makes each."""
    postings, documents = tables.postings, tables.documents
    return {
        row.key: row.sha256
        for batch in rows.batches(sorted(set(keys)))
        for row in con.execute(
            select(postings.c.key, documents.c.sha256)
            .join(documents, documents.c.document_id == postings.c.document_id)
            .where(postings.c.key.in_(batch), postings.c.is_newest, postings.c.state.not_in(sorted(FINAL)))
        )
    }


@dataclass(frozen=True)
class Needs:
    """Keys of postings that documents depend on: of such as may be sent, and of such as are held."""

    open: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()


def needs_elsewhere(con: Connection, kinds: Collection[str]) -> Needs:
    """What documents need that a plan of `kinds` does not derive anew: those of other kinds, and those begun."""
    table = tables.postings
    begun = select(table.c.document).where(table.c.is_newest, _is_begun())
    others = or_(table.c.kind.not_in(sorted(kinds)), table.c.document.in_(begun))
    return Needs(_depended_on(con, _WAITING, others), _depended_on(con, ("held",), others))


def _depended_on(con: Connection, states: Collection[str], of: ColumnElement[bool]) -> frozenset[str]:
    table = tables.postings
    found = con.execute(select(table.c.depends_on).where(table.c.is_newest, table.c.state.in_(states), of)).scalars()
    return frozenset(key for depends_on in found for key in depends_on)


def _is_begun() -> ColumnElement[bool]:
    """As `rows.is_begun`, for the database."""
    table = tables.postings
    return or_(
        table.c.state.in_(sorted(BEGUN)),
        table.c.external_id.is_not(None),
        table.c.unknown_attempts > 0,
        table.c.is_in_flight,
    )
