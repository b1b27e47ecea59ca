"""Which document outside stands for which key of ours: `customer/client-1` is QuickBooks customer 58.

Belongs here: reading and confirming links. Must not be here: guessing them (`contacts` does).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from harvest_qb_pipeline.ledger import rows, tables, transitions
from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.model import System
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.ledger.transitions import Refused


@dataclass(frozen=True)
class Link:
    """A key of ours and the id it has in `system`."""

    key: str
    system: System
    external_id: str
    made_by: str
    made_at: datetime


def resolve(ledger: Ledger, key: str) -> str | None:
    """The id outside that `key` is linked to, or None."""
    return resolve_all(ledger, [key]).get(key)


def resolve_all(ledger: Ledger, keys: Collection[str]) -> dict[str, str]:
    """Ids by key, of those keys that are linked."""
    table = tables.links
    with ledger.reading() as con:
        return {
            row.key: row.external_id
            for batch in rows.batches(keys)
            for row in con.execute(
                select(table.c.key, table.c.external_id).where(table.c.key.in_(batch), ~table.c.is_removed)
            )
        }


def links(ledger: Ledger, *, prefix: str = "") -> list[Link]:
    """All standing links whose key starts with `prefix`, by key."""
    table = tables.links
    with ledger.reading() as con:
        found = con.execute(
            select(table)
            .where(~table.c.is_removed, table.c.key >= prefix, table.c.key < prefix + "\U0010ffff")
            .order_by(table.c.key)
        )
        return [Link(row.key, row.system, row.external_id, row.made_by, row.made_at) for row in found]


def put_link(ledger: Ledger, key: str, external_id: str, *, by: str, system: System = "quickbooks") -> None:
    """Confirm that `key` is `external_id` in `system`. Repeating is a no-op.

    Raises `Refused` when it is linked to something else: remove that link first, with a reason (rule 49).
    """
    with changing(ledger) as chain:
        table = tables.links
        standing = chain.con.execute(select(table).where(table.c.key == key, ~table.c.is_removed)).first()
        if standing is not None:
            if (standing.system, standing.external_id) == (system, external_id):
                return
            raise Refused(f"{key} is already linked to {standing.system} {standing.external_id}, not {external_id}.")
        event_id = chain.append("linked", key, after={"system": system, "external_id": external_id}, actor=by)
        transitions.put_link(chain, key=key, system=system, external_id=external_id, made_by=by, event_id=event_id)


def remove_link(ledger: Ledger, key: str, *, by: str, reason: str) -> None:
    """Take back a link that was wrong. Raises `Refused` when there is none."""
    with changing(ledger) as chain:
        table = tables.links
        standing = chain.con.execute(select(table).where(table.c.key == key, ~table.c.is_removed)).first()
        if standing is None:
            raise Refused(f"{key} is not linked.")
        before = {"system": standing.system, "external_id": standing.external_id}
        event_id = chain.append("link removed", key, before=before, detail={"reason": reason}, actor=by)
        chain.con.execute(table.update().where(table.c.key == key).values(is_removed=True, event_id=event_id))
