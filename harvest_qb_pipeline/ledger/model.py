"""What the ledger holds, as immutable values: documents, their postings, and the sources they consume.

Belongs here: shapes and names. Must not be here: SQL, HTTP, rules of any one kind of document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from harvest_qb_pipeline.jsontext import JsonObject

System: TypeAlias = Literal["harvest", "quickbooks"]
Operation: TypeAlias = Literal["create", "update", "void", "delete"]
State: TypeAlias = Literal[
    "held", "planned", "approved", "sending", "uncertain", "posted", "rejected", "superseded", "cancelled"
]
Purpose: TypeAlias = Literal["bill", "cost", "payroll", "payment"]

BEGUN: frozenset[State] = frozenset({"sending", "uncertain", "posted"})
FINAL: frozenset[State] = frozenset({"superseded", "cancelled"})


@dataclass(frozen=True)
class Hold:
    """Why a document waits: a code for machines and a sentence for a bookkeeper."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Source:
    """One thing a document consumes, as it was billed. `line` is the line number it is part of.

    There may be half a million of them in one plan, so they have slots.
    """

    purpose: Purpose
    type: str
    id: str
    version: str
    day: date | None = None
    person: str | None = None
    project: str | None = None
    task: str | None = None
    hours: Decimal | None = None
    rate: Decimal | None = None
    amount: Decimal | None = None
    line: int | None = None


@dataclass(frozen=True)
class Posting:
    """One write that should become true in one system.

    `payload` may hold `{"$link": KEY}` where the id of another posting's document is not known yet, and
    `{"$number": true}` where the document's number goes (resolved when planned, before hashing).
    `agrees` are fields, by our names, that both sides have in common once it is posted; they are noted on the link of
    `agrees_on` (None: its own key).
    """

    key: str
    kind: str
    target: System
    operation: Operation
    payload: JsonObject
    amount: Decimal
    currency: str
    occurs_on: date
    summary: str
    depends_on: tuple[str, ...] = ()
    agrees: Mapping[str, str] | None = None
    agrees_on: str | None = None


@dataclass(frozen=True)
class NumberFormat:
    """How the number of a document is made: `prefix` then a counter of at least `digits` places (rule 26)."""

    prefix: str
    digits: int = 4


@dataclass(frozen=True)
class Document:
    """Postings that stand or fall together, with what they consume and why they may have to wait."""

    key: str
    label: str
    postings: tuple[Posting, ...]
    sources: tuple[Source, ...] = ()
    hold_reasons: tuple[Hold, ...] = ()
    number_format: NumberFormat | None = None


@dataclass(frozen=True)
class Reversal:
    """What undoes one posting that stands outside: deleting it, voiding it, or a counter-document of another kind.

    `kind` and `operation` name its row in `kinds`; `summary` is said of the posting ("Delete the draft 12"), `does` of
    the push that sends it ("deletes draft 12").
    """

    kind: str
    operation: Operation
    payload: JsonObject
    summary: str
    does: str


@dataclass(frozen=True)
class StoredPosting:
    """A posting as the ledger knows it now."""

    posting_id: int
    document: str
    key: str
    revision: int
    kind: str
    target: System
    operation: Operation
    state: State
    payload: JsonObject
    payload_sha256: str
    amount: Decimal
    currency: str
    occurs_on: date
    summary: str
    depends_on: tuple[str, ...]
    hold_reasons: tuple[Hold, ...]
    doc_number: str | None
    external_id: str | None
    sync_token: str | None
    flags: tuple[str, ...]
    error: str | None
    request_n: int
    sent_body: bytes | None
    first_attempt_at: datetime | None
    last_attempt_at: datetime | None
    attempts: int
    next_attempt_at: datetime | None
    lease_owner: str | None
    lease_until: datetime | None
    plan_id: str | None
    reverses: str | None
    sources: tuple[Source, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
