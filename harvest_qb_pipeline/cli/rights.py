"""Whether anybody but its owner may read what lies in the home, and what to type where somebody may.

Belongs here: looking. Must not be here: changing rights that a person gave: new files are private from the start.
"""

import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from harvest_qb_pipeline.settings import Settings

_SHOWN = 3


def loose_rights(settings: Settings) -> str | None:
    """A sentence with the remedy when others may read the home or a file in it; None when nobody may."""
    places = [settings.home, settings.warehouse_path.parent]
    found = [path for place in dict.fromkeys(places) for path in _readable(place, settings)]
    if Path(".env").is_file() and _is_loose(Path(".env")):
        found.append(Path(".env").absolute())
    if not found:
        return None
    named = ", ".join(map(str, found[:_SHOWN]))
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    remedy = " ".join(shlex.quote(str(path)) for path in _to_change(found, settings))
    return f"Others may read {named}{more}: books, and what people cost. Run `chmod -R go= {remedy}`."


def _readable(place: Path, settings: Settings) -> Iterator[Path]:
    """Nothing below a folder that only its owner enters can be reached; elsewhere only what is ours is looked at."""
    if place == settings.home:
        if _is_loose(place):
            yield place
            yield from (path for path in sorted(place.rglob("*")) if _is_loose(path))
        return
    for path in (settings.warehouse_path, settings.warehouse_path.with_name(f"{settings.warehouse_path.name}.spool")):
        if _is_loose(path) and _is_loose(place):
            yield path


def _to_change(found: list[Path], settings: Settings) -> list[Path]:
    """The home as a whole, and each of those outside it."""
    within = any(path == settings.home or settings.home in path.parents for path in found)
    outside = [path for path in found if path != settings.home and settings.home not in path.parents]
    return [*([settings.home] if within else []), *outside]


def _is_loose(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & 0o077)
