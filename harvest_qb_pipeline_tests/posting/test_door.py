"""What leaves, and under which id: the same request again until a refusal was read, and then another one."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger import approval, reading, sending
from harvest_qb_pipeline.ledger.model import Document, Posting, StoredPosting
from harvest_qb_pipeline.ledger.store import Ledger, open_ledger
from harvest_qb_pipeline.posting.door import Door, PostingOptions
from harvest_qb_pipeline.transport.faults import Fault, NotSent, Refused, Throttled, Unauthorised, Unknown
from harvest_qb_pipeline_tests.ledger.books import record

KEY = "invoice/client-1/2026-10"
NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)


@dataclass
class Wire:
    """Stands for both clients: keeps what was written, and raises what it is told, once each."""

    faults: list[Fault] = field(default_factory=list)
    written: list[tuple[bytes | None, str | None]] = field(default_factory=list)
    realm_id: str = "9130000000000001"

    def write(self, *where: Any, request_id: str | None = None, **_: Any) -> JsonObject:
        self.written.append((where[-1], request_id))
        if self.faults:
            raise self.faults.pop(0)
        return {"Id": "1", "id": 1}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = open_ledger(tmp_path / "ledger.sqlite", actor="test", clock=lambda: NOW)
    posting = Posting(KEY, "invoice", "quickbooks", "create", {"a": 1}, Decimal(1), "USD", date(2026, 10, 31), "Bill")
    record(ledger, [Document(KEY, "Bill", (posting,))], kinds=["invoice"])
    approval.approve(ledger, KEY, by="Bea", sha256=None, via="test")
    return ledger


def open_door(ledger: Ledger, wire: Wire, **options: Any) -> tuple[Door, list[float]]:
    """A door for a fresh claim of the one posting, and what it slept."""
    slept: list[float] = []
    posting = reading.posting(ledger, KEY)
    assert posting is not None
    claimed = sending.claim(ledger, posting.posting_id, owner="me", now=NOW, lease_seconds=300)
    assert claimed is not None
    door = Door(ledger, claimed, "me", wire, wire, PostingOptions(**options), lambda: NOW, slept.append)  # type: ignore[arg-type]
    return door, slept


def stored(ledger: Ledger) -> StoredPosting:
    posting = reading.posting(ledger, KEY)
    assert posting is not None
    return posting


def request_id(**values: Any) -> str:
    given = {"key": KEY, "revision": 1, "payload_sha256": "ab", "request_n": 0, "extra": {}, "first_attempt_at": None}
    posting = SimpleNamespace(**given | {name: value for name, value in values.items() if name != "realm_id"})
    wire = Wire(realm_id=values.get("realm_id", "1"))
    return Door(None, posting, "me", None, wire, PostingOptions(), lambda: NOW, lambda _: None).request_id()  # type: ignore[arg-type]


def test_a_request_id_is_a_uuid_that_anybody_can_make_again() -> None:
    assert UUID(request_id()).version == 5
    assert request_id() == request_id()
    assert len(request_id()) <= 50


@pytest.mark.parametrize(
    "other", [{"realm_id": "2"}, {"key": "x"}, {"revision": 2}, {"payload_sha256": "cd"}, {"request_n": 1}], ids=str
)
def test_a_request_id_differs_with_whatever_makes_another_request(other: dict[str, Any]) -> None:
    assert request_id(**other) != request_id()


def test_an_attempt_is_on_record_before_its_bytes_leave(ledger: Ledger) -> None:
    wire = Wire()
    door, _ = open_door(ledger, wire)
    seen: list[tuple[int, bytes | None]] = []
    write = wire.write

    def look_then_write(*where: Any, **options: Any) -> JsonObject:
        seen.append((stored(ledger).attempts, stored(ledger).sent_body))
        return write(*where, **options)

    wire.write = look_then_write  # type: ignore[method-assign]
    door.quickbooks_create("/invoice", {"a": Decimal("1.50")})
    assert seen == [(1, b'{"a":1.50}')]


def test_what_got_no_answer_is_sent_again_with_the_same_bytes_and_id(ledger: Ledger) -> None:
    wire = Wire([Unknown("?", system="quickbooks")])
    door, _ = open_door(ledger, wire)
    with pytest.raises(Unknown):
        door.quickbooks_create("/invoice", {"a": 1})
    sending.mark_uncertain(ledger, stored(ledger).posting_id, "me", error="?", next_attempt_at=NOW)
    door, _ = open_door(ledger, wire)
    assert door.may_have_arrived
    door.quickbooks_create("/invoice", {"a": 2})
    assert wire.written[0] == wire.written[1]


def test_after_a_refusal_it_is_another_request_with_bytes_of_its_own(ledger: Ledger) -> None:
    wire = Wire([Refused("no", system="quickbooks")])
    door, _ = open_door(ledger, wire)
    with pytest.raises(Refused):
        door.quickbooks_create("/invoice", {"a": 1})
    assert door.refusal is not None
    assert not door.may_have_arrived
    sending.mark_rejected(ledger, stored(ledger).posting_id, "me", error="no")
    approval.retry_rejected(ledger, KEY, by="Bea")
    door, _ = open_door(ledger, wire)
    door.quickbooks_create("/invoice", {"a": 2})
    (first, first_id), (second, second_id) = wire.written
    assert (first, second) == (b'{"a":1}', b'{"a":2}')
    assert first_id != second_id


@pytest.mark.parametrize(
    ("fault", "may_have_arrived"),
    [
        (NotSent("refused", system="harvest"), False),
        (Unauthorised("401", system="harvest"), False),
        (Refused("422", system="harvest"), False),
        (Unknown("?", system="harvest"), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_silence_leaves_it_open_whether_something_arrived(
    ledger: Ledger, fault: Fault, may_have_arrived: bool
) -> None:
    door, _ = open_door(ledger, Wire([fault]))
    with pytest.raises(type(fault)):
        door.harvest_create("/invoices", {})
    assert door.may_have_arrived is may_have_arrived
    assert door.has_tried


def test_a_throttled_write_waits_as_told_and_goes_on(ledger: Ledger) -> None:
    wire = Wire(
        [Throttled("slow", system="harvest", retry_after=7), Throttled("slow", system="harvest", retry_after=5)]
    )
    door, slept = open_door(ledger, wire)
    assert door.harvest_create("/invoices", {}) == {"Id": "1", "id": 1}
    assert slept == [7, 5]


def test_a_throttled_write_gives_up_before_its_claim_runs_out(ledger: Ledger) -> None:
    throttled = [Throttled("slow", system="harvest", retry_after=50) for _ in range(9)]
    door, slept = open_door(ledger, Wire(throttled), throttle_seconds=120)
    with pytest.raises(Throttled):
        door.harvest_create("/invoices", {})
    assert slept == [50, 50]
    assert not door.may_have_arrived


def test_a_claim_that_somebody_else_has_sends_nothing(ledger: Ledger) -> None:
    wire = Wire()
    door, _ = open_door(ledger, wire)
    later = datetime(2026, 11, 5, 13, tzinfo=UTC)
    assert sending.claim(ledger, stored(ledger).posting_id, owner="other", now=later, lease_seconds=300)
    with pytest.raises(sending.LeaseLost):
        door.quickbooks_create("/invoice", {"a": 1})
    assert wire.written == []


def test_changes_of_what_exists_keep_the_bytes_that_made_it(ledger: Ledger) -> None:
    wire = Wire()
    door, _ = open_door(ledger, wire)
    door.harvest_create("/invoices", {"number": "H1"})
    door.harvest_change("PATCH", "/invoices/1", {"line_items": []})
    door.harvest_change("DELETE", "/invoices/1", None)
    assert [body for body, _ in wire.written] == [b'{"number":"H1"}', b'{"line_items":[]}', None]
    assert jsontext.loads(stored(ledger).sent_body or b"") == {"number": "H1"}


def test_limits_of_a_push_fit_into_each_other() -> None:
    """A write, with both its silences and the longest wait to be told, ends before its claim does."""
    options = PostingOptions()
    assert 2 * options.timeout_seconds + options.throttle_seconds < options.lease_seconds
