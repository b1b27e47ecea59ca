"""Which ledger this is, and which lost ones it goes on for: what keeps two of them from billing one company.

Belongs here: the ledger's own id, and what a person said of others'. Must not be here: looking for them in QuickBooks
(`posting` does).
"""

from sqlalchemy import Connection, insert, select

from harvest_qb_pipeline.ledger import tables
from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger


def ledger_id(con: Connection) -> str:
    """The id of this ledger, which every marker of ours carries."""
    return con.execute(select(tables.identity.c.ledger_id)).scalar_one()


def own_ids(ledger: Ledger) -> frozenset[str]:
    """The id of this ledger and of those that it goes on for."""
    with ledger.reading() as con:
        return ids(con)


def ids(con: Connection) -> frozenset[str]:
    """The same, inside a transaction."""
    return frozenset((ledger_id(con), *con.execute(select(tables.takeovers.c.ledger_id)).scalars()))


def take_over(ledger: Ledger, other: str, *, by: str, reason: str) -> bool:
    """From now on this ledger goes on for a lost one: its documents are ours. False where that was so already."""
    if not reason.strip():
        raise NotAllowed(f"Say why this ledger takes over from {other}: how was that one lost?")
    if other in own_ids(ledger):
        return False
    with changing(ledger) as chain:
        event_id = chain.append("taken over", other, detail={"reason": reason}, actor=by)
        chain.con.execute(
            insert(tables.takeovers).values(
                ledger_id=other, taken_over_by=by, taken_over_at=chain.at, reason=reason, event_id=event_id
            )
        )
        return True
