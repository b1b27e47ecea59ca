"""One plan of everything that should be in the books now, recorded in one transaction.

Belongs here: gathering what capabilities derive, and the order of recording it. Nothing is planned from tables that
contradict themselves. Must not be here: how anything is derived (the rooms) or what recording means (`ledger`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from harvest_qb_pipeline.ledger import kinds as posting_kinds
from harvest_qb_pipeline.ledger.anchors import note_head
from harvest_qb_pipeline.ledger.approval import ApprovalResult, approve_creations, approve_up_to
from harvest_qb_pipeline.ledger.derived import Derived
from harvest_qb_pipeline.ledger.documents import needs_elsewhere
from harvest_qb_pipeline.ledger.events import Chain, changing
from harvest_qb_pipeline.ledger.links import NewLink, not_rejected, put_links
from harvest_qb_pipeline.ledger.plans import PlanResult, record_plan
from harvest_qb_pipeline.ledger.redrawing import redraw
from harvest_qb_pipeline.ledger.sendable import require_chain
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.ledger.who_is_who import replace_who_is_who
from harvest_qb_pipeline.planning import invariants
from harvest_qb_pipeline.planning.capability import CAPABILITIES, Capability, kinds_of
from harvest_qb_pipeline.planning.pulling import pulled
from harvest_qb_pipeline.policy.model import Policy


@dataclass(frozen=True)
class Planned:
    """What a plan did: links made, links that could not be (key, sentence), the ledger's result, and its approvals."""

    linked: tuple[NewLink, ...]
    not_linked: tuple[tuple[str, str], ...]
    result: PlanResult
    approved: tuple[ApprovalResult, ...]


def plan(
    ledger: Ledger,
    con: duckdb.DuckDBPyConnection,
    policy: Policy,
    capabilities: Sequence[Capability] = CAPABILITIES,
) -> Planned:
    """Record what these capabilities derive now; documents of the others stay as they are. Repeating changes nothing.

    Raises `BrokenInvariantsError` when their tables do not add up, `NotProven` when the ledger is not what its audit
    chain says; then nothing is recorded.
    """
    require_chain(ledger)
    invariants.require(con, [capability.name for capability in capabilities])
    derived = _gathered(con, policy, capabilities)
    kinds = kinds_of(capabilities)
    with changing(ledger) as chain:
        links = not_rejected(chain, derived.links)
        not_linked = put_links(chain, links, reason="the policy says so")
        if derived.who_is_who is not None:
            replace_who_is_who(chain, derived.who_is_who.records, derived.who_is_who.suggestions)
        documents = [
            *pulled(derived.documents, derived.proposals, needs_elsewhere(chain.con, kinds)),
            *derived.documents,
        ]
        redraw(chain, derived.redrawn)
        result = record_plan(
            chain, documents, kinds=kinds, numbers_taken=derived.numbers_taken, policy_sha256=policy.sha256
        )
        approved = _approve_by_policy(chain, con, policy, kinds)
    note_head(ledger)
    refused = {link.key: sentence for link, sentence in not_linked}
    linked = tuple(link for link in links if link.key not in refused)
    return Planned(linked, tuple(refused.items()), result, approved)


def _gathered(con: duckdb.DuckDBPyConnection, policy: Policy, capabilities: Sequence[Capability]) -> Derived:
    """What all of them derive together; of those that are not planned, only the parties that others may need."""
    derived = [capability.derive(con, policy) for capability in capabilities]
    others = [other for other in CAPABILITIES if other.has_proposals and other not in capabilities]
    proposals = [one for each in derived for one in each.proposals]
    proposals += [replace(one, is_wanted=False) for other in others for one in other.derive(con, policy).proposals]
    return Derived(
        documents=tuple(document for each in derived for document in each.documents),
        proposals=tuple(proposals),
        links=tuple(link for each in derived for link in each.links),
        redrawn={key: payload for each in derived for key, payload in each.redrawn.items()},
        numbers_taken=frozenset().union(*(each.numbers_taken for each in derived)),
        who_is_who=next((each.who_is_who for each in derived if each.who_is_who is not None), None),
    )


def _approve_by_policy(
    chain: Chain, con: duckdb.DuckDBPyConnection, policy: Policy, kinds: frozenset[str]
) -> tuple[ApprovalResult, ...]:
    """Approve what nobody has to look at: new parties of some kinds, and documents up to an amount."""
    approvals = policy.approvals
    creations = posting_kinds.approved_as(approvals.automatic_kinds) & kinds
    approved = approve_creations(chain, creations) if creations else ()
    home = con.execute("SELECT home_currency FROM quickbooks.preferences").fetchone()
    if home is None or (approvals.required and approvals.automatic_up_to is None):
        return approved
    return (*approved, *approve_up_to(chain, kinds, up_to=approvals.automatic_up_to, currency=str(home[0])))
