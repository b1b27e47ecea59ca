"""What holds for any names: reading again changes nothing, either side may come first, and links are one to one."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from harvest_qb_pipeline.contacts.blocking import near
from harvest_qb_pipeline.contacts.exact import read
from harvest_qb_pipeline.contacts.matching import match
from harvest_qb_pipeline.contacts.names import plain
from harvest_qb_pipeline.contacts.party import Matching, Party
from harvest_qb_pipeline.contacts.scoring import Names, Profile, likenesses, profile, weigh

WORDS = (
    "Acme", "ACMÉ", "Akme", "Bluebird", "Blue", "bird", "Coffee", "Cofee", "Müller", "Mueller", "Sons", "&", "und",
    "The", "2", "3", "Group", "GOI", "General", "Optical", "Instruments", "Ромашка", "Romashka",
)  # fmt: skip
FORMS = ("", "", "Ltd", "Limited", "Inc", "GmbH", "S.A.", "(EUR)", "USD", "(deleted)", "- GBP", "(WEB-1)")
NAMES = st.builds(
    lambda words, form: f"{' '.join(words)} {form}".strip(),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    st.sampled_from(FORMS),
)
PARTIES = st.builds(
    Party,
    id=st.just(""),
    name=NAMES,
    currency=st.sampled_from((None, "EUR", "USD")),
    emails=st.sampled_from(((), ("a@acme.example",), ("b@acme.example", "c@gmail.com"))),
    address=st.sampled_from((None, "1 High St, Leeds, England", "1 High St, Dublin, Ireland")),
    projects=st.sampled_from(((), ("Website",), ("Website", "Audit"))),
    code=st.sampled_from((None, None, "WEB-1", "WEB-2")),
    group=st.sampled_from((None, None, None, "1")),
    is_active=st.sampled_from((True, True, True, False)),
)
Pairs = Collection[tuple[str, str]]


@st.composite
def sides(draw: st.DrawFn, *, all_active: bool = False) -> tuple[list[Party], list[Party], Pairs, Pairs]:
    """Two lists of parties with some pairs linked, one to one, and some rejected."""
    left = [replace(each, id=f"h{n}") for n, each in enumerate(draw(st.lists(PARTIES, max_size=8)))]
    right = [replace(each, id=f"q{n}") for n, each in enumerate(draw(st.lists(PARTIES, max_size=8)))]
    if all_active:
        left, right = ([_active(each) for each in side] for side in (left, right))
    possible = list(product([each.id for each in left], [each.id for each in right]))
    rejected = draw(st.sets(st.sampled_from(possible), max_size=6)) if possible else set()
    count = draw(st.integers(0, min(len(left), len(right), 2)))
    linked = {(left[n].id, right[n].id) for n in range(count)} - rejected
    return left, right, linked, rejected


def _active(party: Party) -> Party:
    return replace(party, is_active=True, name=party.name.replace(" (deleted)", ""))


def pairs_of(found: Matching) -> Counter[tuple[str, str]]:
    """Every pair that anything was said about."""
    pairs = [(each.left_id, each.right_id) for each in (*found.matches, *found.suggestions)]
    for conflict in found.conflicts:
        pairs += product(conflict.left_ids, conflict.right_ids)
    return Counter(pairs)


@given(
    st.text(max_size=60)
    | st.text("aB é&+./-[]()'ßİＬㇻ\u0301\u094d\u200b12#ltdincsakyEUR株式会社", max_size=30)
    | NAMES
)
@settings(max_examples=500, deadline=None)
def test_reading_a_plain_name_again_changes_nothing(name):
    once = plain(name)
    assert plain(once.text) == once


@given(NAMES)
def test_spaces_do_not_matter(name):
    assert plain(f"  {name.replace(' ', '  ')} ") == plain(name)


@given(sides(all_active=True))
@settings(max_examples=120, deadline=None)
def test_either_side_may_come_first(given_sides):
    left, right, linked, rejected = given_sides
    found = match(left, right, linked=linked, rejected=rejected)
    back = match(right, left, linked={(b, a) for a, b in linked}, rejected={(b, a) for a, b in rejected})
    assert {(m.left_id, m.right_id) for m in found.matches} == {(m.right_id, m.left_id) for m in back.matches}
    assert pairs_of(found) == Counter({(a, b): count for (b, a), count in pairs_of(back).items()})
    scores = {(s.left_id, s.right_id): s.score for s in found.suggestions}
    assert scores == {(s.right_id, s.left_id): s.score for s in back.suggestions}


@given(sides(), st.randoms(use_true_random=False))
@settings(max_examples=120, deadline=None)
def test_the_order_of_parties_does_not_matter(given_sides, rng):
    left, right, linked, rejected = given_sides
    found = match(left, right, linked=linked, rejected=rejected)
    mixed = match(rng.sample(left, len(left)), rng.sample(right, len(right)), linked=linked, rejected=rejected)
    assert mixed == found


@given(sides())
@settings(max_examples=150, deadline=None)
def test_links_are_one_to_one_and_contradict_nothing(given_sides):
    left, right, linked, rejected = given_sides
    found = match(left, right, linked=linked, rejected=rejected)
    mine, theirs = {each.id: each for each in left}, {each.id: each for each in right}
    for ids in ([m.left_id for m in found.matches], [m.right_id for m in found.matches]):
        assert len(ids) == len(set(ids))
    for each in found.matches:
        one, other = mine[each.left_id], theirs[each.right_id]
        assert plain(one.name, code=one.code) == plain(other.name, code=other.code)
        assert len({currency for currency in (one.currency, other.currency) if currency}) < 2
        assert len({code for code in (one.code, other.code) if code}) < 2
        assert one.group == other.group
        assert other.is_active
        assert "(deleted)" not in other.name


@given(sides())
@settings(max_examples=150, deadline=None)
def test_no_pair_is_told_twice_and_linked_or_rejected_ones_never(given_sides):
    left, right, linked, rejected = given_sides
    found = pairs_of(match(left, right, linked=linked, rejected=rejected))
    assert not found or max(found.values()) == 1
    assert not found.keys() & set(rejected)
    assert not {a for a, _ in found} & {a for a, _ in linked}
    assert not {b for _, b in found} & {b for _, b in linked}


def profiles(parties: list[Party]) -> list[Profile]:
    return [profile(each.party, each.name) for each in read(parties, ())]


@given(st.lists(PARTIES, min_size=1, max_size=12), st.lists(PARTIES, min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_in_small_books_every_pair_worth_suggesting_shares_a_key(left, right):
    ones, others = profiles(left), profiles(right)
    shared = {(each.left, place) for each in near(ones, others) for place in each.by_name | each.sure}
    places = np.array([(a, b) for a in range(len(ones)) for b in range(len(others))], dtype=np.int64)
    scores = likenesses(Names(ones), Names(others), places[:, 0], places[:, 1])
    for (a, b), likeness in zip(places.tolist(), scores, strict=True):
        if ones[a].party.group == others[b].party.group and ones[a].name.words and weigh(ones[a], others[b], likeness):
            assert (a, b) in shared


@given(st.lists(PARTIES, min_size=1, max_size=12), st.lists(PARTIES, min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_keys_that_too_many_pairs_share_are_passed_over_and_nothing_is_added(left, right):
    """In large books common keys do not count, so pairs may be lost there, as `blocking` says; none is gained."""
    ones, others = profiles(left), profiles(right)
    every = {(each.left, place) for each in near(ones, others) for place in each.by_name | each.sure}
    fewer = {(each.left, place) for each in near(ones, others, most_pairs=2) for place in each.by_name | each.sure}
    assert fewer <= every
