"""Changes of clients and contacts in Harvest (`client_update`, `contact_update`): only the fields that are ours.

Harvest has no SyncToken: what is read just before the change decides whether it is needed. Rule 50.
"""

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Completed, Context, Finding, Kind, Present, Result
from harvest_qb_pipeline.posting.kinds.fields import harvest_differences
from harvest_qb_pipeline.posting.kinds.harvest import gone
from harvest_qb_pipeline.transport.faults import NotFound


class HarvestUpdate(Kind):
    """Payload: `{"<noun>_id": 12, "fields": {…}}`. Done when a fresh read shows them all."""

    @property
    def noun(self) -> str:
        return self.row.name.removesuffix("_update")

    def find(self, context: Context) -> Finding:
        try:
            stored = self._read(context)
        except NotFound:
            return Blocked(self._gone(context))
        return Absent() if _differences(context, stored) else Present(self._id(context))

    def prepare(self, context: Context) -> Hold | None:
        del context
        return None

    def create(self, context: Context) -> str:
        context.door.harvest_change("PATCH", self._path(context), context.payload["fields"])
        return self._id(context)

    def complete(self, context: Context, external_id: str) -> Result:
        try:
            stored = self._read(context)
        except NotFound:
            return Blocked(self._gone(context))
        differences = _differences(context, stored)
        return Completed(
            external_id,
            flags=("fields_differ",) if differences else (),
            detail=f"not as planned: {', '.join(differences)}" if differences else None,
        )

    def _id(self, context: Context) -> str:
        return str(context.payload[f"{self.noun}_id"])

    def _path(self, context: Context) -> str:
        return f"/{self.noun}s/{self._id(context)}"

    def _read(self, context: Context) -> JsonObject:
        return context.harvest.get(self._path(context))

    def _gone(self, context: Context) -> Hold:
        return gone(f"The {self.noun}", self._id(context))


def _differences(context: Context, stored: JsonObject) -> tuple[str, ...]:
    return harvest_differences(context.payload["fields"], stored)


KIND = HarvestUpdate
