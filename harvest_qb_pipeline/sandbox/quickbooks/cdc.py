"""Change data capture: what changed since a moment, entity by entity, deletions last.

Belongs here: choosing and ordering changes. Must not be here: HTTP.
Source: QuickBooks Online API, "Change data capture".
"""

from datetime import datetime, timedelta

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.quickbooks import faults, rights
from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType
from harvest_qb_pipeline.sandbox.quickbooks.query import moment, visible
from harvest_qb_pipeline.sandbox.quickbooks.schema_company import BY_PATH
from harvest_qb_pipeline.sandbox.quickbooks.store import Store

MOST_DAYS, MOST_OBJECTS = 30, 1000


def changes(store: Store, entities: str | None, changed_since: str | None) -> list[JsonObject]:
    """One block per entity named (comma-separated), in that order; at most 1000 objects in all."""
    if not entities:
        raise faults.missing("entities")
    if not changed_since:
        raise faults.missing("changedSince")
    kinds = [_kind(name.strip()) for name in entities.split(",")]
    for kind in kinds:
        rights.check(store.switches, kind)
    try:
        since = moment(store, changed_since)
    except ValueError:
        raise faults.bad_date("changedSince", changed_since) from None
    if since < store.now() - timedelta(days=MOST_DAYS):
        raise faults.unsupported_operation(f"cdc with changedSince date {changed_since} which is older than fixed days")
    blocks: list[JsonObject] = []
    left = MOST_OBJECTS
    for kind in kinds:
        objects = _changed(store, kind, since, left)
        left -= len(objects)
        blocks.append({kind.name: objects, "startPosition": 1, "maxResults": len(objects)} if objects else {})
    return blocks


def _kind(name: str) -> EntityType:
    kind = BY_PATH.get(name.lower())
    if kind is None:
        raise faults.unsupported_operation(f"cdc with entity {name}")
    return kind


def _changed(store: Store, kind: EntityType, since: datetime, most: int) -> list[JsonObject]:
    limit = store.now() - timedelta(seconds=store.switches.cdc_lag_seconds)

    def is_in(changed_at: datetime) -> bool:
        return since <= changed_at.replace(microsecond=0) and changed_at <= limit

    live = [record for record in visible(store, kind) if is_in(record.updated_at)]
    live.sort(key=lambda record: record.updated_at)
    objects = [store.render(record) for record in live[:most]]
    gone = [stone for stone in store.tombstones if stone.entity == kind.name and is_in(stone.deleted_at)]
    for stone in gone[: most - len(objects)]:
        meta = {"LastUpdatedTime": store.timestamp(stone.deleted_at)}
        objects.append({"status": "Deleted", "domain": "QBO", "Id": stone.id, "MetaData": meta})
    return objects
