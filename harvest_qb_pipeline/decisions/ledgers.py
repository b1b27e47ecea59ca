"""Decisions about ledgers: that this one goes on where another was lost.

Belongs here: each as a declaration. Must not be here: noticing another ledger (`posting` and `doctor` do).
"""

from harvest_qb_pipeline.decisions.decision import Decider, Decision, Field
from harvest_qb_pipeline.ledger import identity
from harvest_qb_pipeline.ledger.store import Ledger


def _take_over(ledger: Ledger, ledger_id: str, *, reason: str, by: Decider) -> str:
    done = identity.take_over(ledger, ledger_id.strip(), by=by.name, reason=reason)
    return f"This ledger {'takes over' if done else 'took over already'} from {ledger_id.strip()}: push again."


DECISIONS = (
    Decision(
        name="take_over",
        sentence="Say that the ledger LEDGER_ID is lost for good, and that this one goes on with its documents. Never "
        "while the other is still in use: both would bill the same hours.",
        does=_take_over,
        about=(Field("ledger_id", "The other ledger, as `doctor` or a refusal names it.", "3f9a1c07de"),),
        fields=(
            Field("reason", "Kept in the audit chain.", "Disk of the old server lost", "reason", option="--reason"),
        ),
        command="take-over",
        step="take_over_ledgers",
        things="ledgers",
        by="taken_over_by",
    ),
)
