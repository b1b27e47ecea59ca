"""What is planned, as Dagster shows it: one step records the plan, and every room tells its own documents.

Belongs here: the shell, and what each room's page shows. Must not be here: how anything is planned (`planning`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import dagster as dg
import duckdb

from harvest_qb_pipeline import pipeline
from harvest_qb_pipeline.ledger.plans import PlanRow
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.planning.capability import BILLING, CAPABILITIES, CONTACTS, Capability
from harvest_qb_pipeline.planning.planner import Planned
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.showing import shown_in_markdown
from harvest_qb_pipeline.warehouse.dagster import markdown_table, sentence_first
from harvest_qb_pipeline.warehouse.database import Row, Warehouse, query_rows
from harvest_qb_pipeline.warehouse.models import models_of

PlanPage: TypeAlias = dict[str, Any]
_OPEN = ("planned", "approved", "held")
_SHOWN = 200
_CHANGES = ("new", "changed", "unchanged", "vanished", "held", "untouched", "cancelled")


@dataclass(frozen=True)
class PlannedAsset:
    """What a room's planned documents are called, described and shown as."""

    capability: Capability
    key: tuple[str, str]
    description: str
    page: Callable[[duckdb.DuckDBPyConnection, Planned, Sequence[PlanRow]], PlanPage]


def _contacts_page(con: duckdb.DuckDBPyConnection, planned: Planned, rows: Sequence[PlanRow]) -> PlanPage:
    by_state = {state: [_party_row(row) for row in rows if row.state == state] for state in ("planned", "held")}
    parts = [f"{len(planned.linked)} linked", f"{len(by_state['planned'])} to approve", f"{len(by_state['held'])} held"]
    if planned.not_linked:
        parts.append(f"{len(planned.not_linked)} links refused: " + " ".join(why for _, why in planned.not_linked))
    linked: list[Row] = [
        {"key": link.key, "quickbooks_id": link.external_id, "how": link.how, "rule": link.rule}
        for link in planned.linked[:_SHOWN]
    ]
    return {
        "summary": ", ".join(parts) + ".",
        "who_is_who": _md(query_rows(con, _COUNTS), width=60),
        "to_approve": _md(by_state["planned"]),
        "held_documents": _md(by_state["held"]),
        "suggested": _md(query_rows(con, _SUGGESTED)),
        "conflicting": _md(query_rows(con, _CONFLICTING)),
        "differing_fields": _md(query_rows(con, _DIFFERING), width=60),
        "linked_now": _md(linked),
        "links_made": len(planned.linked),
    }


def _billing_page(con: duckdb.DuckDBPyConnection, planned: Planned, rows: Sequence[PlanRow]) -> PlanPage:
    del planned
    by_state = {state: [_bill_row(row) for row in rows if row.state == state] for state in _OPEN}
    return {
        "summary": ", ".join(f"{len(found)} {state}" for state, found in by_state.items()) + ".",
        "to_approve": _md(by_state["planned"]),
        "approved": _md(by_state["approved"]),
        "held_documents": dg.MetadataValue.md(_list(by_state["held"])),
        "all_holds": _md(query_rows(con, _HOLDS)),
        "drafts": _md(query_rows(con, _DRAFTS), width=60),
    }


PLANNED = (
    PlannedAsset(
        CONTACTS,
        ("contacts", "planned_contacts"),
        "Who is who, recorded in the ledger: links that are certain are kept by id, and documents are planned for who "
        "is missing on one side or has changed on its owner's. Nothing is sent. To approve, copy KEY@HASH from "
        "`to_approve` below into the configuration of the job `approve`, or use `harvest-qb approve`. What could be "
        "linked waits for a person: `suggested` below, `harvest-qb links`, or the job `confirm_links`.",
        _contacts_page,
    ),
    PlannedAsset(
        BILLING,
        ("billing", "planned_invoices"),
        "The drafts, recorded in the ledger as documents to approve. Each is *planned*, or *held* with its reasons; "
        "nothing is sent. To approve, copy KEY@HASH from `to_approve` below into the configuration of the job "
        "`approve`, or use `harvest-qb approve`. A draft that changes later needs a new approval. "
        "Fails, and records nothing, when drafts, lines and time entries do not add up.",
        _billing_page,
    ),
)


