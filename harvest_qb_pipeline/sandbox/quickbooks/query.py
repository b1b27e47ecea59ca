"""Running a query: which records match, in what order, which page of them, and what of them is shown.

Belongs here: what may be filtered and sorted by, comparison, projection. Must not be here: the grammar.
Source: QuickBooks Online API, "Query operations and syntax" and the filterable/sortable flags of each property.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.quickbooks import faults, rights
from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType, Property
from harvest_qb_pipeline.sandbox.quickbooks.query_language import Condition, CurrentDate, Query, QueryValue, parse
from harvest_qb_pipeline.sandbox.quickbooks.schema_company import BY_PATH
from harvest_qb_pipeline.sandbox.quickbooks.store import Record, Store

DEFAULT_ROWS, MOST_ROWS = 100, 1000
Comparable: TypeAlias = str | Decimal | bool | datetime | int
Reader: TypeAlias = Callable[[Record], Json]
Test: TypeAlias = Callable[[Record], bool]


@dataclass(frozen=True)
class Field:
    """A property as a query names it, and how it is read from a record."""

    name: str
    known: Property
    read: Reader


def run(store: Store, statement: str) -> JsonObject:
    """The QueryResponse of a statement: rows under the entity's name, a count, or nothing at all when none match."""
    query = parse(statement)
    entity = BY_PATH.get(query.entity.lower())
    if entity is None:
        raise faults.query_not_valid(f"Invalid context declaration: {query.entity}")
    rights.check(store.switches, entity)
    most = _most(store, query)
    projection = _projection(entity, query)
    tests = [_test(store, entity, condition) for condition in query.conditions]
    if entity.has_active and not any(one.field.lower() == "active" for one in query.conditions):
        tests.append(lambda record: record.is_active)
    keys = [(_field(entity, name, for_sorting=True), descends) for name, descends in query.order]
    rows = [record for record in visible(store, entity) if all(test(record) for test in tests)]
    if query.is_count:
        return {"totalCount": len(rows)}
    for one, descends in reversed(keys):
        rows.sort(key=_sort_key(one), reverse=descends)
    start = query.start or 1
    page = rows[start - 1 : start - 1 + most]
    if not page:
        return {}
    shown = [_show(store, entity, record, projection) for record in page]
    answer: JsonObject = {entity.name: shown, "startPosition": start, "maxResults": len(page)}
    if not entity.is_list and len(page) == len(rows):
        answer["totalCount"] = len(rows)
    return answer


def visible(store: Store, entity: EntityType) -> Iterable[Record]:
    """Records that queries and change data capture see: those old enough for the switch `query_lag_seconds`."""
    records = store.tables[entity.name].values()
    lag = store.switches.query_lag_seconds
    if not lag:
        return records
    limit = store.now() - timedelta(seconds=lag)
    return [record for record in records if record.created_at <= limit]


def _most(store: Store, query: Query) -> int:
    most = query.most or DEFAULT_ROWS
    if most > MOST_ROWS:
        if store.switches.max_results_over_1000 == "fault":
            raise faults.query_not_valid(f"value {most} is too large. Max allowed value is {MOST_ROWS}")
        return MOST_ROWS
    return most


def _field(entity: EntityType, name: str, *, for_sorting: bool = False) -> Field:
    """The property a query may filter (or sort) by. Raises fault 4001 for others."""
    path = name.split(".")
    known: Property | None = None
    shape = entity.shape
    for index, part in enumerate(path):
        known = next((one for one in shape.properties.values() if one.name.lower() == part.lower()), None)
        if known is None:
            raise faults.query_not_valid(f"Property {name} not found for Entity {entity.name}")
        if index + 1 < len(path):
            if known.shape is None or known.is_array:
                raise faults.query_not_valid(f"property '{name}' is not queryable")
            shape = known.shape
    if known is None or not (known.is_sortable if for_sorting else known.is_filterable):
        raise faults.query_not_valid(f"property '{name}' is not queryable")
    return Field(name, known, _reader(known))


