"""When each system was last landed: one small file in the home, so that `status` opens no warehouse.

Belongs here: that file. Must not be here: a top-level import of duckdb or dagster, which `status` would wait for.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_SCHEMAS = {"Harvest": "raw_harvest", "QuickBooks": "raw_quickbooks"}
_NEVER: Mapping[str, str | None] = dict.fromkeys(_SCHEMAS)


def note_landed(home: Path, con: "duckdb.DuckDBPyConnection") -> None:
    """Write down when each system was landed last, as its watermarks say; the file is replaced in one go.

    A system that was never landed has no watermarks.
    """
    found: dict[str, str | None] = {}
    for system, schema in _SCHEMAS.items():
        has_landed = con.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE schema_name = ? AND table_name = 'watermarks'", [schema]
        ).fetchone()
        if not has_landed or not has_landed[0]:
            found[system] = None
            continue
        row = con.execute(f"SELECT max(landed_at)::VARCHAR FROM {schema}.watermarks").fetchone()  # noqa: S608 (constants)
        found[system] = row[0] if row else None
    written = _file(home).with_suffix(".new")
    written.write_text(json.dumps(found), encoding="utf-8")
    written.replace(_file(home))


def landed(home: Path) -> Mapping[str, str | None]:
    """When each system was last landed; None before the first time."""
    path = _file(home)
    if not path.exists():
        return _NEVER
    try:
        return {**_NEVER, **json.loads(path.read_text(encoding="utf-8"))}
    except (ValueError, TypeError):
        return dict.fromkeys(_SCHEMAS, f"at a time that is not known: {path} is damaged, the next sync writes it anew")


def _file(home: Path) -> Path:
    return home / "landed.json"
