"""From the tables of who is who to the ledger: links that are certain, and documents for who is missing or has changed.

Belongs here: the order of it. Must not be here: who is who (`sql/`), payloads (`postings.py`), or what recording means
(`ledger.plans`).
"""

from dataclasses import dataclass

import duckdb

from harvest_qb_pipeline.contacts import postings, reading
from harvest_qb_pipeline.contacts.changes import Choices, FreshLink
from harvest_qb_pipeline.contacts.remembering import read_records, read_suggestions
from harvest_qb_pipeline.ledger import kinds
from harvest_qb_pipeline.ledger.approval import ApprovalResult, automatic_creations
from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.links import NewLink, decisions, put_links
from harvest_qb_pipeline.ledger.model import Document
from harvest_qb_pipeline.ledger.plans import PlanResult, record_plan
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.ledger.who_is_who import replace_who_is_who
from harvest_qb_pipeline.policy.model import Policy


@dataclass(frozen=True)
class Planned:
    """What a plan did: links made, links that could not be (with a sentence), the ledger's result, its approvals."""

    linked: tuple[FreshLink, ...]
    refused: tuple[tuple[str, str], ...]
    result: PlanResult
    approved: tuple[ApprovalResult, ...]


def plan_contacts(ledger: Ledger, con: duckdb.DuckDBPyConnection, policy: Policy) -> Planned:
    """Keeps what is certain as links by id, and records who is to be created or changed (rules 49, 50).

    Planning the same again changes nothing.
    """
    fresh = reading.read_fresh_links(con)
    refused = _keep(ledger, fresh)
    with changing(ledger) as chain:
        replace_who_is_who(chain, read_records(con), read_suggestions(con))
    result = record_plan(
        ledger,
        _documents(con, policy),
        kinds=kinds.of_room("contacts"),
        numbers_taken=(),
        policy_sha256=policy.sha256,
    )
    automatic = kinds.approved_as(policy.approvals.automatic_kinds)
    approved = automatic_creations(ledger, automatic) if automatic else ()
    not_kept = {link.key for link, _ in refused}
    return Planned(
        linked=tuple(link for link in fresh if link.key not in not_kept),
        refused=tuple((link.key, sentence) for link, sentence in refused),
        result=result,
        approved=approved,
    )


def _documents(con: duckdb.DuckDBPyConnection, policy: Policy) -> list[Document]:
    choices = Choices(since=policy.cutover_on, home_currency=_home_currency(con))
    return [
        *(postings.customer_document(new, choices) for new in reading.read_new_customers(con)),
        *(postings.job_document(new, choices) for new in reading.read_new_jobs(con)),
        *(postings.vendor_document(new, choices) for new in reading.read_new_vendors(con)),
        *(postings.client_document(new, choices) for new in reading.read_new_clients(con)),
        *(postings.project_document(new, choices) for new in reading.read_new_projects(con)),
        *(postings.change_document(change, choices) for change in reading.read_changes(con)),
    ]


def _keep(ledger: Ledger, fresh: list[FreshLink]) -> list[tuple[NewLink, str]]:
    """What the policy states replaces what was linked before; everything else is new."""
    by = {"confirmed": "policy", "matched": "matching", "adopted": "matching"}
    # Somebody may have said no since the tables were made.
    rejected = {
        (one.key, one.external_id) for one in decisions(ledger) if one.decision == "rejected" and not one.is_withdrawn
    }
    new = [
        NewLink(link.key, link.external_id, link.how, link.rule, by[link.how], baseline=link.baseline)
        for link in fresh
        if link.how == "confirmed" or (link.key, link.external_id) not in rejected
    ]
    return put_links(ledger, new, reason="the policy says so")


def _home_currency(con: duckdb.DuckDBPyConnection) -> str:
    row = con.execute("SELECT home_currency FROM quickbooks.preferences").fetchone()
    return str(row[0]) if row and row[0] else "USD"
