"""From drafts in the warehouse to documents in the ledger: planned, or held with reasons.

Belongs here: the order of it. Nothing is planned from drafts that contradict themselves. Must not be here: what a
draft is (`sql/`), what its payloads are (`postings.py`), or what recording means (`ledger.plans`).
"""

from dataclasses import dataclass

import duckdb

from harvest_qb_pipeline.billing import drafts, invariants
from harvest_qb_pipeline.billing.postings import Choices, bill, waiting_document
from harvest_qb_pipeline.ledger.approval import ApprovalResult, automatic_approvals
from harvest_qb_pipeline.ledger.kinds import of_room
from harvest_qb_pipeline.ledger.plans import PlanResult, record_plan
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.warehouse.database import Row, query_rows


@dataclass(frozen=True)
class Planned:
    """What a plan did: the ledger's result, what the policy approved by itself, and everything that waits."""

    result: PlanResult
    approved: tuple[ApprovalResult, ...]
    holds: tuple[Row, ...]


def plan_invoices(ledger: Ledger, con: duckdb.DuckDBPyConnection, policy: Policy) -> Planned:
    """Records what should be billed now. Planning the same again changes nothing.

    Raises `BrokenInvariantsError` when drafts, lines and entries do not add up; then nothing is recorded.
    """
    invariants.require(con)
    choices = choices_of(policy)
    planned = [bill(draft, choices) for draft in drafts.read_drafts(con)]
    planned += [waiting_document(waiting) for waiting in drafts.read_waiting(con)]
    result = record_plan(
        ledger,
        planned,
        kinds=of_room("billing"),
        numbers_taken=drafts.read_numbers_taken(con),
        policy_sha256=policy.sha256,
    )
    return Planned(result, _approve_by_policy(ledger, con, policy), tuple(_waiting(con)))


def choices_of(policy: Policy) -> Choices:
    """What the policy says about all documents alike."""
    return Choices(
        tax_code=policy.tax.services,
        has_twin=policy.twin == "import",
        opens_twins=policy.opens_twins,
        number_prefix=policy.numbering.prefix,
        number_digits=policy.numbering.digits,
    )


def _approve_by_policy(ledger: Ledger, con: duckdb.DuckDBPyConnection, policy: Policy) -> tuple[ApprovalResult, ...]:
    limit = policy.approvals.automatic_up_to
    home = con.execute("SELECT home_currency FROM quickbooks.preferences").fetchone()
    if home is None or (policy.approvals.required and limit is None):
        return ()
    return automatic_approvals(ledger, up_to=limit, currency=str(home[0]))


def _waiting(con: duckdb.DuckDBPyConnection) -> list[Row]:
    return query_rows(
        con,
        """
        SELECT h.subject, h.document_key, c.client_name, h.code, h.sentence, h.entries, h.hours
        FROM billing.holds AS h LEFT JOIN billing.clients AS c USING (client_id_harvest)
        ORDER BY h.subject, c.client_name, h.document_key, h.code
        """,
    )
