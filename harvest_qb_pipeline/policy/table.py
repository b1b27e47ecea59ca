"""The shape of a table of the policy, and how references become its columns.

Belongs here: what `tables.py` and `contact_tables.py` share. Must not be here: any table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from harvest_qb_pipeline.policy.values import HarvestRef, QuickBooksId, QuickBooksRef

Value: TypeAlias = str | int | bool | date | Decimal | None


@dataclass(frozen=True)
class PolicyTable:
    """One table: what it holds, its columns with their SQL types and meanings, and its rows."""

    description: str
    columns: Mapping[str, tuple[str, str]]
    rows: Sequence[tuple[Value, ...]]


def of_harvest(ref: HarvestRef | None) -> tuple[int | None, str | None]:
    """The id and the name columns of a Harvest record."""
    return (ref, None) if isinstance(ref, int) else (None, ref)


def of_quickbooks(ref: QuickBooksRef | None) -> tuple[str | None, str | None]:
    """The id and the name columns of a QuickBooks record."""
    return (ref.id, None) if isinstance(ref, QuickBooksId) else (None, ref)
