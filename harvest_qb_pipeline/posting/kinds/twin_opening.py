"""Opening the finished twin (`twin_open`), last of all and only where the policy says that it mails nobody."""

from decimal import Decimal

from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Completed, Context, Finding, Kind, Present, Result
from harvest_qb_pipeline.transport.faults import NotFound


class TwinOpening(Kind):
    """Opening the finished twin, without mailing anybody (`twin_open`; rules 28 and 29)."""

    def find(self, context: Context) -> Finding:
        invoice_id = str(context.payload["invoice_id"])
        try:
            twin = context.harvest.get(f"/invoices/{invoice_id}")
        except NotFound:
            return Blocked(_gone(context, invoice_id))
        return Absent() if twin["state"] == "draft" else Present(str(twin["id"]))

    def prepare(self, context: Context) -> Hold | None:
        twin = context.harvest.get(f"/invoices/{context.payload['invoice_id']}")
        if Decimal(str(twin["amount"])) == context.posting.amount:
            return None
        return Hold(
            "twin_differs",
            f"Harvest invoice {twin['number']} now says {twin['amount']} where QuickBooks has "
            f"{context.posting.amount} {context.posting.currency}. Make them agree, then push again.",
        )

    def create(self, context: Context) -> str:
        invoice_id = str(context.payload["invoice_id"])
        context.door.harvest_create(
            f"/invoices/{invoice_id}/messages", {"event_type": str(context.payload["event_type"])}
        )
        return invoice_id

    def complete(self, context: Context, external_id: str) -> Result:
        twin = context.harvest.get(f"/invoices/{external_id}")
        if twin["state"] == "draft":
            return Blocked(
                Hold(
                    "twin_differs",
                    f"Harvest shows invoice {twin['number']} as a draft again after it was opened. Mark it as sent "
                    "there, then retry.",
                )
            )
        return Completed(external_id, doc_number=str(twin["number"]), detail=f"state {twin['state']}")


def _gone(context: Context, invoice_id: str) -> Hold:
    return Hold(
        "twin_gone",
        f"Harvest invoice {context.posting.doc_number} (id {invoice_id}) was deleted by somebody after QuickBooks had "
        "its invoice. Its hours stay consumed, for they are billed: mark them as invoiced in Harvest.",
    )


KIND = TwinOpening
