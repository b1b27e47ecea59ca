"""What must hold of a room's tables before anything of it is planned: each a query in its `sql/invariants/`.

Belongs here: running those queries. The checks show what they find; planning refuses on it, because a blocking check
guards only the run it is part of.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

import duckdb

from harvest_qb_pipeline.warehouse.database import Row, query_rows
from harvest_qb_pipeline.warehouse.models import PACKAGE, SqlModel, models_in

_SHOWN = 5


@dataclass(frozen=True)
class Breach:
    """An invariant that does not hold: its name, what it says, and the offending rows."""

    name: str
    description: str
    rows: tuple[Row, ...]


class BrokenInvariantsError(Exception):
    """Planning refused, because the tables contradict themselves. Nothing was recorded."""

    def __init__(self, breaches: list[Breach]) -> None:
        self.breaches = breaches
        told = [_told(breach) for breach in breaches]
        super().__init__("Nothing was planned, because the drafts do not add up. " + " ".join(told))


@cache
def invariants_of(room: str) -> tuple[SqlModel, ...]:
    """Every invariant of a room; a row of its SELECT is a breach."""
    folder = PACKAGE / room / "sql" / "invariants"
    return tuple(models_in(folder, room)) if folder.exists() else ()


def breach_of(con: duckdb.DuckDBPyConnection, invariant: SqlModel) -> Breach:
    """What `invariant` finds now; no rows when it holds."""
    return Breach(invariant.name, invariant.description, tuple(query_rows(con, invariant.sql)))


def require(con: duckdb.DuckDBPyConnection, rooms: Collection[str]) -> None:
    """Raises `BrokenInvariantsError` with the offending rows unless every invariant of these rooms holds."""
    found = [breach_of(con, invariant) for room in rooms for invariant in invariants_of(room)]
    broken = [breach for breach in found if breach.rows]
    if broken:
        raise BrokenInvariantsError(broken)


def _told(breach: Breach) -> str:
    shown = "; ".join(", ".join(f"{name} {value}" for name, value in row.items()) for row in breach.rows[:_SHOWN])
    more = f"; and {len(breach.rows) - _SHOWN} more" if len(breach.rows) > _SHOWN else ""
    return f"{breach.name}: {breach.description} {shown}{more}."
