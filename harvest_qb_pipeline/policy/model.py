"""What `policy.toml` may say: the firm's accounting choices as typed, immutable values.

Belongs here: the fields, their defaults and what makes a combination of them wrong. Must not be here: reading files
(`load.py`), tables for SQL (`tables.py`), who is who (`contacts.py`), or anything that looks at Harvest or QuickBooks.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, PrivateAttr, StringConstraints, field_validator, model_validator

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.ledger import kinds
from harvest_qb_pipeline.policy.contacts import Contacts, StatedLink, contradictions
from harvest_qb_pipeline.policy.places import Places
from harvest_qb_pipeline.policy.values import HarvestRef, Name, Part, QuickBooksRef, StatedAmount, folded

Cadence: TypeAlias = Literal["monthly", "semi_monthly", "weekly", "every_two_weeks", "on_demand"]
Grouping: TypeAlias = Literal["project_task", "project_person", "project", "detailed"]
InvoicePer: TypeAlias = Literal["client", "project", "group"]

LONGEST_DOC_NUMBER = 21
"""Characters of a QuickBooks DocNumber (rule 26)."""


class Group(Part):
    """Projects of one client that share an invoice, perhaps under a purchase order (rule 21)."""

    name: Name
    projects: tuple[HarvestRef, ...] = Field(min_length=1)
    purchase_order: Annotated[str, StringConstraints(max_length=60)] | None = None


class ClientChoices(Part):
    """How time becomes invoices, as far as it may differ from client to client."""

    cadence: Cadence = "monthly"
    anchor_on: date | None = Field(default=None, description="First day of any one of the two-week periods")
    grouping: Grouping = "project_task"
    invoice_per: InvoicePer = "client"
    project_customers: Literal["client", "job"] = "client"
    grace_days: int = Field(default=3, ge=0, le=60)
    terms: QuickBooksRef = "Net 30"
    minimum_invoice: StatedAmount = Decimal(0)
    clean_projects: bool = False
    credit_limit: StatedAmount | None = None


class ClientRule(Part):
    """One client's exceptions from `[billing]`; what is not given stays as it is there."""

    client: HarvestRef
    cadence: Cadence | None = None
    anchor_on: date | None = None
    grouping: Grouping | None = None
    invoice_per: InvoicePer | None = None
    project_customers: Literal["client", "job"] | None = None
    grace_days: int | None = Field(default=None, ge=0, le=60)
    terms: QuickBooksRef | None = None
    minimum_invoice: StatedAmount | None = None
    clean_projects: bool | None = None
    credit_limit: StatedAmount | None = None
    groups: tuple[Group, ...] = ()

    @model_validator(mode="after")
    def _groups_are_used(self) -> Self:
        if self.groups and self.invoice_per != "group":
            raise ValueError('groups are listed, but invoice_per is not "group"')
        if len({slug(group.name) for group in self.groups}) < len(self.groups):
            raise ValueError("two groups have the same name")
        listed = Counter(ref for group in self.groups for ref in {folded(project) for project in group.projects})
        if double := [project for project, times in listed.items() if times > 1]:
            raise ValueError(f"project {double[0]!r} is in two groups; its work can go on one invoice only")
        return self


class ItemRule(Part):
    """Which QuickBooks item a line uses when everything given here agrees; the first rule that fits wins."""

    item: QuickBooksRef
    client: HarvestRef | None = None
    project: HarvestRef | None = None
    task: HarvestRef | None = None
    income_account: QuickBooksRef | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.client is None and self.project is None and self.task is None:
            raise ValueError("a rule needs a client, project or task; for all others use items.default")
        return self


class Items(Part):
    """The QuickBooks items of invoice lines."""

    default: QuickBooksRef = "Services"
    adjustments: QuickBooksRef | None = None
    rules: tuple[ItemRule, ...] = ()


class Free(Part):
    """Work that is meant to be billed at a rate of nothing (rule 14)."""

    client: HarvestRef | None = None
    project: HarvestRef | None = None
    task: HarvestRef | None = None

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.client is None and self.project is None and self.task is None:
            raise ValueError("say which client, project or task is free")
        return self


