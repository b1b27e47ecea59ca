"""Vendors in QuickBooks (`vendor`): created once for a person, or adopted where the very same one exists.

A vendor has no note for a marker, so it is known by its name, which is unique over customers, vendors and employees,
and by its e-mail. Rules 44 and 48.
"""

from datetime import datetime, timedelta

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Context, Finding, Present, Result
from harvest_qb_pipeline.posting.kinds.fields import flags_of, quickbooks_differences
from harvest_qb_pipeline.posting.kinds.quickbooks import QuickBooksRecord, completed, first_attempt_at, reference

_MARGIN = timedelta(seconds=30)
"""How exactly both clocks are known to each other."""


class VendorKind(QuickBooksRecord):
    """One QuickBooks Vendor record."""

    def find(self, context: Context) -> Finding:
        """By name. What was there before our first attempt is ours only with the same e-mail, a person's own."""
        if context.posting.external_id:
            return Present(context.posting.external_id)
        vendor = self.named(context)
        if vendor is None:
            return Absent()
        has_mail = bool(_mail(vendor)) and _mail(vendor) == _mail(context.payload)
        if vendor.get("Active", True) and (has_mail or _is_ours(context, vendor)):
            return Present(str(vendor["Id"]))
        return Blocked(_differs(context, vendor))

    def compared(self, context: Context, stored: JsonObject) -> Result:
        given = {"DisplayName": context.payload["DisplayName"]}
        currency = reference(context.payload, "CurrencyRef")
        flags = flags_of(
            name_differs=not quickbooks_differences(given, stored),
            currency_differs=currency in (None, reference(stored, "CurrencyRef")),
        )
        return completed(stored, str(stored["DisplayName"]), flags)


def _mail(vendor: JsonObject) -> str:
    return str((vendor.get("PrimaryEmailAddr") or {}).get("Address") or "").strip().casefold()


def _is_ours(context: Context, vendor: JsonObject) -> bool:
    """Made since our first attempt, by QuickBooks' own clock, with all that we sent."""
    since = first_attempt_at(context, _MARGIN)
    if since is None:
        return False
    made_at = datetime.fromisoformat(str(vendor["MetaData"]["CreateTime"]))
    sent = {name: value for name, value in context.payload.items() if name not in ("CurrencyRef", "TermRef")}
    return made_at >= since and not quickbooks_differences(sent, vendor)


def _differs(context: Context, vendor: JsonObject) -> Hold:
    name, wanted = str(vendor["DisplayName"]), _mail(context.payload)
    if vendor.get("Active", True):
        problem = f"its e-mail is {_mail(vendor) or 'not set'} there and {wanted or 'not set'} here"
    else:
        problem = "it is inactive"
    return Hold(
        "vendor_differs",
        f"QuickBooks has a vendor {name!r} (id {vendor['Id']}) that may be somebody else: {problem}. If it is the same "
        "person, link it with `harvest-qb links`; else rename one of the two. Then plan again.",
    )


KIND = VendorKind
