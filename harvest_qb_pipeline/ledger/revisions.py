"""Revisions of documents: what their hashes cover, and writing many at once at the end of a plan.

Belongs here: resolving a payload's own number and marker, hashes, rows of new documents, postings and sources. Must not
be here: deciding what is recorded (`plans`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, insert, update

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.keys import marker
from harvest_qb_pipeline.ledger import releasing, rows, tables
from harvest_qb_pipeline.ledger.documents import Known
from harvest_qb_pipeline.ledger.events import Chain
from harvest_qb_pipeline.ledger.identity import ledger_id
from harvest_qb_pipeline.ledger.images import digits
from harvest_qb_pipeline.ledger.model import FINAL, Document, Hold, Posting, State
from harvest_qb_pipeline.ledger.readiness import next_id
from harvest_qb_pipeline.ledger.rows import insert_many
from harvest_qb_pipeline.ledger.states import move


@dataclass(frozen=True)
class Revision:
    """One revision of a document, decided and ready to be written."""

    document: Document
    revision: int
    content_sha256: str
    sources_sha256: str
    doc_number: str | None
    holds: Sequence[Hold]
    is_reserved: bool
    creations: Mapping[str, str | None]

    @property
    def state(self) -> State:
        return "held" if self.holds else "planned"


_GATHERED = 20_000
"""Sources that are kept in memory before they are inserted."""


@dataclass
class Recorder:
    """Gathers the rows of new revisions; `flush` inserts them, after older revisions were put aside."""

    chain: Chain
    plan_id: str
    _documents: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _postings: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _sources: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])

    def __post_init__(self) -> None:
        self._document_id = next_id(self.chain.con, tables.documents.c.document_id)
        self._posting_id = next_id(self.chain.con, tables.postings.c.posting_id)
        self._ledger_id = ledger_id(self.chain.con)

    def record(self, new: Revision, older: Known | None) -> str:
        """Gather one revision and put the older one aside; returns the hash that an approval of it names."""
        payloads = [self._payload(new, posting) for posting in new.document.postings]
        hashes = [jsontext.sha256(payload) for payload in payloads]
        own = own_sha256(new.document.postings, hashes, new.sources_sha256)
        sha256 = document_sha256(own, new.creations)
        event_id = self.chain.append(
            "recorded",
            new.document.key,
            after={
                "revision": new.revision,
                "state": new.state,
                "sha256": sha256,
                "doc_number": new.doc_number,
                "hold_reasons": rows.holds_json(new.holds),
                "postings": {p.key: sha for p, sha in zip(new.document.postings, hashes, strict=True)},
                "sources": len(new.document.sources),
                "sources_sha256": new.sources_sha256,
            },
            detail={"plan_id": self.plan_id},
        )
        if older is not None:
            self._put_aside(older, event_id)
        self._documents.append(self._document_row(new, own, sha256, event_id))
        before = {member.key: member for member in older.members} if older else {}
        for position, (posting, payload, payload_hash) in enumerate(
            zip(new.document.postings, payloads, hashes, strict=True)
        ):
            row = {**self._posting_row(new, posting, position, event_id), **_attempts_of(before.get(posting.key))}
            self._postings.append({**row, "payload": payload, "payload_sha256": payload_hash})
        self._sources += [(self._document_id, n, *rows.SOURCE_VALUES(s)) for n, s in enumerate(new.document.sources)]
        self._document_id += 1
        if len(self._sources) >= _GATHERED:
            self.flush()
        return sha256

    def flush(self) -> None:
        """Insert everything gathered. Documents come first: the others refer to them."""
        for table, gathered in ((tables.documents, self._documents), (tables.postings, self._postings)):
            if gathered:
                self.chain.con.execute(insert(table), gathered)
        insert_many(self.chain.con, tables.sources, self._sources)
        for gathered in (self._documents, self._postings, self._sources):
            gathered.clear()

    def _payload(self, new: Revision, posting: Posting) -> Json:
        return resolve(posting.payload, number=new.doc_number, mark=marker(posting.key, new.revision, self._ledger_id))

    def _put_aside(self, older: Known, event_id: int) -> None:
        for member in older.members:
            if member.state not in FINAL:
                move(self.chain, member, "superseded", "superseded", detail={"reason": "planned anew"})
        releasing.void_approval(self.chain, older.document.document, "the document was planned anew")
        document_id = older.document.document_id
        for table in (tables.documents, tables.postings):
            self.chain.con.execute(
                update(table).where(table.c.document_id == document_id).values(is_newest=False, event_id=event_id)
            )
        self.chain.con.execute(
            update(tables.documents).where(tables.documents.c.document_id == document_id).values(is_reserved=False)
        )

    def _document_row(self, new: Revision, own: str, sha256: str, event_id: int) -> dict[str, Any]:
        return {
            "document_id": self._document_id,
            "document": new.document.key,
            "revision": new.revision,
            "is_newest": True,
            "label": new.document.label,
            "content_sha256": new.content_sha256,
            "own_sha256": own,
            "sha256": sha256,
            "doc_number": new.doc_number,
            "is_reserved": new.is_reserved,
            "plan_id": self.plan_id,
            "recorded_at": self.chain.at,
            "recorded_event_id": event_id,
            "event_id": event_id,
        }

    def _posting_row(self, new: Revision, posting: Posting, position: int, event_id: int) -> dict[str, Any]:
        self._posting_id += 1
        return {
            **vars(posting),
            "posting_id": self._posting_id - 1,
            "document_id": self._document_id,
            "document": new.document.key,
            "revision": new.revision,
            "is_newest": True,
            "position": position,
            "state": new.state,
            "hold_reasons": rows.holds_json(new.holds),
            "doc_number": new.doc_number,
            "plan_id": self.plan_id,
            "recorded_at": self.chain.at,
            "event_id": event_id,
        }


def _attempts_of(member: Row[Any] | None) -> dict[str, Any]:
    """When an older revision was tried and refused: what that made all the same bears the marker of the same key."""
    return {
        "first_attempt_at": member and member.first_attempt_at,
        "last_attempt_at": member and member.last_attempt_at,
        "request_n": member.request_n if member else 0,
    }


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


def content_sha256(document: Document, sources_hash: str) -> str:
    """What planning compares: the document as derived, before any number or marker is put in."""
    return jsontext.sha256(
        {
            "postings": [
                {
                    **_identity(posting, jsontext.sha256(posting.payload)),
                    "target": posting.target,
                    "amount": digits(posting.amount),
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
