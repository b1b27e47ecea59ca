"""What the policy says about who is who: what is created on either side, whose changes count, what a new project is.

Belongs here: `[contacts]` with its parts, and one stated link as a value. Must not be here: reading the look-up file
(`lookups.py`), tables for SQL (`contact_tables.py`), or finding anybody.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Literal, Self, TypeAlias, get_args

from pydantic import Field, field_validator, model_validator

from harvest_qb_pipeline.policy.places import Place
from harvest_qb_pipeline.policy.values import HarvestRef, Name, Part, QuickBooksId, QuickBooksRef, folded

Owner: TypeAlias = Literal["harvest", "quickbooks"]
ListUse: TypeAlias = Literal["read", "ignore"]
LookupType: TypeAlias = Literal["client", "project", "person", "task", "category"]
PartyType: TypeAlias = Literal["employee", "vendor"]
NameTemplate: TypeAlias = Name

_BRACED = re.compile(r"\{[^{}]*\}?|\}")
_NOT_IN_NAMES = re.compile(r"[:\t\r\n]")
"""QuickBooks refuses these in names (rule 48)."""


class Owners(Part):
    """Which side's changes of a field go to the other (rule 50); `phone` holds for both phones.

    Harvest has neither terms nor a tax setting: where "harvest" owns these, they are what this policy says of them.
    """

    name: Owner = "harvest"
    email: Owner = "harvest"
    phone: Owner = "harvest"
    address: Owner = "harvest"
    active: Owner = "harvest"
    terms: Owner = Field(
        default="quickbooks", description='"harvest": as the policy says, by [billing] and [[clients]]'
    )
    taxable: Owner = Field(default="quickbooks", description='"harvest": as the policy says, by contacts.taxable')


class FirstProject(Part):
    """The project that a client gets who comes from QuickBooks, so that time can be tracked at once."""

    name: NameTemplate = "{customer}"
    code: NameTemplate | None = None
    is_billable: bool = True
    bill_by: Literal["Project", "Tasks", "People", "none"] = "none"
    hourly_rate: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=5)] | None = None
    budget_by: Literal["project", "project_cost", "task", "task_fees", "person", "none"] = "none"
    budget: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)] | None = None
    tasks: tuple[HarvestRef, ...] = ()
    people: tuple[HarvestRef, ...] = ()

    @field_validator("name", "code")
    @classmethod
    def _customer_only(cls, template: str | None) -> str | None:
        return template and _with_placeholders(template, ("customer",))

    @field_validator("tasks", "people")
    @classmethod
    def _each_once(cls, given: tuple[HarvestRef, ...]) -> tuple[HarvestRef, ...]:
        return _once(given)

    @model_validator(mode="after")
    def _amounts_are_used(self) -> Self:
        if self.hourly_rate is not None and self.bill_by != "Project":
            raise ValueError('hourly_rate is given, but bill_by is not "Project"')
        if self.budget is not None and self.budget_by == "none":
            raise ValueError("budget is given, but budget_by does not say what it counts")
        return self


class Contacts(Part):
    """Who is created where, under which names, and which lists of people are read."""

    new_customers: Literal["since_cutover", "billed", "never"] = "since_cutover"
    new_clients: Literal["create", "ignore"] = "create"
    new_vendors: Literal["contractors", "never"] = "never"
    reimbursable: tuple[HarvestRef, ...] = ()
    job_name: NameTemplate = "{client} - {project}"
    bill_with_parent: bool = True
    archived: Literal["keep", "inactive"] = "keep"
    taxable: bool | None = None
    lookup: Name | None = None
    employees: ListUse = Field(
        default="read",
        description='"ignore": never asked for, and known to nobody; for a connection that may not see employees',
    )
    vendors: ListUse = Field(default="read", description='"ignore": the same for vendors')
    owners: Owners = Owners()
    first_project: FirstProject = FirstProject()

    @field_validator("reimbursable")
    @classmethod
    def _each_once(cls, given: tuple[HarvestRef, ...]) -> tuple[HarvestRef, ...]:
        return _once(given)

    @field_validator("job_name")
    @classmethod
    def _names_a_project(cls, template: str) -> str:
        _with_placeholders(template, ("client", "project", "code"))
        if "{project}" not in template and "{code}" not in template:
            raise ValueError("needs {project} or {code}, else all jobs of a client would have one name")
        if _NOT_IN_NAMES.search(template):
            raise ValueError("QuickBooks allows no colon, tab or line break in a name")
        return template

    @model_validator(mode="after")
    def _choices_fit_together(self) -> Self:
        if self.new_vendors != "never" and self.vendors == "ignore":
            raise ValueError(
                f'new_vendors = "{self.new_vendors}" needs vendors = "read": nobody could tell who is there already'
            )
        if self.owners.taxable == "harvest" and self.taxable is None:
            raise ValueError('owners.taxable = "harvest" means that the policy decides, but taxable is not stated')
        return self

    @property
    def ignored(self) -> tuple[str, ...]:
        """The lists of QuickBooks that are not to be read, by the names of their streams."""
        given = {"vendors": self.vendors, "employees": self.employees}
        return tuple(name for name, choice in given.items() if choice == "ignore")


class StatedLink(Part):
    """A link that a person has stated, in the policy or its look-up file: it wins over all that is found (rule 49)."""

    link_type: LookupType
    harvest: HarvestRef
    quickbooks: QuickBooksRef
    party: PartyType | None = None
    place: Place

    @property
    def ours(self) -> Iterable[tuple[str, HarvestRef]]:
        """What it takes on Harvest's side: a person is one employee and one vendor at most."""
        return [(f"{self.link_type} {party}", folded(self.harvest)) for party in self._parties]

    @property
    def theirs(self) -> Iterable[tuple[str, str]]:
        """What it takes on QuickBooks' side; several tasks and categories may share an item."""
        if self.link_type in ("task", "category"):
            return []
        lists = self._parties if self.link_type == "person" else ("customer",)
        if isinstance(self.quickbooks, QuickBooksId):
            return [(f"{one} with id", self.quickbooks.id) for one in lists]
        return [(one, self.quickbooks.lower()) for one in lists]

    @property
    def _parties(self) -> Sequence[str]:
        if self.link_type != "person":
            return ("",)
        return (self.party,) if self.party else get_args(PartyType)


