"""Which fields of a request go into which fields of a record, as tables; used by all that creates or changes one.

Belongs here: generic application of a body to a record, and uniqueness of names. Must not be here: rules of a resource.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.sandbox.harvest.params import Body
from harvest_qb_pipeline.sandbox.harvest.records import StampedRecord

FieldKind = Literal["text", "string", "number", "flag", "day", "integer", "texts"]
"""How a value is read. `text` may be null; `string` is the empty text then."""


def values(body: Body, spec: Mapping[str, FieldKind], renamed: Mapping[str, str] | None = None) -> dict[str, Json]:
    """Record fields for the keys present in the body; a null where the record has no null is left out."""
    found: dict[str, Json] = {}
    for name, kind in spec.items():
        if not body.has(name):
            continue
        value = _value(body, name, kind)
        if value is not None or kind in ("text", "number", "day"):
            found[(renamed or {}).get(name, name)] = value
    return found


def _value(body: Body, name: str, kind: FieldKind) -> Json:
    if kind == "text":
        return body.text(name)
    if kind == "string":
        return body.text(name) or ""
    if kind == "number":
        return body.number(name)
    if kind == "flag":
        return body.flag(name)
    if kind == "day":
        return body.day(name)
    return body.integer(name) if kind == "integer" else body.texts(name)


def assign(record: StampedRecord, found: Mapping[str, Json]) -> bool:
    """Sets the fields; answers whether any of them changed."""
    changed = {name: value for name, value in found.items() if getattr(record, name) != value}
    for name, value in changed.items():
        setattr(record, name, value)
    return bool(changed)


def refuse_taken(body: Body, name: str, others: Iterable[Any], *, message: str = "Name has already been taken") -> None:
    """Notes a problem when another record bears the same text, whatever its case."""
    wanted = (body.text(name) or "").casefold()
    if wanted and any(str(getattr(other, name)).casefold() == wanted for other in others):
        body.problems.append(message)


def refuse_blank(body: Body, *names: str) -> None:
    """Notes a problem for a field that is given, but empty."""
    body.require(*(name for name in names if body.has(name)))
