"""The door: every byte that changes Harvest or QuickBooks leaves through here, with its attempt on record first.

Belongs here: lease, attempt record, request id, throttling. Must not be here: what is sent, or what follows from the
answer. Nothing else is given a writer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.harvest.writer import HarvestWriter
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger import sending
from harvest_qb_pipeline.ledger.model import StoredPosting
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.posting.reads import Order
from harvest_qb_pipeline.quickbooks.writer import QuickBooksWriter
from harvest_qb_pipeline.transport.faults import NotSent, Refused, Throttled, Unauthorised, Unknown

_REQUEST_IDS = UUID("6f0d8f5c-6f0e-5d0e-9a55-0d3c4b1f7a21")


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

    `may_have_arrived`: some attempt, now or earlier, may have left its document. `has_tried`: one was made at all, so
    that what is found may be ours. `made`: the answer to the write with which this claim has made its document.
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
    has_tried: bool = field(init=False)
    made: JsonObject | None = field(init=False, default=None)
    wrote: int = field(init=False, default=0)
    refusal: Refused | None = field(init=False, default=None)

    @property
    def has_made(self) -> bool:
        """Whether this claim has made its document."""
        return self.made is not None

    def __post_init__(self) -> None:
        self.may_have_arrived = self.posting.extra.get("taken_from") != "approved"
        self.has_tried = self.posting.first_attempt_at is not None

    def harvest_create(self, path: str, content: JsonObject) -> JsonObject:
        """POST that makes a document in Harvest, which has no idempotency: the bytes are kept for the record."""
        body = self._creation_bytes(content)
        return self._send(lambda: self.harvest.write("POST", path, body, timeout=self.options.timeout_seconds), body)

    def harvest_change(self, method: str, path: str, content: JsonObject | None) -> JsonObject:
        """PATCH, DELETE or a state message on a document that exists. The caller has just read what it changes."""
        body = None if content is None else jsontext.dumps(content).encode()
        return self._send(lambda: self.harvest.write(method, path, body, timeout=self.options.timeout_seconds), None)

    def quickbooks_create(self, path: str, content: JsonObject) -> JsonObject:
        """POST that makes a document in QuickBooks, under the request id of this revision and refusal count."""
        body = self._creation_bytes(content)
        return self._quickbooks_write(path, body, self.request_id(), body)

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

    def _quickbooks_write(self, path: str, body: bytes, request_id: str, creation: bytes | None) -> JsonObject:
        return self._send(
            lambda: self.quickbooks.write(path, body, request_id=request_id, timeout=self.options.timeout_seconds),
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
            sending.record_attempt(
                self.ledger,
                self.posting.posting_id,
                self.owner,
                body=creation,
                request_id=request_id or self.request_id(),
                now=self.now(),
            )
            before, self.may_have_arrived, self.has_tried = self.may_have_arrived, True, True
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
            except Unknown:
                sending.record_silence(self.ledger, self.posting.posting_id, self.owner, now=self.now())
                raise
            finally:
                self.wrote = self.order.mark()
