"""Vendors in QuickBooks (`vendor`): created once for a person, or adopted where the very same one exists.

A vendor has no note for a marker, so it is known by its name, which is unique over customers, vendors and employees,
and by its e-mail. Rules 44 and 48.
"""

from datetime import datetime, timedelta

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Completed, Context, Finding, Kind, Present, Result
from harvest_qb_pipeline.posting.kinds.fields import quickbooks_differences
from harvest_qb_pipeline.posting.kinds.quickbooks import gone, reference
from harvest_qb_pipeline.transport.faults import NotFound

_MARGIN = timedelta(seconds=30)
"""How exactly both clocks are known to each other."""


class VendorKind(Kind):
    """One QuickBooks Vendor record."""

    def find(self, context: Context) -> Finding:
        """By name. What was there before our first attempt is ours only with the same e-mail."""
        if context.posting.external_id:
            return Present(context.posting.external_id)
        quoted = context.quickbooks.quote(str(context.payload["DisplayName"]))
        named = context.quickbooks.query(
            f"select * from Vendor where DisplayName = {quoted} and Active in (true, false)"
        )
        if not named:
            return Absent()
        vendor = named[0]
        if vendor.get("Active", True) and (_has_mail(context, vendor) or _is_ours(context, vendor)):
            return Present(str(vendor["Id"]))
        return Blocked(_differs(context, vendor))

    def prepare(self, context: Context) -> Hold | None:
        del context
        return None

    def create(self, context: Context) -> str:
        return str(context.door.quickbooks_create("/vendor", context.payload)["Id"])

    def complete(self, context: Context, external_id: str) -> Result:
        name = str(context.payload["DisplayName"])
        try:
            stored = context.quickbooks.get(f"/vendor/{external_id}")
        except NotFound:
            return Blocked(gone(f"Vendor {name!r}", external_id))
        if not stored.get("Active", True):
            return Blocked(gone(f"Vendor {name!r}", external_id))
        given = {"DisplayName": context.payload["DisplayName"]}
        currency = reference(context.payload, "CurrencyRef")
        flags = tuple(
            flag
            for flag, agrees in (
                ("name_differs", not quickbooks_differences(given, stored)),
                ("currency_differs", currency in (None, reference(stored, "CurrencyRef"))),
            )
            if not agrees
        )
        return Completed(
            external_id, sync_token=str(stored["SyncToken"]), flags=flags, detail=str(stored["DisplayName"])
        )


def _mail(vendor: JsonObject) -> str:
    return str((vendor.get("PrimaryEmailAddr") or {}).get("Address") or "").strip().casefold()


def _has_mail(context: Context, vendor: JsonObject) -> bool:
    """The same e-mail, which is a person's own."""
    return bool(_mail(vendor)) and _mail(vendor) == _mail(context.payload)


def _is_ours(context: Context, vendor: JsonObject) -> bool:
    """Made since our first attempt, by QuickBooks' own clock, with all that we sent."""
    first = context.posting.first_attempt_at
    if first is None:
        return False
    made_at = datetime.fromisoformat(str(vendor["MetaData"]["CreateTime"]))
    sent = {name: value for name, value in context.payload.items() if name not in ("CurrencyRef", "TermRef")}
    since = first + context.reads.clock_skew() - _MARGIN
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
