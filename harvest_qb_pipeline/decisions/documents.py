"""Decisions about documents, from `approve` to `clear_flag`: what a person says of what is to be sent or was.

Belongs here: each as a declaration, with how its result is told. Must not be here: whether it may be made (the ledger).
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from harvest_qb_pipeline.decisions.decision import Decider, Decision, Field, Misread, Preview, PreviewRow, ShownDocument
from harvest_qb_pipeline.ledger import adjustments, approval, reading, requests, sending
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.showing import shown

_BILL = "invoice/client-5735776/2026-10"
_SEEN = "its key, or KEY@HASH to decide only on what you saw."
_DOCUMENT = Field("document", f"The document: {_SEEN}", f"{_BILL}@1f3870be", "document")
_POSTING = replace(_DOCUMENT, name="key", words=f"The posting, as the push showed it: {_SEEN}")
_CLIENT = Field("client_id", "Id of the client in Harvest.", "5735776", "number")
_REASON = Field("reason", "Kept in the audit chain.", "Agreed by phone", "reason", option="--reason")


def _approve(ledger: Ledger, document: ShownDocument, *, by: Decider) -> str:
    result = approval.approve(ledger, document.key, by=by.name, sha256=document.sha256, via=by.via)
    said = "was approved already" if result.is_repeated else f"approved by {by.name}: {', '.join(result.approved)}"
    return f"{result.document}: {said}."


def _preview_of_plan(ledger: Ledger, plan: str | None = None) -> Preview:
    """The plan that is named, or the last one: exactly that is approved then."""
    plan_id = plan or reading.latest_plan(ledger)
    if plan_id is None:
        raise NotAllowed("There is no plan yet: `harvest-qb plan` makes one.")
    found = approval.to_approve(ledger, plan_id)
    shown_now = tuple(
        PreviewRow(one.label, ShownDocument(one.document, one.sha256), one.amount, one.currency) for one in found
    )
    return Preview(f"Plan {plan_id}", shown_now, {"plan": plan_id})


def _approve_plan(ledger: Ledger, plan: str, *, by: Decider) -> str:
    result = approval.approve_all(ledger, by=by.name, plan_id=plan, via=by.via)
    lines = [f"{', '.join(one.approved)}: approved by {by.name}." for one in result.approved]
    lines += [f"{document}: left out. {shown(reason)}" for document, reason in result.refused]
    return "\n".join([*lines, f"{len(result.approved)} documents approved. `harvest-qb push` sends them."])


def _as_seen(ledger: Ledger, shown: ShownDocument) -> str:
    """The key, unless a hash was given and the document is not that any more: then `NotAllowed` with both."""
    if shown.sha256 is not None:
        now = reading.document(ledger, shown.key, with_sources=False)
        if now is not None and not approval.is_hash_of(shown.sha256, now.sha256):
            raise NotAllowed(
                f"{shown.key} is not what you saw: you named {shown.sha256}, it is now {now.sha256} "
                f"(revision {now.revision}). Look at it again with `harvest-qb show {shown.key}`."
            )
    return shown.key


def _cancel(ledger: Ledger, document: ShownDocument, *, reason: str, by: Decider) -> str:
    key = _as_seen(ledger, document)
    approval.cancel(ledger, key, by=by.name, reason=reason)
    return f"{key}: cancelled."


def _retry(ledger: Ledger, key: ShownDocument, *, by: Decider) -> str:
    again = approval.retry_rejected(ledger, _as_seen(ledger, key), by=by.name)
    return f"{', '.join(again) or key.key}: {'approved again; push sends it.' if again else 'nothing to retry.'}"


def _unwind(ledger: Ledger, document: ShownDocument, *, reason: str, by: Decider) -> str:
    # Imported here, because it brings along both clients, for which no other decision should wait.
    from harvest_qb_pipeline.posting.reversing import unwind

    name, does = unwind(ledger, _as_seen(ledger, document), by=by.name, reason=reason)
    return f"{name}: `harvest-qb push` {does}; then `plan` draws the hours up again."


def _adjust(ledger: Ledger, document: ShownDocument, *, amount: Decimal, reason: str, by: Decider) -> str:
    key = _as_seen(ledger, document)
    made = adjustments.adjust(ledger, key, amount=amount, reason=reason, by=by.name)
    return f"{key}: adjustment {made.adjustment_id} of {amount} ({reason}). `harvest-qb plan` draws it up again."


def _remove_adjustment(ledger: Ledger, number: int, *, document: str | None = None, by: Decider) -> str:
    standing = {one.adjustment_id: one.document for one in adjustments.adjustments(ledger)}
    on = standing.get(number)
    if document and on and on != document:
        own = ", ".join(str(one) for one, of in standing.items() if of == document) or "none"
        raise NotAllowed(f"Adjustment {number} is on {on}, not on {document}, which has {own}.")
    adjustments.remove_adjustment(ledger, number, by=by.name)
    return f"{document or on or 'Done before'}: adjustment {number} taken back. `harvest-qb plan` draws it up again."


def _bill(ledger: Ledger, client_id: int, *, to_on: date, by: Decider) -> str:
    requests.request_billing(ledger, client_id_harvest=str(client_id), to_on=to_on, by=by.name)
    return f"Client {client_id} will be billed to {to_on}. `harvest-qb plan` draws it up."


def _withdraw_bill(ledger: Ledger, client_id: int, *, to_on: date | None = None, by: Decider) -> str:
    standing = requests.billing_requests(ledger)
    meant = [one for one in standing if one.client_id_harvest == str(client_id) and to_on in (None, one.to_on)]
    for one in meant:
        requests.withdraw_request(ledger, one.request_id, by=by.name)
    if not meant and not _was_withdrawn(ledger, client_id):
        asked = ", ".join(f"client {one.client_id_harvest} to {one.to_on}" for one in standing) or "none"
        day = f" to {to_on}" if to_on else ""
        raise NotAllowed(f"No bill of client {client_id}{day} is asked for. Asked for: {asked}.")
    days = ", ".join(str(one.to_on) for one in meant)
    said = f"will not be billed to {days} on demand" if meant else "was not going to be billed any more"
    return f"Client {client_id} {said}. `harvest-qb plan` drops the draft; a bill that was begun stays."


def _was_withdrawn(ledger: Ledger, client_id: int) -> bool:
    events = reading.events_of(ledger, f"client-{client_id}")
    return any(event.what == "billing request withdrawn" for event in events)


def _clear_flag(ledger: Ledger, key: ShownDocument, *, flag: str, reason: str, by: Decider) -> str:
    if not reason.strip():
        raise Misread("Say why in --reason.")
    sending.clear_flag(ledger, _as_seen(ledger, key), flag, by=by.name, reason=reason)
    return f"{key.key}: flag {flag} cleared."


DECISIONS = (
    Decision(
        name="approve",
        sentence="Approve documents: KEY, or KEY@HASH to approve exactly what you saw. Repeating is a no-op.",
        does=_approve,
        about=(Field("document", "KEY@HASH, as the plan shows it.", f"{_BILL}@1f3870be", "document"),),
        is_exact=True,
        command="approve",
        takes_many=True,
        usage="Name the documents to approve, or say --all.",
        step="approve_documents",
        things="documents",
        by="approved_by",
        hint="In the launchpad, list them as KEY@HASH: copy them from `to_approve` in the metadata of "
        "billing/planned_invoices. The sensor `push_when_ready` then sends them.",
    ),
    Decision(
        name="approve_plan",
        sentence="Approve all planned creations of a plan as it was shown; what has changed since is left out.",
        does=_approve_plan,
        about=(
            Field(
                "plan",
                "With --all: the plan that was shown (on a terminal: the last one, which is shown then).",
                "plan-2",
                option="--plan",
            ),
        ),
        preview=_preview_of_plan,
        command="approve",
        switch="--all",
        switch_words="All planned creations of a plan, once they were shown.",
        step="approve_plans",
        things="plans",
        by="approved_by",
    ),
    Decision(
        name="cancel",
        sentence="Do not send a document. It stays away until what it would bill changes.",
        does=_cancel,
        about=(_DOCUMENT,),
        is_exact=True,
        fields=(_REASON,),
        command="cancel",
        step="cancel_documents",
        things="documents",
        by="cancelled_by",
    ),
    Decision(
        name="retry",
        sentence="Send a rejected posting again once its cause is mended; what it would do is looked for first.",
        does=_retry,
        about=(_POSTING,),
        is_exact=True,
        command="retry",
        step="retry_rejected",
        things="keys",
        by="retried_by",
    ),
    Decision(
        name="unwind",
        sentence="Undo a bill that was begun but is not in QuickBooks: the next push deletes its draft twin and frees "
        "the hours.",
        does=_unwind,
        about=(_DOCUMENT,),
        is_exact=True,
        fields=(_REASON,),
        command="unwind",
        step="unwind_documents",
        things="documents",
        by="unwound_by",
    ),
    Decision(
        name="adjust",
        sentence="Add a signed line to an invoice before it is sent: write-down, discount, minimum fee, rounding-off.",
        does=_adjust,
        about=(_DOCUMENT,),
        is_exact=True,
        fields=(
            Field("amount", "Signed amount, such as -250 or 40.00.", "-250", "amount", option="--amount"),
            Field(
                "reason",
                "Printed on the invoice line and kept in the audit chain.",
                "Goodwill",
                "reason",
                option="--reason",
            ),
        ),
        command="adjust",
        usage="Say --amount and --reason, or --remove with the number of an adjustment.",
        step="adjust_documents",
        things="documents",
        by="adjusted_by",
    ),
    Decision(
        name="remove_adjustments",
        sentence="Take adjustments back before their invoices are sent.",
        does=_remove_adjustment,
        about=(Field("number", "Take an adjustment back, by its number.", "3", "number", option="--remove"),),
        fields=(Field("document", "Only if it is on this document.", _BILL, "key", is_required=False),),
        command="adjust",
        switch="--remove",
        step="take_back",
        things="numbers",
        by="removed_by",
        hint="The log of the job `adjust` told the numbers; `ledger.adjustments` has them.",
    ),
    Decision(
        name="bill",
        sentence="Ask for the bill of a client whose cadence is on_demand, by its Harvest id, up to a day.",
        does=_bill,
        about=(_CLIENT,),
        fields=(Field("to_on", "Last day to bill.", "2026-10-31", "day", option="--to"),),
        command="bill",
        usage="Say --to with the last day to bill, or --withdraw.",
        step="request_bills",
        things="clients",
        by="requested_by",
    ),
    Decision(
        name="withdraw_bill",
        sentence="Take back what `bill` asked for, of a client and perhaps a day, before it is sent.",
        does=_withdraw_bill,
        about=(_CLIENT,),
        fields=(Field("to_on", "Only what was asked for to this day.", "2026-10-31", "day", False, "--to"),),
        command="bill",
        switch="--withdraw",
        switch_words="Take back what was asked for: to that day, or without --to all of it.",
        step="withdraw_requests",
        things="clients",
        by="withdrawn_by",
    ),
    Decision(
        name="clear_flag",
        sentence="Clear a FLAG such as total_differs: you have compared what was posted with what was meant, and take "
        "it so.",
        does=_clear_flag,
        about=(_POSTING,),
        is_exact=True,
        fields=(Field("flag", "The flag.", "total_differs"), _REASON),
        command="clear",
        step="clear_flags",
        things="keys",
        by="cleared_by",
    ),
)