class Cap(Part):
    """The most that may ever be billed on one project (rule 21)."""

    project: HarvestRef
    amount: StatedAmount


class CustomerOf(Part):
    """A client's customer in QuickBooks, stated by a person: a confirmed link (rule 49)."""

    client: HarvestRef
    customer: QuickBooksRef


class Approvals(Part):
    """Who lets a document go out, and whether Harvest's timesheet approvals count (rule 13).

    `automatic_kinds` are creations that nobody has to approve; what is made with a client goes with it.
    """

    required: bool = True
    automatic_up_to: StatedAmount | None = None
    automatic_kinds: tuple[Name, ...] = ()
    use_harvest_approvals: bool | None = None

    @field_validator("automatic_kinds")
    @classmethod
    def _may_be_automatic(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [name for name in given if name not in kinds.AUTOMATIC]:
            raise ValueError(f"{wrong[0]!r} always waits for a person; only {', '.join(kinds.AUTOMATIC)} need not")
        return given


class Numbering(Part):
    """`prefix` may hold {yyyy}, {yy} and {mm} of the issue day; neither product's counter may continue it (rule 26)."""

    prefix: str = "H{yy}{mm}-"
    digits: int = Field(default=4, ge=1, le=12)

    @field_validator("prefix")
    @classmethod
    def _usable(cls, prefix: str) -> str:
        if not re.fullmatch(r"(?:[A-Za-z0-9/._-]|\{yyyy\}|\{yy\}|\{mm\})*", prefix):
            raise ValueError("letters, digits, / . _ - and the placeholders {yyyy} {yy} {mm} only")
        if not re.search(r"[A-Za-z/._-]", re.sub(r"\{\w+\}", "", prefix)):
            raise ValueError("needs a letter or a sign, else Harvest or QuickBooks would count on from our numbers")
        return prefix

    @model_validator(mode="after")
    def _fits(self) -> Self:
        longest = len(self.prefix_on(date(2026, 12, 31))) + self.digits
        if longest > LONGEST_DOC_NUMBER:
            raise ValueError(f"numbers would have {longest} characters; QuickBooks holds {LONGEST_DOC_NUMBER}")
        return self

    def prefix_on(self, day: date) -> str:
        """The prefix of a document issued on `day`."""
        return self.prefix.format(yyyy=f"{day:%Y}", yy=f"{day:%y}", mm=f"{day:%m}")


class PostingLimits(Part):
    """Limits of the posting engine, in seconds and counts (`posting/`)."""

    settle_seconds: float = Field(default=180, ge=0)
    timeout_seconds: float = Field(default=60, gt=0)
    lease_seconds: float = Field(default=300, gt=0)
    max_postings_per_run: int = Field(default=2000, gt=0)
    max_attempts: int = Field(default=10, gt=0)

    @model_validator(mode="after")
    def _lease_outlives_a_request(self) -> Self:
        if self.timeout_seconds >= self.lease_seconds:
            raise ValueError("timeout_seconds must be shorter than lease_seconds")
        return self


class Retention(Part):
    """How long Dagster remembers a run, its events and its logs, in days since it ended (`automation/retention`)."""

    runs_days: int = Field(default=90, ge=1)
    failed_runs_days: int = Field(default=180, ge=1)


class Tax(Part):
    """Sales tax on services. Without this line, no invoice goes out: nothing is untaxed by accident (rule 34)."""

    services: Literal["NON"] | None = None


class Policy(Part):
    """The whole of `policy.toml`."""

    timezone: str
    cutover_on: date
    native_copy: Literal["on", "off"] | None = None
    auto_reminders: Literal["on", "off"] | None = None
    twin: Literal["import", "none"] = "import"
    invoice_date: Literal["period_end", "closing_day"] = "period_end"
    books_closed: Literal["hold", "next_open_day"] = "hold"
    billing: ClientChoices = ClientChoices()
    clients: tuple[ClientRule, ...] = ()
    items: Items = Items()
    free: tuple[Free, ...] = ()
    caps: tuple[Cap, ...] = ()
    customers: tuple[CustomerOf, ...] = ()
    contacts: Contacts = Contacts()
    approvals: Approvals = Approvals()
    numbering: Numbering = Numbering()
    posting: PostingLimits = PostingLimits()
    tax: Tax = Tax()
    retention: Retention = Retention()
    cost_rates: Literal["warehouse", "analysts"] = "warehouse"
    _looked_up: tuple[StatedLink, ...] = PrivateAttr(default=())
    _places: Places = PrivateAttr(default=Places())

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is not a time zone such as America/New_York") from None
        return name

    @model_validator(mode="after")
    def _one_rule_per_client(self) -> Self:
        seen: set[int | str] = set()
        for index, rule in enumerate(self.clients):
            if folded(rule.client) in seen:
                raise ValueError(f"clients.{index}: client {rule.client!r} is listed twice")
            seen.add(folded(rule.client))
        return self

    @model_validator(mode="after")
    def _one_customer_per_client_and_one_cap_per_project(self) -> Self:
        for name, given in (
            ("customers", [known.client for known in self.customers]),
            ("caps", [cap.project for cap in self.caps]),
        ):
            for index, ref in enumerate(given):
                if folded(ref) in map(folded, given[:index]):
                    raise ValueError(f"{name}.{index}: {ref!r} is listed twice")
        for index, reason in contradictions(self.stated_links).items():
            raise ValueError(f"customers.{index}: {reason}")
        return self

    @model_validator(mode="after")
    def _two_weeks_need_an_anchor(self) -> Self:
        for index, rule in enumerate((self.billing, *self.clients)):
            cadence = rule.cadence or self.billing.cadence
            if cadence == "every_two_weeks" and not (rule.anchor_on or self.billing.anchor_on):
                place = f"clients.{index - 1}" if index else "billing"
                raise ValueError(f"{place}: every_two_weeks needs anchor_on, the first day of one such period")
        return self

    @model_validator(mode="after")
    def _jobs_need_an_invoice_each(self) -> Self:
        for index, rule in enumerate((self.billing, *self.clients)):
            customers = rule.project_customers or self.billing.project_customers
            if customers == "job" and (rule.invoice_per or self.billing.invoice_per) != "project":
                place = f"clients.{index - 1}" if index else "billing"
                raise ValueError(f'{place}: project_customers = "job" needs invoice_per = "project"')
        return self

    def found_at(self, places: Places) -> Self:
        """This policy, knowing where each of its settings stands."""
        policy = self.model_copy()
        policy._places = places
        return policy

    def with_looked_up(self, links: Sequence[StatedLink]) -> Self:
        """This policy with the links of its look-up file, which the file of the policy itself only names."""
        policy = self.model_copy()
        policy._looked_up = tuple(links)
        return policy

    @property
    def places(self) -> Places:
        """Where each setting stands; a policy that was not read from a file knows no lines."""
        return self._places

    @property
    def stated_links(self) -> tuple[StatedLink, ...]:
        """Every link that a person has stated: under `[[customers]]`, then in the look-up file."""
        stated = (
            StatedLink(
                link_type="client",
                harvest=known.client,
                quickbooks=known.customer,
                place=self._places.of("customers", index),
            )
            for index, known in enumerate(self.customers)
        )
        return (*stated, *self._looked_up)

    @property
    def opens_twins(self) -> bool:
        """Whether a twin may be marked as sent: only if nothing then copies or mails it (rules 28, 29)."""
        return self.twin == "import" and self.native_copy == "off" and self.auto_reminders == "off"

    @cached_property
    def sha256(self) -> str:
        """Digest of everything the policy says, defaults included; comments and layout do not count."""
        # How long history is kept, and who may read what, changes no document.
        said = self.model_dump(mode="json", exclude={"retention", "cost_rates"})
        # Where a line stands in the look-up file means nothing.
        looked_up = [link.model_dump(mode="json", exclude={"place"}) for link in self._looked_up]
        return jsontext.sha256(said | {"looked_up": sorted(looked_up, key=jsontext.dumps)})


def slug(name: str) -> str:
    """A group's name as part of a key: lower case, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "group"
