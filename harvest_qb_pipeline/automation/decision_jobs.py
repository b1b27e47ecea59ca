"""Jobs with which a person decides about documents in the Dagster UI: all that an approver can do on the command line.

Belongs here: the ledger's decisions, each as a job whose launchpad opens with what is to be filled in. Must not be
here: a decision of its own, or who may decide.
"""

from datetime import date
from decimal import Decimal, InvalidOperation

import dagster as dg
from pydantic import Field

from harvest_qb_pipeline.automation.each import for_each
from harvest_qb_pipeline.ledger import adjustments, approval, requests, sending, unwinding
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger

_DOCUMENTS = Field(description="Document keys, with or without their hash.")
_REASON = Field(description="Why. Kept in the ledger's audit chain.")
_WHO = Field(description="Who decides. Kept in the ledger's audit chain.")


class ApproveConfig(dg.Config):
    """Which documents, exactly as they were shown."""

    documents: list[str] = Field(
        description="KEY@HASH, as `to_approve` in the metadata of billing/planned_invoices shows it."
    )
    approved_by: str = _WHO


class CancelConfig(dg.Config):
    """Which documents not to send, and why."""

    documents: list[str] = _DOCUMENTS
    reason: str = _REASON
    cancelled_by: str = _WHO


class RetryConfig(dg.Config):
    """Which rejected postings to send again after their cause was mended."""

    keys: list[str] = Field(
        description="Posting keys, as the check nothing_refused of billing/posted_invoices shows them."
    )
    retried_by: str = _WHO


class UnwindConfig(dg.Config):
    """Which bills to undo that were begun but are not in QuickBooks, and why."""

    documents: list[str] = _DOCUMENTS
    reason: str = _REASON
    unwound_by: str = _WHO


class AdjustConfig(dg.Config):
    """A signed line on each of these documents."""

    documents: list[str] = _DOCUMENTS
    amount: str = Field(description="Signed amount in the currency of the document, such as -250 or 40.00.")
    reason: str = Field(description="Printed on the invoice line and kept in the audit chain.")
    adjusted_by: str = _WHO


class RemoveAdjustmentsConfig(dg.Config):
    """Which adjustments to take back."""

    numbers: list[int] = Field(description="As the log of the job `adjust` told them; `ledger.adjustments` has them.")
    removed_by: str = _WHO


class BillConfig(dg.Config):
    """Which clients, billed on demand, to bill up to which day."""

    clients: list[int] = Field(description="Ids of clients in Harvest.")
    to_on: str = Field(description="Last day to bill, such as 2026-10-31.")
    requested_by: str = _WHO


class ClearConfig(dg.Config):
    """Which flags a person takes off, having compared the documents."""

    keys: list[str] = Field(description="Keys of flagged postings, as `harvest-qb status` or their events show them.")
    flag: str = Field(description="The flag, such as total_differs.")
    reason: str = _REASON
    cleared_by: str = _WHO


@dg.op(description="Approves documents by key and hash. Approving again is a no-op; another hash is refused.")
def approve_documents(context: dg.OpExecutionContext, config: ApproveConfig, ledger: dg.ResourceParam[Ledger]) -> None:
    def one(document: str) -> str:
        key, _, sha256 = document.partition("@")
        if not sha256:
            raise approval.ApprovalRefused(
                f"{document} has no hash. Write KEY@HASH as billing/planned_invoices shows it."
            )
        result = approval.approve(ledger, key, by=config.approved_by, sha256=sha256, via="dagster")
        return f"approved {', '.join(result.approved)}" if result.approved else "was approved already"

    for_each(context, config.documents, said=(config.approved_by,), does=one)


@dg.op(description="Cancels documents that have not been sent. A cancelled document stays away until it changes.")
def cancel_documents(context: dg.OpExecutionContext, config: CancelConfig, ledger: dg.ResourceParam[Ledger]) -> None:
    def one(document: str) -> str:
        approval.cancel(ledger, _key(document), by=config.cancelled_by, reason=config.reason)
        return "cancelled"

    for_each(context, config.documents, said=(config.cancelled_by, config.reason), does=one)


@dg.op(description="Lets rejected postings be sent again; what they would do is looked for first, as always.")
def retry_rejected(context: dg.OpExecutionContext, config: RetryConfig, ledger: dg.ResourceParam[Ledger]) -> None:
    def one(key: str) -> str:
        again = approval.retry_rejected(ledger, key, by=config.retried_by)
        return f"approved again: {', '.join(again)}" if again else "nothing to retry"

    for_each(context, config.keys, said=(config.retried_by,), does=one)


@dg.op(
    description="Lets the next push delete draft twins of bills that were begun; then plan draws the hours up again."
)
def unwind_documents(context: dg.OpExecutionContext, config: UnwindConfig, ledger: dg.ResourceParam[Ledger]) -> None:
    def one(document: str) -> str:
        _, twin = unwinding.unwind(ledger, _key(document), by=config.unwound_by, reason=config.reason)
        return f"the next push deletes twin {twin}"

    for_each(context, config.documents, said=(config.unwound_by, config.reason), does=one)


