"""Customers and jobs in QuickBooks (`customer`, `job`): created once, or adopted where the very same one exists.

Rules 12, 48 and 49: a name alone is never enough; parent, `Job` and currency have to agree as well.
"""

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Completed, Context, Finding, Kind, Present, Result
from harvest_qb_pipeline.posting.kinds.quickbooks import created_since_first_attempt, reference
from harvest_qb_pipeline.posting.markers import find_marked
from harvest_qb_pipeline.transport.faults import NotFound


class CustomerKind(Kind):
    """One QuickBooks Customer record; a job is a Customer with `Job` and `ParentRef`."""

    def find(self, context: Context) -> Finding:
        name = str(context.payload["DisplayName"])
        quoted = context.quickbooks.quote(name)
        named = context.quickbooks.query(
            f"select * from Customer where DisplayName = {quoted} and Active in (true, false)"
        )
        if named:
            return self._adoptable(context.payload, named[0])
        if context.posting.first_attempt_at is None:
            return Absent()
        recent = created_since_first_attempt(context, "Customer", "Active in (true, false)")
        return find_marked(context.posting.key, recent, entity="customer", note_field="Notes")

    def prepare(self, context: Context) -> Hold | None:
        del context
        return None

    def create(self, context: Context) -> str:
        return str(context.door.quickbooks_create("/customer", context.payload)["Id"])

    def complete(self, context: Context, external_id: str) -> Result:
        try:
            stored = context.quickbooks.get(f"/customer/{external_id}")
        except NotFound:
            return Blocked(
                Hold("deleted_elsewhere", f"Customer {external_id} that we made is gone from QuickBooks. Plan again.")
            )
        finding = self._adoptable(context.payload, stored)
        if isinstance(finding, Blocked):
            return finding
        return Completed(external_id, sync_token=str(stored["SyncToken"]), detail=str(stored["DisplayName"]))

    @staticmethod
    def _adoptable(payload: JsonObject, stored: JsonObject) -> Finding:
        name, external_id = str(payload["DisplayName"]), str(stored["Id"])
        differences = [
            f"{what} is {there or 'not set'} there and {wanted or 'not set'} here"
            for what, there, wanted in (
                ("currency", reference(stored, "CurrencyRef"), reference(payload, "CurrencyRef")),
                ("parent", reference(stored, "ParentRef"), reference(payload, "ParentRef")),
                ("Job", bool(stored.get("Job")), bool(payload.get("Job"))),
            )
            if there != wanted and not (what == "currency" and (there is None or wanted is None))
        ]
        if not stored.get("Active", True):
            differences.append("it is inactive")
        if not differences:
            return Present(external_id)
        return Blocked(
            Hold(
                "customer_differs",
                f"QuickBooks has a customer {name!r} (id {external_id}) that is not the one planned: "
                f"{'; '.join(differences)}. Link the right customer in the policy or rename one of them.",
            )
        )


KIND = CustomerKind
