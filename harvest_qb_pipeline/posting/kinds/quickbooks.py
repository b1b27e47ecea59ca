"""Reads that several QuickBooks kinds share."""

from datetime import timedelta

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Context

_MARGIN = timedelta(minutes=10)


def reference(record: JsonObject, name: str) -> str | None:
    """The id inside a reference field (`{"value": id, "name": text}`), or None."""
    value = record.get(name)
    return str(value["value"]) if value and value.get("value") not in (None, "") else None


def created_since_first_attempt(context: Context, entity: str, also: str = "") -> list[JsonObject]:
    """Records created since ten minutes before our first attempt, by QuickBooks' own clock.

    `MetaData.CreateTime` is filterable on every entity while notes are not, so the marker is matched locally.
    """
    first = context.posting.first_attempt_at
    if first is None:
        return []
    since = first + context.reads.clock_skew() - _MARGIN
    condition = f"MetaData.CreateTime >= '{since:%Y-%m-%dT%H:%M:%SZ}'"
    return context.quickbooks.query(f"select * from {entity} where {condition}" + (f" and {also}" if also else ""))


def gone(what: str, external_id: str) -> Hold:
    """The hold of a record that somebody deleted, merged or made inactive. `what` names it and begins the sentence."""
    return Hold(
        "deleted_elsewhere",
        f"{what} (id {external_id}) was made inactive in QuickBooks by somebody, or merged with another. Make it "
        "active again there, or link the one that took its place with `harvest-qb links`. Then sync and plan again.",
    )
