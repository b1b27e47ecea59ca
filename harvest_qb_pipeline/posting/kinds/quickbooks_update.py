"""Changes of customers and jobs in QuickBooks (`customer_update`, `job_update`): only the fields that are ours.

A sparse update with the SyncToken just read. Rule 50.
"""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.money import round_money
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Context, Finding, Present, Result
from harvest_qb_pipeline.posting.kinds.fields import own_name, quickbooks_differences
from harvest_qb_pipeline.posting.kinds.quickbooks import QuickBooksRecord, completed, gone, reference
from harvest_qb_pipeline.transport.faults import NotFound


class CustomerUpdate(QuickBooksRecord):
    """Payload: `{"id": "58", "fields": {…as QuickBooks has them…}}`. Done when a fresh read shows them all."""

    may_be_inactive = True

    def find(self, context: Context) -> Finding:
        customer_id, fields = str(context.payload["id"]), context.payload["fields"]
        try:
            stored = self.read(context, customer_id)
        except NotFound:
            return Blocked(self.gone(context, customer_id))
        if not stored.get("Active", True) and "Active" not in fields:
            return Blocked(gone(f"Customer {own_name(stored)!r}", customer_id))
        return Absent() if quickbooks_differences(fields, stored) else Present(customer_id)

    def prepare(self, context: Context) -> Hold | None:
        """Nobody who owes money, or whose jobs do, is made inactive."""
        if context.payload["fields"].get("Active") is not False:
            return None
        stored = self.read(context, str(context.payload["id"]))
        owed = [Decimal(str(stored.get(name) or 0)) for name in ("Balance", "BalanceWithJobs")]
        if not any(owed):
            return None
        amount, currency = owed[0] or owed[1], reference(stored, "CurrencyRef")
        shown = f"{round_money(amount, currency)} {currency}" if currency else str(amount)
        whose = "" if owed[0] else " (of its jobs)"
        return Hold(
            "open_balance",
            f"Customer {own_name(stored)!r} (id {stored['Id']}) has an open balance of {shown}{whose}, so "
            "it stays active in QuickBooks. When it is paid, credited or written off, plan again; or make the client "
            "active again in Harvest.",
        )

    def create(self, context: Context) -> str:
        self.change(context, str(context.payload["id"]), context.payload["fields"])
        return str(context.payload["id"])

    def compared(self, context: Context, stored: JsonObject) -> Result:
        differences = quickbooks_differences(context.payload["fields"], stored)
        if not differences:
            return completed(stored, own_name(stored))
        return completed(stored, f"{own_name(stored)}; not as planned: {', '.join(differences)}", ("fields_differ",))

    def gone(self, context: Context, external_id: str) -> Hold:
        del context
        return gone("The customer", external_id)


KIND = CustomerUpdate
