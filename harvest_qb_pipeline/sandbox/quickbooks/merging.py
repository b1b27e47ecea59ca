"""How a request changes an object: what it sets, what it leaves, what it resets, and what its references must meet.

Belongs here: full and sparse updates, defaults, required properties, references, in the same way for every entity.
Must not be here: rules of one entity.
Source: QuickBooks Online API, "Sparse update", "Full update"; error codes 2020, 2500, 610.
"""

from collections.abc import Iterator

from babel.numbers import is_currency

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.quickbooks import faults
from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType, Property, Shape, mask
from harvest_qb_pipeline.sandbox.quickbooks.schema_common import ADDRESS
from harvest_qb_pipeline.sandbox.quickbooks.store import FAMILIES, Store

UNCHECKED = {"TaxCodes", "TaxRates"}
"""Families whose references the tax engine replaces, whatever was sent."""


def merged(
    entity: EntityType, given: JsonObject, old: JsonObject | None, *, sparse: bool, kept: frozenset[str] = frozenset()
) -> JsonObject:
    """The properties an object has after a request; None in `given` empties a property.

    A sparse update changes what is given; a full one resets every writable property that is not. Read-only properties
    and those in `kept` stay as they are. Nested objects and arrays are replaced whole.
    """
    known = entity.shape.properties
    data = {name: one.default for name, one in known.items() if one.default is not None}
    if old is not None and sparse:
        data |= old
    elif old is not None:
        data |= {name: value for name, value in old.items() if known[name].is_read_only or name in kept}
    for name, value in given.items():
        if old is not None and name in kept:
            continue
        if old is not None and known[name].is_masked and name in old and value == mask(old[name]):
            # What was read comes back masked: the number behind it stays.
            data[name] = old[name]
        elif value is not None:
            data[name] = value
        elif known[name].default is None:
            data.pop(name, None)
        else:
            data[name] = known[name].default
    return data


def require(data: JsonObject, *names: str) -> None:
    """Raises fault 2020 for the first property that is missing or empty."""
    for name in names:
        if data.get(name) in (None, [], {}):
            raise faults.missing(name)


def check_references(store: Store, shape: Shape, data: JsonObject, old: JsonObject | None = None) -> None:
    """Every reference leads to an active object; one that was there before may be inactive by now."""
    before = {(known.kind, known.family, value) for known, value in references(shape, old or {})}
    for known, value in references(shape, data):
        if known.kind == "currency":
            if not is_currency(value):
                raise faults.bad_reference("Currencies", value)
        elif known.kind == "ref" and known.family not in UNCHECKED:
            _check_reference(store, known, value, was_there=(known.kind, known.family, value) in before)


def _check_reference(store: Store, known: Property, value: str, *, was_there: bool) -> None:
    entity = "Vendor" if known.name == "PrefVendorRef" else FAMILIES.get(known.family)
    record = store.get(entity, value) if entity else None
    if record is None:
        raise faults.bad_reference(known.family, value)
    if not record.is_active and not was_there:
        raise faults.inactive_reference()


def references(shape: Shape, data: JsonObject) -> Iterator[tuple[Property, str]]:
    """Each reference in an object and what is nested in it, with the id it holds."""
    for known in shape.referring:
        value = data.get(known.name)
        if value is None:
            continue
        if known.is_reference:
            yield known, value["value"]
        elif known.shape:
            for one in value if known.is_array else [value]:
                yield from references(known.shape, one)


def number_addresses(store: Store, shape: Shape, data: JsonObject, old: JsonObject | None = None) -> None:
    """Give every address an Id: the one its predecessor had, or a new one."""
    for known in shape.properties.values():
        address = data.get(known.name)
        if known.shape is ADDRESS and address and "Id" not in address:
            before = (old or {}).get(known.name) or {}
            data[known.name] = {"Id": before.get("Id") or store.new_id("addresses"), **address}
