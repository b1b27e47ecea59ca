"""Billing as Dagster assets: its tables, the drafts as planned in the ledger, and what became of them.

Belongs here: the shell, a handful of lines per asset. `planned_invoices` and `posted_invoices` change the ledger and
have no table of their own; running them again is always safe.
"""

from typing import Any, TypeAlias

import dagster as dg

from harvest_qb_pipeline.billing.planning import plan_invoices
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.ledger.plans import PlanRow
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.posting.push import push
from harvest_qb_pipeline.posting.report import outcome
from harvest_qb_pipeline.posting.systems import systems_for
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.warehouse.dagster import markdown_table, sentence_first, sql_assets
from harvest_qb_pipeline.warehouse.database import Row, Warehouse, query_rows

Shown: TypeAlias = "dg.MaterializeResult[Any]"

_TABLES = sql_assets("billing")
_OPEN = ("planned", "approved", "held")


@dg.asset(
    key=["billing", "planned_invoices"],
    # Customers and jobs are planned before the bills that need them.
    deps=[
        *(asset.key for asset in _TABLES),
        dg.AssetKey(["harvest", "invoices"]),
        dg.AssetKey(["contacts", "planned_contacts"]),
    ],
    kinds={"ledger"},
    description=(
        "The drafts, recorded in the ledger as documents to approve. Each is *planned*, or *held* with its reasons; "
        "nothing is sent. To approve, copy KEY@HASH from `to_approve` below into the configuration of the job "
        "`approve`, or use `harvest-qb approve`. A draft that changes later needs a new approval. "
        "Fails, and records nothing, when drafts, lines and time entries do not add up."
    ),
)
def planned_invoices(
    warehouse: dg.ResourceParam[Warehouse], ledger: dg.ResourceParam[Ledger], policy: dg.ResourceParam[Policy]
) -> Shown:
    con = warehouse.connection
    with sentence_first():
        planned = plan_invoices(ledger, con, policy)
    result = planned.result
    by_state = {state: [_row(row) for row in result.rows if row.state == state] for state in _OPEN}
    counts = {
        name: getattr(result, name)
        for name in ("new", "changed", "unchanged", "vanished", "held", "untouched", "cancelled")
    }
    return dg.MaterializeResult(
        metadata={
            "summary": ", ".join(f"{len(rows)} {state}" for state, rows in by_state.items()) + ".",
            "to_approve": dg.MetadataValue.md(markdown_table(by_state["planned"], width=None)),
            "approved": dg.MetadataValue.md(markdown_table(by_state["approved"], width=None)),
            "held_documents": dg.MetadataValue.md(_list(by_state["held"])),
            "all_holds": dg.MetadataValue.md(markdown_table(list(planned.holds), width=None)),
            "drafts": dg.MetadataValue.md(markdown_table(query_rows(con, _DRAFTS))),
            "plan": result.plan_id,
            **counts,
            "approved_by_policy": len(planned.approved),
        }
    )


@dg.asset(
    key=["billing", "posted_invoices"],
    deps=[dg.AssetKey(["billing", "planned_invoices"]), dg.AssetKey(["contacts", "posted_contacts"])],
    kinds={"ledger", "quickbooks", "harvest"},
    description=(
        "What is approved is sent: the twin in Harvest that claims the hours, the invoice in QuickBooks, a new "
        "customer where one is needed. What is uncertain is looked up first, so that nothing is ever billed twice; "
        "repeat it at any time. `postings` below tells what became of each document of the last push, with reasons."
    ),
)
def posted_invoices(
    context: dg.AssetExecutionContext,
    ledger: dg.ResourceParam[Ledger],
    harvest: dg.ResourceParam[HarvestClient],
    quickbooks: dg.ResourceParam[QuickBooksClient],
    policy: dg.ResourceParam[Policy],
) -> Shown:
    with sentence_first():
        report = push(
            ledger,
            systems_for(policy, harvest, quickbooks),
            on_progress=lambda row: context.log.info(f"{row.key}: {row.state} {row.reason}".strip()),
        )
    rows, counts, summary = outcome(report)
    return dg.MaterializeResult(
        metadata={
            "summary": summary,
            "needing_attention": dg.MetadataValue.md(
                markdown_table([row for row in rows if row["reason"]], width=None)
            ),
            "postings": dg.MetadataValue.md(markdown_table(rows, width=None)),
            **counts,
        }
    )


def _row(row: PlanRow) -> Row:
    """A document of the plan, under the name that an approval has to give."""
    shown: Row = {
        "document": f"{row.document}@{row.sha256[:12]}",
        "label": row.label,
        "number": row.doc_number,
        "amount": row.amount,
        "currency": row.currency,
        "change": row.change,
    }
    return shown | ({"reason": " ".join(hold.sentence for hold in row.hold_reasons)} if row.hold_reasons else {})


def _list(rows: list[Row]) -> str:
    """What waits and why, one point each: unlike the cells of a table, sentences are never cut at the page's edge."""
    points: list[str] = []
    for row in rows:
        facts = (str(row[name]) for name in ("label", "state", "amount", "currency") if row.get(name))
        points.append(f"- `{row['document']}` {' '.join(facts)}: {row.get('reason', '')}")
    return "\n".join(points) or "_Nothing._"


_DRAFTS = """
    SELECT document_key, client_name, period_key, entries, hours, amount, currency, issue_on, due_on, hold_count
    FROM billing.invoice_drafts ORDER BY client_name, document_key
"""


ASSETS = [*_TABLES, planned_invoices, posted_invoices]
