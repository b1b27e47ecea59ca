"""One record outside, one key of ours: which links stand, and so what a new link would contradict (rule 49).

Belongs here: where records may be shared, reading what stands at once, comparing, and writing rows of links. Must not
be here: events, or why a link is made (`links`, `sending`).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select

from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.keys import family_of
from harvest_qb_pipeline.ledger import kinds, rows, tables
from harvest_qb_pipeline.ledger.rows import insert_many

_ID = re.compile(r"[1-9][0-9]{0,30}")
_TITLES = {"harvest": "Harvest", "quickbooks": "QuickBooks"}
_SPACES = {**kinds.LINKED_ONCE, "employee": "Employee"}
"""The list outside that each family of keys links into. Jobs are customers; items may stand for many tasks."""


def exclusive(key: str, system: str, external_id: str) -> str | None:
    """What no two standing links may have in common; None for a family that may share a record."""
    space = _SPACES.get(family_of(key))
    return f"{system}:{space}:{external_id}" if space else None


class Pair(NamedTuple):
    """A key of ours and the record in `system` that it is, or would be."""

    key: str
    system: str
    external_id: str


def no_id(pair: Pair) -> str | None:
    """Why nothing can be linked to such an id, as a sentence; None where it is one: a positive whole number."""
    if _ID.fullmatch(pair.external_id):
        return None
    return f"{pair.external_id[:40]!r} is no id of {_TITLES[pair.system]}, so {pair.key} cannot be it."


class LinkBook:
    """What is linked of the keys and the records of some pairs, kept up with what is added. Needs the write lock."""

    def __init__(self, con: Connection, pairs: Iterable[Pair]) -> None:
        self._con = con
        self._linked: dict[str, Pair] = {}
        self._holders: dict[str, str] = {}
        self._rows: set[str] = set()
        keys, ids = set[str](), defaultdict[str, set[str]](set)
        for pair in pairs:
            keys.add(pair.key)
            ids[pair.system].add(pair.external_id)
        self._read_keys(keys)
        self._read_holders(ids)

    def has(self, pair: Pair) -> bool:
        """Whether this very link stands."""
        return self._linked.get(pair.key) == pair

    def other_record(self, pair: Pair) -> str | None:
        """A sentence when the key is linked to another record."""
        linked = self._linked.get(pair.key)
        if linked is None or linked == pair:
            return None
        return f"{pair.key} is already linked to {linked.system} {linked.external_id}, not {pair.external_id}."

    def other_key(self, pair: Pair) -> str | None:
        """A sentence when the record may be linked once only, and another key has it."""
        claim = exclusive(*pair)
        holder = self._holders.get(claim, pair.key) if claim else pair.key
        if holder == pair.key:
            return None
        record = f"{_TITLES.get(pair.system, pair.system)} id {pair.external_id}"
        return (
            f"{record} is linked to {holder} already, so it cannot be {pair.key} as well. "
            f"If that is wrong, unlink it first with `harvest-qb links unlink {holder}`."
        )

    def add(self, pair: Pair) -> None:
        """Count this link in, before it is written."""
        self._linked[pair.key] = pair
        if claim := exclusive(*pair):
            self._holders[claim] = pair.key

    def write(self, new: Sequence[Mapping[str, Any]]) -> None:
        """Write rows of `links`, one for each key; what a key was linked to before gives way.

        What was agreed of a pair that was linked before is agreed still, unless the new row says otherwise.
        """
        table = tables.links
        agreed: dict[Pair, Json] = {}
        for batch in rows.batches([row["key"] for row in new if row["key"] in self._rows]):
            before = select(table.c.key, table.c.system, table.c.external_id, table.c.baseline)
            for row in self._con.execute(before.where(table.c.key.in_(batch), table.c.baseline.is_not(None))):
                agreed[Pair(row.key, row.system, row.external_id)] = row.baseline
            self._con.execute(delete(table).where(table.c.key.in_(batch)))
        new = [
            {**row, "baseline": row["baseline"] or agreed.get(Pair(row["key"], row["system"], row["external_id"]))}
            for row in new
        ]
        columns = [column.name for column in table.columns]
        insert_many(self._con, table, [tuple(row[name] for name in columns) for row in new])

    def _read_keys(self, keys: Iterable[str]) -> None:
        table = tables.links
        columns = (table.c.key, table.c.system, table.c.external_id, table.c.is_removed)
        for batch in rows.batches(keys):
            for row in self._con.execute(select(*columns).where(table.c.key.in_(batch))):
                self._rows.add(row.key)
                if not row.is_removed:
                    self._linked[row.key] = Pair(row.key, row.system, row.external_id)

    def _read_holders(self, ids: Mapping[str, Iterable[str]]) -> None:
        """By the records themselves: a link from before they were one to one may stand without its claim."""
        table = tables.links
        for system, external_ids in ids.items():
            for batch in rows.batches(external_ids):
                found = self._con.execute(
                    select(table.c.key, table.c.external_id, table.c.exclusive).where(
                        table.c.system == system, table.c.external_id.in_(batch), ~table.c.is_removed
                    )
                )
                for row in found:
                    claim = exclusive(row.key, system, row.external_id)
                    if claim and (row.exclusive or claim not in self._holders):
                        self._holders[claim] = row.key
