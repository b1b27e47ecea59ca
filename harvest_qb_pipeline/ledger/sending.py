"""What the posting engine writes down while it sends: claims, attempts, and outcomes.

Belongs here: one short transaction and one event per step, each checking the state it comes from. Must not be here:
HTTP, look-ups, or deciding what an answer means (`posting` does).
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row

from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.ledger import readiness, releasing, reversing, rows
from harvest_qb_pipeline.ledger.approved import why_not_approved
from harvest_qb_pipeline.ledger.events import Chain, changing
from harvest_qb_pipeline.ledger.link_rules import Pair, no_id
from harvest_qb_pipeline.ledger.links import link_posted, note_agreed
from harvest_qb_pipeline.ledger.model import Hold, StoredPosting, System
from harvest_qb_pipeline.ledger.states import LeaseLost, NotAllowed, move, posting_row
from harvest_qb_pipeline.ledger.store import Ledger

_NO_LEASE: dict[str, None] = {"lease_owner": None, "lease_until": None}


def ready(ledger: Ledger, now: datetime, *, limit: int, kinds: Collection[str] | None = None) -> list[StoredPosting]:
    """What may be claimed now, at most `limit`: customers first, then by kind, day and key; without sources.

    Only of `kinds` where they are given.

    That is: approved, or uncertain and due for another look, or sending under a lease that ran out; with everything it
    depends on posted and without flags. Of a document that is being unwound, only its reversals.
    """
    with ledger.reading() as con:
        return [rows.stored(row) for row in readiness.ready_rows(con, now, limit, kinds)]


def claim(ledger: Ledger, posting_id: int, *, owner: str, now: datetime, lease_seconds: float) -> StoredPosting | None:
    """Take a posting for `lease_seconds`; None when it is not (or no longer) there to be taken.

    `extra["taken_from"]` tells the state it was in: from `sending` (the last owner died) or `uncertain`, a look-up must
    come before anything is sent; what a person sends on with an outcome still unknown counts as `uncertain`.
    What no standing approval covers is held instead, with its document.
    `sources` are the document's. `owner` must be new for each run.
    """
    with changing(ledger) as chain:
        row = posting_row(chain, posting_id)
        if not readiness.is_ready(chain.con, row, now):
            return None
        if row.state == "approved" and (sentence := why_not_approved(chain.con, row)):
            _hold_unapproved(chain, row, sentence)
            return None
        # An attempt in flight when its process died may have arrived: from here on its outcome is unknown.
        unknown = row.unknown_attempts + int(row.is_in_flight)
        taken = move(
            chain,
            row,
            "sending",
            "claimed",
            lease_owner=owner,
            lease_until=now + timedelta(seconds=lease_seconds),
            next_attempt_at=None,
            unknown_attempts=unknown,
            is_in_flight=False,
        )
        sources = rows.sources_of(chain.con, row.document_id)
        return rows.stored(taken, sources, taken_from="uncertain" if unknown and row.state == "approved" else row.state)


def renew(ledger: Ledger, posting_id: int, owner: str, until: datetime) -> None:
    """Keep a claim until `until`. Raises `LeaseLost` when it is no longer ours."""
    with changing(ledger) as chain:
        move(chain, _ours(chain, posting_id, owner), "sending", "lease renewed", lease_until=until)


def record_attempt(
    ledger: Ledger, posting_id: int, owner: str, *, body: bytes | None, request_id: str, now: datetime
) -> StoredPosting:
    """Write down that a write is about to leave. Must be called before its first byte does.

    `body` is what makes the document; None for a later change of one that exists (a PATCH, a state message, a delete).
    The bytes of the first send are kept and must be presented again, until a refusal was read (`request_n` grew).
    An earlier attempt of the same claim counts as answered unless `record_silence` was called.
    Raises `LeaseLost` when the claim is not ours or has run out, `NotAllowed` for other bytes.
    """
    with changing(ledger) as chain:
        row = _ours(chain, posting_id, owner)
        if row.lease_until <= now:
            raise LeaseLost(f"The claim of {owner} on {row.key} ran out at {row.lease_until}; nothing was sent.")
        if (
            body is not None
            and row.sent_body is not None
            and row.sent_request_n == row.request_n
            and row.sent_body != body
        ):
            raise NotAllowed(
                f"{row.key} r{row.revision} was first sent with other bytes, and their outcome is not a refusal. "
                "The same bytes must be sent again."
            )
        taken = move(
            chain,
            row,
            "sending",
            "attempt",
            detail={
                "request_id": request_id,
                "body_sha256": hashlib.sha256(body).hexdigest() if body is not None else None,
            },
            sent_body=row.sent_body if body is None else body,
            sent_request_n=row.sent_request_n if body is None else row.request_n,
            request_id=request_id,
            first_attempt_at=row.first_attempt_at or now,
            last_attempt_at=now,
            attempts=row.attempts + 1,
            is_in_flight=True,
        )
        return rows.stored(taken)


def record_silence(
    ledger: Ledger, posting_id: int, owner: str, *, now: datetime, answer: Mapping[str, Json] | None = None
) -> None:
    """The attempt in flight ended without an answer that says what happened; its last byte left at `now`.

    `answer` is what was answered all the same (`Fault.answer`), kept in the event; so it is of every function here.
    """
    with changing(ledger) as chain:
        row = _ours(chain, posting_id, owner)
        move(chain, row, "sending", "silence", detail=_answered(answer), last_attempt_at=now, **_now_unknown(row))


def mark_found(ledger: Ledger, posting_id: int, owner: str, external_id: str) -> None:
    """The document exists on the other side, but is not verified or finished yet."""
    with changing(ledger) as chain:
        row = _ours(chain, posting_id, owner)
        _same_document(row, external_id)
        move(chain, row, "sending", "found", external_id=external_id, unknown_attempts=0, is_in_flight=False)


def mark_posted(
    ledger: Ledger,
    posting_id: int,
    owner: str,
    *,
    external_id: str,
    sync_token: str | None,
    doc_number: str | None,
    flags: Sequence[str] = (),
    how: Literal["created", "adopted"] = "created",
    links: Sequence[tuple[str, System, str]] = (),
    detail: dict[str, Json] | None = None,
) -> None:
    """The document was read back and is what it should be (or is flagged where not). Links its key to its id.

    `links` are further links that are true with it: (key, system, id there); `how` says how all of them came to be.
    What the posting made equal on both sides is noted on its link.
    A posting with flags counts as not done: what depends on it waits until a person clears them. The last verified
    reversal ends the unwinding of its document in the same transaction: superseded, and its sources are free.
    """
    with changing(ledger) as chain:
        row = _ours(chain, posting_id, owner)
        _same_document(row, external_id)
        done = move(
            chain,
            row,
            "posted",
            "posted",
            detail=detail,
            external_id=external_id,
            sync_token=sync_token,
            doc_number=doc_number or row.doc_number,
            flags=sorted({*row.flags, *flags}),
            error=None,
            error_code=None,
            posted_at=chain.at,
            unknown_attempts=0,
            is_in_flight=False,
            **_NO_LEASE,
        )
        own = [(row.key, row.target, external_id)] if row.operation == "create" else []
        for key, system, linked_id in (*own, *links):
            link_posted(
                chain,
                key=key,
                system=system,
                external_id=linked_id,
                made_by=ledger.actor,
                event_id=done.event_id,
                how=how,
                rule="found before it was sent" if how == "adopted" else "",
            )
        note_agreed(chain, row.agrees_on or row.key, row.agrees or {}, done.event_id)
        if row.reverses:
            reversing.end_if_reversed(chain, row.document)


def mark_uncertain(
    ledger: Ledger,
    posting_id: int,
    owner: str,
    *,
    error: str,
    next_attempt_at: datetime,
    answer: Mapping[str, Json] | None = None,
) -> None:
    """Whether the document exists is not known; look again from `next_attempt_at` on."""
    with changing(ledger) as chain:
        row = _ours(chain, posting_id, owner)
        move(
            chain,
            row,
            "uncertain",
            "uncertain",
            detail=_answered(answer),
            error=error,
            next_attempt_at=next_attempt_at,
            **_now_unknown(row),
            **_NO_LEASE,
        )


def mark_rejected(
    ledger: Ledger,
    posting_id: int,
    owner: str,
    *,
    error: str,
    code: str | None = None,
    answer: Mapping[str, Json] | None = None,
) -> None:
    """A definite refusal was read. `error` says what to fix and where; a later attempt is a new request, new bytes."""
    with changing(ledger) as chain:
        row = _ours(chain, posting_id, owner)
        move(
            chain,
            row,
            "rejected",
            "rejected",
            detail=_answered(answer),
            error=error,
            error_code=code,
            request_n=row.request_n + 1,
            sent_body=None,
            is_in_flight=False,
            **_NO_LEASE,
        )


def mark_held(ledger: Ledger, posting_id: int, owner: str, holds: Sequence[Hold]) -> None:
    """The posting waits for a person or for the next plan, for these reasons.

    When nothing of the document has begun, its other members are held with it, and its approval is void.
    """
    if not holds:
        raise ValueError("a posting is held for a reason")
    with changing(ledger) as chain:
        row = _ours(chain, posting_id, owner)
        reasons = rows.holds_json(holds)
        move(chain, row, "held", "held", hold_reasons=reasons, is_in_flight=False, **_NO_LEASE)
        members = rows.members_of(chain.con, [row.document_id])[row.document_id]
        if not any(rows.is_begun(member) for member in members):
            releasing.void_approval(chain, row.document, releasing.HELD_BECAUSE + holds[0].sentence)
            for member in members:
                if member.state == "approved":
                    move(chain, member, "held", "held", hold_reasons=reasons)


def release(
    ledger: Ledger,
    posting_id: int,
    owner: str,
    *,
    error: str | None = None,
    answer: Mapping[str, Json] | None = None,
) -> None:
    """Give a claim back: the last attempt did not arrive (refused connection, throttled), or nothing was tried."""
    with changing(ledger) as chain:
        row = _ours(chain, posting_id, owner)
        detail = _answered(answer)
        move(chain, row, "approved", "released", detail=detail, error=error, is_in_flight=False, **_NO_LEASE)


def mark_absent(ledger: Ledger, posting_id: int, owner: str) -> None:
    """A look-up that counts (after the settling time) found nothing: the unknown attempts did not arrive."""
    with changing(ledger) as chain:
        row = _ours(chain, posting_id, owner)
        move(chain, row, "sending", "absent", unknown_attempts=0, is_in_flight=False)


def clear_flag(ledger: Ledger, key: str, flag: str, *, by: str, reason: str) -> None:
    """A person has looked at a flagged document and takes it as done."""
    with changing(ledger) as chain:
        row = readiness.newest_row(chain.con, key)
        if row is None:
            raise NotAllowed(f"The ledger has no posting {key}. List them with `harvest-qb postings`.")
        if flag not in row.flags:
            raise NotAllowed(f"{key} does not carry the flag {flag!r}. It carries {', '.join(row.flags) or 'none'}.")
        left = [other for other in row.flags if other != flag]
        move(chain, row, row.state, "flag cleared", detail={"flag": flag, "reason": reason}, actor=by, flags=left)
        if row.reverses:
            reversing.end_if_reversed(chain, row.document)


def _hold_unapproved(chain: Chain, row: Row[Any], sentence: str) -> None:
    reasons = rows.holds_json([Hold("not_approved", sentence)])
    releasing.void_approval(chain, row.document, "held: " + sentence)
    for member in rows.members_of(chain.con, [row.document_id])[row.document_id]:
        if member.state == "approved":
            move(chain, member, "held", "held", hold_reasons=reasons)


def _ours(chain: Chain, posting_id: int, owner: str) -> Row[Any]:
    row = posting_row(chain, posting_id)
    if row.state != "sending" or row.lease_owner != owner:
        holder = f"held by {row.lease_owner}" if row.lease_owner else "held by nobody"
        raise LeaseLost(f"{row.key} r{row.revision} is {row.state}, {holder}; {owner} may not change it any more.")
    return row


def _now_unknown(row: Row[Any]) -> dict[str, Any]:
    return {"unknown_attempts": row.unknown_attempts + int(row.is_in_flight), "is_in_flight": False}


def _answered(answer: Mapping[str, Json] | None) -> dict[str, Json] | None:
    return {"answer": dict(answer)} if answer else None


def _same_document(row: Row[Any], external_id: str) -> None:
    if sentence := no_id(Pair(row.key, row.target, external_id)):
        raise NotAllowed(sentence)
    if row.external_id is not None and row.external_id != external_id:
        raise NotAllowed(
            f"{row.key} r{row.revision} is {row.target} id {row.external_id}; it cannot become {external_id} as well."
        )
