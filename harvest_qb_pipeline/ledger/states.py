"""The one way a posting changes: compare the state it is in, set the new one, append one event.

Belongs here: the table of allowed moves and the compare-and-set. Must not be here: why a move is made (`plans`,
`approval` and `sending` know).
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select, update

from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.ledger import proofs, rows, tables
from harvest_qb_pipeline.ledger.events import Chain
from harvest_qb_pipeline.ledger.model import State

ALLOWED: Mapping[State, frozenset[State]] = {
    "held": frozenset({"held", "planned", "approved", "superseded", "cancelled"}),
    "planned": frozenset({"planned", "approved", "held", "superseded", "cancelled"}),
    "approved": frozenset({"planned", "held", "sending", "superseded", "cancelled"}),
    "sending": frozenset({"sending", "posted", "uncertain", "rejected", "held", "approved", "superseded"}),
    "uncertain": frozenset({"sending", "superseded"}),
    "posted": frozenset({"posted", "superseded"}),
    "rejected": frozenset({"approved", "planned", "held", "superseded", "cancelled"}),
    "superseded": frozenset(),
    "cancelled": frozenset(),
}
"""From each state to those it may become. `held` to `approved` is a person sending on what had begun; `sending`,
`uncertain` and `posted` to `superseded` is the end of an unwinding, after verified reversals."""


REMEDY = (
    "Nothing more is changed or sent: restore the ledger from a backup, and let `harvest-qb doctor` tell whether all "
    "of it holds."
)


class NotAllowed(Exception):  # noqa: N818 - reads as what happened
    """A change that the ledger does not make from the state it found. The message is for a person."""


class NotProven(NotAllowed):
    """The ledger is not what its events say, so nothing is built on it. The message names the record."""


class LeaseLost(NotAllowed):
    """The claim on a posting is no longer ours: somebody else may be sending it, so nothing more may be sent."""


def posting_row(chain: Chain, posting_id: int) -> Row[Any]:
    row = chain.con.execute(select(tables.postings).where(tables.postings.c.posting_id == posting_id)).first()
    if row is None:
        raise NotAllowed(f"The ledger has no posting number {posting_id}.")
    return row


def move(
    chain: Chain,
    row: Row[Any],
    to: State,
    what: str,
    *,
    detail: Mapping[str, Json] | None = None,
    actor: str | None = None,
    **values: Any,
) -> Row[Any]:
    """Set `row` to state `to` with `values`, if it still is as it was read; returns the new row.

    Raises `NotAllowed` when the move is not in `ALLOWED` or the row has changed meanwhile, `NotProven` when it was
    changed by hand: an event after that would say of the change that all is well.
    """
    table = tables.postings
    check(row, to)
    if row.event_id <= chain.began_at and (doubt := proofs.doubt_of(chain.con, table, row.posting_id)):
        raise NotProven(f"{doubt} {REMEDY}")
    before = rows.image(rows.values_of(row))
    after = rows.image({**rows.values_of(row), **values, "state": to})
    old, new = rows.difference(before, after)
    event_id = chain.append(what, row.key, before=old, after=new, detail=detail, actor=actor)
    done = chain.con.execute(
        update(table)
        .where(table.c.posting_id == row.posting_id, table.c.state == row.state, table.c.event_id == row.event_id)
        .values(**values, state=to, event_id=event_id)
    )
    if done.rowcount != 1:
        raise NotAllowed(f"{row.key} r{row.revision} was changed by somebody else while it was {row.state}. Try again.")
    return posting_row(chain, row.posting_id)


def check(row: Row[Any], to: State) -> None:
    """Raise `NotAllowed` unless a posting in this state may become `to`."""
    if to not in ALLOWED[row.state]:
        raise NotAllowed(f"{row.key} r{row.revision} is {row.state}; it cannot become {to}.")
