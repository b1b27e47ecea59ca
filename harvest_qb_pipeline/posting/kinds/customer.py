"""Customers and jobs in QuickBooks (`customer`, `job`): created once, or adopted where the very same one exists.

Rules 12, 48 and 49: a name alone is never enough; parent, `Job` and currency have to agree as well.
"""

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Blocked, Context, Finding, Present, Result
from harvest_qb_pipeline.posting.kinds.quickbooks import QuickBooksRecord, completed, reference


class CustomerKind(QuickBooksRecord):
    """One QuickBooks Customer record; a job is a Customer with `Job` and `ParentRef`."""

    note_field = "Notes"
    may_be_inactive = True

    def find(self, context: Context) -> Finding:
        stored = self.named(context)
        if stored is None:
            return self.marked(context, self.recent(context, "Active in (true, false)"))
        hold = _difference(context.payload, stored)
        return Blocked(hold) if hold else Present(str(stored["Id"]))

    def compared(self, context: Context, stored: JsonObject) -> Result:
        if hold := _difference(context.payload, stored):
            return Blocked(hold)
        return completed(stored, str(stored["DisplayName"]))

    def gone(self, context: Context, external_id: str) -> Hold:
        del context
        return Hold(
            "deleted_elsewhere", f"Customer {external_id} that we made is gone from QuickBooks. Plan again."
        )  # fmt: skip


def _difference(payload: JsonObject, stored: JsonObject) -> Hold | None:
    """Why a customer with this name is not the one that is planned."""
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
        return None
    return Hold(
        "customer_differs",
        f"QuickBooks has a customer {payload['DisplayName']!r} (id {stored['Id']}) that is not the one planned: "
        f"{'; '.join(differences)}. Link the right customer in the policy or rename one of them.",
    )


KIND = CustomerKind