@dg.op(description="Adds a signed line to documents before they are sent; they wait for the next plan and an approval.")
def adjust_documents(context: dg.OpExecutionContext, config: AdjustConfig, ledger: dg.ResourceParam[Ledger]) -> None:
    def one(document: str) -> str:
        made = adjustments.adjust(
            ledger, _key(document), amount=_amount(config.amount), reason=config.reason, by=config.adjusted_by
        )
        return f"adjustment {made.adjustment_id} of {made.amount}; plan draws it up again"

    for_each(context, config.documents, said=(config.amount, config.reason, config.adjusted_by), does=one)


@dg.op(description="Takes adjustments back, by their numbers. Repeating is a no-op.")
def take_back(
    context: dg.OpExecutionContext, config: RemoveAdjustmentsConfig, ledger: dg.ResourceParam[Ledger]
) -> None:
    def one(number: str) -> str:
        adjustments.remove_adjustment(ledger, int(number), by=config.removed_by)
        return "taken back; plan draws its document up again"

    for_each(context, [str(number) for number in config.numbers], said=(config.removed_by,), does=one)


@dg.op(description="Asks for bills of clients whose cadence is on_demand. The next plan draws them up.")
def request_bills(context: dg.OpExecutionContext, config: BillConfig, ledger: dg.ResourceParam[Ledger]) -> None:
    def one(client_id: str) -> str:
        made = requests.request_billing(
            ledger, client_id_harvest=client_id, to_on=_day(config.to_on), by=config.requested_by
        )
        return f"will be billed to {made.to_on}; plan draws it up"

    for_each(context, [str(client) for client in config.clients], said=(config.to_on, config.requested_by), does=one)


@dg.op(description="Takes a flag off posted documents that a person has compared.")
def clear_flags(context: dg.OpExecutionContext, config: ClearConfig, ledger: dg.ResourceParam[Ledger]) -> None:
    def one(key: str) -> str:
        sending.clear_flag(ledger, key, config.flag, by=config.cleared_by, reason=config.reason)
        return f"flag {config.flag} cleared"

    for_each(context, config.keys, said=(config.flag, config.reason, config.cleared_by), does=one)


def _key(document: str) -> str:
    return document.partition("@")[0]


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise NotAllowed(f"{text!r} is not an amount such as -250 or 40.00.") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotAllowed(f"{text!r} is not a day such as 2026-10-31.") from None


# The launchpad opens with these, so that only values are left to fill in; empty ones are refused.
@dg.job(
    description="Approve documents exactly as they were shown. In the launchpad, list them as KEY@HASH: copy them from "
    "`to_approve` in the metadata of billing/planned_invoices. The sensor `push_when_ready` then sends them.",
    config={"ops": {"approve_documents": {"config": {"documents": [], "approved_by": ""}}}},
)
def approve() -> None:
    approve_documents()


@dg.job(
    description="Cancel documents that are not to be sent. A cancelled document stays away until its content changes.",
    config={"ops": {"cancel_documents": {"config": {"documents": [], "reason": "", "cancelled_by": ""}}}},
)
def cancel() -> None:
    cancel_documents()


@dg.job(
    description="Retry postings that the other system refused, after their cause was mended there.",
    config={"ops": {"retry_rejected": {"config": {"keys": [], "retried_by": ""}}}},
)
def retry() -> None:
    retry_rejected()


@dg.job(
    description="Undo bills that were begun but are not in QuickBooks: their draft twins are deleted by the next push, "
    "which frees the hours.",
    config={"ops": {"unwind_documents": {"config": {"documents": [], "reason": "", "unwound_by": ""}}}},
)
def unwind() -> None:
    unwind_documents()


@dg.job(
    description="Add a signed line to invoices before they are sent: write-down, discount, minimum fee, rounding-off.",
    config={"ops": {"adjust_documents": {"config": {"documents": [], "amount": "", "reason": "", "adjusted_by": ""}}}},
)
def adjust() -> None:
    adjust_documents()


@dg.job(
    description="Take adjustments back before their invoices are sent.",
    config={"ops": {"take_back": {"config": {"numbers": [], "removed_by": ""}}}},
)
def remove_adjustments() -> None:
    take_back()


@dg.job(
    description="Ask for the bills of clients whose cadence is on_demand, up to a day.",
    config={"ops": {"request_bills": {"config": {"clients": [], "to_on": "", "requested_by": ""}}}},
)
def bill() -> None:
    request_bills()


@dg.job(
    description="Clear a flag: a person has compared what was posted with what was meant, and takes it as done.",
    config={"ops": {"clear_flags": {"config": {"keys": [], "flag": "", "reason": "", "cleared_by": ""}}}},
)
def clear_flag() -> None:
    clear_flags()


JOBS = [approve, cancel, retry, unwind, adjust, remove_adjustments, bill, clear_flag]
