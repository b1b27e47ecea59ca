"""Whether both sides of a link that a creation in Harvest will make are still free (rules 49 and 51)."""

from harvest_qb_pipeline.ledger import links
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Context


def link_hold(context: Context, prefix: str, harvest_id: str | None, quickbooks_id: str) -> Hold | None:
    """Why QuickBooks' record cannot be linked to this Harvest record (None: one that is to be made), or None.

    `prefix` is what stands before the Harvest id in the link's key. Somebody may have linked the record by hand since
    this was planned: a second record in Harvest for it must not be made.
    """
    ledger, key = context.door.ledger, f"{prefix}{harvest_id or ''}"
    holder = links.holder(ledger, key, "quickbooks", quickbooks_id)
    if holder is not None and holder != key:
        return Hold(
            "linked_meanwhile",
            f"QuickBooks customer {quickbooks_id} is linked to {holder} by now, so nothing is made for it in Harvest. "
            "Sync and plan again; if that link is wrong, take it away first (`harvest-qb links unlink`).",
        )
    sentence = links.obstacle(ledger, key, "quickbooks", quickbooks_id) if harvest_id else None
    if sentence is None:
        return None
    return Hold(
        "linked_elsewhere",
        f"{sentence} See `harvest-qb links`: unlink what is wrong, or rename one of the two, then plan again.",
    )
