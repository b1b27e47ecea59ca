"""Names with less left in them, for suggestions only: Latin letters, abbreviations written out, alike sounds alike.

Belongs here: what may lose a difference that matters. Must not be here: anything that a link may be made by itself
from (`names`).
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from anyascii import anyascii

from harvest_qb_pipeline.contacts.letters import toml_beside

_VOWELS = str.maketrans("", "", "aeiou")
_LEAST_CONSONANTS = 3


@dataclass(frozen=True)
class Fold:
    """A name as other people may write it: its telling words in Latin letters, with their sounds and `bones`.

    `initials` are those of all words and of the telling ones. `fillers` were left out, such as "the" or "group".
    """

    words: tuple[str, ...]
    sounds: tuple[str, ...]
    bones: tuple[str, ...]
    initials: frozenset[str]
    fillers: frozenset[str]


def fold(words: str) -> Fold:
    """`words` of a `PlainName` folded."""
    written = (words if words.isascii() else _latin(words)).split()
    fillers = _fillers()
    telling = [word for word in written if word not in fillers] or written
    heard = [_heard(word) for word in telling]
    return Fold(
        tuple(word for word, _, _ in heard),
        tuple(sound for _, sound, _ in heard),
        tuple(bones for _, _, bones in heard),
        frozenset("".join(word[0] for word in some) for some in (written, telling) if len(some) > 2),
        frozenset(written) - frozenset(telling),
    )


def latin(text: str) -> str:
    """`text` in small Latin letters, whatever script it is in."""
    return text.casefold() if text.isascii() else _latin(text)


def _latin(text: str) -> str:
    spelled = anyascii(text).casefold()
    return "".join(char if char.isalnum() else " " if char.isspace() or char == "-" else "" for char in spelled)


@lru_cache(maxsize=50_000)
def _heard(word: str) -> tuple[str, str, str]:
    """A word with its abbreviation written out, how it sounds, and its consonants where these are enough."""
    word = _abbreviations().get(word, word)
    sound = word
    for letters, heard in _sounds():
        sound = sound.replace(letters, heard)
    sound = "".join(char for place, char in enumerate(sound) if place == 0 or char != sound[place - 1])
    consonants = sound[:1] + sound[1:].translate(_VOWELS)
    return word, sound, consonants if len(consonants) >= _LEAST_CONSONANTS else sound


@cache
def _wording() -> dict[str, Any]:
    return toml_beside("wording.toml")


@cache
def _fillers() -> frozenset[str]:
    return frozenset(_wording()["fillers"])


@cache
def _abbreviations() -> dict[str, str]:
    return {short: word for word, shorts in _wording()["abbreviations"].items() for short in shorts}


@cache
def _sounds() -> tuple[tuple[str, str], ...]:
    return tuple(_wording()["sounds"].items())


@cache
def telling_lines() -> tuple[frozenset[str], ...]:
    """Sets of words of which two names of one company do not have different ones."""
    return tuple(frozenset(line) for line in _wording()["telling"])
