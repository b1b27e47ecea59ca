"""Who is who between two lists of parties: links that are sure, suggestions for a person, conflicts (rule 49).

Belongs here: putting exact names, keys and scores together. Must not be here: anything that reads a table.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from harvest_qb_pipeline.contacts.blocking import near
from harvest_qb_pipeline.contacts.exact import Found, Read, find_exact, read
from harvest_qb_pipeline.contacts.party import Matching, Party, SimilarPair
from harvest_qb_pipeline.contacts.scoring import (
    Names,
    Profile,
    likenesses,
    profile,
    weigh,
    without_common_domains,
    worth_weighing,
)

MOST_SUGGESTIONS = 5
"""A party is suggested at most so many others: the likeliest."""
_PAIRS_AT_ONCE = 50_000

Pairs: TypeAlias = Collection[tuple[str, str]]


def match(left: Sequence[Party], right: Sequence[Party], *, linked: Pairs = (), rejected: Pairs = ()) -> Matching:
    """Matches Harvest's parties (`left`) with those of QuickBooks (`right`).

    Those in `linked` count where a name must be unique, and are in no result; pairs in `rejected` are in none either.
    An inactive right party is at most suggested, and not where an active one has the name. Apart from reading every
    name once, the work grows with the parties that are not linked.
    """
    taken_left, taken_right = {one for one, _ in linked}, {other for _, other in linked}
    if all(one.id in taken_left for one in left) or all(other.id in taken_right for other in right):
        return Matching((), (), ())
    refused: dict[str, set[str]] = defaultdict(set)
    for one, other in rejected:
        refused[one].add(other)
    mine, theirs = read(left, taken_left), read(right, taken_right)
    found = find_exact(mine, theirs, refused)
    matched_left, matched_right = {each.left_id for each in found.matches}, {each.right_id for each in found.matches}
    suggestions = _suggestions(_open(mine, matched_left), _open(theirs, matched_right), found, refused)
    return Matching(
        tuple(sorted(found.matches, key=lambda each: each.left_id)),
        tuple(suggestions),
        tuple(sorted(found.conflicts, key=lambda each: (each.left_ids, each.right_ids))),
    )


def _open(parties: Sequence[Read], matched: Collection[str]) -> list[Profile]:
    """Those that are neither linked nor matched, ready to be compared."""
    left_over = (each for each in parties if not each.is_linked and each.party.id not in matched)
    return without_common_domains([profile(each.party, each.name) for each in left_over])


def _suggestions(
    left: Sequence[Profile], right: Sequence[Profile], found: Found, refused: Mapping[str, Collection[str]]
) -> list[SimilarPair]:
    batch = _Batch(left, right)
    scored: list[SimilarPair] = []
    for each in near(left, right):
        one = left[each.left].party.id
        never = [*found.beside.get(one, ()), *((refused[one],) if one in refused else ())]
        for places, is_sure in ((each.by_name, False), (each.sure, True)):
            allowed = (place for place in places if not any(right[place].party.id in ids for ids in never))
            batch.add(each.left, list(allowed) if never else places, is_sure=is_sure)
        if batch.size >= _PAIRS_AT_ONCE:
            scored += batch.scored()
    return _likeliest([*scored, *batch.scored()])


class _Batch:
    """Pairs that are compared at once: their names in one go, and the rest only where these are alike."""

    def __init__(self, left: Sequence[Profile], right: Sequence[Profile]) -> None:
        self._left, self._right = left, right
        self._names = (Names(left), Names(right))
        self._clear()

    def _clear(self) -> None:
        self._runs: list[tuple[int, int, bool]] = []
        self._others: list[int] = []

    @property
    def size(self) -> int:
        return len(self._others)

    def add(self, one: int, others: Collection[int], *, is_sure: bool) -> None:
        """Pairs of the left party at place `one`; if `is_sure` they are weighed however unlike their names are."""
        self._runs.append((one, len(others), is_sure))
        self._others += others

    def scored(self) -> list[SimilarPair]:
        """The suggestions among the pairs, which are forgotten."""
        if not self._others:
            return []
        left, lengths, sure = np.array(self._runs, dtype=np.int64).T
        ones, others = np.repeat(left, lengths), np.array(self._others, dtype=np.int64)
        likeness = likenesses(*self._names, ones, others)
        worth = worth_weighing(*self._names, ones, others, likeness) | np.repeat(sure.astype(np.bool_), lengths)
        found: list[SimilarPair] = []
        for place in np.flatnonzero(worth):
            one, other = self._left[ones[place]], self._right[others[place]]
            weighed = weigh(one, other, float(likeness[place]))
            if weighed:
                found.append(SimilarPair(one.party.id, other.party.id, weighed.score, weighed.reasons))
        self._clear()
        return found


def _likeliest(scored: Sequence[SimilarPair]) -> list[SimilarPair]:
    """Those that are among the likeliest of both their parties, by left party and falling score."""
    kept = _first_of_each(scored, lambda each: each.left_id, lambda each: each.right_id)
    kept &= _first_of_each(scored, lambda each: each.right_id, lambda each: each.left_id)
    chosen = (each for each in scored if (each.left_id, each.right_id) in kept)
    return sorted(chosen, key=lambda each: (each.left_id, -each.score, each.right_id))


def _first_of_each(
    scored: Sequence[SimilarPair], party: Callable[[SimilarPair], str], other: Callable[[SimilarPair], str]
) -> set[tuple[str, str]]:
    of_party: dict[str, list[SimilarPair]] = defaultdict(list)
    for each in scored:
        of_party[party(each)].append(each)
    return {
        (each.left_id, each.right_id)
        for some in of_party.values()
        for each in sorted(some, key=lambda each: (-each.score, other(each)))[:MOST_SUGGESTIONS]
    }
