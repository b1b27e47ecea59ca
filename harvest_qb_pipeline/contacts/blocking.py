"""Which pairs are worth comparing: those that share something rare. All pairs of 20,000 by 20,000 would take minutes.

Belongs here: keys, and who shares them. Must not be here: how likely a pair is (`scoring`).

A key that more than `MOST_PAIRS` pairs share tells nothing and is passed over, unless together with another one. So in
large books two names that have only common words in common, and those misspelt, may go unseen; in small ones every key
counts. What is compared grows with the number of parties, not with its square.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from harvest_qb_pipeline.contacts.scoring import Profile

MOST_PAIRS = 1600
_LEAST_LETTERS_OF_TYPO = 4
_MOST_COMMON_WORDS = 5


@dataclass(frozen=True)
class Near:
    """What the left party at a place is compared with, by place: for its name alone, or for a `sure` reason."""

    left: int
    by_name: set[int]
    sure: set[int]


def near(left: Sequence[Profile], right: Sequence[Profile], *, most_pairs: int = MOST_PAIRS) -> Iterator[Near]:
    """For each left party those right ones that share a rare key. The same whichever side is called left."""
    names = _Keys([name_keys(each) for each in left], [name_keys(each) for each in right], most_pairs)
    words = _Keys([word_keys(each) for each in left], [word_keys(each) for each in right], most_pairs)
    others = _Keys([sure_keys(each) for each in left], [sure_keys(each) for each in right], most_pairs)
    two_words = _Keys(words.common_of_left(), words.common_of_right(), most_pairs)
    misspelt = words.misspelt(_single_words(left), _single_words(right))
    for place in range(len(left)):
        found = names.sharing(place) | words.sharing(place) | two_words.sharing(place)
        for word in words.left[place]:
            for other in misspelt.get(word, ()):
                found.update(words.right_of[other])
        sure = others.sharing(place)
        if found or sure:
            yield Near(place, found - sure, sure)


def name_keys(each: Profile) -> set[str]:
    """The whole name, and every three letters of it."""
    of_group, sound = _of_group(each), f" {each.sound} "
    if not each.sound:
        return set()
    return {f"{of_group}={each.sound}", *(of_group + sound[place : place + 3] for place in range(len(sound) - 2))}


def word_keys(each: Profile) -> set[str]:
    """The consonants of each word, and of each two words that follow each other, since people write them as one."""
    of_group, bones = _of_group(each), each.fold.bones
    together = (one + other for one, other in pairwise(bones))
    return {of_group + word for word in (*bones, *together) if word}


def _single_words(parties: Sequence[Profile]) -> set[str]:
    return {_of_group(each) + word for each in parties for word in each.fold.bones}


def sure_keys(each: Profile) -> set[str]:
    """What two parties with unlike names may share: e-mail, code, initials, and how each word begins."""
    of_group = _of_group(each)
    keys = {f"{of_group}@{domain}" for domain in (*each.mails, *each.domains)}
    keys.update(f"{of_group}*{initials}" for initials in (each.together, *each.fold.initials) if len(initials) > 2)
    if each.code:
        keys.add(f"{of_group}#{each.code}")
    if len(each.fold.words) > 1:
        keys.add(of_group + "^" + " ".join(word[:3] for word in each.fold.words))
    return keys


def _of_group(each: Profile) -> str:
    """The beginning of every key: parties of different groups share none."""
    return "" if each.party.group is None else f"{each.party.group}\x1f"


class _Keys:
    """Keys of both sides. `right_of` has the places of the right parties of each key that is rare enough."""

    def __init__(self, left: Sequence[set[str]], right: Sequence[set[str]], most_pairs: int) -> None:
        self.left, self.right, self.most_pairs = left, right, most_pairs
        self.of_left = Counter(key for keys in left for key in keys)
        self.of_right = Counter(key for keys in right for key in keys)
        shared = self.of_left.keys() & self.of_right.keys()
        self.common = {key for key in shared if self.of_left[key] * self.of_right[key] > most_pairs}
        self.rare = shared - self.common
        self.right_of: dict[str, list[int]] = {}
        for place, keys in enumerate(right):
            for key in keys & self.rare:
                self.right_of.setdefault(key, []).append(place)

    def sharing(self, place: int) -> set[int]:
        """The right parties that share a rare key with a left one."""
        return set[int]().union(*(self.right_of[key] for key in self.left[place] & self.rare))

    def common_of_left(self) -> list[set[str]]:
        return [self._two_common(keys) for keys in self.left]

    def common_of_right(self) -> list[set[str]]:
        return [self._two_common(keys) for keys in self.right]

    def _two_common(self, keys: set[str]) -> set[str]:
        """Each two of the common keys: "consulting" tells nothing, "consulting" with "partners" may."""
        rarest = sorted(keys & self.common, key=lambda key: (self.of_left[key] * self.of_right[key], key))
        return {"\x1e".join(sorted(two)) for two in combinations(rarest[:_MOST_COMMON_WORDS], 2)}

    def misspelt(self, of_left: Iterable[str], of_right: Iterable[str]) -> dict[str, set[str]]:
        """For each left word the right ones that are it but for a letter more, less or other. Fills `right_of`."""
        variants: dict[str, set[str]] = {}
        for key in of_right:
            for variant in _with_a_letter_less(key):
                variants.setdefault(variant, set()).add(key)
        found: dict[str, set[str]] = {}
        for key in of_left:
            alike = set[str]().union(*(variants.get(variant, ()) for variant in _with_a_letter_less(key))) - {key}
            rare = {other for other in alike if self.of_left[key] * self.of_right[other] <= self.most_pairs}
            if rare:
                found[key] = rare
        missing = set[str]().union(*found.values()) - self.right_of.keys()
        for place, keys in enumerate(self.right):
            for key in keys & missing:
                self.right_of.setdefault(key, []).append(place)
        return found


def _with_a_letter_less(key: str) -> set[str]:
    """`key` itself and without each of its letters; short words have too many neighbours."""
    group, separator, word = key.rpartition("\x1f")
    if len(word) < _LEAST_LETTERS_OF_TYPO:
        return set()
    start = group + separator
    return {key, *(start + word[:place] + word[place + 1 :] for place in range(len(word)))}