def _reads(planned: PlannedAsset) -> list[dg.AssetKey]:
    """Everything the room derives, who could be made for it, and what of the other lists deriving reads besides."""
    rooms = {planned.capability.name, *(each.name for each in CAPABILITIES if each.has_proposals)}
    tables = [dg.AssetKey(list(model.key)) for room in sorted(rooms) for model in models_of(room)]
    return [*tables, dg.AssetKey(["harvest", "invoices"]), dg.AssetKey(["quickbooks", "invoices"])]


@dg.multi_asset(
    name="plan_documents",
    specs=[
        dg.AssetSpec(list(each.key), deps=_reads(each), kinds={"ledger"}, description=each.description)
        for each in PLANNED
    ],
    can_subset=True,
)
def planned(
    context: dg.AssetExecutionContext,
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    policy: dg.ResourceParam[Policy],
) -> Iterator["dg.MaterializeResult[Any]"]:
    """One plan, in one transaction, of what is selected; the documents of other rooms stay as they are."""
    chosen = [each for each in PLANNED if dg.AssetKey(list(each.key)) in context.selected_asset_keys]
    with sentence_first():
        done = pipeline.plan(warehouse, ledger, policy, [each.capability for each in chosen])
    for each in chosen:
        yield dg.MaterializeResult(asset_key=list(each.key), metadata=_metadata(warehouse.connection, done, each))


def _metadata(con: duckdb.DuckDBPyConnection, done: Planned, each: PlannedAsset) -> Mapping[str, Any]:
    """The room's page, then what the plan did to the room's documents."""
    rows = [row for row in done.result.rows if row.kinds & each.capability.kinds]
    approved = {result.document for result in done.approved}
    changes = {name: sum(name in (row.change, row.state) for row in rows) for name in _CHANGES}
    return {
        **each.page(con, done, rows),
        "plan": done.result.plan_id,
        **changes,
        "approved_by_policy": sum(row.document in approved for row in rows),
    }


def _bill_row(row: PlanRow) -> Row:
    """A document of the plan, under the name that an approval has to give."""
    shown: Row = {
        "document": f"{row.document}@{row.sha256[:12]}",
        "label": row.label,
        "number": row.doc_number,
        "amount": row.amount,
        "currency": row.currency,
        "change": row.change,
    }
    return shown | _reason(row)


def _party_row(row: PlanRow) -> Row:
    shown: Row = {"document": f"{row.document}@{row.sha256[:12]}", "what": row.label, "change": row.change}
    return shown | _reason(row)


def _reason(row: PlanRow) -> Row:
    return {"reason": " ".join(hold.sentence for hold in row.hold_reasons)} if row.hold_reasons else {}


def _list(rows: list[Row]) -> str:
    """What waits and why, one point each: unlike the cells of a table, sentences are never cut at the page's edge."""
    points: list[str] = []
    for row in rows:
        facts = (str(row[name]) for name in ("label", "state", "amount", "currency") if row.get(name))
        said = shown_in_markdown(f"{' '.join(facts)}: {row.get('reason', '')}")
        points.append(f"- `{row['document']}` {said}")
    return "\n".join(points) or "_Nothing._"


def _md(rows: list[Row], *, width: int | None = None) -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md(markdown_table(rows, width=width))


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
_DRAFTS = """
    SELECT document_key, client_name, period_key, entries, hours, amount, currency, issue_on, due_on, hold_count
    FROM billing.invoice_drafts ORDER BY client_name, document_key
"""
_HOLDS = """
    SELECT h.subject, h.document_key, c.client_name, h.code, h.sentence, h.entries, h.hours
    FROM billing.holds AS h LEFT JOIN billing.clients AS c USING (client_id_harvest)
    ORDER BY h.subject, c.client_name, h.document_key, h.code
"""

ASSETS = [planned]
