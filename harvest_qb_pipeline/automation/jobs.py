"""The jobs: what runs together, from the command line, a schedule, a sensor or the Dagster UI.

Belongs here: selections of assets, and the small jobs with which a person decides. Must not be here: what
an asset does.
"""

import dagster as dg
from pydantic import Field

from harvest_qb_pipeline.ledger import approval
from harvest_qb_pipeline.ledger.store import Ledger

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

    documents: list[str] = Field(description="Documents as KEY@HASH, from the metadata of billing/planned_invoices.")
    approved_by: str = Field(description="Who approves; kept in the ledger's audit chain.")


class CancelConfig(dg.Config):
    """Which documents not to send, and why."""

    documents: list[str] = Field(description="Document keys.")
    reason: str = Field(description="Kept in the ledger's audit chain.")
    cancelled_by: str = Field(description="Who cancels.")


class RetryConfig(dg.Config):
    """Which rejected postings to send again after their cause was mended."""

    keys: list[str] = Field(description="Posting keys that are rejected or held after sending began.")
    retried_by: str = Field(description="Who says that the cause is mended.")


@dg.op(description="Approve documents by key and hash. Approving again is a no-op; another hash is refused.")
def approve_documents(context: dg.OpExecutionContext, config: ApproveConfig, ledger: dg.ResourceParam[Ledger]) -> None:
    for document in config.documents:
        key, _, sha256 = document.partition("@")
        if not sha256:
            raise dg.Failure(f"{document} has no hash. Write KEY@HASH as billing/planned_invoices shows it.")
        result = approval.approve(ledger, key, by=config.approved_by, sha256=sha256, via="dagster")
        context.log.info(f"{key}: {result}")


@dg.op(description="Cancel documents that have not been sent. A cancelled document stays away until it changes.")
def cancel_documents(context: dg.OpExecutionContext, config: CancelConfig, ledger: dg.ResourceParam[Ledger]) -> None:
    for key in config.documents:
        approval.cancel(ledger, key, by=config.cancelled_by, reason=config.reason)
        context.log.info(f"{key}: cancelled")


@dg.op(description="Send rejected postings again; what they would do is looked for first, as always.")
def retry_rejected(context: dg.OpExecutionContext, config: RetryConfig, ledger: dg.ResourceParam[Ledger]) -> None:
    for key in config.keys:
        approval.retry_rejected(ledger, key, by=config.retried_by)
        context.log.info(f"{key}: approved again")


@dg.job(description="Approve planned documents (config: documents as KEY@HASH, approved_by).")
def approve() -> None:
    approve_documents()


@dg.job(description="Cancel documents that are not to be sent (config: documents, reason, cancelled_by).")
def cancel() -> None:
    cancel_documents()


@dg.job(description="Retry rejected postings whose cause is mended (config: keys, retried_by).")
def retry() -> None:
    retry_rejected()


JOBS = [sync, plan, push, run, publish, approve, cancel, retry]
