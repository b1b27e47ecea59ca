"""Making the lines of a Harvest draft ours: pure, from lines wanted and lines there to one PATCH.

The draft is the authority on lines: Harvest averages rates when its summary does not fit `bill_by`.
"""

from collections.abc import Sequence
from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject

_TEXTS = ("kind", "description")
_NUMBERS = ("quantity", "unit_price")
_FLAGS = ("taxed", "taxed2")


def line_changes(wanted: Sequence[JsonObject], present: Sequence[JsonObject]) -> list[JsonObject]:
    """`line_items` of the PATCH that turns `present` into `wanted`; empty when they agree.

    A line too many is set to quantity 0 and never destroyed: destroying an imported line frees its entries. Such
    emptied lines are ignored when comparing and reused when a line is missing.
    """
    left = list(present)
    missing: list[JsonObject] = []
    for line in wanted:
        same = next((index for index, other in enumerate(left) if _agree(line, other)), None)
        if same is None:
            missing.append(line)
        else:
            left.pop(same)
    changes: list[JsonObject] = []
    for line in missing:
        slot = next((index for index, other in enumerate(left) if _project(line) in (None, _project(other))), None)
        changes.append(dict(line) if slot is None else {**line, "id": left.pop(slot)["id"]})
    changes += [{"id": other["id"], "quantity": 0} for other in left if _number(other, "quantity") != 0]
    return changes


def _agree(wanted: JsonObject, present: JsonObject) -> bool:
    return (
        all(_number(wanted, name) == _number(present, name) for name in _NUMBERS)
        and all(str(wanted.get(name) or "") == str(present.get(name) or "") for name in _TEXTS)
        and all(bool(wanted.get(name)) == bool(present.get(name)) for name in _FLAGS)
        and _project(wanted) in (None, _project(present))
    )


def _project(line: JsonObject) -> int | None:
    """The project of a line, in either shape: `project_id` is sent, `project{id, name}` comes back."""
    return line.get("project_id") or (line.get("project") or {}).get("id")


def _number(line: JsonObject, name: str) -> Decimal:
    value = line.get(name)
    return Decimal(str(value)) if value is not None else Decimal(0)
