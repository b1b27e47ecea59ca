"""How likely two parties are one, 0 to 100, and the reasons that a person reads (accounting rule 49).

Belongs here: weighing one pair. Must not be here: which pairs are looked at (`blocking`), or linking (`matching`):
a score, however high, is only ever a suggestion.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from harvest_qb_pipeline.contacts.folding import Fold, fold, latin, telling_lines
from harvest_qb_pipeline.contacts.letters import tokens, toml_beside
from harvest_qb_pipeline.contacts.names import PlainName, plain_code
from harvest_qb_pipeline.contacts.party import Party

Positions: TypeAlias = NDArray[np.int64]
Scores: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]
LEAST_SCORE = 80.0
"""A pair below is not suggested."""
LEAST_LIKENESS = 75.0
"""Names below are not alike: only an e-mail address, a domain, a code or initials can still speak for the pair."""
MOST_SCORE = 99.0
"""100 is for names that are equal."""
_SHARED_BY_MANY = 10
"""A domain that more parties of one side have is an agency's or a group's own, and tells nothing."""
_FROM_SAME_MAIL, _FROM_SAME_DOMAIN, _FROM_SAME_CODE = 70.0, 68.0, 62.0
"""What the likeness counts at least, where there is that reason: it suggests also names that have nothing in common."""
_CONTAINED, _CONTAINED_WORD, _INITIALS, _SHORTENED = 87.0, 70.0, 84.0, 85.0
_LEAST_OF_CONTAINED = 50.0
"""A name in another that is more than three times as long says little."""
_ALIKE_ADDRESS = 90.0
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Profile:
    """A party with everything about it that is compared, worked out once. `form` is its legal form."""

    party: Party
    name: PlainName
    fold: Fold
    together: str
    ordered: str
    sound: str
    words: frozenset[str]
    mails: frozenset[str]
    domains: frozenset[str]
    projects: frozenset[str]
    address: str
    telling: tuple[tuple[int, str], ...]
    currency: str | None
    code: str | None
    country: str | None
    is_active: bool


@dataclass(frozen=True)
class Weighed:
    """A score of a pair and what it comes from, the weightiest first."""

    score: float
    reasons: tuple[str, ...]


def profile(party: Party, name: PlainName) -> Profile:
    """`party`, whose name was read as `name`, ready to be compared."""
    folded = fold(name.words)
    mails = frozenset(mail.strip().casefold() for mail in party.emails if "@" in mail)
    return Profile(
        party=party,
        name=name,
        fold=folded,
        together="".join(folded.words),
        ordered=" ".join(sorted(folded.words)),
        sound="".join(folded.sounds),
        words=frozenset(folded.words),
        mails=mails,
        domains=frozenset(mail.rpartition("@")[2] for mail in mails) - _free_mail(),
        projects=frozenset(map(_project, party.projects)) - {""},
        address=" ".join(tokens(latin(party.address))) if party.address else "",
        telling=_telling_words(name),
        currency=party.currency or name.currency,
        code=plain_code(party.code) or name.code,
        country=name.country or country_of(party.address),
        is_active=party.is_active and not name.is_deleted,
    )


def without_common_domains(profiles: Sequence[Profile]) -> list[Profile]:
    """`profiles` of one side; domains that many of them have are no evidence."""
    counts = Counter(domain for each in profiles for domain in each.domains)
    common = {domain for domain, count in counts.items() if count > _SHARED_BY_MANY}
    return [
        replace(each, domains=each.domains - common) if common and each.domains & common else each for each in profiles
    ]


class Names:
    """The names of one side, to be compared many at once."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self.together = np.array([each.together for each in profiles], dtype=object)
        self.ordered = np.array([each.ordered for each in profiles], dtype=object)
        self.sound = np.array([each.sound for each in profiles], dtype=object)
        self.words = np.fromiter((each.words for each in profiles), dtype=object, count=len(profiles))


def likenesses(left: Names, right: Names, ones: Positions, others: Positions) -> Scores:
    """How alike the names of each pair are, 0 to 100: as written together, in any order of words, and as they sound.

    `ones` are places in `left`, `others` in `right`; the first of each are the first pair.
    """
    together = _ratios(left.together[ones], right.together[others])
    ordered = _ratios(left.ordered[ones], right.ordered[others])
    sound = _ratios(left.sound[ones], right.sound[others])
    return np.maximum(np.maximum(together, ordered), sound - 2)