def contradictions(links: Sequence[StatedLink]) -> dict[int, str]:
    """By position, why a link cannot stand beside an earlier one: links are one to one, except those of items."""
    ours: dict[tuple[str, HarvestRef], StatedLink] = {}
    theirs: dict[tuple[str, str], StatedLink] = {}
    found: dict[int, str] = {}
    for index, link in enumerate(links):
        for key in link.ours:
            other = ours.setdefault(key, link)
            if other is not link:
                found[index] = f"{link.link_type} {link.harvest!r} is stated already: {other.place}"
        for key in link.theirs:
            other = theirs.setdefault(key, link)
            if other is not link:
                said = f"is stated for {other.link_type} {other.harvest!r} already: {other.place}"
                found.setdefault(index, f"{key[0]} {key[1]!r} in QuickBooks {said}")
    return found


def _with_placeholders(template: str, allowed: Sequence[str]) -> str:
    names = [f"{{{name}}}" for name in allowed]
    if wrong := [found for found in _BRACED.findall(template) if found not in names]:
        raise ValueError(f"{wrong[0].strip()} is not one of the placeholders {' '.join(names)}")
    return template


def _once(given: tuple[HarvestRef, ...]) -> tuple[HarvestRef, ...]:
    for index, ref in enumerate(given):
        if folded(ref) in map(folded, given[:index]):
            raise ValueError(f"{ref!r} is listed twice")
    return given
