"""Which postings may be sent now.

Belongs here: reading what is open and what it waits for; cost follows what is open. Must not be here: changes.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, and_, func, or_, select, true

from harvest_qb_pipeline.ledger import tables
from harvest_qb_pipeline.ledger.kinds import rank
from harvest_qb_pipeline.ledger.model import FINAL
from harvest_qb_pipeline.ledger.rows import batches


def ready_rows(con: Connection, now: datetime, limit: int, kinds: Collection[str] | None = None) -> list[Row[Any]]:
    """Rows of `postings` that may be claimed at `now`, in sending order; only of `kinds` where they are given."""
    table = tables.postings
    light = con.execute(
        select(table.c.posting_id, table.c.key, table.c.kind, table.c.occurs_on, table.c.depends_on)
        .join(tables.documents, tables.documents.c.document_id == table.c.document_id)
        .where(_claimable(now), true() if kinds is None else table.c.kind.in_(kinds))
    ).all()
    waiting_for = {key for row in light for key in row.depends_on}
    done = satisfied(con, waiting_for)
    free = [row for row in light if done.issuperset(row.depends_on)]
    free.sort(key=lambda row: (rank(row.kind), row.occurs_on, row.key))
    chosen = [row.posting_id for row in free[:limit]]
    found = {
        row.posting_id: row
        for batch in batches(chosen)
        for row in con.execute(select(table).where(table.c.posting_id.in_(batch)))
    }
    return [found[posting_id] for posting_id in chosen]


def is_ready(con: Connection, row: Row[Any], now: datetime) -> bool:
    """The same question for one posting, asked again under the write lock."""
    table = tables.postings
    still = con.execute(
        select(table.c.posting_id)
        .join(tables.documents, tables.documents.c.document_id == table.c.document_id)
        .where(_claimable(now), table.c.posting_id == row.posting_id)
    ).first()
    return still is not None and satisfied(con, row.depends_on).issuperset(row.depends_on)


def satisfied(con: Connection, keys: Collection[str]) -> set[str]:
    """Those of `keys` that stand for something that exists: posted without flags, or linked and not ours to make."""
    table, links = tables.postings, tables.links
    done: set[str] = set()
    for batch in batches(sorted(keys)):
        newest = con.execute(
            select(table.c.key, table.c.state, table.c.flags).where(table.c.key.in_(batch), table.c.is_newest)
        ).all()
        done |= {row.key for row in newest if row.state == "posted" and not row.flags}
        in_the_way = {row.key for row in newest if row.state not in FINAL}
        linked = con.execute(select(links.c.key).where(links.c.key.in_(batch), ~links.c.is_removed)).scalars()
        done |= set(linked) - in_the_way
    return done


def newest_row(con: Connection, key: str) -> Row[Any] | None:
    """The newest revision of a posting."""
    table = tables.postings
    return con.execute(select(table).where(table.c.key == key, table.c.is_newest)).first()


def next_id(con: Connection, column: Column[Any]) -> int:
    """One more than the highest id; safe because only the holder of the write lock asks."""
    return (con.execute(select(func.max(column))).scalar() or 0) + 1


def _claimable(now: datetime) -> ColumnElement[bool]:
    table, documents = tables.postings, tables.documents
    return and_(
        table.c.state.in_(("approved", "sending", "uncertain")),
        table.c.is_newest,
        or_(documents.c.unwinding.is_(None), table.c.reverses.is_not(None)),
        or_(
            table.c.state == "approved",
            and_(table.c.state == "uncertain", or_(table.c.next_attempt_at.is_(None), table.c.next_attempt_at <= now)),
            and_(table.c.state == "sending", table.c.lease_until <= now),
        ),
    )
