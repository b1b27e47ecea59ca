"""Pairs of names as they drift in real books, labelled by hand: links are never wrong, and few pairs stay unseen.

Every company is invented. `same` are two ways of writing one, `different` two that look alike (`pairs.csv`).
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from harvest_qb_pipeline.contacts.matching import match
from harvest_qb_pipeline.contacts.party import Party

LEAST_LINKED = 0.55
LEAST_FOUND = 0.98
"""Of all pairs that are the same: linked by themselves, and linked or suggested."""


@dataclass(frozen=True)
class Pair:
    kind: str
    is_same: bool
    left: Party
    right: Party


def party(party_id: str, name: str, more: str) -> Party:
    told = dict(part.split("=", 1) for part in more.split(";") if "=" in part)
    return Party(
        party_id,
        name,
        currency=told.get("currency"),
        emails=(told["email"],) if "email" in told else (),
        address=told.get("address"),
        code=told.get("code"),
        group=told.get("group"),
        is_active=more != "inactive",
    )


def read_pairs() -> list[Pair]:
    with Path(__file__).with_name("pairs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="|", quoting=csv.QUOTE_NONE))
    return [
        Pair(
            row["kind"],
            {"same": True, "different": False}[row["label"]],
            party(f"h{number}", row["left"], row["left_more"]),
            party(f"q{number}", row["right"], row["right_more"]),
        )
        for number, row in enumerate(rows)
    ]


PAIRS = read_pairs()


def found_of(pair: Pair) -> str:
    found = match([pair.left], [pair.right])
    return "linked" if found.matches else "suggested" if found.suggestions else "unseen"


def test_the_set_is_large_and_has_no_pair_twice():
    assert len(PAIRS) >= 450
    assert len({(pair.left.name, pair.right.name, pair.left.currency, pair.left.group) for pair in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize("pair", [p for p in PAIRS if not p.is_same], ids=lambda p: f"{p.left.name}|{p.right.name}")
def test_companies_that_only_look_alike_are_never_linked(pair):
    assert found_of(pair) != "linked"


@pytest.mark.parametrize(
    "pair", [p for p in PAIRS if p.kind == "matching"], ids=lambda p: f"{p.left.name}|{p.right.name}"
)
def test_spellings_of_one_name_are_linked(pair):
    assert pair.is_same
    assert found_of(pair) == "linked"


@pytest.mark.parametrize("kind", ["transliterated", "abbreviated", "misspelt", "form_missing", "inactive", "evidence"])
def test_what_is_not_equal_is_at_most_suggested(kind):
    assert {found_of(pair) for pair in PAIRS if pair.kind == kind} <= {"suggested", "unseen"}


def test_most_pairs_that_are_the_same_are_found(capsys):
    same = [found_of(pair) for pair in PAIRS if pair.is_same]
    linked, suggested = same.count("linked") / len(same), same.count("suggested") / len(same)
    with capsys.disabled():
        print(  # noqa: T201 (the figures are to be seen)
            f"\n{len(same)} pairs that are the same: {linked:.1%} linked, {linked + suggested:.1%} linked or suggested"
        )
    assert linked >= LEAST_LINKED
    assert linked + suggested >= LEAST_FOUND


def test_all_thrown_together_every_link_is_right_and_hardly_any_is_lost(capsys):
    found = match([pair.left for pair in PAIRS], [pair.right for pair in PAIRS])
    same = {(pair.left.id, pair.right.id): pair for pair in PAIRS if pair.is_same}
    linked = {(each.left_id, each.right_id) for each in found.matches}
    seen = linked | {(each.left_id, each.right_id) for each in found.suggestions}
    precision, recall = len(linked & same.keys()) / len(linked), len(linked & same.keys()) / len(same)
    with capsys.disabled():
        print(  # noqa: T201 (the figures are to be seen)
            f"\n{len(PAIRS)} pairs at once: precision of links {precision:.3f}, recall {recall:.1%}, "
            f"with suggestions {len(seen & same.keys()) / len(same):.1%}"
        )
    assert precision == 1.0
    assert recall >= LEAST_LINKED
    assert len(seen & same.keys()) / len(same) >= LEAST_FOUND
