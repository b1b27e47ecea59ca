"""Opening the finished twin (`twin_open`), last of all and only where the policy says that it mails nobody."""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Completed, Context, Finding, Kind, Present, Result
from harvest_qb_pipeline.transport.faults import NotFound


class TwinOpening(Kind):
    """Opening the finished twin, without mailing anybody (`twin_open`; rules 28 and 29)."""

    def find(self, context: Context) -> Finding:
        twin = _listed(context)
        if twin is None or twin["state"] != "draft" or not _agrees(context, twin):
            twin = _read(context)
        if twin is None:
            return Blocked(_gone(context))
        return Absent() if twin["state"] == "draft" else Present(str(twin["id"]))

    def prepare(self, context: Context) -> Hold | None:
        """By the list that `find` looked at; what it says against opening is read again."""
        twin = _listed(context)
        if twin is None or not _agrees(context, twin):
            twin = _read(context)
        if twin is None:
            return _gone(context)
        if _agrees(context, twin):
            return None
        return Hold(
            "twin_differs",
            f"Harvest invoice {twin['number']} now says {twin['amount']} where QuickBooks has "
            f"{context.posting.amount} {context.posting.currency}. Make them agree, then push again.",
        )

    def create(self, context: Context) -> str:
        invoice_id = _id(context)
        context.door.harvest_create(
            f"/invoices/{invoice_id}/messages", {"event_type": str(context.payload["event_type"])}
        )
        return invoice_id

    def complete(self, context: Context, external_id: str) -> Result:
        twin = _listed(context)
        if twin is None or twin["state"] == "draft":
            twin = _read(context)
        if twin is None:
            return Blocked(_gone(context))
        if twin["state"] == "draft":
            return Blocked(
                Hold(
                    "twin_differs",
                    f"Harvest shows invoice {twin['number']} as a draft again after it was opened. Mark it as sent "
                    "there, then retry.",
                )
            )
        return Completed(external_id, doc_number=str(twin["number"]), detail=f"state {twin['state']}")


def _id(context: Context) -> str:
    return str(context.payload["invoice_id"])


def _read(context: Context) -> JsonObject | None:
    """The twin as it is now; None when it is gone."""
    try:
        return context.harvest.get(f"/invoices/{_id(context)}")
    except NotFound:
        return None


def _listed(context: Context) -> JsonObject | None:
    """The twin as the list of its issue day has it; None where somebody gave it another day.

    Opening cannot be taken back, so that no list counts that was begun before this was claimed.
    """
    after = max(context.claimed, context.after)
    found = context.reads.harvest_invoices_of(context.posting.occurs_on.isoformat(), after=after)
    return next((record for record in found if str(record["id"]) == _id(context)), None)


def _agrees(context: Context, twin: JsonObject) -> bool:
    return Decimal(str(twin["amount"])) == context.posting.amount


def _gone(context: Context) -> Hold:
    return Hold(
        "twin_gone",
        f"Harvest invoice {context.posting.doc_number} (id {_id(context)}) was deleted by somebody after QuickBooks "
        "had its invoice. Its hours stay consumed, for they are billed: mark them as invoiced in Harvest.",
    )


KIND = TwinOpening
