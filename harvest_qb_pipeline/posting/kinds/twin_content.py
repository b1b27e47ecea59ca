"""Whose a draft in Harvest is, and whether anybody but us has touched it: told by its content, not by its times alone.

Belongs here: pure comparison of an invoice as Harvest has it with the payload of a twin. Must not be here: reading,
writing, deciding. Harvest's times have whole seconds, and a person may be as quick as we are.
"""

from collections.abc import Sequence
from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.posting.kinds.fields import harvest_differences

_SAID = ("subject", "notes", "purchase_order", "issue_date", "due_date")
_TOLERANCE = Decimal("0.01")
"""How far an average rate, rounded, may lead from what the hours come to."""


def is_of_client(twin: JsonObject, invoice: JsonObject) -> bool:
    """Whether it is for the planned client."""
    return str((twin.get("client") or {}).get("id")) == str(invoice["client_id"])


def is_ours(twin: JsonObject, invoice: JsonObject) -> bool:
    """Whether it is for our client, with our number and our subject: what of it can be known again (rule 27)."""
    return (
        is_of_client(twin, invoice)
        and str(twin.get("number")) == str(invoice["number"])
        and not harvest_differences({"subject": invoice.get("subject")}, twin)
    )


def is_open_to_undo(twin: JsonObject) -> bool:
    """A draft on which nothing was paid and which nobody was sent."""
    return (
        twin["state"] == "draft"
        and Decimal(str(twin["due_amount"])) == Decimal(str(twin["amount"]))
        and twin.get("sent_at") is None
    )


def is_untouched(twin: JsonObject, invoice: JsonObject, entries: Sequence[JsonObject], made: JsonObject | None) -> bool:
    """Whether it is still as our import has made it: ours, a draft, unpaid, nothing written into it, and its lines.

    Its lines are those of the answer to our own import (`made`); where that was lost, they come to the hours and the
    amount of the entries that it holds, and it was not changed since it was created.
    """
    planned = {name: invoice.get(name) for name in _SAID}
    if not (is_ours(twin, invoice) and is_open_to_undo(twin)) or harvest_differences(planned, twin):
        return False
    if made is not None:
        return _lines(twin) == _lines(made)
    return twin["updated_at"] == twin["created_at"] and _comes_to(twin, entries)


def is_empty(twin: JsonObject) -> bool:
    """Whether it bills nothing."""
    return not any(_number(line.get("amount")) for line in twin["line_items"]) and not _number(twin["amount"])


def _lines(twin: JsonObject) -> list[tuple[object, ...]]:
    return sorted(
        (
            int(line["id"]),
            str(line.get("kind")),
            str(line.get("description") or ""),
            _number(line.get("quantity")),
            _number(line.get("unit_price")),
        )
        for line in twin["line_items"]
    )


def _comes_to(twin: JsonObject, entries: Sequence[JsonObject]) -> bool:
    hours = sum((_number(entry["rounded_hours"]) for entry in entries), Decimal(0))
    worth = sum(
        (_number(entry["rounded_hours"]) * _number(entry.get("billable_rate")) for entry in entries), Decimal(0)
    )
    billed = sum((_number(line.get("quantity")) for line in twin["line_items"]), Decimal(0))
    return billed == hours and abs(_number(twin["amount"]) - worth) <= _TOLERANCE * max(worth, Decimal(1))


def _number(value: object) -> Decimal:
    return Decimal(str(value)) if value is not None else Decimal(0)
