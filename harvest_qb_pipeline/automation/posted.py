"""What is posted, as Dagster shows it: one push of everything approved, and every room tells its own documents.

Belongs here: the shell, and the checks at which a push that met a refusal turns red: for Dagster it ends well, since
everything else was sent. Must not be here: how anything is sent (`posting`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from harvest_qb_pipeline import pipeline
from harvest_qb_pipeline.automation.heads import tag_run
from harvest_qb_pipeline.automation.planned import PLANNED
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.half_sent import HalfSent, half_sent
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.planning.capability import BILLING, CONTACTS, Capability, kinds_of
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.posting.push import PushReport
from harvest_qb_pipeline.posting.report import Trouble, outcome, troubles
from harvest_qb_pipeline.posting.systems import systems_for
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.warehouse.dagster import markdown_table, offending, sentence_first
from harvest_qb_pipeline.warehouse.database import Row


@dataclass(frozen=True)
class PostedAsset:
    """What a room's posted documents are called and described as, and what its check of refusals is called."""

    capability: Capability
    key: tuple[str, str]
    description: str
    refused: str
    refused_words: str


POSTED = (
    PostedAsset(
        CONTACTS,
        ("contacts", "posted_contacts"),
        "What is approved is sent: customers, jobs and vendors to QuickBooks, clients with their contacts and first "
        "projects to Harvest, changes to whichever side does not own the field. What is uncertain is looked up first, "
        "so that nobody is ever made twice; repeat it at any time. `postings` tells what became of each, with reasons.",
        "nobody_refused",
        "No customer, job, vendor, client or change of one was rejected or stopped after its sending began. "
        "Each row says why: mend the cause, then run the job `retry` with its KEY@HASH.",
    ),
    PostedAsset(
        BILLING,
        ("billing", "posted_invoices"),
        "What is approved is sent: the twin in Harvest that claims the hours, the invoice in QuickBooks. What is "
        "uncertain is looked up first, so that nothing is ever billed twice; repeat it at any time. `postings` below "
        "tells what became of each document of the last push, with reasons.",
        "nothing_refused",
        "No posting was rejected, stopped after its sending began, or stands in the other system otherwise than "
        "planned. Each row says why: mend the cause, then run the job `retry` with its KEY@HASH.",
    ),
)
_TOLD = 5
"""How many sentences an alert has; the check lists all."""
_UNCERTAIN = "nothing_uncertain"
_UNCERTAIN_WORDS = (
    "Of everything that was sent it is known whether it arrived. Nothing to do: the next push looks first."
)


_STEP = "push_documents"


@dg.multi_asset(
    name=_STEP,
    specs=[
        dg.AssetSpec(
            list(each.key),
            deps=[dg.AssetKey(list(one.key)) for one in PLANNED if one.capability == each.capability],
            kinds={"ledger", "quickbooks", "harvest"},
            description=each.description,
        )
        for each in POSTED
    ],
    check_specs=[
        spec
        for each in POSTED
        for spec in (
            dg.AssetCheckSpec(each.refused, asset=list(each.key), description=each.refused_words),
            dg.AssetCheckSpec(_UNCERTAIN, asset=list(each.key), description=_UNCERTAIN_WORDS),
        )
    ],
    can_subset=True,
)
def posted(
    context: dg.AssetExecutionContext,
    ledger: dg.ResourceParam[Ledger],
    harvest: dg.ResourceParam[HarvestClient],
    quickbooks: dg.ResourceParam[QuickBooksClient],
    policy: dg.ResourceParam[Policy],
) -> Iterator["dg.MaterializeResult[Any]"]:
    """One push of what is selected, in the order that documents need each other.

    Fails at its end while a document of what is selected is half-sent.
    """
    chosen = [each for each in POSTED if dg.AssetKey(list(each.key)) in context.selected_asset_keys]
    with sentence_first():
        report = pipeline.push(
            ledger,
            systems_for(policy, harvest, quickbooks),
            [each.capability for each in chosen],
            on_progress=lambda row: context.log.info(f"{row.key}: {row.state} {row.reason}".strip()),
        )
    tag_run(context.instance, context.run.run_id, ledger)
    for each in chosen:
        yield dg.MaterializeResult(
            asset_key=list(each.key),
            metadata=_metadata(report, each.capability),
            check_results=[
                result
                for result in checked(ledger, each)
                if dg.AssetCheckKey(dg.AssetKey(list(each.key)), str(result.check_name))
                in context.selected_asset_check_keys
            ],
        )
    _fail_if_half_sent(ledger, [each.capability for each in chosen])


def _fail_if_half_sent(ledger: Ledger, of: Sequence[Capability]) -> None:
    """After all the rest was sent and told: a run is not green while a document of its own is in one system only."""
    halves = half_sent(ledger, kinds_of(of))
    if halves:
        raise dg.Failure(
            " ".join(half.sentence for half in halves),
            metadata={"half_sent": dg.MetadataValue.md(markdown_table([_half(half) for half in halves], width=None))},
            allow_retries=False,
        )


def only_half_sent(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether a run failed at nothing but this: all was sent and told, and a document is half-sent all the same."""
    failed = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    made = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    told = {record.event_log_entry.step_key for record in made}
    return {record.event_log_entry.step_key for record in failed} == {_STEP} and _STEP in told


def _half(half: HalfSent) -> Row:
    return {
        "document": half.document.key,
        "what": half.document.label,
        "amount": half.money,
        "stands": ", ".join(f"{one.kind} {one.external_id}" for one in half.stands),
        "stopped": ", ".join(f"{one.kind} {one.state}" for one in half.stopped),
        "finish": half.finish,
        "take_back": half.take_back,
    }


def _metadata(report: PushReport, of: Capability) -> dict[str, Any]:
    rows, counts, summary = outcome(PushReport(tuple(row for row in report.rows if row.kind in of.kinds)))
    needing = [row for row in rows if row["reason"]]
    return {
        "summary": summary,
        "needing_attention": dg.MetadataValue.md(markdown_table(needing, width=None)),
        "postings": dg.MetadataValue.md(markdown_table(rows, width=None)),
        **counts,
    }


def checked(ledger: Ledger, each: PostedAsset) -> Iterator[dg.AssetCheckResult]:
    """What of this room's documents was refused, or is not known; whoever pushed it."""
    found = troubles(ledger, each.capability.kinds)
    hashes = reading.hashes(ledger, {one.posting.document for one in (*found.refused, *found.uncertain)})
    for name, rows, severity in (
        (each.refused, found.refused, dg.AssetCheckSeverity.ERROR),
        (_UNCERTAIN, found.uncertain, dg.AssetCheckSeverity.WARN),
    ):
        shown = offending([_row(one, hashes) for one in rows], severity)
        yield dg.AssetCheckResult(
            asset_key=list(each.key),
            check_name=name,
            passed=shown.passed,
            severity=severity,
            description=" ".join(list(dict.fromkeys(one.sentence for one in rows))[:_TOLD]) or shown.description,
            metadata=shown.metadata,
        )


def _row(one: Trouble, hashes: Mapping[str, str]) -> Row:
    """As a decision names it: jobs take no key without the hash of what was seen."""
    posting = one.posting
    return {
        "posting": f"{posting.key}@{hashes[posting.document][:12]}",
        "what": one.label,
        "state": posting.state,
        "number": posting.doc_number,
        "id": posting.external_id,
        "amount": posting.amount,
        "currency": posting.currency,
        "reason": one.reason,
    }


ASSETS: Sequence[dg.AssetsDefinition] = [posted]
