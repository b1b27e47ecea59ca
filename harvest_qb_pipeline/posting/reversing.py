"""Undoing a document that was begun, whatever its postings are: each kind says what reverses what it has made.

Belongs here: joining the kinds with the ledger, which adds the reversing postings. Must not be here: what a reversal is
(`kinds/`), or sending one (the engine does, as anything else).
"""

from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.model import Reversal, StoredPosting
from harvest_qb_pipeline.ledger.reversing import begin_reversal
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.posting.registry import kind_for


def reversal_of(posting: StoredPosting) -> Reversal | None:
    """What undoes a posting as it stands outside; None where its kind cannot be undone."""
    return kind_for(posting.kind, posting.operation).reversal(posting)


def unwind(ledger: Ledger, key: str, *, by: str, reason: str) -> tuple[str, str]:
    """Let the next push undo the document that `key` belongs to; its key, and what that push does.

    Repeating is a no-op. Raises `NotAllowed` when nothing stands, or something stands that cannot be undone.
    """
    if not reason.strip():
        raise NotAllowed(f"Say why {key} is undone.")
    document = reading.document(ledger, key, with_sources=False)
    reversals = begin_reversal(
        ledger.acting_as(by), document.key if document else key, reversal_of, reason=reason
    )  # fmt: skip
    undone = {reversal.reverses for reversal in reversals}
    members = document.members if document else ()
    said = [found.does for member in members if member.key in undone and (found := reversal_of(member))]
    return (document.key if document else key, " and ".join(said))
