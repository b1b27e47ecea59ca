"""The state of a store as JSON values, and back.

Belongs here: both directions. Must not be here: anything else.
"""

from datetime import datetime
from decimal import Decimal

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.owner import Owner
from harvest_qb_pipeline.sandbox.quickbooks.properties import Shape
from harvest_qb_pipeline.sandbox.quickbooks.schema_company import ENTITIES
from harvest_qb_pipeline.sandbox.quickbooks.store import Record, Store, Tombstone


def to_state(store: Store) -> JsonObject:
    """Records in the order of their creation, tombstones and sequences."""
    return {
        "records": [
            [one.entity, one.id, one.data, one.created_at.isoformat(), one.updated_at.isoformat(), one.sync_token]
            for table in store.tables.values()
            for one in table.values()
        ],
        "tombstones": [[one.entity, one.id, one.deleted_at.isoformat()] for one in store.tombstones],
        "sequences": store.sequences(),
    }


def load(owner: Owner, state: JsonObject) -> Store:
    """A store with the records of a saved state."""
    store = Store(owner)
    for entity, record_id, data, created_at, updated_at, sync_token in state["records"]:
        store.restore(
            Record(
                entity,
                record_id,
                _with_decimals(ENTITIES[entity].shape, data),
                datetime.fromisoformat(created_at),
                datetime.fromisoformat(updated_at),
                int(sync_token),
            )
        )
    store.tombstones = [Tombstone(entity, one, datetime.fromisoformat(at)) for entity, one, at in state["tombstones"]]
    store.set_sequences(state["sequences"])
    return store


def _with_decimals(shape: Shape, data: JsonObject) -> JsonObject:
    """Numbers as `Decimal` again, however the JSON between wrote them."""
    result: JsonObject = {}
    for name, value in data.items():
        known = shape.properties.get(name)
        if known and known.shape and value is not None:
            nested = known.shape
            result[name] = (
                [_with_decimals(nested, one) for one in value] if known.is_array else _with_decimals(nested, value)
            )
        elif known and known.kind in {"number", "integer"}:
            result[name] = _decimal(value)
        else:
            result[name] = value
    return result


def _decimal(value: Json) -> Json:
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value
