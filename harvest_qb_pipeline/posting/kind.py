"""What the engine asks of one sort of document, and the values it gets back.

Belongs here: the protocol of a kind and its outcomes. Must not be here: anything true of only one kind (those are in
`kinds/`), retrying, claiming, ledger states (those are in `engine.py`).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TypeAlias

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.kinds import KindRow
from harvest_qb_pipeline.ledger.model import Hold, Reversal, StoredPosting, System
from harvest_qb_pipeline.posting.door import Door
from harvest_qb_pipeline.posting.reads import Reads
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.transport.faults import Refused


@dataclass(frozen=True)
class Absent:
    """Looked, and what the posting should make is not there."""


@dataclass(frozen=True)
class Present:
    """What the posting should make is there already, whoever's attempt made it."""

    external_id: str


@dataclass(frozen=True)
class Blocked:
    """A person has to decide; the reason is shown on the held document."""

    hold: Hold


@dataclass(frozen=True)
class Unwind:
    """The document that was made is not what was planned and must be undone; `reason` is for people."""

    external_id: str
    reason: str


@dataclass(frozen=True)
class Completed:
    """Read back from the other side: what is stored there, and how it differs from what was asked (`flags`).

    `links` are further links that are true from now on: (key, system, id there).
    """

    external_id: str
    sync_token: str | None = None
    doc_number: str | None = None
    flags: tuple[str, ...] = ()
    detail: str | None = None
    links: tuple[tuple[str, System, str], ...] = ()


Finding: TypeAlias = Absent | Present | Blocked
Result: TypeAlias = Completed | Blocked | Unwind


@dataclass(frozen=True)
class Facts:
    """What the policy says today, whatever it said when a document was planned or approved.

    `needs_approval`: only approved time is billed; None leaves that to Harvest's own setting (rule 13).
    """

    has_twin: bool = True
    opens_twins: bool = True
    copies_natively: bool = False
    needs_approval: bool | None = None


@dataclass(frozen=True)
class ReadContext:
    """What a kind may use to look at a posting before anything of its document is sent: reads only.

    `payload` has its links resolved, but for those to what the document itself is yet to make. `ledgers` are the ids
    of this ledger and of those that it has taken over from.
    """

    posting: StoredPosting
    payload: JsonObject
    harvest: HarvestClient
    quickbooks: QuickBooksClient
    reads: Reads
    facts: Facts
    ledgers: frozenset[str]


@dataclass(frozen=True)
class Context(ReadContext):
    """What a kind may use while one posting is sent. All links of `payload` are resolved; `claimed` is a mark."""

    door: Door
    claimed: int

    @property
    def after(self) -> int:
        """The mark after which a list must have begun to count here: our last write, or the claim of a later attempt.

        Before a first attempt a list of this push counts that is not older than `reads.FRESH`.
        """
        return self.door.wrote or (self.claimed if self.door.has_tried else 0)


@dataclass(frozen=True)
class Kind(ABC):
    """One sort of document. `find` and `verify` may be called any number of times; `create` writes exactly once."""

    row: KindRow

    @abstractmethod
    def find(self, context: Context) -> Finding:
        """Is it there already? Reads only. Never proves absence of what may still be committing: the engine waits."""

    def find_refused(self, context: Context, refused: Refused) -> Finding:
        """Is it there although making it was just refused (rule 53)? By fresh reads, and by what the refusal names."""
        del refused
        return self.find(context)

    def preflight(self, look: ReadContext) -> Hold | None:
        """Checks before the first byte of the *document* leaves, whichever member goes first (rule 52). Reads only."""
        del look
        return None

    def prepare(self, context: Context) -> Hold | None:
        """Last checks before the first byte of the posting itself; a reason not to send, or None. Reads only."""
        return self.preflight(context)

    @abstractmethod
    def create(self, context: Context) -> str:
        """Make it with one write through the door; the external id."""

    @abstractmethod
    def verify(self, context: Context, external_id: str) -> Result:
        """By a fresh read, once it is brought to what was planned where that takes more than creating it."""

    def foresee(self, look: ReadContext) -> None:
        """Told of what this push is about to send, so that it can be looked up together. Sends and reads nothing."""
        del look

    def reversal(self, posting: StoredPosting) -> Reversal | None:
        """What undoes a posting that stands outside (`external_id`), or None where that is for a person to do there."""
        del posting
        return None
