"""Matching must not compare everybody with everybody. The real figures are in `python -m benchmarks`."""

import random
import time

from harvest_qb_pipeline.contacts.matching import match
from harvest_qb_pipeline.contacts.party import Party

SYLLABLES = (
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
)


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


def seconds(count: int, linked: float = 0.0) -> float:
    left, right = books(count)
    pairs = [(f"h{number}", f"q{number}") for number in range(int(count * linked))]
    began = time.process_time()
    match(left, right, linked=pairs)
    return time.process_time() - began


def test_four_times_the_parties_take_far_less_than_sixteen_times_as_long():
    seconds(250)
    assert seconds(4000) < 9 * seconds(1000) + 0.5


def test_linked_parties_cost_far_less_than_others():
    assert seconds(4000, linked=0.95) < 0.6 * seconds(4000) + 0.2
