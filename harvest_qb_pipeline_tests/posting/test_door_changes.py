"""A change of what exists leaves as the very request that its SyncToken allows, and what is ready leaves in order."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harvest_qb_pipeline.ledger import approval, reading, sending
from harvest_qb_pipeline.ledger.model import Document, Posting
from harvest_qb_pipeline.ledger.store import Ledger, open_ledger
from harvest_qb_pipeline.posting.door import Door, PostingOptions
from harvest_qb_pipeline.transport.faults import Stale, Throttled, Unknown
from harvest_qb_pipeline_tests.ledger.books import record
from harvest_qb_pipeline_tests.posting.test_door import NOW, Wire

KEY = "customer_update/client-1/1"


def ledger_with(folder: Path, **kinds: str) -> Ledger:
    """A ledger with an approved posting of each kind, under the key given for it."""
    ledger = open_ledger(folder / "ledger.sqlite", actor="test", clock=lambda: NOW)
    documents = [
        Document(
            key,
            key,
            (Posting(key, kind, "quickbooks", "update", {"id": "1"}, Decimal(0), "USD", date(2026, 10, 31), key),),
        )
        for kind, key in kinds.items()
    ]
    record(ledger, documents, kinds=list(kinds))
    for document in documents:
        approval.approve(ledger, document.key, by="Bea", sha256=None, via="test")
    return ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return ledger_with(tmp_path, customer_update=KEY)


def open_door(ledger: Ledger, wire: Wire) -> Door:
    posting = reading.posting(ledger, KEY)
    assert posting is not None
    claimed = sending.claim(ledger, posting.posting_id, owner="me", now=NOW, lease_seconds=300)
    assert claimed is not None
    return Door(ledger, claimed, "me", wire, wire, PostingOptions(), lambda: NOW, lambda _: None)  # type: ignore[arg-type]


def ids_of(wire: Wire) -> list[str | None]:
    return [request_id for _, request_id in wire.written]


def test_the_same_change_after_somebody_elses_edit_is_another_request(ledger: Ledger) -> None:
    wire = Wire([Stale("no", system="quickbooks")])
    door = open_door(ledger, wire)
    with pytest.raises(Stale):
        door.quickbooks_change("/customer", {"SyncToken": "4"}, request_part="4")
    door.quickbooks_change("/customer", {"SyncToken": "5"}, request_part="5")
    assert len(set(ids_of(wire))) == 2


def test_the_same_change_under_the_same_token_is_the_same_request(ledger: Ledger) -> None:
    wire = Wire([Throttled("slow", system="quickbooks", retry_after=1)])
    door = open_door(ledger, wire)
    for _ in range(2):
        door.quickbooks_change("/customer", {"SyncToken": "4"}, request_part="4")
    assert len(set(ids_of(wire))) == 1
    assert len(wire.written) == 3


def test_the_request_on_record_is_the_one_that_left_and_its_bytes_bind_nobody(ledger: Ledger) -> None:
    wire = Wire([Unknown("?", system="quickbooks")])
    door = open_door(ledger, wire)
    with pytest.raises(Unknown):
        door.quickbooks_change("/customer", {"SyncToken": "4"}, request_part="4")
    door.quickbooks_change("/customer", {"SyncToken": "5"}, request_part="5")
    posting = reading.posting(ledger, KEY)
    assert posting is not None
    assert posting.extra["request_id"] == ids_of(wire)[-1]
    assert (posting.sent_body, posting.attempts) == (None, 2)
    assert not door.has_made


def test_a_change_leaves_after_creations_and_before_bills(tmp_path: Path) -> None:
    keys: dict[str, Any] = {
        kind: f"{kind}/client-1/1" for kind in ("invoice", "customer_update", "client", "job_update", "customer", "x")
    }
    ledger = ledger_with(tmp_path, **keys)
    found = [posting.kind for posting in sending.ready(ledger, NOW, limit=10)]
    assert found == ["customer", "client", "customer_update", "job_update", "invoice", "x"]
    some = sending.ready(ledger, NOW, limit=10, kinds=("invoice", "customer"))
    assert [posting.kind for posting in some] == ["customer", "invoice"]
    assert sending.ready(ledger, NOW, limit=10, kinds=()) == []
