"""Opening the finished twin (`twin_open`), last of all and only where the policy says that it mails nobody."""

from collections.abc import Callable
from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Completed, Context, Finding, Present, ReadContext, Result
from harvest_qb_pipeline.posting.kinds.harvest import HarvestRecord


class TwinOpening(HarvestRecord):
    """Opening the finished twin, without mailing anybody (`twin_open`; rules 28 and 29)."""

    def find(self, context: Context) -> Finding:
        twin = self._seen(context, lambda seen: seen["state"] == "draft" and _agrees(context, seen))
        if twin is None:
            return Blocked(self._gone(context))
        return Absent() if twin["state"] == "draft" else Present(str(twin["id"]))

    def preflight(self, look: ReadContext) -> Hold | None:
        """Only where the policy still says that opening it makes nobody copy or mail anything (rules 28, 29)."""
        if look.facts.opens_twins:
            return None
        return Hold(
            "policy_changed",
            "The policy does not let twins be opened any more (native_copy, auto_reminders or twin), and this document "
            "was planned to open one. Plan again.",
        )

    def prepare(self, context: Context) -> Hold | None:
        if hold := self.preflight(context):
            return hold
        twin = self._seen(context, lambda seen: _agrees(context, seen))
        if twin is None:
            return self._gone(context)
        if _agrees(context, twin):
            return None
        return Hold(
            "twin_differs",
            f"Harvest invoice {twin['number']} now says {twin['amount']} where QuickBooks has "
            f"{context.posting.amount} {context.posting.currency}. Make them agree, then push again.",
        )

    def create(self, context: Context) -> str:
        invoice_id = self.record_id(context)
        message: JsonObject = {"event_type": str(context.payload["event_type"])}
        context.door.harvest_create(f"{self.path}/{invoice_id}/messages", message)
        return invoice_id

    def verify(self, context: Context, external_id: str) -> Result:
        twin = self._seen(context, lambda seen: seen["state"] != "draft")
        if twin is None:
            return Blocked(self._gone(context))
        if twin["state"] != "draft":
            return Completed(external_id, doc_number=str(twin["number"]), detail=f"state {twin['state']}")
        return Blocked(
            Hold(
                "twin_differs",
                f"Harvest shows invoice {twin['number']} as a draft again after it was opened. Mark it as sent "
                "there, then retry.",
            )
        )

    def _seen(self, context: Context, is_well: Callable[[JsonObject], bool]) -> JsonObject | None:
        """The twin as the list of its issue day has it; what that says against it is read again. None when it is gone.

        Opening cannot be taken back, so that no list counts that was begun before this was claimed.
        """
        twin_id, day = self.record_id(context), context.posting.occurs_on.isoformat()
        listed = context.reads.harvest_invoice(twin_id, day, after=max(context.claimed, context.after))
        return listed if listed and is_well(listed) else self.read(context, twin_id)

    def _gone(self, context: Context) -> Hold:
        number, twin_id = context.posting.doc_number, self.record_id(context)
        return Hold(
            "twin_gone",
            f"Harvest invoice {number} (id {twin_id}) was deleted by somebody after QuickBooks had its invoice. Its "
            "hours stay consumed, for they are billed: mark them as invoiced in Harvest.",
        )


def _agrees(context: Context, twin: JsonObject) -> bool:
    """With the amount and the number that QuickBooks has."""
    number = context.posting.doc_number
    return Decimal(str(twin["amount"])) == context.posting.amount and number in (None, str(twin["number"]))


KIND = TwinOpening