def worth_weighing(left: Names, right: Names, ones: Positions, others: Positions, likeness: Scores) -> Flags:
    """Whether the names of each pair are alike, or one is the other and some words more."""
    worth = likeness >= LEAST_LIKENESS
    (unsure,) = np.nonzero(~worth & (likeness >= _LEAST_OF_CONTAINED))
    pairs = zip(left.words[ones[unsure]], right.words[others[unsure]], strict=True)
    worth[unsure] = np.fromiter((one <= other or other <= one for one, other in pairs), np.bool_, len(unsure))
    return worth


def weigh(left: Profile, right: Profile, likeness: float) -> Weighed | None:
    """The pair's score with its reasons, or None when nothing speaks for it; `likeness` is that of `likenesses`."""
    alike = _alike(left, right, float(likeness))
    evidence = _evidence(left, right)
    least = max((points for points, _, _ in evidence), default=0.0)
    if alike < LEAST_LIKENESS and not least:
        return None
    is_equal = left.name == right.name
    score = max(alike, least) + sum(more for _, more, _ in evidence)
    if score < LEAST_SCORE and not is_equal:
        return None
    against = _against(left, right)
    score -= sum(less for less, _ in against)
    if is_equal:
        score = max(score, LEAST_SCORE)
    if score < LEAST_SCORE:
        return None
    reasons = [f"names {alike:.0f} % alike", *(reason for _, _, reason in evidence), *(reason for _, reason in against)]
    return Weighed(round(min(score, MOST_SCORE), 1), tuple(reasons))


def country_of(address: str | None) -> str | None:
    """The country that an address ends with."""
    if not address:
        return None
    words = tokens(latin(address.strip().splitlines()[-1])) if address.strip() else []
    for count in range(min(5, len(words)), 0, -1):
        country = _countries().get(" ".join(words[-count:]))
        if country:
            return country
    return None


def _alike(left: Profile, right: Profile, likeness: float) -> float:
    """The likeness of two names, where shared words do not make up for others that differ."""
    if left.name.words == right.name.words:
        return 100.0
    one, other = left.words - right.words, right.words - left.words
    alike = likeness
    if one and other and left.words & right.words and LEAST_LIKENESS <= likeness < 100:
        rest = fuzz.ratio("".join(sorted(one)), "".join(sorted(other)))
        alike = max(0.4 * likeness + 0.6 * rest, _sound_of_rest(left, right, likeness))
    if (not one or not other) and likeness >= _LEAST_OF_CONTAINED:
        shorter = min(len(left.words), len(right.words))
        alike = max(alike, _CONTAINED if shorter > 1 else _CONTAINED_WORD)
    if _is_shortened(left, right):
        alike = max(alike, _SHORTENED)
    if _has_initials(left, right) or _has_initials(right, left):
        alike = max(alike, _INITIALS)
    return min(97.0, alike) - 4 * (left.fold.fillers != right.fold.fillers)


def _sound_of_rest(left: Profile, right: Profile, likeness: float) -> float:
    """As `_alike`, by sound: words that are written differently may sound the same."""
    mine, theirs = frozenset(left.fold.sounds), frozenset(right.fold.sounds)
    one, other = mine - theirs, theirs - mine
    if not one or not other:
        return likeness
    return 0.4 * likeness + 0.6 * (fuzz.ratio("".join(sorted(one)), "".join(sorted(other))) - 2)


def _is_shortened(left: Profile, right: Profile) -> bool:
    """Whether each word of one begins as the word of the other: "Consol Eng" and "Consolidated Engineering"."""
    mine, theirs = left.fold.words, right.fold.words
    return (
        len(mine) == len(theirs) > 1
        and mine != theirs
        and all(
            min(len(one), len(other)) > 2 and (one.startswith(other) or other.startswith(one))
            for one, other in zip(mine, theirs, strict=True)
        )
    )


def _has_initials(short: Profile, long: Profile) -> bool:
    return len(short.together) > 2 and short.together in long.fold.initials


