"""Writing new revisions of documents in bulk: their rows are gathered during a plan and inserted at its end.

Belongs here: rows of new documents, postings, sources and reservations. Must not be here: deciding what is recorded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, update

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.ledger import hashing, releasing, rows, tables
from harvest_qb_pipeline.ledger.bulk import insert_many
from harvest_qb_pipeline.ledger.events import Chain
from harvest_qb_pipeline.ledger.known import Known
from harvest_qb_pipeline.ledger.model import FINAL, Document, Hold, Posting, Source, State
from harvest_qb_pipeline.ledger.readiness import next_id
from harvest_qb_pipeline.ledger.transitions import move


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

    def record(self, new: Revision, older: Known | None) -> str:
        """Gather one revision and put the older one aside; returns the hash that an approval of it names."""
        payloads = [self._payload(new, posting) for posting in new.document.postings]
        hashes = [jsontext.sha256(payload) for payload in payloads]
        own = hashing.own_sha256(new.document.postings, hashes, new.sources_sha256)
        sha256 = hashing.document_sha256(own, new.creations)
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
        for position, (posting, payload, payload_hash) in enumerate(
            zip(new.document.postings, payloads, hashes, strict=True)
        ):
            row = self._posting_row(new, posting, position, event_id)
            self._postings.append({**row, "payload": payload, "payload_sha256": payload_hash})
        self._sources += [_source_row(self._document_id, n, s) for n, s in enumerate(new.document.sources)]
        self._document_id += 1
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
        return hashing.resolve(posting.payload, number=new.doc_number, mark=hashing.marker(posting.key, new.revision))

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
            "posting_id": self._posting_id - 1,
            "document_id": self._document_id,
            "document": new.document.key,
            "key": posting.key,
            "revision": new.revision,
            "is_newest": True,
            "position": position,
            "kind": posting.kind,
            "target": posting.target,
            "operation": posting.operation,
            "state": new.state,
            "amount": posting.amount,
            "currency": posting.currency,
            "occurs_on": posting.occurs_on,
            "summary": posting.summary,
            "depends_on": list(posting.depends_on),
            "hold_reasons": rows.holds_json(new.holds),
            "doc_number": new.doc_number,
            "flags": [],
            "request_n": 0,
            "attempts": 0,
            "is_in_flight": False,
            "unknown_attempts": 0,
            "plan_id": self.plan_id,
            "recorded_at": self.chain.at,
            "event_id": event_id,
        }


def _source_row(document_id: int, ordinal: int, source: Source) -> tuple[Any, ...]:
    """In the order of the columns of `sources`."""
    return (
        document_id,
        ordinal,
        source.purpose,
        source.type,
        source.id,
        source.version,
        source.day,
        source.person,
        source.project,
        source.task,
        source.hours,
        source.rate,
        source.amount,
        source.line,
    )
