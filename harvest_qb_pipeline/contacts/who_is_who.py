"""Who is who as it stands now: the rows of the published copy, with what people have decided since laid over them.

Belongs here: the kinds of link, and pure laying-over of values. Must not be here: reading tables or the ledger, and
deciding who is who (the models of this room and `matching` do).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Literal, TypeAlias

from harvest_qb_pipeline.keys import family_of, id_in, key_prefix, record_in, subject_of

LinkType: TypeAlias = Literal["client", "project", "person", "item"]
LinkState: TypeAlias = Literal["linked", "suggested", "conflicting", "unmatched"]
Party: TypeAlias = Literal["Customer", "Employee", "Vendor", "Item"]
Pair: TypeAlias = tuple[str, str]
"""Key of a link, and the id it has (or may have) in QuickBooks."""
PartyId: TypeAlias = tuple[Party | None, str | None]

TYPES: tuple[LinkType, ...] = ("client", "project", "person", "item")
STATES: tuple[LinkState, ...] = ("conflicting", "suggested", "unmatched", "linked")
"""What needs a person first comes first."""


@dataclass(frozen=True)
class Family:
    """Links of one kind: `record` of Harvest is a `party` of QuickBooks; one to one, or several to one (items)."""

    name: str
    record: str
    link_type: LinkType
    party: Party
    is_exclusive: bool = True

    @property
    def prefix(self) -> str:
        """What its keys begin with: `customer/client-`."""
        return key_prefix(self.name, self.record)


FAMILIES = (
    Family("customer", "client", "client", "Customer"),
    Family("job", "project", "project", "Customer"),
    Family("employee", "user", "person", "Employee"),
    Family("vendor", "user", "person", "Vendor"),
    Family("item", "task", "item", "Item", is_exclusive=False),
    Family("item", "category", "item", "Item", is_exclusive=False),
)
_BY_NAMES = {(family.name, family.record): family for family in FAMILIES}


@cache
def link_family(key: str) -> Family | None:
    """The family of a key such as `customer/client-12`; None when it is no key of a link that people decide on."""
    return _BY_NAMES.get((family_of(key), record_in(key) or ""))


@dataclass(frozen=True)
class Standing:
    """A link as the ledger has it now."""

    key: str
    external_id: str
    how: str
    rule: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class Row:
    """A pair (linked, suggested or in conflict), or a record that only one side has; as `contacts.who_is_who`."""

    link_type: LinkType
    state: LinkState
    link_key: str | None = None
    harvest_id: int | None = None
    harvest_name: str | None = None
    quickbooks_type: Party | None = None
    quickbooks_id: str | None = None
    quickbooks_name: str | None = None
    how: str | None = None
    rule: str | None = None
    made_by: str | None = None
    made_at: datetime | None = None
    score: float | None = None
    reasons: tuple[str, ...] = ()
    sentence: str | None = None

    @property
    def is_link(self) -> bool:
        """Whether the two are linked, even if the link cannot be used; otherwise they only may be the same."""
        return self.how is not None

    @property
    def party(self) -> PartyId:
        return self.quickbooks_type, self.quickbooks_id


def overlay(rows: Iterable[Row], links: Iterable[Standing], rejected: Collection[Pair]) -> list[Row]:
    """`rows` as they are with the links that stand now and the pairs that are rejected now.

    A link made since is linked, and nothing else is suggested for either of its two; a rejected suggestion is gone, a
    link that was removed too, and whoever is left alone by that is unmatched. Ordered by type, state and name.
    """
    published = list(rows)
    standing = {link.key: link for link in links if link_family(link.key)}
    linked = _links_now(published, standing)
    taken = {row.party for row in linked}
    kept = [row for row in published if row.link_key not in standing and _stays(row, taken, rejected)]
    kept += linked
    kept += _left_alone(published, kept)
    return sorted(kept, key=_order)


def _stays(row: Row, linked: Collection[PartyId], rejected: Collection[Pair]) -> bool:
    """Whether a row of a key without a link still tells the truth; `linked` are the records that have one."""
    if row.quickbooks_id is None:
        return True
    if row.link_key is None:
        return row.party not in linked
    # A link that a plan has yet to make has no maker; one that had a maker was removed since.
    was_removed = row.is_link and row.made_by is not None
    family = link_family(row.link_key)
    is_taken = row.party in linked and family is not None and family.is_exclusive
    return not (was_removed or is_taken or (row.link_key, row.quickbooks_id) in rejected)


def _links_now(published: Sequence[Row], standing: Mapping[str, Standing]) -> list[Row]:
    before = {(row.link_key, row.quickbooks_id): row for row in published if row.is_link}
    ours = {row.link_key: row for row in published if row.link_key is not None}
    # A person may be an employee and a vendor: two keys, one name.
    names = {subject_of(key): row.harvest_name for key, row in ours.items() if key}
    theirs = {row.party: row.quickbooks_name for row in published if row.quickbooks_id is not None}
    found: list[Row] = []
    for link in standing.values():
        row = before.get((link.key, link.external_id)) or _new_link(link, names, theirs)
        found.append(replace(row, how=link.how, rule=link.rule, made_by=link.made_by, made_at=link.made_at))
    return found


def _new_link(link: Standing, names: Mapping[str | None, str | None], theirs: Mapping[PartyId, str | None]) -> Row:
    """A link of two that the copy did not know as linked; either may be younger than the copy, and have no name yet."""
    family = link_family(link.key)
    if family is None:
        raise ValueError(f"{link.key} is no key of a link")
    return Row(
        link_type=family.link_type,
        state="linked",
        link_key=link.key,
        harvest_id=id_in(link.key, family.name),
        harvest_name=names.get(subject_of(link.key)),
        quickbooks_type=family.party,
        quickbooks_id=link.external_id,
        quickbooks_name=theirs.get((family.party, link.external_id)),
    )


def _left_alone(published: Sequence[Row], kept: Sequence[Row]) -> list[Row]:
    """Records of either side that were in the copy and are in no row any more."""
    keys = {row.link_key for row in kept if row.link_key is not None}
    # An item may have several tasks: it is not alone as long as one has it.
    parties = {row.party for row in kept if row.quickbooks_id is not None}
    alone: dict[object, Row] = {}
    for row in published:
        if row.link_key is not None and row.link_key not in keys:
            alone[row.link_key] = Row(
                link_type=row.link_type,
                state="unmatched",
                link_key=row.link_key,
                harvest_id=row.harvest_id,
                harvest_name=row.harvest_name,
                quickbooks_type=row.quickbooks_type,
            )
        if row.quickbooks_id is not None and row.party not in parties:
            alone[row.party] = Row(
                link_type=row.link_type,
                state="unmatched",
                quickbooks_type=row.quickbooks_type,
                quickbooks_id=row.quickbooks_id,
                quickbooks_name=row.quickbooks_name,
            )
    return list(alone.values())


def _order(row: Row) -> tuple[object, ...]:
    name = row.harvest_name or row.quickbooks_name or ""
    return (
        TYPES.index(row.link_type),
        STATES.index(row.state),
        row.link_key is None,
        name.casefold(),
        row.link_key or "",
        -(row.score or 0),
        row.quickbooks_id or "",
    )


def counted(rows: Iterable[Row]) -> dict[LinkType, dict[LinkState, int]]:
    """Rows by type and state, all of them, zeros included."""
    found: dict[LinkType, dict[LinkState, int]] = {each: dict.fromkeys(STATES, 0) for each in TYPES}
    for row in rows:
        found[row.link_type][row.state] += 1
    return found


def suggestions(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """What is suggested now, by key, best first."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.state == "suggested" and row.link_key is not None:
            found[row.link_key].append(row)
    return {key: sorted(of_key, key=lambda row: -(row.score or 0)) for key, of_key in found.items()}
