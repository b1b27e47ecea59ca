"""The invoice in QuickBooks (`invoice`): found by its marker, created once, verified by a fresh read.

Rules 10 (totals), 26 and 27 (number and marker).
"""

from collections.abc import Collection
from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.keys import billed_client, marked_keys, member_key
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Blocked, Context, Finding, ReadContext, Result
from harvest_qb_pipeline.posting.kinds.entries import changed_hold, needs_approval, reach_of
from harvest_qb_pipeline.posting.kinds.fields import flags_of
from harvest_qb_pipeline.posting.kinds.quickbooks import QuickBooksRecord, completed, reference
from harvest_qb_pipeline.posting.references import other_ledger


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

    def preflight(self, look: ReadContext) -> Hold | None:
        return (
            super().preflight(look)
            or _policy_hold(look)
            or _customer_hold(look)
            or _ledger_hold(look)
            or _number_hold(look)
            or _hours(look)
        )

    def is_planned(self, context: Context, record: JsonObject) -> bool:
        """By its marker; without any, by customer and number."""
        marked = marked_keys(record.get("PrivateNote"))
        return context.posting.key in marked or (
            not marked
            and reference(record, "CustomerRef") == reference(context.payload, "CustomerRef")
            and record.get("DocNumber") == context.payload.get("DocNumber")
        )

    def compared(self, context: Context, stored: JsonObject) -> Result:
        posting, payload = context.posting, context.payload
        if (marked := marked_keys(stored.get("PrivateNote"))) and posting.key not in marked:
            return Blocked(_another_bill(stored, marked))
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


def _another_bill(stored: JsonObject, marked: Collection[str]) -> Hold:
    return Hold(
        "not_ours",
        f"QuickBooks invoice {stored.get('DocNumber')} (id {stored['Id']}) bears the marker of "
        f"{', '.join(sorted(marked))}, so it is another bill's. See `harvest-qb show`; nothing was changed.",
    )


def _policy_hold(look: ReadContext) -> Hold | None:
    """Where Harvest copies its invoices itself, ours would be the second (rule 28)."""
    if not look.facts.copies_natively:
        return None
    return Hold(
        "native_copy_on",
        'The policy now says native_copy = "on": Harvest would copy this invoice to QuickBooks a second time. Nothing '
        'was sent. Switch the copy off in Harvest, state native_copy = "off", then plan again.',
    )


def _customer_hold(look: ReadContext) -> Hold | None:
    """A customer has one currency, for ever (rule 12)."""
    customer_id, currency = reference(look.payload, "CustomerRef"), reference(look.payload, "CurrencyRef")
    customer = look.reads.references.record("Customer", customer_id) if customer_id else None
    theirs = reference(customer, "CurrencyRef") if customer else None
    if currency is None or theirs in (currency, None):
        return None
    return Hold(
        "currency_conflict",
        f"Customer {(customer or {}).get('DisplayName')!r} (id {customer_id}) is billed in {theirs}, and this invoice "
        f"is in {currency}. Link a customer in {currency} with `harvest-qb links`, then plan again; nothing was sent.",
    )


def _ledger_hold(look: ReadContext) -> Hold | None:
    """One company is billed from one ledger: two would each bill all hours (rule 54)."""
    sentence = other_ledger(look.reads.references, look.ledgers)
    return Hold("other_ledger", f"{sentence} Then plan again; nothing was sent.") if sentence else None


def _number_hold(look: ReadContext) -> Hold | None:
    """Another's invoice must not have our number (rule 26); one with our marker is ours, made before (rule 27)."""
    number = look.payload.get("DocNumber")
    if not number:
        return None
    rivals = [
        record
        for record in look.reads.references.numbered(str(number))
        if look.posting.key not in marked_keys(record.get("PrivateNote"))
    ]
    if not rivals:
        return None
    return Hold(
        "number_taken",
        f"QuickBooks has an invoice {number} already (id {rivals[0]['Id']}), made by somebody else since this was "
        "planned. Sync and plan again, which takes another number; nothing was sent.",
    )


def _hours(look: ReadContext) -> Hold | None:
    """Without a twin, whose import claims the hours, they are read again here."""
    client_id = billed_client(look.posting.key)
    reach = None if client_id is None else reach_of(client_id, look.posting.sources)
    if reach is None or member_key(look.posting.key, "twin") in look.posting.depends_on:
        return None
    if look.facts.has_twin:
        return Hold(
            "policy_changed",
            'The policy now says twin = "import", and this document was planned without a twin. Plan again; nothing '
            "was sent.",
        )
    entries = look.reads.entries.within(reach)
    return changed_hold(look.posting.sources, entries, needs_approval=needs_approval(look))


KIND = InvoiceKind
