"""Sending one posting so that it happens exactly once: claim, look, send, verify.

Belongs here: what follows from each outcome, the same for every kind. Must not be here: payloads, or which documents
exist. Adding a kind does not touch this file.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger import identity, links, reading, reversing, sending, states
from harvest_qb_pipeline.ledger.links import resolve
from harvest_qb_pipeline.ledger.model import BEGUN, Hold, Source, StoredPosting
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.posting.kind import (
    Absent,
    Blocked,
    Completed,
    Context,
    Kind,
    Present,
    ReadContext,
    Result,
    Unwind,
)
from harvest_qb_pipeline.posting.registry import kind_for
from harvest_qb_pipeline.posting.reversing import reversal_of
from harvest_qb_pipeline.posting.systems import Systems
from harvest_qb_pipeline.transport.faults import Fault, NotSent, Refused

_LONGEST_PAUSE = timedelta(hours=1)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Engine:
    """The ledger, both systems, and who is sending. One instance serves one push."""

    ledger: Ledger
    systems: Systems
    owner: str

    @cached_property
    def ledgers(self) -> frozenset[str]:
        """Ids of the ledgers whose documents are ours."""
        return identity.own_ids(self.ledger)

    def process(self, posting_id: int) -> None:
        """Take one ready posting to its next resting state. Somebody else's claim is left alone."""
        options = self.systems.options
        claimed = sending.claim(
            self.ledger,
            posting_id,
            owner=self.owner,
            now=self.systems.now(),
            lease_seconds=options.lease_seconds,
        )
        if claimed is None:
            return
        try:
            context = self._context(claimed)
        except NotSent as missing:
            # Posted once, and unlinked by a person since: what it stands for is theirs to say.
            hold = Hold("link_gone", f"{missing} Link it again with `harvest-qb links set`, then plan again.")
            sending.mark_held(self.ledger, claimed.posting_id, self.owner, holds=(hold,))
            return
        try:
            self._attempt(context)
        except sending.LeaseLost:
            # Somebody else has it now, and will look before sending anything.
            return

    def _attempt(self, context: Context) -> None:
        """Send it, and write down what the outcome proves."""
        try:
            self._send(context)
        except Fault as fault:
            if fault is context.door.refusal:
                self._refused(context, fault)
            else:
                self._postpone(context, str(fault), fault)
        except sending.LeaseLost:
            raise
        except states.NotAllowed as refused:
            self._hold(context, Hold("ledger_refused", f"{refused} Look at its events with `harvest-qb show`."))
        except Exception as error:
            # What is wrong with one posting must not keep the others from being sent.
            log.exception("%s could not be processed", context.posting.key)
            self._postpone(context, f"This program failed on it ({type(error).__name__}: {error}). Please report it.")

    def _send(self, context: Context) -> None:
        if self._is_unsettled(context):
            return None
        kind = kind_for(context.posting.kind, context.posting.operation)
        finding = kind.find(context)
        if isinstance(finding, Absent):
            finding = self._known(context) or self._create(context, kind)
        finding = self._free(context, finding)
        if isinstance(finding, Blocked):
            return self._hold(context, finding.hold)
        sending.mark_found(self.ledger, context.posting.posting_id, self.owner, finding.external_id)
        return self._finish(context, kind.verify(context, finding.external_id))

    def _known(self, context: Context) -> Present | None:
        """What was seen once and is not found now is gone by somebody's hand: for `verify` to say, not to remake."""
        posting = context.posting
        return Present(posting.external_id) if posting.external_id and posting.operation == "create" else None

    def _create(self, context: Context, kind: Kind) -> Present | Blocked:
        """A settled look found nothing, which closes the earlier attempts: this one is a first one again."""
        if context.door.may_have_arrived:
            sending.mark_absent(self.ledger, context.posting.posting_id, self.owner)
            context.door.may_have_arrived = False
        hold = self._link_hold(context, None) or self._preflight(context) or self._not_refused(context)
        hold = hold or kind.prepare(context)
        if hold is not None:
            return Blocked(hold)
        try:
            return Present(kind.create(context))
        except Refused as refused:
            # It may be refused because it is there, made by an attempt that seemed lost or by this one (rule 53).
            before, context.door.may_have_arrived = context.door.may_have_arrived, True
            finding = kind.find_refused(context, refused)
            if isinstance(finding, Present):
                return finding
            context.door.may_have_arrived = before
            raise

    def _not_refused(self, context: Context) -> Hold | None:
        """Before something is undone: what a refused creation of its document has made all the same (rule 53).

        Raises `NotSent` while that cannot be known yet.
        """
        document = reading.document(self.ledger, context.posting.document) if context.posting.reverses else None
        for member in document.members if document else ():
            if member.operation != "create" or member.external_id or member.first_attempt_at is None:
                continue
            if self.systems.now() < self._settled_at(member):
                raise NotSent(
                    f"{member.key} was refused a moment ago. What it may have made all the same is looked for first, "
                    f"{self.systems.options.settle_seconds:g} seconds after it; push again then.",
                    system=member.target,
                )
            found = kind_for(member.kind, member.operation).find(self._context(member))
            if isinstance(found, Present):
                return Hold(
                    "stands_all_the_same",
                    f"{member.key} was refused ({member.error or 'see its events'}), but it is there (id "
                    f"{found.external_id}). Finish the document with `harvest-qb retry`; nothing was undone.",
                )
        return None

    def _preflight(self, context: Context) -> Hold | None:
        """What stands against another member, asked before the first byte of their document leaves (rule 52)."""
        document = reading.document(self.ledger, context.posting.document, with_sources=False)
        others = [one for one in document.members if one.key != context.posting.key] if document else []
        if any(one.state in BEGUN or one.external_id for one in others):
            return None
        for other in others:
            hold = kind_for(other.kind, other.operation).preflight(self.look(other, context.posting.sources))
            if hold is not None:
                return hold
        return None

    def _free(self, context: Context, finding: Present | Blocked) -> Present | Blocked:
        """What was found, unless it is somebody else's by the links; what we have just made is nobody else's."""
        if isinstance(finding, Blocked) or context.door.has_made:
            return finding
        hold = self._link_hold(context, finding.external_id)
        return Blocked(hold) if hold else finding

    def _link_hold(self, context: Context, external_id: str | None) -> Hold | None:
        """Why what was found (None: what is to be made) cannot be linked to the key of a creation, if so (rule 49)."""
        posting = context.posting
        if posting.operation != "create" or posting.external_id is not None:
            return None
        sentence = links.obstacle(self.ledger, posting.key, posting.target, external_id)
        if sentence is None:
            return None
        return Hold("linked_elsewhere", f"{sentence} Nothing was sent. See `harvest-qb links`, then plan again.")

    def _finish(self, context: Context, result: Result) -> None:
        if isinstance(result, Blocked):
            return self._hold(context, result.hold)
        if isinstance(result, Unwind):
            return self._unwind(context, result)
        return self._posted(context, result)

    def _posted(self, context: Context, result: Completed) -> None:
        is_ours = context.door.has_tried
        sending.mark_posted(
            self.ledger,
            context.posting.posting_id,
            self.owner,
            external_id=result.external_id,
            sync_token=result.sync_token,
            doc_number=result.doc_number,
            flags=result.flags,
            how="created" if is_ours else "adopted",
            links=result.links,
            detail={"stored": result.detail} if result.detail else None,
        )

    def _unwind(self, context: Context, result: Unwind) -> None:
        reversals = reversing.begin_reversal(self.ledger, context.posting.document, reversal_of, reason=result.reason)
        self._hold(context, Hold("unwinding", result.reason))
        for reversal in reversals:
            self.process(reversal.posting_id)

    def _is_unsettled(self, context: Context) -> bool:
        """Absence proves nothing until the other side had `settle_seconds` to commit and show what may have arrived.

        Nor does it after a refusal, of which it is not certain that it was one (rule 53).
        """
        posting = context.posting
        was_refused = posting.operation == "create" and posting.request_n > 0
        if posting.extra.get("taken_from") == "approved" and not was_refused:
            return False
        settled_at = self._settled_at(posting)
        if self.systems.now() >= settled_at:
            return False
        self._uncertain(context, posting.error or _unsettled(posting), settled_at)
        return True

    def _settled_at(self, posting: StoredPosting) -> datetime:
        """From when on a look counts that finds nothing of this posting."""
        options, last = self.systems.options, posting.last_attempt_at
        if last is None:
            return self.systems.now()
        # A process that died while sending left the beginning of its attempt on record, not the end; the time-out
        # bounds each silence of an exchange, of which there are two: while sending, and while waiting for the answer.
        still_sending = 2 * options.timeout_seconds if posting.extra.get("taken_from") == "sending" else 0
        return last + timedelta(seconds=options.settle_seconds + still_sending)

    def _refused(self, context: Context, refused: Fault) -> None:
        """A write was refused for good: a person has to mend the cause."""
        sending.mark_rejected(
            self.ledger,
            context.posting.posting_id,
            self.owner,
            error=str(refused),
            code=refused.code or "",
            answer=refused.answer,
        )

    def _postpone(self, context: Context, reason: str, fault: Fault | None = None) -> None:
        """No answer to go by: looked up again later if anything may have arrived, else simply sent again later."""
        answer = fault.answer if fault else None
        if not context.door.may_have_arrived:
            sending.release(self.ledger, context.posting.posting_id, self.owner, error=reason, answer=answer)
        elif context.posting.attempts >= self.systems.options.max_attempts:
            self._hold(context, _too_many(context.posting, reason))
        else:
            self._uncertain(context, reason, self._next_look(context), answer)

    def _next_look(self, context: Context) -> datetime:
        """Back-off that doubles from `settle_seconds` and never exceeds an hour."""
        settle = timedelta(seconds=self.systems.options.settle_seconds)
        pause = settle * 2 ** min(max(context.posting.attempts - 1, 0), 10)
        return self.systems.now() + max(settle, min(pause, _LONGEST_PAUSE))

    def _uncertain(
        self, context: Context, error: str, next_attempt_at: datetime, answer: Mapping[str, Json] | None = None
    ) -> None:
        sending.mark_uncertain(
            self.ledger,
            context.posting.posting_id,
            self.owner,
            error=error,
            next_attempt_at=next_attempt_at,
            answer=answer,
        )

    def _hold(self, context: Context, hold: Hold) -> None:
        sending.mark_held(self.ledger, context.posting.posting_id, self.owner, holds=(hold,))

    def look(self, posting: StoredPosting, sources: tuple[Source, ...] = ()) -> ReadContext:
        """At a posting whose turn has not come: what its document is yet to make keeps its symbol."""
        systems = self.systems
        payload = self._linked(posting.payload, lambda key: resolve(self.ledger, key) or {"$link": key})
        seen = replace(posting, sources=sources)
        return ReadContext(
            seen, payload, systems.harvest, systems.quickbooks, systems.reads, systems.facts, self.ledgers
        )

    def _context(self, posting: StoredPosting) -> Context:
        systems = self.systems
        return Context(
            posting,
            self._linked(posting.payload, self._link),
            systems.harvest,
            systems.quickbooks,
            systems.reads,
            systems.facts,
            self.ledgers,
            door=systems.door(self.ledger, posting, self.owner),
            claimed=systems.reads.order.mark(),
        )

    def _linked(self, value: Json, link: Callable[[str], Json]) -> JsonObject:
        """The payload with `{"$link": KEY}` replaced by what `link` makes of the key."""
        if isinstance(value, dict):
            if set(value) == {"$link"}:
                return link(str(value["$link"]))
            return {key: self._linked(item, link) for key, item in value.items()}
        if isinstance(value, list):
            return [self._linked(item, link) for item in value]  # pyright: ignore[reportReturnType]
        return value

    def _link(self, key: str) -> Json:
        """The id that the posting of this key was given."""
        external_id = resolve(self.ledger, key)
        if external_id is None:
            raise NotSent(f"{key} is linked to nothing any more.", system="quickbooks")
        return external_id


def _unsettled(posting: StoredPosting) -> str:
    if posting.extra.get("taken_from") == "approved":
        return "It was refused a moment ago. What that attempt may have made all the same is looked for first."
    return "The last attempt got no answer; it may have arrived."


def _too_many(posting: StoredPosting, reason: str) -> Hold:
    return Hold(
        "too_many_attempts",
        f"After {posting.attempts} attempts it is still not known what happened. {reason} "
        "See that the system works, then retry; what is there is looked for first.",
    )
