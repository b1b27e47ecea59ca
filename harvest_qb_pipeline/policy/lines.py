"""On which line of a TOML text a value stands, so that an error about the policy can point at it.

Belongs here: finding lines of a text that `tomllib` has already accepted. Must not be here: reading values (that is
`tomllib`'s work) or judging them.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def line_numbers(text: str) -> dict[Path, int]:
    """The first line (from 1) of every table and key in `text`; items of arrays of tables have their index.

    A table without a header of its own begins where something in it is first named.
    """
    found: dict[Path, int] = {}
    items: Counter[Path] = Counter()
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _place(_parts(header[2]), items)
            if header[1] == "[[":
                items[table] += 1
                table = (*table, items[table] - 1)
            named = table
        elif key := _KEY.match(line):
            named = (*table, *_parts(key[1]))
        else:
            continue
        for length in range(1, len(named) + 1):
            found.setdefault(named[:length], number)
    return found


def known_line(path: Sequence[str | int], lines: Mapping[Path, int]) -> int | None:
    """The line of the longest known beginning of `path`; nothing when none of it is in the file."""
    for length in range(len(path), 0, -1):
        if number := lines.get(tuple(path[:length])):
            return number
    return None


def line_of(path: Sequence[str | int], lines: Mapping[Path, int]) -> int:
    """The same for errors, which have to stand somewhere: 1 when nothing of it is in the file."""
    return known_line(path, lines) or 1


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _place(parts: Path, items: "Counter[Path]") -> Path:
    """`a.b` under the newest item of every array of tables on the way, as TOML reads it."""
    place: Path = ()
    for position, part in enumerate(parts):
        place = (*place, part)
        if position < len(parts) - 1 and items[place]:
            place = (*place, items[place] - 1)
    return place
