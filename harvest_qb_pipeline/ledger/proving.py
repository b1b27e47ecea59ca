"""Letting events say of every row that it is as it stands: after a migration, which no event tells of.

Belongs here: that, for all rows at once. Must not be here: comparing rows with what events say (`proofs`).
"""

from sqlalchemy import Connection, select, update

from harvest_qb_pipeline.ledger import identity
from harvest_qb_pipeline.ledger.events import Chain
from harvest_qb_pipeline.ledger.images import PROVEN
from harvest_qb_pipeline.ledger.rows import batches
from harvest_qb_pipeline.ledger.store import NEWEST, Ledger

_AT_ONCE = 200
"""Rows that one event tells of: an event is read whole whenever one of its rows changes."""


def prove_all(con: Connection, ledger: Ledger) -> None:
    """Append events with the images of all rows there are, and let each row name its event. A new ledger has none."""
    chain = Chain(con, ledger.acting_as("migration"))
    detail = {"schema": NEWEST, "ledger_id": identity.ledger_id(con)}
    for table in PROVEN.values():
        (key,) = table.primary_key
        for keys in batches(con.execute(select(key).order_by(key)).scalars().all(), _AT_ONCE):
            event_id = chain.append("anchored", table.name, detail={**detail, "rows": len(keys)})
            con.execute(update(table).where(key.in_(keys)).values(event_id=event_id))
    chain.flush()
