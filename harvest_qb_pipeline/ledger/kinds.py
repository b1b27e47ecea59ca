"""The kinds of posting there are: one row each, in the order in which they are sent.

Belongs here: what is true of a kind wherever it is named: to which system it goes, what it does there, who plans it,
what people call it, who may approve it. Must not be here: how it is sent (its module in `posting/kinds`), or payloads.

A new kind is a row here, a class in `posting/kinds`, and a row in the sweeps (`simulation/cases.py` of the tests).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, TypeVar

from harvest_qb_pipeline.keys import member_key
from harvest_qb_pipeline.ledger.model import Operation, System

Room: TypeAlias = Literal["contacts", "billing"]


@dataclass(frozen=True)
class KindRow:
    """One kind of posting.

    `record` is what the API calls what it makes or changes; `sent_by` the module in `posting/kinds` that carries it
    out; `room` the capability that plans it; `label` says what it is, and `column` heads the listing of a push, where
    `done` stands when it is posted (None: its id).
    `makes_party`: it makes somebody whom other documents may need, and is approved with the first that does.
    `may_be_shared`: several keys may be linked to one party (rule 49).
    `automatic_as` is the kind by which the policy may approve it (its own, or the one it stands or falls with).
    `is_principal`: it carries the amount by which people know its document. `reverses` is the kind it undoes: it is
    never planned, only added where a document is undone.
    """

    name: str
    system: System
    operation: Operation
    record: str
    sent_by: str
    room: Room
    label: str
    column: str
    done: str | None = None
    makes_party: bool = False
    may_be_shared: bool = False
    automatic_as: str | None = None
    is_principal: bool = False
    reverses: str | None = None


class _Posting(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def operation(self) -> Operation: ...


P = TypeVar("P", bound=_Posting)
_PARTY = "Customer or client"


def _party(
    name: str,
    system: System,
    record: str,
    sent_by: str,
    label: str,
    *,
    automatic_as: str | None = None,
    may_be_shared: bool = False,
) -> KindRow:
    return KindRow(
        *(name, system, "create", record, sent_by, "contacts", label, _PARTY),
        makes_party=True, may_be_shared=may_be_shared, automatic_as=automatic_as,
    )  # fmt: skip


def _change(name: str, system: System, record: str, sent_by: str, label: str) -> KindRow:
    return KindRow(name, system, "update", record, sent_by, "contacts", label, _PARTY, done="changed")


KINDS = (
    _party("customer", "quickbooks", "Customer", "customer", "customer", automatic_as="customer"),
    _party("job", "quickbooks", "Customer", "customer", "job", automatic_as="job"),
    _party("vendor", "quickbooks", "Vendor", "vendor", "vendor", automatic_as="vendor"),
    _party("client", "harvest", "client", "harvest_client", "client in Harvest", automatic_as="client"),
    _party("contact", "harvest", "contact", "harvest_contact", "contact in Harvest", automatic_as="client",
           may_be_shared=True),
    _party("project", "harvest", "project", "harvest_project", "project in Harvest", automatic_as="client"),
    _change("customer_update", "quickbooks", "Customer", "quickbooks_update", "change of a customer"),
    _change("job_update", "quickbooks", "Customer", "quickbooks_update", "change of a job"),
    _change("client_update", "harvest", "client", "harvest_update", "change of a client in Harvest"),
    _change("contact_update", "harvest", "contact", "harvest_update", "change of a contact in Harvest"),
    KindRow("twin", "harvest", "create", "invoice", "twin", "billing", "draft invoice in Harvest", "Twin in Harvest"),
    KindRow("twin", "harvest", "delete", "invoice", "twin_deletion", "billing", "deletion of the draft", "",
            reverses="twin"),
    KindRow("invoice", "quickbooks", "create", "Invoice", "invoice", "billing", "invoice", "In QuickBooks",
            is_principal=True),
    KindRow("twin_open", "harvest", "create", "invoice", "twin_opening", "billing", "opening of the draft",
            "Twin opened", "yes"),
)  # fmt: skip
"""Who must exist, and be named right, before whom."""

NAMES = tuple(dict.fromkeys(kind.name for kind in KINDS))
ROOMS: tuple[Room, ...] = tuple(dict.fromkeys(kind.room for kind in KINDS))
"""The capabilities that plan, in the order in which theirs are sent."""
PARTIES = frozenset(kind.name for kind in KINDS if kind.makes_party)
COLUMNS = tuple(dict.fromkeys(kind.column for kind in KINDS if kind.column))
AUTOMATIC = tuple(dict.fromkeys(kind.automatic_as for kind in KINDS if kind.automatic_as))
"""What the policy may name in `approvals.automatic_kinds`."""

REVERSIBLE = frozenset(kind.reverses for kind in KINDS if kind.reverses)
"""Kinds of which a posting that stands outside can be undone."""

LINKED_ONCE = {kind.name: kind.record for kind in KINDS if kind.makes_party and not kind.may_be_shared}
"""The record that each of these families of links leads to, which no two keys may share (rule 49)."""

KIND = {(kind.name, kind.operation): kind for kind in KINDS}
"""Each row by its name and what it does."""

_RANKS = {name: rank for rank, name in enumerate(NAMES)}


def kind_of(posting: _Posting) -> KindRow:
    """The row of a posting. Raises `KeyError` for one that no row describes."""
    return KIND[posting.kind, posting.operation]


def planned(name: str) -> KindRow:
    """The row of the kind that is planned under this name."""
    return next(kind for kind in KINDS if kind.name == name and kind.reverses is None)


def of_room(room: Room) -> tuple[str, ...]:
    """Names of the kinds that a capability plans, in sending order."""
    return tuple(dict.fromkeys(kind.name for kind in KINDS if kind.room == room))


def reversal_key(key: str, kind: str, operation: Operation) -> str:
    """Key of the posting that undoes the one at `key`: its own family for a counter-document, else kind and operation.

    `twin/client-1/2026-10` is deleted by `twin_delete/client-1/2026-10`.
    """
    family = kind if operation == "create" else f"{kind}_{operation}"
    return member_key(key, family)


def rank(name: str) -> tuple[int, str]:
    """Where a kind stands in sending order; what has no row comes last."""
    return (_RANKS.get(name, len(_RANKS)), name)


def approved_as(given: Collection[str]) -> frozenset[str]:
    """The kinds that the policy approves by itself where it names `given`: those, and what stands or falls with one."""
    return frozenset(kind.name for kind in KINDS if kind.automatic_as in given)


def principal(members: Iterable[P]) -> P | None:
    """The member that carries the amount by which people know its document, if there is one of such a kind."""
    return next((member for member in members if is_principal(member)), None)


def is_principal(posting: _Posting) -> bool:
    """Whether it carries the amount by which people know its document."""
    kind = KIND.get((posting.kind, posting.operation))
    return kind is not None and kind.is_principal
