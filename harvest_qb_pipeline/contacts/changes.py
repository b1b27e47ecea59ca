"""Who is to be created, changed or linked on either side, as values.

Belongs here: shapes. Must not be here: reading them (`derive.py`), rules (`sql/`), payloads (`documents.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.policy.contacts import Owner

_NAMES: Mapping[str, str] = MappingProxyType({"harvest": "Harvest", "quickbooks": "QuickBooks"})


@dataclass(frozen=True)
class PartyChoices:
    """What holds for all documents alike. `since` dates creations: nothing in them may depend on the clock."""

    since: date
    home_currency: str
    names: Mapping[str, str] = field(default_factory=lambda: _NAMES)


@dataclass(frozen=True)
class NewCustomer:
    """A Harvest client that QuickBooks does not know yet. `is_wanted`: by the policy, whether needed or not."""

    client_id: int
    name: str
    currency: str
    address: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    term_id: str | None = None
    is_taxable: bool | None = None
    is_wanted: bool = True
    hold: Hold | None = None


@dataclass(frozen=True)
class NewJob:
    """A Harvest project that gets a job below its client's customer; `parent_id` where that exists already."""

    project_id: int
    client_id: int
    name: str
    currency: str
    parent_id: str | None = None
    is_billed_with_parent: bool = True
    is_wanted: bool = True
    hold: Hold | None = None


@dataclass(frozen=True)
class NewVendor:
    """A person who is paid through a vendor that QuickBooks does not have yet."""

    user_id: int
    name: str
    first_name: str | None
    last_name: str | None
    email: str | None
    hold: Hold | None = None


@dataclass(frozen=True)
class ProjectTemplate:
    """A project as the policy's template makes it. `budget` is in hours or in money, as `budget_by` says."""

    name: str
    code: str | None = None
    is_billable: bool = True
    bill_by: str = "none"
    hourly_rate: Decimal | None = None
    budget_by: str = "none"
    budget: Decimal | None = None
    task_ids: tuple[int, ...] = ()
    user_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class NewClient:
    """A QuickBooks customer that Harvest does not know yet. Without a `first_name` it gets no contact."""

    customer_id: str
    name: str
    currency: str
    template: ProjectTemplate
    address: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    hold: Hold | None = None


@dataclass(frozen=True)
class NewProject:
    """A QuickBooks job, below the customer of a known client, that Harvest does not know yet."""

    customer_id: str
    client_id: int
    template: ProjectTemplate
    hold: Hold | None = None


@dataclass(frozen=True)
class RecordChange:
    """Fields of one linked record that follow their owner; `values` by our names of fields."""

    key: str
    kind: str
    link_key: str
    external_id: str
    label: str
    owner: Owner
    values: dict[str, str | None]
    hold: Hold | None = None
