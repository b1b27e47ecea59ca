"""What `show` says of an event."""

from datetime import UTC, datetime
from typing import Any

import pytest

from harvest_qb_pipeline.cli import explaining
from harvest_qb_pipeline.ledger.reading import Event


def said(what: str, **detail: Any) -> str:
    return explaining._what(Event(1, datetime(2026, 5, 1, tzinfo=UTC), "Bea", None, what, "x", None, None, detail))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            {"status": 400, "code": "6000", "said": "(-30034)", "trace": "1-ab"},
            'rejected: answered status 400, code 6000, request id 1-ab "(-30034)"',
        ),
        ({"status": 502}, "rejected: answered status 502"),
        ({"said": "ReadTimeout"}, 'rejected: "ReadTimeout"'),
    ],
)
def test_what_was_answered_is_shown_as_it_was(answer: dict[str, Any], words: str) -> None:
    assert said("rejected", answer=answer) == words


def test_an_event_without_an_answer_is_told_as_it_is() -> None:
    assert (said("attempt"), said("held", reason="late")) == ("attempt", "held: late")