def _reader(known: Property) -> Reader:
    if known.name == "Id":
        return lambda record: record.id
    if known.name == "CreateTime":
        return lambda record: record.created_at.replace(microsecond=0)
    if known.name == "LastUpdatedTime":
        return lambda record: record.updated_at.replace(microsecond=0)
    name = known.name
    inner = "value" if known.is_reference else "Address" if known.shape else None
    if inner is None:
        return lambda record: record.data.get(name)

    def nested(record: Record) -> Json:
        value: JsonObject = record.data.get(name) or {}
        return value.get(inner)

    return nested


def _test(store: Store, entity: EntityType, condition: Condition) -> Test:
    field = _field(entity, condition.field)
    operator, read = condition.operator, field.read
    if field.known.name == "Id" and operator not in ("=", "IN"):
        raise faults.query_not_valid(f"operator {operator} is not supported for property 'Id'")
    if operator == "LIKE":
        return _like(field, condition.values[0])
    values = [_operand(store, field, value) for value in condition.values]
    if operator in ("=", "IN"):
        wanted = set(values)
        return lambda record: _folded(read(record)) in wanted
    return _ordering(operator, read, values[0])


def _ordering(operator: str, read: Reader, value: Comparable) -> Test:
    def test(record: Record) -> bool:
        found: Json = _folded(read(record))
        if found is None:
            return False
        if operator == "<":
            return found < value
        if operator == ">":
            return found > value
        return found <= value if operator == "<=" else found >= value

    return test


def _like(field: Field, value: QueryValue) -> Test:
    if not isinstance(value, str) or field.known.kind not in ("text", "enum", "object"):
        raise faults.query_not_valid(f"operator LIKE is not supported for property '{field.name}'")
    pattern = re.compile(".*".join(map(re.escape, value.split("%"))), re.IGNORECASE | re.DOTALL)
    return lambda record: isinstance(found := field.read(record), str) and pattern.fullmatch(found) is not None


def _operand(store: Store, field: Field, value: QueryValue) -> Comparable:
    """A literal as a value of the property's type. Raises fault 4001 when it is none."""
    kind = field.known.kind
    try:
        if kind == "boolean":
            return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
        if isinstance(value, bool):
            raise ValueError
        if isinstance(value, CurrentDate):
            value = store.today().isoformat()
        if kind in ("number", "integer"):
            return Decimal(value)
        if kind == "date":
            return date.fromisoformat(value).isoformat()
        if kind == "datetime":
            return moment(store, value)
    except (ValueError, KeyError, InvalidOperation):
        raise faults.query_not_valid(f"value '{value}' is not valid for property '{field.name}'") from None
    return value.casefold()


def moment(store: Store, text: str) -> datetime:
    """A day or ISO 8601 time; without an offset it is meant where the company is. Raises `ValueError`."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=store.zone)


def _folded(value: Json) -> Comparable | None:
    return value.casefold() if isinstance(value, str) else value


def _sort_key(field: Field) -> Callable[[Record], tuple[bool, Comparable]]:
    """Empty values come first; ids sort as numbers."""

    def key(record: Record) -> tuple[bool, Comparable]:
        value = int(record.id) if field.known.name == "Id" else _folded(field.read(record))
        return (value is not None, 0 if value is None else value)

    return key


def _projection(entity: EntityType, query: Query) -> list[Property] | None:
    """The simple properties a statement names; None when it wants all. Raises fault 4001 for other properties."""
    named: list[Property] = []
    for name in query.fields:
        first = name.partition(".")[0]
        known = next((one for one in entity.shape.properties.values() if one.name.lower() == first.lower()), None)
        if known is None:
            raise faults.query_not_valid(f"Property {name} not found for Entity {entity.name}")
        if (known.shape and known.name != "MetaData") or known.kind == "any":
            raise faults.query_not_valid(f"property '{name}' is not queryable")
        named.append(known)
    if query.has_star and not query.is_count and named:
        return [*entity.shape.properties.values()]
    return None if query.has_star else named


def _show(store: Store, entity: EntityType, record: Record, projection: list[Property] | None) -> JsonObject:
    full = store.render(record)
    if projection is None:
        if entity.name == "Item":
            full.pop("Sku", None)
        return full
    if len(projection) == len(entity.shape.properties):
        return full
    names = {"Id", "domain", *(one.name for one in projection)}
    shown: dict[str, Json] = {name: value for name, value in full.items() if name in names}
    return {**shown, "sparse": True}
