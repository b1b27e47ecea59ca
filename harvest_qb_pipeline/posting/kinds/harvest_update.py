"""Changes of clients and contacts in Harvest (`client_update`, `contact_update`): only the fields that are ours.

Harvest has no SyncToken: what is read just before the change decides whether it is needed. Rule 50.
"""

from harvest_qb_pipeline.posting.kind import Absent, Blocked, Completed, Context, Finding, Present, Result
from harvest_qb_pipeline.posting.kinds.fields import harvest_differences
from harvest_qb_pipeline.posting.kinds.harvest import HarvestRecord, gone


class HarvestUpdate(HarvestRecord):
    """Payload: `{"<noun>_id": 12, "fields": {…}}`. Done when a fresh read shows them all."""

    def find(self, context: Context) -> Finding:
        record_id = self.record_id(context)
        stored = self.read(context, record_id)
        if stored is None:
            return Blocked(gone(f"The {self.noun}", record_id))
        return Absent() if harvest_differences(context.payload["fields"], stored) else Present(record_id)

    def create(self, context: Context) -> str:
        record_id = self.record_id(context)
        context.door.harvest_change("PATCH", f"{self.path}/{record_id}", context.payload["fields"])
        return record_id

    def verify(self, context: Context, external_id: str) -> Result:
        stored = self.read(context, external_id)
        if stored is None:
            return Blocked(gone(f"The {self.noun}", external_id))
        differences = harvest_differences(context.payload["fields"], stored)
        return Completed(
            external_id,
            flags=("fields_differ",) if differences else (),
            detail=f"not as planned: {', '.join(differences)}" if differences else None,
        )


KIND = HarvestUpdate
