"""Which key of ours a record outside belongs to: one record, one key (rule 49).

Belongs here: asking before something is sent. Must not be here: making links (`links`, `sending`), which refuse anyway.
"""

from sqlalchemy import select

from harvest_qb_pipeline.ledger import spaces, tables
from harvest_qb_pipeline.ledger.links import resolve
from harvest_qb_pipeline.ledger.model import System
from harvest_qb_pipeline.ledger.store import Ledger

_TITLES: dict[System, str] = {"harvest": "Harvest", "quickbooks": "QuickBooks"}


def holder(ledger: Ledger, key: str, system: System, external_id: str) -> str | None:
    """The key a record is linked to, of those that may not share it with `key`; None when it is free."""
    claim = spaces.exclusive(key, system, external_id)
    if claim is None:
        return None
    with ledger.reading() as con:
        return con.execute(select(tables.links.c.key).where(tables.links.c.exclusive == claim)).scalar()


def obstacle(ledger: Ledger, key: str, system: System, external_id: str | None) -> str | None:
    """Why `key` cannot be linked to a record (None: one that is to be made), as a sentence, or None when it can.

    Keys whose records may be shared are never in the way.
    """
    if spaces.exclusive(key, system, "") is None:
        return None
    linked = resolve(ledger, key)
    if linked not in (None, external_id):
        return f"{key} is linked to {_TITLES[system]} id {linked} by now."
    other = holder(ledger, key, system, external_id) if external_id else None
    if other in (None, key):
        return None
    return f"{_TITLES[system]} id {external_id} is linked to {other} already, so it cannot be {key} as well."
