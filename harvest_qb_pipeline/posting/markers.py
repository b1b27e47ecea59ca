"""Finding what we made: the marker that every QuickBooks document of ours carries (accounting rule 27).

Belongs here: what a marker on one record or on several means. Must not be here: how it is written (`keys`).
"""

from collections.abc import Iterable

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.keys import marked_keys
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Finding, Present


def find_marked(key: str, records: Iterable[JsonObject], *, entity: str, note_field: str) -> Finding:
    """The one record whose note carries our marker. The same marker on two documents is for a person to solve."""
    ids = sorted({str(record["Id"]) for record in records if key in marked_keys(record.get(note_field))})
    if not ids:
        return Absent()
    if len(ids) == 1:
        return Present(ids[0])
    return Blocked(
        Hold(
            "marker_twice",
            f"QuickBooks has {len(ids)} {entity}s marked {key} (ids {', '.join(ids)}). "
            "Keep one, remove the marker line from the others or delete them, then push again.",
        )
    )
