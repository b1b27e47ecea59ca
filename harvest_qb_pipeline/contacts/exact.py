"""Parties whose names are equal: who is linked by itself, and who is in conflict (accounting rule 49).

Belongs here: names that are exactly the same after normalising. Must not be here: likeness (`scoring`).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from harvest_qb_pipeline.contacts.names import PlainName, plain, plain_code
from harvest_qb_pipeline.contacts.party import Conflict, EqualPair, Party
from harvest_qb_pipeline.contacts.scoring import country_of

_MOST_NAMED = 5


@dataclass(frozen=True)
class Marks:
    """What may tell namesakes apart. A mark that the name itself states must be on the other side, too."""

    currency: str | None
    code: str | None
    country: str | None
    states_currency: bool
    states_code: bool
    is_consistent: bool
    is_active: bool


@dataclass(frozen=True)
class Read:
    """A party with its name as it was read."""

    party: Party
    name: PlainName
    is_linked: bool


@dataclass
class Found:
    """What exact names give, and for each left party the right ones that are not to be suggested for it besides."""

    matches: list[EqualPair]
    conflicts: list[Conflict]
    beside: dict[str, list[Collection[str]]]


Namesakes: TypeAlias = dict[Marks, list[Read]]
Rejected: TypeAlias = Mapping[str, Collection[str]]


def read(parties: Sequence[Party], linked: Collection[str]) -> list[Read]:
    """`parties` with their names read."""
    return [Read(party, plain(party.name, code=party.code), party.id in linked) for party in parties]


def find_exact(left: Iterable[Read], right: Iterable[Read], rejected: Rejected) -> Found:
    """Links and conflicts among parties of equal names. Linked ones count, but are not linked again."""
    mine, theirs = _by_name(left), _by_name(right)
    found = Found([], [], defaultdict(list))
    for name in mine.keys() & theirs.keys():
        ones, others = mine[name], theirs[name]
        if name[1] and not (all(one.is_linked for one in ones) or all(other.is_linked for other in others)):
            _Bucket(_by_marks(ones), _by_marks(others), rejected).put_into(found)
    return found


def _by_name(parties: Iterable[Read]) -> dict[tuple[str | None, str, str | None], list[Read]]:
    found: dict[tuple[str | None, str, str | None], list[Read]] = {}
    for each in parties:
        found.setdefault((each.party.group, each.name.words, each.name.legal_form), []).append(each)
    return found


def _by_marks(parties: Iterable[Read]) -> Namesakes:
    found: Namesakes = {}
    for each in parties:
        found.setdefault(_marks(each), []).append(each)
    return found


def _marks(each: Read) -> Marks:
    party, name = each.party, each.name
    code = plain_code(party.code)
    currencies, codes = {party.currency, name.currency} - {None}, {code, name.code} - {None}
    return Marks(
        party.currency or name.currency,
        code or name.code,
        name.country or country_of(party.address),
        name.currency is not None,
        name.code is not None,
        len(currencies) < 2 and len(codes) < 2,
        party.is_active and not name.is_deleted,
    )


class _Bucket:
    """The parties of both sides that bear one name."""

    def __init__(self, left: Namesakes, right: Namesakes, rejected: Rejected) -> None:
        self.left, self.right, self.rejected = left, right, rejected
        self.codes = {marks.code for marks in left} & {marks.code for marks in right}
        self.currencies = {marks.currency for marks in left} & {marks.currency for marks in right}
        self.by_code: dict[str | None, list[Marks]] = defaultdict(list)
        for theirs in right:
            self.by_code[theirs.code].append(theirs)
        self.partners = {mine: self._partners(mine) for mine in left}
        self.rivals = Counter(theirs for partners in self.partners.values() for theirs in partners)

    def put_into(self, found: Found) -> None:
        alone = {mine for mine in self.left if self._is_alone(mine)}
        for mine in alone:
            one, other = self.left[mine][0], self.right[self.partners[mine][0]][0]
            if not one.is_linked and not other.is_linked and other.party.id not in self.rejected.get(one.party.id, ()):
                rule = "exact name and code" if mine.code and mine.code == _marks(other).code else "exact name"
                found.matches.append(EqualPair(one.party.id, other.party.id, rule))
        if self._has_put_aside():
            self._leave_those_put_aside(found)
        groups = list(self._groups(mine for mine in self.left if mine not in alone))
        groups_of = Counter(other.party.id for _, others in groups for other in others)
        for ones, others in groups:
            if len(ones) * len(others) > 1 or groups_of[others[0].party.id] > 1:
                found.conflicts.append(_conflict(ones, others))
                ids = frozenset(other.party.id for other in others)
                for one in ones:
                    found.beside[one.party.id].append(ids)

    def _partners(self, mine: Marks) -> list[Marks]:
        """Marks of the active right parties that a left one of `mine` may be."""
        possible = [*self.by_code.get(mine.code, ()), *self.by_code.get(None, ())] if mine.code else self.right
        return [theirs for theirs in possible if theirs.is_active and self._agree(mine, theirs)]

    def _agree(self, mine: Marks, theirs: Marks) -> bool:
        return (
            mine.is_consistent
            and theirs.is_consistent
            and _agree(mine.country, theirs.country)
            and _agree(mine.currency, theirs.currency, mine.states_currency or theirs.states_currency, self.currencies)
            and _agree(mine.code, theirs.code, mine.states_code or theirs.states_code, self.codes)
        )

    def _is_alone(self, mine: Marks) -> bool:
        """Whether there is one left party of `mine`, one right party that agrees, and nobody else for that one."""
        partners = self.partners[mine]
        if len(self.left[mine]) != 1 or len(partners) != 1 or len(self.right[partners[0]]) != 1:
            return False
        return self.rivals[partners[0]] == 1 and not any(one.name.is_deleted for one in self.left[mine])

    def _groups(self, some: Iterable[Marks]) -> Iterator[tuple[list[Read], list[Read]]]:
        """Unlinked left parties that may be the same right ones, with these."""
        groups: dict[tuple[tuple[Marks, ...], frozenset[str]], list[Read]] = defaultdict(list)
        ids = (
            {each.party.id for namesakes in self.right.values() for each in namesakes} if self.rejected else set[str]()
        )
        for mine in some:
            for one in self.left[mine]:
                if not one.is_linked and self.partners[mine]:
                    refused = frozenset(ids.intersection(self.rejected.get(one.party.id, ())))
                    groups[tuple(self.partners[mine]), refused].append(one)
        for (partners, refused), ones in groups.items():
            others = [
                other
                for theirs in partners
                for other in self.right[theirs]
                if not other.is_linked and other.party.id not in refused
            ]
            if others:
                yield ones, others

    def _has_put_aside(self) -> bool:
        return any(not theirs.is_active for theirs in self.right)

    def _leave_those_put_aside(self, found: Found) -> None:
        """A record that was put aside is nobody's as long as an active one has the name."""
        aside = [other for theirs in self.right if not theirs.is_active for other in self.right[theirs]]
        ids = frozenset(other.party.id for other in aside)
        for mine, partners in self.partners.items():
            for one in self.left[mine] if partners else ():
                found.beside[one.party.id].append(ids)


def _agree(one: str | None, other: str | None, is_stated: bool = False, on_both: Collection[str | None] = ()) -> bool:
    """Whether a mark does not tell two parties apart.

    Where it is unknown on one side it does when a name states it, or when the other side has a namesake of that mark.
    """
    if one and other:
        return one == other
    known = one or other
    return known is None or not (is_stated or known in on_both)


def _conflict(ones: Sequence[Read], others: Sequence[Read]) -> Conflict:
    sentence = (
        f'The name "{ones[0].name.text}" is not unique: {_named(ones)} in Harvest, {_named(others)} in QuickBooks. '
        "Confirm which belong together, or rename one."
    )
    left, right = sorted(one.party.id for one in ones), sorted(other.party.id for other in others)
    return Conflict(tuple(left), tuple(right), sentence)


def _named(parties: Sequence[Read]) -> str:
    first = sorted(parties, key=lambda each: each.party.id)[:_MOST_NAMED]
    names = ", ".join(f'"{each.party.name}" ({each.party.id})' for each in first)
    more = len(parties) - len(first)
    return f"{names} and {more} more" if more else names
