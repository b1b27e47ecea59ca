"""Who is who, for people who decide on links: what the last plan found, as it stands after what was decided since.

Belongs here: the families of links that people decide on, storing what a plan found, and reading it with the links and
decisions of this moment laid over it, by one query. Must not be here: finding out who is who (`contacts` does), or
whether a decision may be made (`decisions`).

The state of a key follows from three tables and from nothing else: a standing link is `linked` (`conflicting` where the
plan said why it cannot be used); a pair that the plan suggested stays until it is rejected, its key is linked, or its
record is another key's; whoever is left alone by that is `unmatched`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Float, Table, Text, TextualSelect, bindparam, column, delete, select, text, tuple_

from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.keys import family_of, key_prefix, record_in
from harvest_qb_pipeline.ledger import rows, tables
from harvest_qb_pipeline.ledger.columns import JsonText, Moment
from harvest_qb_pipeline.ledger.events import Chain
from harvest_qb_pipeline.ledger.link_rules import exclusive
from harvest_qb_pipeline.ledger.store import Ledger

LinkType: TypeAlias = Literal["client", "project", "person", "item"]
LinkState: TypeAlias = Literal["linked", "suggested", "conflicting", "unmatched"]
HarvestType: TypeAlias = Literal["client", "project", "user", "task", "category"]
QuickBooksType: TypeAlias = Literal["Customer", "Employee", "Vendor", "Item"]
RecordType: TypeAlias = HarvestType | QuickBooksType
RecordId: TypeAlias = tuple[RecordType, str]
"""Type and id of a record of either system: `("client", "12")`, `("Customer", "58")`."""

TYPES: tuple[LinkType, ...] = ("client", "project", "person", "item")
STATES: tuple[LinkState, ...] = ("conflicting", "suggested", "unmatched", "linked")
"""What needs a person first comes first."""


@dataclass(frozen=True)
class Family:
    """Links of one kind: a `record` of Harvest is a `party` of QuickBooks; keys are `NAME/RECORD-ID`."""

    name: str
    record: HarvestType
    link_type: LinkType
    party: QuickBooksType

    @property
    def prefix(self) -> str:
        """What its keys begin with: `customer/client-`."""
        return key_prefix(self.name, self.record)


FAMILIES = (
    Family("customer", "client", "client", "Customer"),
    Family("job", "project", "project", "Customer"),
    Family("employee", "user", "person", "Employee"),
    Family("vendor", "user", "person", "Vendor"),
    Family("item", "task", "item", "Item"),
    Family("item", "category", "item", "Item"),
)
_BY_NAMES: dict[tuple[str, str], Family] = {(family.name, family.record): family for family in FAMILIES}


def link_family(key: str) -> Family | None:
    """The family of a key such as `customer/client-12`; None when it is no key of a link that people decide on."""
    record = record_in(key)
    return _BY_NAMES.get((family_of(key), record)) if record else None


@dataclass(frozen=True)
class Record:
    """Who can be linked, as read last: a customer, item, ... of QuickBooks, or a client, task, ... of Harvest.

    `full_name` has its parents, where it differs; `parent_id` is a job's customer, or a project's client.
    """

    record_type: RecordType
    record_id: str
    name: str
    full_name: str | None = None
    currency: str | None = None
    is_active: bool = True
    is_job: bool = False
    parent_id: str | None = None
    item_type: str | None = None


@dataclass(frozen=True)
class Suggestion:
    """What a plan says of one key: whom it may be (`external_id`) with what speaks for it, or that there is nobody.

    `how` and `made_by` are of a link that it has; such a pair is `conflicting` when the link cannot be used any more,
    and `sentence` says why. `is_stated`: the policy says who it is, which wins over everything.
    """

    key: str
    state: LinkState
    external_id: str | None = None
    how: str | None = None
    made_by: str | None = None
    score: float | None = None
    reasons: tuple[str, ...] = ()
    sentence: str | None = None
    is_stated: bool = False


@dataclass(frozen=True)
class Match:
    """A pair as it stands now (linked, suggested or conflicting), or a record that only one side has."""

    link_type: LinkType
    state: LinkState
    link_key: str | None
    harvest_id: int | None
    harvest_name: str | None
    quickbooks_type: QuickBooksType
    quickbooks_id: str | None
    quickbooks_name: str | None
    how: str | None
    rule: str | None
    made_by: str | None
    made_at: datetime | None
    score: float | None
    reasons: tuple[str, ...]
    sentence: str | None


def replace_who_is_who(chain: Chain, records: Iterable[Record], suggestions: Iterable[Suggestion]) -> int:
    """Make what is stored equal to what a plan found, in its transaction; returns how many rows that wrote or removed.

    Only rows that differ are touched, with one event that counts them; finding the same again writes nothing.
    Raises `ValueError` for a suggestion whose key is of no family.
    """
    changes = [
        _difference(chain.con, tables.records, [vars(record) for record in records]),
        _difference(chain.con, tables.suggestions, _suggestion_rows(suggestions)),
    ]
    removed = sum(len(gone) for _, gone, _ in changes)
    counts: dict[str, Json] = {table.name: len(new) for table, _, new in changes}
    if not (removed or any(counts.values())):
        return 0
    event_id = chain.append("who is who", "links", detail={**counts, "removed": removed})
    for table, gone, new in changes:
        if gone:
            this_row = (key == bindparam(f"_{key.name}") for key in table.primary_key)
            chain.con.execute(delete(table).where(*this_row), gone)
        rows.insert_many(chain.con, table, [(*values, event_id) for values in new])
    return removed + sum(len(new) for _, _, new in changes)


def _suggestion_rows(suggestions: Iterable[Suggestion]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    by_key = sorted(suggestions, key=lambda one: (one.key, one.external_id or ""))
    for key, of_key in groupby(by_key, key=lambda one: one.key):
        if (family := link_family(key)) is None:
            raise ValueError(f"{key} is no key of a link that people decide on.")
        for ordinal, one in enumerate(of_key):
            claim = exclusive(key, "quickbooks", one.external_id) if one.external_id else None
            found.append({**vars(one), "ordinal": ordinal, "link_type": family.link_type, "claim": claim})
    return found


def _difference(
    con: Connection, table: Table, wanted: Iterable[Mapping[str, Any]]
) -> tuple[Table, list[dict[str, Any]], list[tuple[Any, ...]]]:
    """The table, its rows that should not be there (by their primary key), and those that should be and are not."""
    columns = [column for column in table.columns if column.name != "event_id"]
    stored = {_hashable(row) for row in con.execute(select(*columns))}
    found = {_hashable(each[column.name] for column in columns) for each in wanted}
    keys = [(n, f"_{column.name}") for n, column in enumerate(columns) if column.primary_key]
    gone = [{name: row[n] for n, name in keys} for row in stored - found]
    return table, gone, list(found - stored)


def _hashable(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)


def who_is_who(ledger: Ledger, key: str | None = None) -> list[Match]:
    """Everybody by type, state and name, as of now; with `key`, only what there is of that key."""
    with ledger.reading() as con:
        found = con.execute(_WHO_IS_WHO, {"key": key}).mappings()
        return sorted((_match(row) for row in found), key=_order)


def records(ledger: Ledger, ids: Collection[RecordId] | None = None) -> dict[RecordId, Record]:
    """The records of these ids that the last plan read, or all of them, inactive ones too."""
    table = tables.records
    query = select(*(table.c[field.name] for field in fields(Record)))
    at = tuple_(table.c.record_type, table.c.record_id)
    with ledger.reading() as con:
        batches = [query] if ids is None else [query.where(at.in_(batch)) for batch in rows.batches(sorted(ids))]
        found = [Record(*row) for batch in batches for row in con.execute(batch)]
    return {(record.record_type, record.record_id): record for record in found}


def stated_keys(ledger: Ledger) -> frozenset[str]:
    """Keys that the policy decides on, which wins over everything."""
    table = tables.suggestions
    with ledger.reading() as con:
        return frozenset(con.execute(select(table.c.key).where(table.c.is_stated)).scalars())


def parents_of(ledger: Ledger, customer_id: str) -> frozenset[str]:
    """Ids of all customers and jobs above a job in QuickBooks; empty for a customer of its own."""
    table = tables.records
    parent = select(table.c.parent_id.label("customer_id")).where(
        table.c.record_type == "Customer", table.c.parent_id.is_not(None)
    )
    above = parent.where(table.c.record_id == customer_id).cte("above", recursive=True)
    # UNION, not UNION ALL: a circle of parents must end.
    above = above.union(parent.where(table.c.record_id == above.c.customer_id))
    with ledger.reading() as con:
        return frozenset(con.execute(select(above.c.customer_id)).scalars())


def is_known(ledger: Ledger) -> bool:
    """Whether any plan has stored who is who in this ledger yet."""
    with ledger.reading() as con:
        return con.execute(select(tables.records.c.record_id).limit(1)).first() is not None


def _statement() -> TextualSelect:
    families = ", ".join(f"('{f.prefix}', '{f.record}', '{f.link_type}', '{f.party}')" for f in FAMILIES)
    given = f"WITH families (prefix, record_type, link_type, party_type) AS (VALUES {families}),\n"
    query = text(given + (Path(__file__).parent / "sql" / "who_is_who.sql").read_text(encoding="utf-8"))
    names = [field.name for field in fields(Match)]
    typed = {"made_at": Moment(), "reasons": JsonText(), "score": Float()}
    return query.columns(*(column(name, typed.get(name, Text())) for name in names))


_WHO_IS_WHO = _statement()


def _match(row: Mapping[Any, Any]) -> Match:
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(Match)}
    values["harvest_id"] = None if values["harvest_id"] is None else int(values["harvest_id"])
    values["reasons"] = tuple(values["reasons"] or ())
    return Match(**values)


def _order(match: Match) -> tuple[object, ...]:
    return (
        TYPES.index(match.link_type),
        STATES.index(match.state),
        match.link_key is None,
        (match.harvest_name or match.quickbooks_name or "").casefold(),
        match.link_key or "",
        -(match.score or 0),
        match.quickbooks_id or "",
    )
