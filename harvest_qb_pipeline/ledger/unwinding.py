"""A person undoes a bill that was begun: which twin has to go.

Belongs here: finding what there is to undo. Must not be here: undoing it (`sending`, and the push that follows).
"""

from harvest_qb_pipeline.ledger import reading, sending
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger


def unwind(ledger: Ledger, key: str, *, by: str, reason: str) -> tuple[str, str]:
    """Let the next push delete the draft twin of the bill that `key` belongs to; its document and the twin's id.

    Repeating is a no-op. Raises `NotAllowed` when there is no twin, or something else of the bill stands in the books.
    """
    if not reason.strip():
        raise NotAllowed(f"Say why {key} is undone.")
    document = reading.document(ledger, key, with_sources=False)
    twin = next((m for m in document.members if m.kind == "twin" and m.external_id), None) if document else None
    if document is None or twin is None or twin.external_id is None:
        raise NotAllowed(f"{key} has no twin in Harvest to delete. `harvest-qb cancel` ends what was not begun.")
    sending.begin_unwind(ledger.acting_as(by), document.key, reason=reason, external_id=twin.external_id)
    return document.key, twin.external_id
