"""Which parties the documents of a ledger wait for, so that planning some of them does not forget what others need.

Belongs here: reading what is open. Must not be here: taking proposals (`planning`), or changes.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, or_, select

from harvest_qb_pipeline.ledger import tables
from harvest_qb_pipeline.ledger.model import BEGUN

_WAITING = ("planned", "approved", "sending", "uncertain", "rejected")


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
