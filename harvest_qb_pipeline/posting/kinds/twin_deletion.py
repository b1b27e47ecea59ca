"""Unwinding a bill that was begun: the draft twin in Harvest is deleted by a posting of its own (step 3)."""

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Blocked, Context, Result
from harvest_qb_pipeline.posting.kinds.entries import entries_on, planned_entries, window_of
from harvest_qb_pipeline.posting.kinds.harvest import HarvestDeletion
from harvest_qb_pipeline.posting.kinds.twin_content import is_open_to_undo, is_ours


class TwinDeletion(HarvestDeletion):
    """Undoing a twin of ours that is draft and unpaid; its entries must be seen to be free again."""

    def prepare(self, context: Context) -> Hold | None:
        twin = context.harvest.get(f"{self.path}/{self.record_id(context)}")
        if not is_ours(twin, context.payload["invoice"]) or self._holds_only_others(context):
            return Hold(
                "not_ours",
                f"Harvest invoice {twin['number']} (id {twin['id']}) should be undone, but it is not as we made it: "
                "its client, number, subject or hours are others. Decide in Harvest what it is, then cancel or retry.",
            )
        if is_open_to_undo(twin):
            return None
        return Hold(
            "twin_differs",
            f"Harvest invoice {twin['number']} should be undone, but it is {twin['state']} with "
            f"{twin['due_amount']} of {twin['amount']} due. Decide in Harvest what it is, then cancel or retry.",
        )

    def _holds_only_others(self, context: Context) -> bool:
        """Whether it has hours of our window, and none of them is ours."""
        entries = context.reads.entries.alone(window_of(context.payload), after=context.claimed)
        on_it = entries_on(entries, self.record_id(context))
        return bool(on_it) and not on_it & planned_entries(context.posting.sources)

    def verify(self, context: Context, external_id: str) -> Result:
        planned, window = planned_entries(context.posting.sources), window_of(context.payload)
        context.reads.entries.written(window.client_id)
        entries = context.reads.entries.alone(window, after=context.after)
        bound = [entry for entry in entries if str(entry["id"]) in planned and _is_billed_by(entry, external_id)]
        if not bound:
            return super().verify(context, external_id)
        named = ", ".join(f"{entry['id']} ({entry['user']['name']}, {entry['spent_date']})" for entry in bound[:5])
        return Blocked(
            Hold(
                "entries_not_freed",
                f"Twin {external_id} was deleted, but Harvest still shows {len(bound)} of its entries as billed: "
                f"{named}. Mark this time as uninvoiced in Harvest, then retry.",
            )
        )


def _is_billed_by(entry: JsonObject, invoice_id: str) -> bool:
    """Still claimed by the deleted twin, or billed by nothing that could be named."""
    invoice = entry.get("invoice")
    return str(invoice["id"]) == invoice_id if invoice else bool(entry.get("is_billed"))


KIND = TwinDeletion
