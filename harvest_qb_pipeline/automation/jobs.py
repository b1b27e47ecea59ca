"""The jobs: what runs together, from the command line, a schedule, a sensor or the Dagster UI.

Belongs here: selections of assets, and the small jobs with which a person decides. Must not be here: what
an asset does.
"""

from collections.abc import Callable, Sequence

import dagster as dg
from pydantic import Field

from harvest_qb_pipeline.ledger import approval
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.ledger.transitions import Refused

HARVEST = dg.AssetSelection.groups("raw_harvest", "harvest")
LANDED = dg.AssetSelection.groups("raw_harvest", "raw_quickbooks")
TYPED = dg.AssetSelection.groups("harvest", "quickbooks")
POSTED = dg.AssetSelection.assets(dg.AssetKey(["billing", "posted_invoices"]))
PUBLISHED = dg.AssetSelection.assets(dg.AssetKey(["warehouse", "published_copy"]))
DERIVED = dg.AssetSelection.groups("ledger", "policy", "contacts", "billing") - POSTED

sync = dg.define_asset_job(
    "sync",
    selection=LANDED | TYPED,
    config={"ops": {"raw_harvest": {"config": {"reread_open": False}}}},
    description="Land what changed in Harvest and QuickBooks, and rebuild the typed tables: a request per stream.",
)
plan = dg.define_asset_job(
    "plan",
    selection=HARVEST | DERIVED,
    description="Re-read open periods from Harvest, derive drafts, and record them in the ledger as planned or held. "
    "Sends nothing.",
)
push = dg.define_asset_job(
    "push",
    selection=POSTED,
    description="Send what is approved, look up what is uncertain. Needs the ledger only; safe to repeat at any time.",
)
run = dg.define_asset_job(
    "run",
    selection=LANDED | TYPED | DERIVED | POSTED,
    description="Sync with a full re-read of open periods, plan, and push what is approved.",
)
publish = dg.define_asset_job(
    "publish",
    selection=PUBLISHED,
    description="Publish a copy of the warehouse that analysts may hold open all day.",
)


class ApproveConfig(dg.Config):
    """Which documents, exactly as they were shown."""

    documents: list[str] = Field(
        description="KEY@HASH, as `to_approve` in the metadata of billing/planned_invoices shows it."
    )
    approved_by: str = Field(description="Who approves. Kept in the ledger's audit chain.")


class CancelConfig(dg.Config):
    """Which documents not to send, and why."""

    documents: list[str] = Field(description="Document keys, with or without their hash.")
    reason: str = Field(description="Why it is not to be sent. Kept in the ledger's audit chain.")
    cancelled_by: str = Field(description="Who cancels. Kept in the ledger's audit chain.")


class RetryConfig(dg.Config):
    """Which rejected postings to send again after their cause was mended."""

    keys: list[str] = Field(
        description="Posting keys, as the check nothing_refused of billing/posted_invoices shows them."
    )
    retried_by: str = Field(description="Who says that the cause is mended. Kept in the ledger's audit chain.")


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

    _for_each(context, config.documents, said=(config.approved_by,), does=one)


@dg.op(description="Cancels documents that have not been sent. A cancelled document stays away until it changes.")
def cancel_documents(context: dg.OpExecutionContext, config: CancelConfig, ledger: dg.ResourceParam[Ledger]) -> None:
    def one(document: str) -> str:
        approval.cancel(ledger, document.partition("@")[0], by=config.cancelled_by, reason=config.reason)
        return "cancelled"

    _for_each(context, config.documents, said=(config.cancelled_by, config.reason), does=one)


@dg.op(description="Lets rejected postings be sent again; what they would do is looked for first, as always.")
def retry_rejected(context: dg.OpExecutionContext, config: RetryConfig, ledger: dg.ResourceParam[Ledger]) -> None:
    def one(key: str) -> str:
        approval.retry_rejected(ledger, key, by=config.retried_by)
        return "approved again"

    _for_each(context, config.keys, said=(config.retried_by,), does=one)


def _for_each(
    context: dg.OpExecutionContext, names: Sequence[str], *, said: Sequence[str], does: Callable[[str], str]
) -> None:
    """Decide on each, whatever becomes of the others; fails in the end with a sentence for each that was refused."""
    if not names or not all(words.strip() for words in said):
        raise dg.Failure("Nothing was done: fill in every field of the configuration.", allow_retries=False)
    refused: list[str] = []
    for name in names:
        try:
            context.log.info(f"{name}: {does(name)}")
        except Refused as error:
            refused.append(str(error))
    if refused:
        raise dg.Failure(
            f"{len(refused)} of {len(names)} were refused, the others are done. " + " ".join(refused),
            allow_retries=False,
        )


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


JOBS = [sync, plan, push, run, publish, approve, cancel, retry]
