"""What a full disk, a home that cannot be written or a lock that nobody lets go of is called, in one sentence.

Belongs here: the failures of the machine under us, told from the words of whatever met them: the operating system,
SQLite, DuckDB, or Dagster, which keeps words only. Must not be here: failures of Harvest, QuickBooks or ourselves.
"""

import os
import pwd
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SPEAKERS = re.compile(
    r"OSError|IOException|PermissionError|PermissionException|Timeout|OperationalError|DatabaseError|File\w+Error"
    r"|NotADirectoryError|IsADirectoryError|FatalException|InternalException|IOError"
)
"""How the classes of such errors are called; the same words of another class are somebody else's."""
_LITTLE = 1_000_000
_REPEAT = "Nothing is lost: run the same command again then."
_NO_SPACE = re.compile(r"No space left|disk is full|quota exceeded|File too large", re.IGNORECASE)
_FAILING = re.compile(r"disk I/O error|Input/output error", re.IGNORECASE)
_FORBIDDEN = re.compile(
    r"Read-only file system|readonly database|Permission denied|Operation not permitted|unable to open database file"
    r"|Not a directory|Is a directory|File exists|File name too long|read-only mode",
    re.IGNORECASE,
)
_LOCKED = re.compile(r"database (table )?is locked|could not be acquired", re.IGNORECASE)
_TOO_MANY = re.compile(r"Too many open files", re.IGNORECASE)


@dataclass(frozen=True)
class Weather:
    """A sentence about the machine; `is_configuration` where it will be the same until somebody changes it."""

    sentence: str
    is_configuration: bool = False


def weather_of(error: BaseException, home: Path) -> Weather | None:
    """What an error, or one that led to it, says of the machine; None when it is about something else."""
    found = (weather_in(type(one).__name__, str(one), home) for one in _causes(error))
    return next((weather for weather in found if weather), None)


def weather_in(name: str, words: str, home: Path) -> Weather | None:
    """The same, told by the name of the error's class and its words."""
    if name == "MemoryError":
        return Weather(f"There is not enough memory for this. End what else needs it. {_REPEAT}")
    if not _SPEAKERS.fullmatch(name):
        return None
    if _NO_SPACE.search(words) or (_FAILING.search(words) and _is_full(home)):
        return Weather(f"The disk of {home} is full{_place(words)}. Free some space. {_REPEAT}")
    if _FAILING.search(words):
        return Weather(
            f"The disk of {home} could not be read or written: a quota is used up, or it is broken. Look at it first. "
            f"{_REPEAT}"
        )
    if _LOCKED.search(words):
        return Weather(
            f"Another command or run keeps {home / 'ledger.sqlite'} locked. Wait for it to end, or end it. {_REPEAT}"
        )
    if _TOO_MANY.search(words):
        return Weather(f"This process may not open more files (`ulimit -n`). Allow more. {_REPEAT}")
    return Weather(_forbidden(words, home), is_configuration=True) if _FORBIDDEN.search(words) else None


def _is_full(home: Path) -> bool:
    """Whether so little is free that SQLite cannot even read, for which it makes a file of 32 KB."""
    with suppress(OSError):
        return shutil.disk_usage(_nearest(home)).free < _LITTLE
    return False


def _nearest(path: Path) -> Path:
    return next(one for one in (path, *path.parents) if one.exists())


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that led to it, the last first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _forbidden(words: str, home: Path) -> str:
    """Why the home cannot be used, by what is seen of it now; else which file it was."""
    remedy = "Set HARVEST_QB_HOME to a folder that you may write."
    nearest = _nearest(home)
    if not nearest.is_dir():
        return f"The home {home} cannot be made, since {nearest} is a file. {remedy}"
    closed = next((path for path in (nearest, *_stores(home)) if not _is_writable(path)), None)
    if closed is None:
        return f"A file could not be used{_place(words)}: {words.splitlines()[0]}. Give it to whoever runs this."
    owner, me = _user(closed.stat().st_uid), _user(os.geteuid())
    if owner != me:
        return f"The home {home} belongs to {owner}, and {me} may not write {closed}. Run this as {owner}. Or: {remedy}"
    return f"The home {home} is read-only: {closed} cannot be written. Make it writable. Or: {remedy}"


def _stores(home: Path) -> Iterator[Path]:
    """Files in the home that a command writes, as far as they are there."""
    yield from (path for path in (home / "ledger.sqlite", home / "warehouse.duckdb", home / "dagster") if path.exists())


def _is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _user(number: int) -> str:
    with suppress(KeyError):
        return pwd.getpwuid(number).pw_name
    return f"user {number}"


def _place(words: str) -> str:
    """` (at FILE)`, where the words name one."""
    named = re.search(r"""['"](?P<path>/[^'"]*)['"]""", words)
    return f" (at {named['path']})" if named else ""
