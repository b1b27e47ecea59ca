"""Opening the finished twin (`twin_open`), last of all and only where the policy says that it mails nobody."""

from decimal import Decimal

from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Absent, Completed, Context, Finding, Present, Result
from harvest_qb_pipeline.transport.faults import Refused


class TwinOpening:
    """Opening the finished twin, without mailing anybody (`twin_open`; rules 28 and 29)."""

    def find(self, context: Context) -> Finding:
        twin = context.harvest.get(f"/invoices/{context.payload['invoice_id']}")
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
            raise Refused(
                f"Harvest still shows invoice {twin['number']} as a draft after it was opened. Open it, then retry.",
                system="harvest",
            )
        return Completed(external_id, doc_number=str(twin["number"]), detail=f"state {twin['state']}")
