"""Every record that the policy names, in one list: how it is named, under which setting, in which line of which file.

Belongs here: which settings name which kinds of records, and the table of it. Must not be here: finding the records;
`sql/candidates.sql` does that once for all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, TypeAlias

from harvest_qb_pipeline.policy.contacts import StatedLink
from harvest_qb_pipeline.policy.model import ClientRule, Free, ItemRule, Policy
from harvest_qb_pipeline.policy.places import Place
from harvest_qb_pipeline.policy.table import PolicyTable
from harvest_qb_pipeline.policy.values import HarvestRef, QuickBooksId, QuickBooksRef

ReferenceKind: TypeAlias = Literal[
    "client", "project", "task", "category", "person", "customer", "job", "employee", "vendor", "party", "item",
    "account", "term",
]  # fmt: skip
"""Where a record is looked for; a `party` is an employee or a vendor."""

STATED_CUSTOMERS = "[[customers]]"
LOOKED_UP = "[contacts] lookup"
_THEIRS: dict[str, ReferenceKind] = {"client": "customer", "project": "job", "task": "item", "category": "item"}


@dataclass(frozen=True)
class Reference:
    """One record that is named. `statement` counts the entries of its setting from 1, `part` says what it is there.

    `is_used_active`: an archived or inactive record will not do. `within`: the reference to the client that a project
    or task is said of.
    """

    reference_id: int
    setting: str
    statement: int
    part: str
    kind: ReferenceKind
    named: HarvestRef | QuickBooksRef
    place: Place
    is_used_active: bool = False
    within: int | None = None

    @property
    def wanted_id(self) -> str | None:
        if isinstance(self.named, QuickBooksId):
            return self.named.id
        return str(self.named) if isinstance(self.named, int) else None

    @property
    def wanted_name(self) -> str | None:
        return self.named if isinstance(self.named, str) else None


def references_of(policy: Policy) -> list[Reference]:
    """Every reference of the policy and of its look-up file, in their order."""
    return list(_Gathering(policy).all())


def references_table(policy: Policy) -> PolicyTable:
    """Table `policy.stated_references`."""
    columns = {
        "reference_id": ("INTEGER", "The reference, counted over the whole policy"),
        "setting": ("VARCHAR", "The setting that it stands in, as in the file"),
        "statement": ("INTEGER", "Which entry of that setting, from 1"),
        "part": ("VARCHAR", "What it is in that entry: client, project, item, terms ..."),
        "kind": ("VARCHAR", "What is named: client, project, task, category, person, customer, job, employee, ..."),
        "wanted_id": ("VARCHAR", "The record by id, if it is named so"),
        "wanted_name": ("VARCHAR", "The record by name, if it is named so"),
        "is_used_active": ("BOOLEAN", "An archived or inactive record will not do"),
        "within_id": ("INTEGER", "The reference to the client that a project or task is said of"),
        "file": ("VARCHAR", "The file that says it"),
        "line": ("INTEGER", "The line there; empty for a default that the file does not say"),
    }
    rows = [
        (
            one.reference_id,
            one.setting,
            one.statement,
            one.part,
            one.kind,
            one.wanted_id,
            one.wanted_name,
            one.is_used_active,
            one.within,
            one.place.file,
            one.place.line,
        )
        for one in references_of(policy)
    ]
    return PolicyTable("Every record that the policy names, as it is written there.", columns, rows)


@dataclass
class _Gathering:
    """Numbers the references of a policy while they are gathered."""

    policy: Policy
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def all(self) -> Iterator[Reference]:
        yield from self._billing()
        for number, rule in enumerate(self.policy.clients, start=1):
            yield from self._client(number, rule)
        yield from self._items()
        for number, free in enumerate(self.policy.free, start=1):
            yield from self._work("[[free]]", number, free, ("free", number - 1))
        for number, cap in enumerate(self.policy.caps, start=1):
            yield self._one("[[caps]]", number, "project", "project", cap.project, ("caps", number - 1, "project"))
        yield from self._people()
        for number, link in enumerate(self.policy.stated_links, start=1):
            yield from self._link(number, link)

    def _billing(self) -> Iterator[Reference]:
        yield self._one("[billing]", 1, "terms", "term", self.policy.billing.terms, ("billing", "terms"), active=True)

    def _client(self, number: int, rule: ClientRule) -> Iterator[Reference]:
        path = ("clients", number - 1)
        client = self._one("[[clients]]", number, "client", "client", rule.client, (*path, "client"))
        yield client
        if rule.terms is not None:
            yield self._one("[[clients]]", number, "terms", "term", rule.terms, (*path, "terms"), active=True)
        before = sum(len(earlier.groups) for earlier in self.policy.clients[: number - 1])
        for place, group in enumerate(rule.groups):
            for project in group.projects:
                yield self._one(
                    "[[clients.groups]]", before + place + 1, "project", "project", project,
                    (*path, "groups", place, "projects"), within=client,
                )  # fmt: skip

    def _items(self) -> Iterator[Reference]:
        items = self.policy.items
        yield self._one("[items]", 1, "default", "item", items.default, ("items", "default"), active=True)
        if items.adjustments is not None:
            place = ("items", "adjustments")
            yield self._one("[items]", 1, "adjustments", "item", items.adjustments, place, active=True)
        for number, rule in enumerate(items.rules, start=1):
            path = ("items", "rules", number - 1)
            yield from self._work("[[items.rules]]", number, rule, path)
            yield self._one("[[items.rules]]", number, "item", "item", rule.item, (*path, "item"), active=True)
            if rule.income_account is not None:
                place = (*path, "income_account")
                yield self._one(
                    "[[items.rules]]", number, "income_account", "account", rule.income_account, place, active=True
                )

    def _work(
        self, setting: str, number: int, rule: ItemRule | Free, path: tuple[str | int, ...]
    ) -> Iterator[Reference]:
        """Client, project and task that a rule holds for."""
        client = None
        if rule.client is not None:
            client = self._one(setting, number, "client", "client", rule.client, (*path, "client"))
            yield client
        if rule.project is not None:
            yield self._one(setting, number, "project", "project", rule.project, (*path, "project"), within=client)
        if rule.task is not None:
            yield self._one(setting, number, "task", "task", rule.task, (*path, "task"), within=client)

    def _people(self) -> Iterator[Reference]:
        contacts = self.policy.contacts
        for number, person in enumerate(contacts.reimbursable, start=1):
            place = ("contacts", "reimbursable")
            yield self._one("[contacts] reimbursable", number, "person", "person", person, place)
        first = ("contacts", "first_project")
        for number, task in enumerate(contacts.first_project.tasks, start=1):
            yield self._one(
                "[contacts.first_project] tasks", number, "task", "task", task, (*first, "tasks"), active=True
            )
        for number, person in enumerate(contacts.first_project.people, start=1):
            yield self._one(
                "[contacts.first_project] people", number, "person", "person", person, (*first, "people"), active=True
            )

    def _link(self, number: int, link: StatedLink) -> Iterator[Reference]:
        setting = STATED_CUSTOMERS if number <= len(self.policy.customers) else LOOKED_UP
        theirs = _THEIRS.get(link.link_type) or link.party or "party"
        yield Reference(next(self._ids), setting, number, "harvest", link.link_type, link.harvest, link.place)
        yield Reference(next(self._ids), setting, number, "quickbooks", theirs, link.quickbooks, link.place)

    def _one(
        self,
        setting: str,
        statement: int,
        part: str,
        kind: ReferenceKind,
        named: HarvestRef | QuickBooksRef,
        path: tuple[str | int, ...],
        *,
        active: bool = False,
        within: Reference | None = None,
    ) -> Reference:
        return Reference(
            next(self._ids),
            setting,
            statement,
            part,
            kind,
            named,
            self.policy.places.of(*path),
            active,
            within.reference_id if within else None,
        )
