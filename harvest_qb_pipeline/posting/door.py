"""The door: every byte that changes Harvest or QuickBooks leaves through here, with its attempt on record first.

Belongs here: lease, attempt record, request id, throttling. Must not be here: what is sent, or what follows from the
answer. Nothing else is given a writer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID, uuid5

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.harvest.writer import HarvestWriter
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger import sending
from harvest_qb_pipeline.ledger.model import StoredPosting
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.posting.reads import Order
from harvest_qb_pipeline.quickbooks.writer import QuickBooksWriter
from harvest_qb_pipeline.transport.faults import TITLES, NotSent, Refused, Throttled, Unauthorised, Unknown

_REQUEST_IDS = UUID("6f0d8f5c-6f0e-5d0e-9a55-0d3c4b1f7a21")


IsAnswer: TypeAlias = Callable[[JsonObject], bool]
"""Whether a record is the one that was to be made, by what it says of itself."""


def _any_record(record: JsonObject) -> bool:
    del record
    return True


def _checked(system: str, record: JsonObject, is_answer: IsAnswer) -> JsonObject:
    if is_answer(record):
        return record
    raise Unknown(
        f"{TITLES[system]} answered with another record than the one that was to be made (id "
        f"{record.get('id') or record.get('Id')}). What became of ours is looked up before anything is sent again.",
        system=system,
        detail=f"answered with record {record.get('id') or record.get('Id')}",
    )


@dataclass(frozen=True)
class PostingOptions:
    """Explicit limits of one push. Times are seconds."""

    settle_seconds: float = 180
    timeout_seconds: float = 60
    lease_seconds: float = 300
    throttle_seconds: float = 120
    max_attempts: int = 10
    max_postings_per_run: int = 2000
    workers: int = 8


@dataclass
class Door:
    """One claimed posting's way out.

    `may_have_arrived`: some attempt, now or earlier, may have left its document. `first_attempt_at`: when the first one
    was made, also by this claim. `made`: the answer to the write with which this claim has made its document.
    `wrote`: the mark after our last write (0 before any). `refusal`: the definite no that was read to a write, unlike
    one to a mere read.
    """

    ledger: Ledger
    posting: StoredPosting
    owner: str
    harvest: HarvestWriter
    quickbooks: QuickBooksWriter
    options: PostingOptions
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    order: Order = field(default_factory=Order)
    may_have_arrived: bool = field(init=False)
    made: JsonObject | None = field(init=False, default=None)
    wrote: int = field(init=False, default=0)
    first_attempt_at: datetime | None = field(init=False)
    refusal: Refused | None = field(init=False, default=None)

    @property
    def has_made(self) -> bool:
        """Whether this claim has made its document."""
        return self.made is not None

    def __post_init__(self) -> None:
        self.may_have_arrived = self.posting.extra.get("taken_from") != "approved"
        self.first_attempt_at = self.posting.first_attempt_at

    @property
    def has_tried(self) -> bool:
        """Whether an attempt was made at all, so that what is found may be ours."""
        return self.first_attempt_at is not None

    def harvest_create(self, path: str, content: JsonObject, is_answer: IsAnswer = _any_record) -> JsonObject:
        """POST that makes a document in Harvest, which has no idempotency: the bytes are kept for the record.

        An answer that is not `is_answer` to it (another's, crossed on the way) says nothing of what happened.
        """
        body = self._creation_bytes(content)
        timeout = self.options.timeout_seconds
        return self._send(
            lambda: _checked("harvest", self.harvest.write("POST", path, body, timeout=timeout), is_answer), body
        )

    def harvest_change(self, method: str, path: str, content: JsonObject | None) -> JsonObject:
        """PATCH, DELETE or a state message on a document that exists. The caller has just read what it changes."""
        body = None if content is None else jsontext.dumps(content).encode()
        return self._send(lambda: self.harvest.write(method, path, body, timeout=self.options.timeout_seconds), None)

    def quickbooks_create(self, path: str, content: JsonObject, is_answer: IsAnswer = _any_record) -> JsonObject:
        """POST that makes a document in QuickBooks, under the request id of this revision and refusal count.

        As for `harvest_create`, another's answer is none.
        """
        body = self._creation_bytes(content)
        return self._quickbooks_write(path, body, self.request_id(), body, is_answer)

    def quickbooks_change(self, path: str, content: JsonObject, *, request_part: str) -> JsonObject:
        """POST that changes what exists in QuickBooks. The caller has just read the SyncToken, `request_part`.

        The request id covers it: after somebody else's edit the same change is another request, never a replay.
        """
        return self._quickbooks_write(path, jsontext.dumps(content).encode(), self.request_id(request_part), None)

    def request_id(self, *also: str) -> str:
        """UUIDv5 of realm, key, revision, payload, the number of refusals read, and what the caller adds."""
        posting = self.posting
        parts = (self.quickbooks.realm_id, posting.key, posting.revision, posting.payload_sha256, posting.request_n)
        return str(uuid5(_REQUEST_IDS, "|".join(map(str, (*parts, *also)))))

    def _creation_bytes(self, content: JsonObject) -> bytes:
        return self.posting.sent_body or jsontext.dumps(content).encode()

    def _quickbooks_write(
        self, path: str, body: bytes, request_id: str, creation: bytes | None, is_answer: IsAnswer = _any_record
    ) -> JsonObject:
        timeout = self.options.timeout_seconds
        return self._send(
            lambda: _checked(
                "quickbooks", self.quickbooks.write(path, body, request_id=request_id, timeout=timeout), is_answer
            ),
            creation,
            request_id,
        )

    def _send(
        self, call: Callable[[], JsonObject], creation: bytes | None, request_id: str | None = None
    ) -> JsonObject:
        """One write. Waits as told when throttled, which is no attempt. The lease outlives the HTTP time-out."""
        waited = 0.0
        while True:
            until = self.now() + timedelta(seconds=self.options.lease_seconds)
            sending.renew(self.ledger, self.posting.posting_id, self.owner, until=until)
            attempted = sending.record_attempt(
                self.ledger,
                self.posting.posting_id,
                self.owner,
                body=creation,
                request_id=request_id or self.request_id(),
                now=self.now(),
            )
            before, self.may_have_arrived = self.may_have_arrived, True
            self.first_attempt_at = attempted.first_attempt_at
            try:
                answer = call()
                self.made = self.made if creation is None else answer
                return answer
            except Throttled as throttled:
                self.may_have_arrived = before
                waited += throttled.retry_after
                if waited > self.options.throttle_seconds:
                    raise
                self.sleep(throttled.retry_after)
            except (NotSent, Unauthorised):
                self.may_have_arrived = before
                raise
            except Refused as refused:
                self.may_have_arrived, self.refusal = before, refused
                raise
            except Unknown as unknown:
                sending.record_silence(
                    self.ledger, self.posting.posting_id, self.owner, now=self.now(), answer=unknown.answer
                )
                raise
            finally:
                self.wrote = self.order.mark()