def _evidence(left: Profile, right: Profile) -> list[tuple[float, float, str]]:
    """What else speaks for the pair: the likeness it stands in for, points more, and the reason in words."""
    found: list[tuple[float, float, str]] = []
    if same := left.mails & right.mails:
        found.append((_FROM_SAME_MAIL, 20.0, f"same e-mail {min(same)}"))
    elif same := left.domains & right.domains:
        found.append((_FROM_SAME_DOMAIN, 15.0, f"same e-mail domain {min(same)}"))
    if code := _same_code(left, right):
        found.append((_FROM_SAME_CODE, 20.0, f"same code {code}"))
    if _has_same_address(left, right):
        found.append((0.0, 8.0, "same address"))
    if shared := len(left.projects & right.projects):
        found.append((0.0, min(3.0 * shared, 9.0), f"{shared} shared project{'s' if shared > 1 else ''}"))
    if left.currency and left.currency == right.currency:
        found.append((0.0, 0.0, f"same currency {left.currency}"))
    return found


@lru_cache(maxsize=10_000)
def _project(name: str) -> str:
    return " ".join(tokens(name))


def _same_code(left: Profile, right: Profile) -> str | None:
    """The code that both have, or that one has and the other begins or ends its name with."""
    if left.code and right.code:
        return left.code if left.code == right.code else None
    for code, name in ((left.code, right.name.words), (right.code, left.name.words)):
        written = code.replace("-", " ").casefold() if code else None
        if written and (name.startswith(f"{written} ") or name.endswith(f" {written}")):
            return code
    return None


def _against(left: Profile, right: Profile) -> list[tuple[float, str]]:
    """What speaks against the pair: points less, and the reason in words."""
    found: list[tuple[float, str]] = []
    forms = (left.name.legal_form, right.name.legal_form)
    if forms[0] != forms[1]:
        sure = all(forms)
        words = f"legal forms differ: {forms[0]}, {forms[1]}" if sure else "legal form on one side only"
        found.append((8.0 if sure else 2.0, words))
    for less, what, one, other in (
        (10.0, "currencies", left.currency, right.currency),
        (10.0, "codes", left.code, right.code),
        (8.0, "countries", left.country, right.country),
    ):
        if one and other and one != other:
            found.append((less, f"{what} differ: {one}, {other}"))
    if differing := _told_apart(left, right):
        found.append((15.0, f"{differing} tell them apart"))
    if not left.is_active or not right.is_active:
        found.append((3.0, "inactive"))
    return found


def _telling_words(name: PlainName) -> tuple[tuple[int, str], ...]:
    """The name's numbers and those of its words that are in a line of telling ones, each with that line."""
    words = name.words.split()
    numbers = {(0, number) for number in _DIGITS.findall(name.words)}
    lines = enumerate(telling_lines(), 1)
    return tuple(sorted(numbers | {(place, word) for place, line in lines for word in words if word in line}))


def _told_apart(left: Profile, right: Profile) -> str | None:
    """Words that only one of two companies has, such as another number or point of the compass."""
    if not left.telling or not right.telling or left.telling == right.telling:
        return None
    for line in sorted({line for line, _ in left.telling} & {line for line, _ in right.telling}):
        one, other = ({word for place, word in each.telling if place == line} for each in (left, right))
        if one != other:
            return ", ".join(sorted(one ^ other))
    return None


def _has_same_address(left: Profile, right: Profile) -> bool:
    if not left.address or not right.address:
        return False
    if set(_DIGITS.findall(left.address)).isdisjoint(_DIGITS.findall(right.address)):
        return False
    return fuzz.token_set_ratio(left.address, right.address) >= _ALIKE_ADDRESS


def _ratios(left: NDArray[np.object_], right: NDArray[np.object_]) -> Scores:
    return process.cpdist(left.tolist(), right.tolist(), scorer=fuzz.ratio, dtype=np.float32, workers=1)


@cache
def _free_mail() -> frozenset[str]:
    return frozenset(toml_beside("free_mail.toml")["domains"])


@cache
def _countries() -> dict[str, str]:
    table = toml_beside("countries.toml")["countries"]
    return {" ".join(tokens(latin(name))): code for code, names in table.items() for name in names}
