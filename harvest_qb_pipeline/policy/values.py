"""What the parts of a policy are written in: references to records, names, amounts.

Belongs here: the kinds of values that several parts share. Must not be here: any setting (`model.py`, `contacts.py`).
"""

from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
HarvestRef: TypeAlias = Annotated[int, Field(gt=0)] | Name
"""A Harvest record: its id (a number) or its exact name (a text; for projects also the code, for people the e-mail)."""
StatedAmount: TypeAlias = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=3)]


class Part(BaseModel):
    """A table of the policy: it takes no setting that it does not know, and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class QuickBooksId(Part):
    """A QuickBooks record by its id, written `{ id = "19" }`."""

    id: Name


QuickBooksRef: TypeAlias = QuickBooksId | Name
"""A QuickBooks record: its exact name, or `{ id = "19" }`."""


def folded(ref: HarvestRef) -> HarvestRef:
    """A reference as SQL compares it: the case of names does not matter."""
    return ref.lower() if isinstance(ref, str) else ref
