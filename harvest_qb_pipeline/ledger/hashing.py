"""What a document's hashes cover, and how its references to its own number and marker are resolved.

Belongs here: pure functions from documents to hashes and payloads. Must not be here: the database.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger.model import Document, Posting, Source


def marker(key: str, revision: int) -> str:
    """The mark by which a document of ours is known again in QuickBooks (rule 27)."""
    return f"[hq:{key} r{revision}]"


def resolve(payload: Json, *, number: str | None, mark: str) -> Json:
    """`payload` with `{"$number": true}` and `{"$marker": TEXT}` put in; without a number yet, the former stays."""
    if isinstance(payload, dict):
        if payload.keys() == {"$number"}:
            return payload if number is None else number
        if payload.keys() == {"$marker"}:
            return f"{payload['$marker']} {mark}".strip()
        return {name: resolve(value, number=number, mark=mark) for name, value in payload.items()}
    if isinstance(payload, list | tuple):
        return [resolve(item, number=number, mark=mark) for item in payload]
    return payload


def sources_sha256(sources: Iterable[Source]) -> str:
    """Hash of what is consumed, whatever its order; 1.5 and 1.50 hours are the same."""
    # One call of the encoder for all: a bill may have thousands of entries.
    lines = sorted((_source_line(source) for source in sources), key=lambda line: line[:3])
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()


def content_sha256(document: Document, sources_hash: str) -> str:
    """What planning compares: the document as derived, before any number or marker is put in."""
    return jsontext.sha256(
        {
            "postings": [
                {
                    **_identity(posting, jsontext.sha256(posting.payload)),
                    "target": posting.target,
                    "amount": _plain(posting.amount),
                    "currency": posting.currency,
                    "occurs_on": posting.occurs_on.isoformat(),
                }
                for posting in document.postings
            ],
            "sources": sources_hash,
        }
    )


def own_sha256(postings: Sequence[Posting], payload_hashes: Sequence[str], sources_hash: str) -> str:
    """What the document itself is, with number and marker in its payloads."""
    members: list[JsonObject] = [_identity(p, sha) for p, sha in zip(postings, payload_hashes, strict=True)]
    return jsontext.sha256({"postings": members, "sources": sources_hash})


def document_sha256(own: str, creations: Mapping[str, str | None]) -> str:
    """What an approval names: the document and, by the key of each posting it depends on, what that one creates."""
    return jsontext.sha256({"own": own, "creations": dict(creations)})


def outside_dependencies(postings: Iterable[Posting]) -> list[str]:
    """Keys the document waits for that are not its own, sorted."""
    members = list(postings)
    own = {posting.key for posting in members}
    return sorted({key for posting in members for key in posting.depends_on} - own)


def _identity(posting: Posting, payload_hash: str) -> JsonObject:
    return {
        "key": posting.key,
        "payload_sha256": payload_hash,
        "kind": posting.kind,
        "operation": posting.operation,
        "depends_on": sorted(posting.depends_on),
    }


def _source_line(source: Source) -> list[str | int | None]:
    return [
        source.purpose,
        source.type,
        source.id,
        source.version,
        source.day and source.day.isoformat(),
        source.person,
        source.project,
        source.task,
        _plain(source.hours),
        _plain(source.rate),
        _plain(source.amount),
        source.line,
    ]


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")
