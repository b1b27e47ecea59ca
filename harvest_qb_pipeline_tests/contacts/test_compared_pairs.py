"""Matching must not compare everybody with everybody: pairs counted here; `python -m benchmarks` has the seconds."""

import random
from collections.abc import Iterator, Sequence

import pytest

from harvest_qb_pipeline.contacts import blocking, matching
from harvest_qb_pipeline.contacts.party import Party
from harvest_qb_pipeline.contacts.scoring import Profile

SYLLABLES = [
    "ba",
    "cor",
    "del",
    "fin",
    "gar",
    "hol",
    "jen",
    "kur",
    "lam",
    "mon",
    "nel",
    "por",
    "rig",
    "sat",
    "tur",
    "vex",
]


def books(count: int) -> tuple[list[Party], list[Party]]:
    """`count` clients and customers, of which half are misspelt."""
    rng = random.Random(3)
    names = [
        "".join(rng.choices(SYLLABLES, k=3)).title() + " " + "".join(rng.choices(SYLLABLES, k=3)) for _ in range(count)
    ]
    right = [name if rng.random() < 0.5 else name[:2] + name[3:] for name in names]
    return (
        [Party(f"h{number}", name) for number, name in enumerate(names)],
        [Party(f"q{number}", name) for number, name in enumerate(right)],
    )


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[blocking.Near]:
    """Everybody with those he is compared with, while parties are matched."""
    seen: list[blocking.Near] = []

    def near(left: Sequence[Profile], right: Sequence[Profile]) -> Iterator[blocking.Near]:
        for each in blocking.near(left, right):
            seen.append(each)
            yield each

    monkeypatch.setattr(matching, "near", near)
    return seen


def pairs(counted: list[blocking.Near], count: int, linked: float = 0.0) -> int:
    """How many pairs are compared when so many parties are matched, of which a share is linked already."""
    counted.clear()
    left, right = books(count)
    matching.match(left, right, linked=[(f"h{number}", f"q{number}") for number in range(int(count * linked))])
    return sum(len(each.by_name) + len(each.sure) for each in counted)


def test_four_times_the_parties_are_far_less_than_sixteen_times_the_pairs(counted: list[blocking.Near]) -> None:
    few = pairs(counted, 1000)
    assert few >= 500
    assert pairs(counted, 4000) < 9 * few


def test_linked_parties_are_compared_with_nobody(counted: list[blocking.Near]) -> None:
    assert pairs(counted, 4000, linked=0.95) < 0.1 * pairs(counted, 4000)
