"""Contacts as Dagster assets: who is who, what is planned of it in the ledger, and what became of it.

Belongs here: the shell, a handful of lines per asset. `planned_contacts` and `posted_contacts` change the ledger and
have no table of their own; running them again is always safe.
"""

from typing import Any, TypeAlias

import dagster as dg

from harvest_qb_pipeline.contacts.candidates import TABLES, Candidates, write_candidates
from harvest_qb_pipeline.contacts.planning import Planned, plan_contacts
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.ledger.kinds import of_room
from harvest_qb_pipeline.ledger.plans import PlanRow
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.posting.push import push
from harvest_qb_pipeline.posting.report import outcome
from harvest_qb_pipeline.posting.systems import systems_for
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.warehouse.dagster import markdown_table, sentence_first, sql_assets, table_metadata
from harvest_qb_pipeline.warehouse.database import Row, Warehouse, query_rows

Shown: TypeAlias = "dg.MaterializeResult[Any]"


def _candidate_asset(candidates: Candidates) -> dg.AssetsDefinition:
    @dg.asset(
        key=["contacts", candidates.table],
        deps=[dg.AssetKey(list(table)) for table in candidates.reads],
        kinds={"duckdb", "python"},
        description=candidates.description,
        metadata={"dagster/table_name": f"contacts.{candidates.table}"},
    )
    def found(warehouse: dg.ResourceParam[Warehouse]) -> Shown:
        with warehouse.transaction() as con:
            write_candidates(con, candidates)
        return dg.MaterializeResult(metadata=table_metadata(warehouse.connection, "contacts", candidates.table))

    return found


_TABLES = [*(_candidate_asset(candidates) for candidates in TABLES), *sql_assets("contacts")]


@dg.asset(
    key=["contacts", "planned_contacts"],
    deps=[*(key for asset in _TABLES for key in asset.keys)],
    kinds={"ledger"},
    description=(
        "Who is who, recorded in the ledger: links that are certain are kept by id, and documents are planned for who "
        "is missing on one side or has changed on its owner's. Nothing is sent. To approve, copy KEY@HASH from "
        "`to_approve` below into the configuration of the job `approve`, or use `harvest-qb approve`. What could be "
        "linked waits for a person: `suggested` below, `harvest-qb links`, or the job `confirm_links`."
    ),
)
def planned_contacts(
    warehouse: dg.ResourceParam[Warehouse], ledger: dg.ResourceParam[Ledger], policy: dg.ResourceParam[Policy]
) -> Shown:
    con = warehouse.connection
    with sentence_first():
        planned = plan_contacts(ledger, con, policy)
    by_state = {
        state: [_row(row) for row in planned.result.rows if row.state == state] for state in ("planned", "held")
    }
    return dg.MaterializeResult(
        metadata={
            "summary": _summary(planned),
            "who_is_who": dg.MetadataValue.md(markdown_table(query_rows(con, _COUNTS))),
            "to_approve": dg.MetadataValue.md(markdown_table(by_state["planned"], width=None)),
            "held_documents": dg.MetadataValue.md(markdown_table(by_state["held"], width=None)),
            "suggested": dg.MetadataValue.md(markdown_table(query_rows(con, _SUGGESTED), width=None)),
            "conflicting": dg.MetadataValue.md(markdown_table(query_rows(con, _CONFLICTING), width=None)),
            "differing_fields": dg.MetadataValue.md(markdown_table(query_rows(con, _DIFFERING))),
            "linked_now": dg.MetadataValue.md(markdown_table(_linked(planned)[:_SHOWN], width=None)),
            "plan": planned.result.plan_id,
            "links_made": len(planned.linked),
            "approved_by_policy": len(planned.approved),
        }
    )


@dg.asset(
    key=["contacts", "posted_contacts"],
    deps=[dg.AssetKey(["contacts", "planned_contacts"])],
    kinds={"ledger", "quickbooks", "harvest"},
    description=(
        "What is approved is sent: customers, jobs and vendors to QuickBooks, clients with their contacts and first "
        "projects to Harvest, changes to whichever side does not own the field. What is uncertain is looked up first, "
        "so that nobody is ever made twice; repeat it at any time. `postings` tells what became of each, with reasons."
    ),
)
def posted_contacts(
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
            kinds=of_room("contacts"),
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


def _summary(planned: Planned) -> str:
    """What a plan did, in a line."""
    result = planned.result
    waiting = sum(row.state == "planned" for row in result.rows)
    parts = [f"{len(planned.linked)} linked", f"{waiting} to approve", f"{result.held} held"]
    if planned.refused:
        parts.append(f"{len(planned.refused)} links refused: " + " ".join(sentence for _, sentence in planned.refused))
    return ", ".join(parts) + "."


def _row(row: PlanRow) -> Row:
    shown: Row = {"document": f"{row.document}@{row.sha256[:12]}", "what": row.label, "change": row.change}
    return shown | ({"reason": " ".join(hold.sentence for hold in row.hold_reasons)} if row.hold_reasons else {})


def _linked(planned: Planned) -> list[Row]:
    return [
        {"key": link.key, "quickbooks_id": link.external_id, "how": link.how, "rule": link.rule}
        for link in planned.linked
    ]


_SHOWN = 200
_COUNTS = """
    SELECT link_type, count(*) FILTER (state = 'linked') AS linked, count(*) FILTER (state = 'suggested') AS suggested,
        count(*) FILTER (state = 'conflicting') AS conflicting,
        count(*) FILTER (state = 'unmatched' AND link_key IS NOT NULL) AS only_in_harvest,
        count(*) FILTER (state = 'unmatched' AND link_key IS NULL) AS only_in_quickbooks
    FROM contacts.who_is_who GROUP BY link_type ORDER BY link_type
"""
_SUGGESTED = """
    SELECT link_key, harvest_name, quickbooks_type, quickbooks_id, quickbooks_name, round(score) AS score,
        array_to_string(reasons, ', ') AS reasons
    FROM contacts.who_is_who WHERE state = 'suggested' ORDER BY score DESC, link_key, quickbooks_id LIMIT 200
"""
_CONFLICTING = """
    SELECT DISTINCT link_key, harvest_name, sentence
    FROM contacts.who_is_who WHERE state = 'conflicting' ORDER BY link_key LIMIT 200
"""
_DIFFERING = """
    SELECT record_name, field, owner, harvest_value, quickbooks_value, status, link_key
    FROM contacts.field_comparison WHERE status IN ('differs', 'unusable', 'open_balance')
    ORDER BY record_name, field LIMIT 200
"""

ASSETS = [*_TABLES, planned_contacts, posted_contacts]
