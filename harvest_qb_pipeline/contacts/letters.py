"""One way to write letters: case, accents, Unicode forms, punctuation and "and" (accounting rule 49).

Belongs here: what holds for any text, whatever its words mean. Must not be here: legal forms, currencies and codes
(`legal_forms`, `names`), or anything that only makes two names similar (`folding`).
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t", "ё": "е"}
)
_ACCENTS = range(0x0300, 0x0370)
_BARE_OF_ACCENTS = ("LATIN", "GREEK")
"""Scripts in which a letter without its accent is still that letter; a Russian й or a Japanese ガ is not."""
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[.,](?=\d)")
_PLUS_BETWEEN = re.compile(r"(?<=\w)\+(?=\w)|(?<=\s)\+(?=\s)")
_OTHER_SLASH = re.compile(r"(?<![^\W\d_])/|(?<=\w\w)/|/(?![^\W\d_](?!\w))")
"""Every slash but that of "A/S": between two single letters."""
_MARK = re.compile(r"[^\w\s/#%@]|_")


def toml_beside(name: str) -> dict[str, Any]:
    """A table of this folder, such as `legal_forms.toml`."""
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def tokens(text: str) -> list[str]:
    """`text` as words without case, accents and punctuation; what means "and" between two words is "and"."""
    bare = _bare(text)
    if "/" in bare:
        bare = _OTHER_SLASH.sub(" ", bare)
    words = [word for word in bare.split() if word != "/"]
    ands = _ands()
    for place in range(1, len(words) - 1):
        if words[place] in ands:
            words[place] = "and"
    return words


def compatible(text: str) -> str:
    """`text` in one Unicode form (NFKC: full-width letters, ligatures), without invisible characters and signs."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text.translate(_seen))


def _bare(text: str) -> str:
    text = compatible(text)
    text = text.casefold() if text.isascii() else _without_accents(text)
    text = text.translate(_left_out())
    if "." in text or "," in text:
        text = _BETWEEN_DIGITS.sub(" ", text).replace(".", "")
    text = text.replace("&", " and ")
    if "+" in text:
        text = _PLUS_BETWEEN.sub(" and ", text).replace("+", " plus ")
    return _MARK.sub(" " if text.isascii() else _blank, text)


def _without_accents(text: str) -> str:
    one_by_one = text.translate(_bare_letters)
    return one_by_one if one_by_one.isascii() else _without_marks(text)


def _without_marks(text: str) -> str:
    """`text` in small letters; accents that are characters of their own are taken off only where they may be."""
    kept: list[str] = []
    is_bare = True
    folded = unicodedata.normalize("NFKC", text.casefold()).casefold().translate(_UNDECOMPOSED)
    for char in unicodedata.normalize("NFKD", folded):
        if ord(char) in _ACCENTS:
            if is_bare:
                continue
        elif not unicodedata.combining(char):
            is_bare = not char.isalpha() or unicodedata.name(char, "").startswith(_BARE_OF_ACCENTS)
        kept.append(char)
    return unicodedata.normalize("NFKC", "".join(kept)).translate(_UNDECOMPOSED)


class _Letters(dict[int, str | None]):
    """What becomes of each character, found out when it is first met."""

    def __init__(self, becomes: Callable[[str], str | None]) -> None:
        super().__init__()
        self._becomes = becomes

    def __missing__(self, code: int) -> str | None:
        self[code] = self._becomes(chr(code))
        return self[code]


def _if_seen(char: str) -> str | None:
    if char in _wording()["apostrophes"]:
        return "'"  # NFKC would make a space of some
    return None if char in _wording()["signs"] or unicodedata.category(char) == "Cf" else char


_seen = _Letters(_if_seen)
_bare_letters = _Letters(_without_marks)


def _blank(found: re.Match[str]) -> str:
    """A space for punctuation; the vowel signs of other scripts are part of their words."""
    char = found.group()
    return char if unicodedata.category(char).startswith("M") else " "


@cache
def _wording() -> dict[str, Any]:
    return toml_beside("wording.toml")


@cache
def _left_out() -> dict[int, None]:
    return {ord(char): None for char in _wording()["apostrophes"]}


@cache
def _ands() -> frozenset[str]:
    return frozenset(_wording()["and"])
