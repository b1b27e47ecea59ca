"""Strict reading of what a client sends: a body becomes known properties of the right types, or is refused.

Belongs here: checks that need nothing but the property tables. Must not be here: references, business rules, HTTP.
Source: QuickBooks Online API reference, error codes 2010 to 2210.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.quickbooks import faults
from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType, Property, Shape
from harvest_qb_pipeline.sandbox.quickbooks.schema_common import ADDRESS, EMAIL

LONGEST_ADDRESS = 2000
_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\".]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ELEMENTS = {"CustomerMemo.value": "Customer Memo"}
"""What QuickBooks calls an element, where that is not its path."""
_FORBIDDEN_IN_NAMES = re.compile(r"[:\t\n\r]")


def read_body(body: bytes) -> JsonObject:
    """The JSON object of a request body. Raises fault 2010 for anything else."""
    try:
        value = jsontext.loads(body)
    except UnicodeDecodeError:
        raise faults.bad_property("Invalid UTF-8 middle byte") from None
    except ValueError:
        raise faults.bad_property() from None
    if not isinstance(value, dict):
        raise faults.bad_property()
    return value


def read_properties(entity: EntityType, body: JsonObject) -> JsonObject:
    """The writable properties given in `body`, typed; a property that is to be emptied is None.

    Read-only properties and nulls are left out, unknown ones are fault 2010. `Id`, `SyncToken` and `sparse` are not in
    the result.
    """
    return _read_object(entity.shape, body, "", is_top=True)


def _read_object(shape: Shape, value: JsonObject, path: str, *, is_top: bool = False) -> JsonObject:
    result: JsonObject = {}
    for name, given in value.items():
        known = shape.properties.get(name)
        if known is None:
            if name not in shape.ignored:
                raise faults.bad_property()
        elif given is not None:
            where = f"{path}.{name}" if path else name
            read = _read(known, given, where)
            if not known.is_read_only and not (is_top and name == "Id"):
                result[name] = None if is_top and read == {} else read
    if shape is ADDRESS:
        _check_address(result, path)
    if shape is EMAIL and result.get("Address") and not _are_addresses(result["Address"]):
        raise faults.bad_email(path, result["Address"])
    return result


def _read(known: Property, given: Json, where: str) -> Json:
    if known.is_array:
        if not isinstance(given, list):
            raise faults.wrong_type(where, "java.util.List", _json_type(given))
        return [_read_nested(known, one, where) for one in given]
    if known.shape is not None:
        return _read_nested(known, given, where)
    if known.is_reference:
        return _read_reference(given, where)
    if known.kind == "any":
        return given
    return _READERS[known.kind](known, given, where)


def _read_nested(known: Property, given: Json, where: str) -> JsonObject:
    if not isinstance(given, dict) or known.shape is None:
        raise faults.wrong_type(where, known.shape.name if known.shape else known.name, _json_type(given))
    read = _read_object(known.shape, given, where)
    return {name: value for name, value in read.items() if value is not None}


def _read_reference(given: Json, where: str) -> JsonObject | None:
    if not isinstance(given, dict):
        raise faults.wrong_type(where, "ReferenceType", _json_type(given))
    if set(given) - {"value", "name", "type"}:
        raise faults.bad_property()
    value = given.get("value")
    if value is not None and not isinstance(value, str):
        raise faults.wrong_type(f"{where}.value", "java.lang.String", _json_type(value))
    return {"value": value.strip()} if value and value.strip() else None


def _read_text(known: Property, given: Json, where: str) -> str | None:
    if not isinstance(given, str):
        raise faults.wrong_type(where, "java.lang.String", _json_type(given))
    text = given.strip() if known.is_name else given
    if known.most is not None and len(text) > known.most:
        raise faults.bad_length(_ELEMENTS.get(where, where), 0, known.most, len(text))
    if known.is_name and _FORBIDDEN_IN_NAMES.search(text):
        raise faults.bad_name(where)
    return text or None


def _read_number(known: Property, given: Json, where: str) -> Decimal | None:
    if given == "":
        return None
    if isinstance(given, bool) or not isinstance(given, int | Decimal | str):
        raise faults.wrong_type(where, "java.math.BigDecimal", _json_type(given))
    try:
        number = Decimal(given)
    except InvalidOperation:
        raise faults.wrong_type(where, "java.math.BigDecimal", "String value") from None
    is_whole = number.is_finite() and number == number.to_integral_value()
    if not number.is_finite() or (known.kind == "integer" and not is_whole):
        raise faults.bad_number(where, given)
    if known.most is not None and not 0 <= number <= known.most:
        raise faults.bad_number(where, given)
    return number


def _read_boolean(_: Property, given: Json, where: str) -> bool | None:
    if given == "":
        return None
    if not isinstance(given, bool):
        raise faults.wrong_type(where, "java.lang.Boolean", _json_type(given))
    return given


def _read_day(_: Property, given: Json, where: str) -> str | None:
    if not isinstance(given, str):
        raise faults.wrong_type(where, "java.util.Date", _json_type(given))
    if not given:
        return None
    day = given[:10]
    try:
        date.fromisoformat(day)
    except ValueError:
        raise faults.bad_date(where, given) from None
    if not _DAY.fullmatch(day) or (len(given) > len(day) and given[len(day)] not in "T+-Z"):
        raise faults.bad_date(where, given)
    return day


def _read_choice(known: Property, given: Json, where: str) -> str | None:
    if not isinstance(given, str):
        raise faults.wrong_type(where, known.name, _json_type(given))
    if not given:
        return None
    if given not in known.choices:
        raise faults.bad_enumeration(given)
    return given


_READERS: dict[str, Any] = {
    "text": _read_text,
    "number": _read_number,
    "integer": _read_number,
    "boolean": _read_boolean,
    "date": _read_day,
    "datetime": _read_text,
    "enum": _read_choice,
}


def _check_address(address: JsonObject, path: str) -> None:
    length = sum(len(address.get(f"Line{number}") or "") for number in range(1, 6))
    if length > LONGEST_ADDRESS:
        raise faults.bad_length(path, 0, LONGEST_ADDRESS, length)


def _are_addresses(text: str) -> bool:
    return all(_EMAIL.fullmatch(one.strip()) for one in text.split(","))


def _json_type(value: Json) -> str:
    if isinstance(value, bool):
        return "Boolean value"
    if isinstance(value, str):
        return "String value"
    if isinstance(value, int | Decimal):
        return "Number value"
    return "Array value" if isinstance(value, list) else "Object value"
