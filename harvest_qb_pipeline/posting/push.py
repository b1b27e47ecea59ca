"""One push: every approved posting is sent, everything uncertain is looked up, and the outcome is a table.

Belongs here: order, parallelism, limits, the report. Must not be here: what happens to one posting (`engine.py`).
"""

import os
import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from decimal import Decimal
from threading import Lock
from uuid import uuid4

from harvest_qb_pipeline.ledger import anchors, reading, sendable, sending
from harvest_qb_pipeline.ledger.model import State, StoredPosting
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.posting.engine import Engine
from harvest_qb_pipeline.posting.registry import kind_for
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


class _Sent:
    """What a push has taken up, and what became of it; no posting is taken up twice, and no more than `limit`."""

    def __init__(self, limit: int) -> None:
        self.rows: dict[int, PushRow] = {}
        self._taken: set[int] = set()
        self._limit = limit
        self._lock = Lock()

    @property
    def left(self) -> int:
        return self._limit - len(self._taken)

    def has(self, posting_id: int) -> bool:
        return posting_id in self._taken

    def take(self, posting_id: int) -> bool:
        """Whether this posting is now ours to send."""
        with self._lock:
            if posting_id in self._taken or not self.left:
                return False
            self._taken.add(posting_id)
            return True

    def tell(self, postings: Iterable[StoredPosting]) -> list[PushRow]:
        """Keep what became of these, in the order they were sent."""
        rows = {posting.posting_id: row_of(posting) for posting in postings}
        with self._lock:
            self._taken |= rows.keys()
            self.rows |= rows
        return list(rows.values())


def push(
    ledger: Ledger,
    systems: Systems,
    *,
    kinds: Collection[str] | None = None,
    on_progress: Callable[[PushRow], object] = lambda _row: None,
) -> PushReport:
    """Send what is approved, of `kinds` where given, until nothing moves. A failure stops only what depends on it.

    Raises `NotProven`, with nothing sent, when the ledger is not what its audit chain says.
    """
    sendable.require_sendable(ledger)
    engine = Engine(ledger, systems, owner=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}")
    sent = _Sent(systems.options.max_postings_per_run)
    with ThreadPoolExecutor(max_workers=systems.options.workers, thread_name_prefix="push") as pool:
        for rows in _rounds(pool, engine, sent, kinds):
            for row in rows:
                on_progress(row)
    anchors.note_head(ledger)
    return PushReport(tuple(sent.rows.values()))


def _rounds(
    pool: ThreadPoolExecutor, engine: Engine, sent: _Sent, kinds: Collection[str] | None
) -> Iterator[list[PushRow]]:
    """What became of each document as it is done. No worker waits for the slowest: more work comes before it idles."""
    running: set[Future[list[PushRow]]] = set()
    finished = 1
    try:
        while True:
            # What is posted may let other documents be sent. That is looked for when few are left, not after each.
            if len(running) < engine.systems.options.workers and finished * 2 > len(running):
                fresh = _fresh(engine, sent, kinds)
                running |= {pool.submit(_send, engine, posting, sent, kinds) for posting in fresh}
                finished = 0
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            finished += len(done)
            for future in done:
                yield future.result()
    finally:
        for future in running:
            future.cancel()


def _fresh(engine: Engine, sent: _Sent, kinds: Collection[str] | None) -> list[StoredPosting]:
    """What may be sent now and was not yet, one posting of each document; the kinds are told of its members."""
    if not sent.left:
        return []
    systems = engine.systems
    ready = sending.ready(engine.ledger, systems.now(), limit=systems.options.max_postings_per_run, kinds=kinds)
    fresh = {posting.document: posting for posting in reversed(ready) if not sent.has(posting.posting_id)}
    chosen = [posting for posting in ready if fresh.get(posting.document) is posting and sent.take(posting.posting_id)]
    for member in reading.members(engine.ledger, {posting.document for posting in chosen}):
        kind_for(member.kind, member.operation).foresee(engine.look(member))
    return chosen


def _send(engine: Engine, posting: StoredPosting, sent: _Sent, kinds: Collection[str] | None) -> list[PushRow]:
    """Send a posting, then what that leads to in its document; the rows of all it touched."""
    told: list[PushRow] = []
    current: StoredPosting | None = posting
    while current is not None:
        engine.process(current.posting_id)
        document = reading.document(engine.ledger, current.document, with_sources=False)
        members = document.members if document else ()
        now = next((member for member in members if member.posting_id == current.posting_id), current)
        undoing = [member for member in members if member.reverses and member.state != "approved" and member != now]
        told += sent.tell([now, *undoing])
        current = next((one for one in _led_to(members, kinds) if sent.take(one.posting_id)), None)
    return told


def _led_to(members: Sequence[StoredPosting], kinds: Collection[str] | None) -> list[StoredPosting]:
    """Members that may be sent now that others of their document are posted; `ledger` decides when they are claimed."""
    posted = [member for member in members if member.state == "posted" and not member.flags]
    there = {key for member in posted for key in (member.key, *member.depends_on)}
    is_undone = any(member.reverses for member in members)
    return [
        member
        for member in members
        if member.state == "approved"
        and there.issuperset(member.depends_on)
        and bool(member.reverses) == is_undone
        and (kinds is None or member.kind in kinds)
    ]


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
