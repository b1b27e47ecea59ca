"""The invoice in QuickBooks (`invoice`): found by its marker, created once, verified by a fresh read.

Rules 10 (totals), 26 and 27 (number and marker).
"""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.keys import marked_keys
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Context, Finding, Result
from harvest_qb_pipeline.posting.kinds.fields import flags_of
from harvest_qb_pipeline.posting.kinds.quickbooks import QuickBooksRecord, completed, reference


class InvoiceKind(QuickBooksRecord):
    """One QuickBooks Invoice."""

    def find(self, context: Context) -> Finding:
        """By day first, which needs no knowledge of an earlier attempt (a lost ledger has none), then by creation."""
        day = str(context.payload["TxnDate"])
        # What was read before a write of ours says nothing about what became of it (rule 53).
        if not context.door.has_tried:
            return self.marked(context, context.reads.quickbooks_invoices_of(day))
        of_day = context.quickbooks.query(f"select * from Invoice where TxnDate = '{day}'")
        return self.marked(context, [*of_day, *self.recent(context)])

    def compared(self, context: Context, stored: JsonObject) -> Result:
        posting, payload = context.posting, context.payload
        flags = flags_of(
            total_differs=Decimal(str(stored["TotalAmt"])) == posting.amount,
            number_differs=stored.get("DocNumber") == payload.get("DocNumber"),
            customer_differs=reference(stored, "CustomerRef") == reference(payload, "CustomerRef"),
            currency_differs=reference(stored, "CurrencyRef") in (posting.currency, None),
            marker_missing=posting.key in marked_keys(stored.get("PrivateNote")),
        )
        detail = f"QuickBooks stored {stored['TotalAmt']} {posting.currency} as number {stored.get('DocNumber')}"
        if flags:
            detail += f"; planned were {posting.amount} and {payload.get('DocNumber')}"
        return completed(stored, detail, flags, stored.get("DocNumber"))

    def gone(self, context: Context, external_id: str) -> Hold:
        return Hold(
            "deleted_elsewhere",
            f"Invoice {context.payload.get('DocNumber')} (id {external_id}) that we posted was deleted in QuickBooks. "
            "Its hours stay consumed; `harvest-qb unwind` deletes the draft twin and frees its hours.",
        )


KIND = InvoiceKind
