"""The shape of a table that is written from the policy.

Belongs here: what `tables.py`, `contact_tables.py` and `references.py` share. Must not be here: any table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = str | int | bool | date | Decimal | None


@dataclass(frozen=True)
class PolicyTable:
    """One table: what it holds, its columns with their SQL types and meanings, and its rows."""

    description: str
    columns: Mapping[str, tuple[str, str]]
    rows: Sequence[tuple[Value, ...]]
