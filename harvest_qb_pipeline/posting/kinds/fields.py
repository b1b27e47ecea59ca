"""Whether what a record holds is what was sent, field by field, as each system stores it.

Belongs here: pure comparison of values sent with values read back. Must not be here: reading, writing, deciding.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

from harvest_qb_pipeline.jsontext import Json, JsonObject

_PUT_ASIDE = re.compile(r" \(deleted(?: \d+)?\)$")
_ADDRESS = (
    *(f"Line{number}" for number in range(1, 6)),
    "City",
    "CountrySubDivisionCode",
    "PostalCode",
    "Country",
)
"""What an address says; the rest of it (`Id`, `Lat`, `Long`) is QuickBooks' own."""
_POSTAL = frozenset({"BillAddr", "ShipAddr"})
_INTERNAL = frozenset({"Id", "Default", "Tag", "name"})


def quickbooks_differences(sent: JsonObject, stored: JsonObject) -> tuple[str, ...]:
    """Names of the fields of `sent` that a QuickBooks record does not hold, in the order they were sent.

    An object is replaced whole, so an address differs also by a line too many. A record that was put aside has
    ` (deleted)` behind its name (docs/apis.md Q14), which is no difference.
    """
    return tuple(name for name, value in sent.items() if not _quickbooks_agrees(name, value, stored))


def harvest_differences(sent: JsonObject, stored: JsonObject) -> tuple[str, ...]:
    """Names of the fields of `sent` that a Harvest record does not hold. Nothing and the empty text are the same."""
    return tuple(name for name, value in sent.items() if not _same(value, stored.get(name)))


def flags_of(**agrees: bool) -> tuple[str, ...]:
    """The flags of what does not agree, in the order given."""
    return tuple(flag for flag, does in agrees.items() if not does)


def own_name(stored: JsonObject) -> str:
    """The name a QuickBooks record has when it is active."""
    name = str(stored.get("DisplayName") or "").strip()
    return name if stored.get("Active", True) else _PUT_ASIDE.sub("", name)


def _quickbooks_agrees(name: str, sent: Json, stored: JsonObject) -> bool:
    there = stored.get(name)
    if name == "DisplayName":
        return _same(sent, own_name(stored))
    if not isinstance(sent, dict):
        return _same(sent, there)
    held: JsonObject = there or {}
    return all(_same(sent.get(part), held.get(part)) for part in _parts(name, sent, held))


def _parts(name: str, sent: JsonObject, held: JsonObject) -> Iterable[str]:
    """Which properties of an object count."""
    if name in _POSTAL:
        return _ADDRESS
    return ("value",) if "value" in sent else sent.keys() | held.keys() - _INTERNAL


def _same(sent: Json, there: Json) -> bool:
    if isinstance(sent, bool):
        return bool(there) == sent
    if isinstance(sent, int | Decimal):
        return there is not None and Decimal(sent) == Decimal(str(there))
    return _text(sent) == _text(there)


def _text(value: Json) -> str:
    """As both systems store it: without blanks at the ends, and with line breaks of one kind."""
    return "" if value is None else "\n".join(line.strip() for line in str(value).strip().splitlines())
