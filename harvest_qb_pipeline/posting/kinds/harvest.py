"""What several kinds that write to Harvest share."""

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold


def same_name(one: JsonObject, other: JsonObject) -> bool:
    """Whether two records have one name, whatever its capitals and the blanks around it."""
    return str(one["name"]).strip().casefold() == str(other["name"]).strip().casefold()


def gone(what: str, external_id: str) -> Hold:
    """The hold of a record that somebody deleted in Harvest. `what` names it and begins the sentence."""
    return Hold(
        "deleted_elsewhere",
        f"{what} (id {external_id}) was deleted in Harvest by somebody. If that was right, cancel this posting; else "
        "make it again there and link it with `harvest-qb links`. Then sync and plan again.",
    )
