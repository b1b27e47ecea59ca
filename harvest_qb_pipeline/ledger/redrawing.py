"""Drawing anew what was refused while the rest of its document stands: it may name other records than before.

Belongs here: when that is allowed, and what it changes. Must not be here: which records (capabilities derive them), or
documents of which nothing was sent: those are planned (`plans`).

A bill whose draft stands in Harvest can be finished although its customer was merged or its item made inactive: what
QuickBooks never accepted may name others, as long as all else stays as it was. It waits for approval again.
"""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Row, update

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger import documents, releasing, revisions, rows, tables
from harvest_qb_pipeline.ledger.documents import Known
from harvest_qb_pipeline.ledger.events import Chain
from harvest_qb_pipeline.ledger.images import sources_sha256
from harvest_qb_pipeline.ledger.model import Posting
from harvest_qb_pipeline.ledger.states import move

_STOPPED = ("rejected", "held", "planned")


def redraw(chain: Chain, payloads: Mapping[str, JsonObject]) -> tuple[str, ...]:
    """Give postings that were never accepted these payloads, by key; the documents that changed with them.

    What is under way, accepted, being undone, or would bill anything else than before stays as it is.
    """
    changed: list[str] = []
    for key, payload in payloads.items():
        name = documents.document_of(chain.con, key)
        known = documents.newest(chain.con, [name])[name] if name else None
        member = next((one for one in known.members if one.key == key), None) if known else None
        if known and member and _may_be_redrawn(known, member, payload):
            _give(chain, known, member, payload)
            changed.append(known.document.document)
    return tuple(changed)


def _may_be_redrawn(known: Known, member: Row[Any], payload: JsonObject) -> bool:
    """Refused, or stopped before it was sent, and seen not to be there; and nothing but records is named otherwise."""
    is_moving = any(one.state in ("sending", "uncertain") for one in known.members)
    return (
        known.standing == "begun"
        and known.document.unwinding is None
        and not is_moving
        and member.state in _STOPPED
        and not rows.is_begun(member)
        and member.payload != payload
        and _without_references(member.payload) == _without_references(payload)
    )


def _without_references(payload: Json) -> Json:
    if isinstance(payload, dict):
        return {name: _without_references(value) for name, value in payload.items() if not name.endswith("Ref")}
    if isinstance(payload, list):
        return [_without_references(item) for item in payload]
    return payload


def _give(chain: Chain, known: Known, member: Row[Any], payload: JsonObject) -> None:
    """The document is another from now on: what stands of it was approved, what is drawn anew was not."""
    document = known.document
    sha256 = jsontext.sha256(payload)
    move(
        chain, member, "planned", "drawn anew",
        payload=payload, payload_sha256=sha256, hold_reasons=[], error=None, error_code=None,
    )  # fmt: skip
    releasing.void_approval(chain, document.document, f"{member.key} was refused and is drawn anew")
    hashes = [sha256 if one.key == member.key else one.payload_sha256 for one in known.members]
    # Rows have what is hashed of a posting under the same names.
    postings = cast("list[Posting]", known.members)
    sources = sources_sha256(rows.sources_of(chain.con, document.document_id))
    own = revisions.own_sha256(postings, hashes, sources)
    outside = revisions.outside_dependencies(postings)
    creations = documents.creation_hashes(chain.con, outside)
    whole = revisions.document_sha256(own, {key: creations.get(key) for key in outside})
    event_id = chain.append(
        "drawn anew", document.document, before={"sha256": document.sha256}, after={"sha256": whole}
    )  # fmt: skip
    chain.con.execute(
        update(tables.documents)
        .where(tables.documents.c.document_id == document.document_id)
        .values(own_sha256=own, sha256=whole, event_id=event_id)
    )
