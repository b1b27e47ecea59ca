"""One push: every approved posting is sent, everything uncertain is looked up, and the outcome is a table.

Belongs here: order, parallelism, limits, the report. Must not be here: what happens to one posting (`engine.py`).
"""

import os
import socket
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from uuid import uuid4

from harvest_qb_pipeline.ledger import reading, sending
from harvest_qb_pipeline.ledger.model import State, StoredPosting
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.posting.engine import Engine
from harvest_qb_pipeline.posting.systems import Systems


@dataclass(frozen=True)
class PushRow:
    """What became of one posting. `reason` is empty when it was posted and agrees."""

    key: str
    kind: str
    state: State
    doc_number: str | None
    external_id: str | None
    amount: Decimal
    currency: str
    reason: str


@dataclass(frozen=True)
class PushReport:
    """The postings a push touched, in the order they were sent."""

    rows: tuple[PushRow, ...]

    def count(self, state: State) -> int:
        return sum(row.state == state for row in self.rows)

    @property
    def has_failed(self) -> bool:
        """Something was rejected, is uncertain, could not be sent, or differs from what was planned."""
        return any(row.reason for row in self.rows)


def push(
    ledger: Ledger,
    systems: Systems,
    *,
    kinds: Collection[str] | None = None,
    on_progress: Callable[[PushRow], object] = lambda _row: None,
) -> PushReport:
    """Send what is approved, of `kinds` where given, until nothing moves. A failure stops only what depends on it."""
    engine = Engine(ledger, systems, owner=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}")
    touched: dict[int, PushRow] = {}
    limit = systems.options.max_postings_per_run
    with ThreadPoolExecutor(max_workers=systems.options.workers, thread_name_prefix="push") as pool:
        while len(touched) < limit:
            ready = sending.ready(ledger, systems.now(), limit=limit, kinds=kinds)
            fresh = [posting for posting in ready if posting.posting_id not in touched]
            if not fresh:
                break
            for done in pool.map(partial(_process, engine), fresh[: limit - len(touched)]):
                touched |= done
                for row in done.values():
                    on_progress(row)
    return PushReport(tuple(touched.values()))


def _process(engine: Engine, posting: StoredPosting) -> dict[int, PushRow]:
    """What became of a posting and, where that undid its document, of its reversals."""
    engine.process(posting.posting_id)
    now = reading.posting(engine.ledger, posting.key, posting.revision) or posting
    document = reading.document(engine.ledger, posting.document, with_sources=False)
    undoing = document.members if document and document.unwinding else ()
    reversals = [member for member in undoing if member.reverses and member.posting_id != now.posting_id]
    return {member.posting_id: row_of(member) for member in (now, *reversals)}


def row_of(posting: StoredPosting) -> PushRow:
    """A posting as a line of the report."""
    reasons = [hold.sentence for hold in posting.hold_reasons] if posting.state in ("held", "superseded") else []
    if posting.flags:
        reasons.append(f"Posted, but {', '.join(posting.flags).replace('_', ' ')}: compare the documents.")
    if posting.error and posting.state != "posted":
        reasons.append(posting.error)
    return PushRow(
        posting.key,
        posting.kind,
        posting.state,
        posting.doc_number,
        posting.external_id,
        posting.amount,
        posting.currency,
        " ".join(reasons),
    )
