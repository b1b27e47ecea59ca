"""The capabilities that can be planned, each a name, its kinds of postings, and how it derives.

Belongs here: the list of them. Must not be here: what any of them derives (its own `derive.py`).
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import duckdb

from harvest_qb_pipeline.billing import derive as billing
from harvest_qb_pipeline.contacts import derive as contacts
from harvest_qb_pipeline.contacts.candidates import steps
from harvest_qb_pipeline.ledger.derived import Derived
from harvest_qb_pipeline.ledger.kinds import of_room
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.warehouse.models import Step


@dataclass(frozen=True)
class Capability:
    """One room that plans. `kinds` are all kinds of postings it may derive: what of them is missing now is gone.

    `has_proposals`: its parties are offered to the documents of others, also when it is not planned itself.
    `steps` are those of its tables that no `.sql` file makes.
    """

    name: str
    kinds: frozenset[str]
    derive: Callable[[duckdb.DuckDBPyConnection, Policy], Derived]
    has_proposals: bool = False
    steps: Callable[[], Iterable[Step]] = tuple


CONTACTS = Capability("contacts", frozenset(of_room("contacts")), contacts.derive, has_proposals=True, steps=steps)
BILLING = Capability("billing", frozenset(of_room("billing")), billing.derive)
CAPABILITIES = (CONTACTS, BILLING)
"""All of them, the ground floor first: the others depend on the parties that contacts proposes."""


def kinds_of(capabilities: Collection[Capability]) -> frozenset[str]:
    """All kinds of postings that these capabilities plan."""
    return frozenset(kind for capability in capabilities for kind in capability.kinds)
