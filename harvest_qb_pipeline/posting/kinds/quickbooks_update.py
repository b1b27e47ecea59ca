"""Changes of customers and jobs in QuickBooks (`customer_update`, `job_update`): only the fields that are ours.

A sparse update with the SyncToken just read; nobody's edit in between is overwritten unseen. Rule 50.
"""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.money import round_money
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Completed, Context, Finding, Kind, Present, Result
from harvest_qb_pipeline.posting.kinds.fields import own_name, quickbooks_differences
from harvest_qb_pipeline.posting.kinds.quickbooks import gone, reference
from harvest_qb_pipeline.transport.faults import NotFound, NotSent, Stale

_ROUNDS = 3


class CustomerUpdate(Kind):
    """Payload: `{"id": "58", "fields": {…as QuickBooks has them…}}`. Done when a fresh read shows them all."""

    def find(self, context: Context) -> Finding:
        customer_id = _id(context)
        try:
            stored = _read(context)
        except NotFound:
            return Blocked(gone("The customer", customer_id))
        if not stored.get("Active", True) and "Active" not in context.payload["fields"]:
            return Blocked(gone(f"Customer {own_name(stored)!r}", customer_id))
        return Absent() if _differences(context, stored) else Present(customer_id)

    def prepare(self, context: Context) -> Hold | None:
        """Nobody who owes money, or whose jobs do, is made inactive."""
        if context.payload["fields"].get("Active") is not False:
            return None
        stored = _read(context)
        owed = [Decimal(str(stored.get(name) or 0)) for name in ("Balance", "BalanceWithJobs")]
        if not any(owed):
            return None
        amount, currency = owed[0] or owed[1], reference(stored, "CurrencyRef")
        shown = f"{round_money(amount, currency)} {currency}" if currency else str(amount)
        whose = "" if owed[0] else " (of its jobs)"
        return Hold(
            "open_balance",
            f"Customer {own_name(stored)!r} (id {_id(context)}) has an open balance of {shown}{whose}, so "
            "it stays active in QuickBooks. When it is paid, credited or written off, plan again; or make the client "
            "active again in Harvest.",
        )

    def create(self, context: Context) -> str:
        """One update. Where somebody was faster it is read again, and sent again only if it still differs."""
        customer_id = _id(context)
        for _ in range(_ROUNDS):
            stored = _read(context)
            if not _differences(context, stored):
                return customer_id
            token = str(stored["SyncToken"])
            content: JsonObject = {
                **context.payload["fields"],
                "Id": customer_id,
                "SyncToken": token,
                "sparse": True,
            }
            try:
                context.door.quickbooks_change("/customer", content, request_part=token)
            except Stale:
                continue
            return customer_id
        raise NotSent(
            f"Somebody kept changing customer {customer_id} in QuickBooks while we were updating it ({_ROUNDS} tries). "
            "It is tried again with the next push.",
            system="quickbooks",
        )

    def complete(self, context: Context, external_id: str) -> Result:
        try:
            stored = _read(context)
        except NotFound:
            return Blocked(gone("The customer", external_id))
        differences = _differences(context, stored)
        return Completed(
            external_id,
            sync_token=str(stored["SyncToken"]),
            flags=("fields_differ",) if differences else (),
            detail=own_name(stored) + (f"; not as planned: {', '.join(differences)}" if differences else ""),
        )


def _id(context: Context) -> str:
    return str(context.payload["id"])


def _read(context: Context) -> JsonObject:
    return context.quickbooks.get(f"/customer/{_id(context)}")


def _differences(context: Context, stored: JsonObject) -> tuple[str, ...]:
    return quickbooks_differences(context.payload["fields"], stored)


KIND = CustomerUpdate
