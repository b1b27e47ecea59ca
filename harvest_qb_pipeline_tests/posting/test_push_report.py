"""The report of a push says of each posting what became of it, and has a reason wherever a person is needed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from harvest_qb_pipeline.ledger.model import Hold, StoredPosting
from harvest_qb_pipeline.posting.push import PushReport, row_of
from harvest_qb_pipeline.posting.report import outcome

POSTED = StoredPosting(
    posting_id=1,
    document="invoice/client-1/2026-10",
    key="invoice/client-1/2026-10",
    revision=1,
    kind="invoice",
    target="quickbooks",
    operation="create",
    state="posted",
    payload={},
    payload_sha256="ab",
    amount=Decimal("375.00"),
    currency="USD",
    occurs_on=date(2026, 10, 31),
    summary="Bill",
    depends_on=(),
    hold_reasons=(),
    doc_number="H2610-0001",
    external_id="12",
    sync_token="0",
    flags=(),
    error=None,
    request_n=0,
    sent_body=None,
    first_attempt_at=None,
    last_attempt_at=None,
    attempts=1,
    next_attempt_at=None,
    lease_owner=None,
    lease_until=None,
    plan_id="plan-1",
    reverses=None,
)


def test_a_posted_document_needs_no_words() -> None:
    row = row_of(POSTED)
    assert (row.state, row.doc_number, row.external_id, row.amount, row.reason) == (
        "posted", "H2610-0001", "12", Decimal("375.00"), "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "rejected", "error": "The books are closed."}, "The books are closed."),
        ({"state": "uncertain", "error": "No answer."}, "No answer."),
        ({"state": "approved", "error": "It could not be reached."}, "It could not be reached."),
        ({"state": "held", "hold_reasons": (Hold("a", "One."), Hold("b", "Two."))}, "One. Two."),
        ({"state": "superseded", "hold_reasons": (Hold("unwinding", "It took other hours."),)}, "It took other hours."),
        ({"flags": ("total_differs",)}, "Posted, but total differs: compare the documents."),
        ({"error": "An earlier attempt got no answer."}, ""),
        ({"hold_reasons": (Hold("a", "Long gone."),)}, ""),
    ],
)
def test_whatever_waits_says_why(changes: dict[str, Any], words: str) -> None:
    row = row_of(replace(POSTED, **changes))
    assert row.reason == words


def test_rows_are_counted_by_state() -> None:
    rows = tuple(row_of(replace(POSTED, state=state)) for state in ("posted", "posted", "held"))
    _, counted, summary = outcome(PushReport(rows))
    assert counted == {"posted": 2, "held": 1, "rejected": 0, "uncertain": 0}
    assert summary == "2 posted, 1 held."
