"""The invoice in QuickBooks (`invoice`): found by its marker, created once, verified by a fresh read.

Rules 1 (closing date), 10 (totals), 26 and 27 (number and marker).
"""

from decimal import Decimal

from harvest_qb_pipeline.keys import marked_keys
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Blocked, Completed, Context, Finding, Kind, Result
from harvest_qb_pipeline.posting.kinds.quickbooks import created_since_first_attempt, reference
from harvest_qb_pipeline.posting.markers import find_marked
from harvest_qb_pipeline.transport.faults import NotFound


class InvoiceKind(Kind):
    """One QuickBooks Invoice."""

    def find(self, context: Context) -> Finding:
        """By day first, which needs no knowledge of an earlier attempt (a lost ledger has none), then by creation."""
        day = str(context.payload["TxnDate"])
        # What was read before a write of ours says nothing about what became of it (rule 53).
        if not context.door.has_tried:
            records = context.reads.quickbooks_invoices_of(day)
        else:
            records = [
                *context.quickbooks.query(f"select * from Invoice where TxnDate = '{day}'"),
                *created_since_first_attempt(context, "Invoice"),
            ]
        return find_marked(context.posting.key, records, entity="invoice", note_field="PrivateNote")

    def prepare(self, context: Context) -> Hold | None:
        closed_on, day = context.reads.book_close_on(), str(context.payload["TxnDate"])
        if closed_on is None or day > closed_on:
            return None
        return Hold(
            "books_closed",
            f"The books are closed through {closed_on} and this invoice is dated {day}. "
            "Reopen the period in QuickBooks, or let the policy date it on the next open day, then plan again.",
        )

    def create(self, context: Context) -> str:
        return str(context.door.quickbooks_create("/invoice", context.payload)["Id"])

    def complete(self, context: Context, external_id: str) -> Result:
        posting, payload = context.posting, context.payload
        try:
            stored = context.quickbooks.get(f"/invoice/{external_id}")
        except NotFound:
            return Blocked(
                Hold(
                    "deleted_elsewhere",
                    f"Invoice {payload.get('DocNumber')} (id {external_id}) that we posted was deleted in QuickBooks. "
                    "Its hours stay consumed; `harvest-qb unwind` deletes the draft twin and frees its hours.",
                )
            )
        checks = {
            "total_differs": Decimal(str(stored["TotalAmt"])) == posting.amount,
            "number_differs": stored.get("DocNumber") == payload.get("DocNumber"),
            "customer_differs": reference(stored, "CustomerRef") == reference(payload, "CustomerRef"),
            "currency_differs": reference(stored, "CurrencyRef") in (posting.currency, None),
            "marker_missing": posting.key in marked_keys(stored.get("PrivateNote")),
        }
        flags = tuple(flag for flag, agrees in checks.items() if not agrees)
        return Completed(
            external_id,
            sync_token=str(stored["SyncToken"]),
            doc_number=stored.get("DocNumber"),
            flags=flags,
            detail=f"QuickBooks stored {stored['TotalAmt']} {posting.currency} as number {stored.get('DocNumber')}"
            + (f"; planned were {posting.amount} and {payload.get('DocNumber')}" if flags else ""),
        )


KIND = InvoiceKind
