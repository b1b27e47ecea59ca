"""Why something waits, in words: the templates of a room's `holds.toml`, made into macros.

Belongs here: the grammar of templates, and SQL made from them. Must not be here: the words (`ROOM/holds.toml`), or when
something waits (`ROOM/sql`). SQL gives a code and named values; the macro `ROOM_ABOUT_hold(code, params)` says them.

In `holds.toml` the table `[about.code]` has `says`, what is wrong, and mostly `remedy`, what to do; neither ends with a
full stop. `{name}` stands for a value, a `?` where there is none. Of `<one|another>` the first is said whose values are
all there, or nothing; `{name?}` asks for a value without saying it, and `{{word}}` is `{word}` itself. `params` is a
JSON object with the values, or NULL.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
_PIECE = re.compile(r"\{\{(?P<brace>\w*)\}\}|<(?P<choice>[^<>]*)>|\{(?P<name>\w+)(?P<asked>\??)\}|(?P<text>[^<>{}]+)")
_NAME = re.compile(r"(?<!\{)\{(\w+)\??\}")
# What a value that SQL could not give looks like; a sentence is better than none.
_UNKNOWN = "?"


class TemplateError(Exception):
    """A template breaks the form. The message names the file, the template and what is wrong."""


@dataclass(frozen=True)
class HoldTemplate:
    """What is said of `code` when it is `about` something in a room, and what to do about it."""

    room: str
    about: str
    code: str
    says: str
    remedy: str | None

    @property
    def text(self) -> str:
        """Both in one, still with its places for values."""
        return f"{self.says}. {self.remedy}" if self.remedy else self.says

    @property
    def names(self) -> frozenset[str]:
        """The values that SQL has to give."""
        return frozenset(_NAME.findall(self.text))

    @property
    def macro(self) -> str:
        """The macro that says it."""
        return f"{self.room}_{self.about}_hold"


@cache
def templates() -> tuple[HoldTemplate, ...]:
    """All templates of all rooms, in the order of their files. Raises `TemplateError` for one that breaks the form."""
    return tuple(one for path in sorted(_PACKAGE.glob("*/holds.toml")) for one in _read(path))


def _read(path: Path) -> Iterator[HoldTemplate]:
    for about, codes in tomllib.loads(path.read_text()).items():
        for code, words in codes.items():
            if not {"says"} <= words.keys() <= {"says", "remedy"}:
                raise TemplateError(f"{path}: [{about}.{code}] has {', '.join(words)}; it needs says, and may remedy.")
            template = HoldTemplate(path.parent.name, about, code, words["says"], words.get("remedy"))
            try:
                sql_of(template.text)
            except ValueError as error:
                raise TemplateError(f"{path}: [{about}.{code}] {error}.") from None
            yield template


def hold_macros() -> str:
    """The SQL that makes the macros of all rooms."""
    by_macro: defaultdict[str, list[HoldTemplate]] = defaultdict(list)
    for template in templates():
        by_macro[template.macro].append(template)
    return "".join(
        f"CREATE OR REPLACE TEMP MACRO {macro}(code, params) AS CASE code\n"
        + "".join(f"    WHEN {_literal(one.code)} THEN {sql_of(one.text)}\n" for one in several)
        + f"    ELSE CASE WHEN code IS NOT NULL THEN error('no words for ' || code || ' in {macro}') END\n"
        + "END;\n"
        for macro, several in by_macro.items()
    )


def sql_of(text: str) -> str:
    """The SQL expression that says a template with the values of `params`. Raises `ValueError` with what is wrong."""
    pieces: list[str] = []
    place = 0
    while place < len(text):
        found = _PIECE.match(text, place)
        if not found:
            raise ValueError(f"cannot be read from {text[place : place + 20]!r} on")
        place = found.end()
        if found["brace"] is not None:
            pieces.append(_literal(f"{{{found['brace']}}}"))
        elif found["choice"] is not None:
            pieces.append(_choice(found["choice"].split("|")))
        elif found["text"]:
            pieces.append(_literal(found["text"]))
        elif not found["asked"]:
            pieces.append(f"coalesce(params->>'{found['name']}', '{_UNKNOWN}')")
    return " || ".join(pieces) or "''"


def _choice(alternatives: list[str]) -> str:
    branches: list[str] = []
    for alternative in alternatives:
        names = _NAME.findall(alternative)
        is_there = " AND ".join(f"(params->>'{name}') IS NOT NULL" for name in names) or "true"
        branches.append(f"WHEN {is_there} THEN {sql_of(alternative)}")
    return f"CASE {' '.join(branches)} ELSE '' END"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
