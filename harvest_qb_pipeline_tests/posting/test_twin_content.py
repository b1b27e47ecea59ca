"""A draft is ours, and untouched, by what it says; a change within the same second is seen."""

from decimal import Decimal
from typing import Any

import pytest

from harvest_qb_pipeline.posting.kinds import twin_content

INVOICE = {
    "client_id": 5,
    "number": "H-7",
    "subject": "May 2026",
    "issue_date": "2026-05-31",
    "due_date": "2026-06-30",
}
LINES = [
    {"id": 1, "kind": "Service", "description": "[W] Design", "quantity": 3.5, "unit_price": 80, "amount": 280},
    {"id": 2, "kind": "Service", "description": "[W] Talks", "quantity": 1, "unit_price": 95.5, "amount": 95.5},
]
TWIN: dict[str, Any] = {
    "id": 70,
    "client": {"id": 5, "name": "Acme"},
    "number": "H-7",
    "subject": "May 2026 ",
    "notes": "",
    "purchase_order": None,
    "issue_date": "2026-05-31",
    "due_date": "2026-06-30",
    "state": "draft",
    "amount": 375.5,
    "due_amount": 375.5,
    "sent_at": None,
    "created_at": "2026-06-01T09:00:00Z",
    "updated_at": "2026-06-01T09:00:00Z",
    "line_items": LINES,
}
ENTRIES = [
    {"id": 1, "rounded_hours": Decimal("3.5"), "billable_rate": Decimal(80)},
    {"id": 2, "rounded_hours": 1, "billable_rate": Decimal("95.5")},
]
TOUCHES: dict[str, dict[str, Any]] = {
    "another client": {"client": {"id": 6}},
    "another number": {"number": "H-8"},
    "another subject": {"subject": "Deposit"},
    "notes": {"notes": "thank you"},
    "a purchase order": {"purchase_order": "PO 9"},
    "another day": {"due_date": "2026-07-15"},
    "opened": {"state": "open"},
    "a payment": {"due_amount": 300},
    "sent": {"sent_at": "2026-06-01T09:00:00Z"},
    "a line too many": {
        "line_items": [*LINES, {"id": 3, "kind": "Service", "quantity": 1, "unit_price": 500}],
        "amount": 875.5,
        "due_amount": 875.5,
    },
    "another price": {"line_items": [{**LINES[0], "unit_price": 90}, LINES[1]], "amount": 410.5, "due_amount": 410.5},
    "a line gone": {"line_items": LINES[:1], "amount": 280, "due_amount": 280},
}


def test_what_our_import_has_made_is_untouched() -> None:
    assert twin_content.is_untouched(TWIN, INVOICE, ENTRIES, TWIN)
    assert twin_content.is_untouched(TWIN, INVOICE, ENTRIES, None)


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("touch", TOUCHES)
def test_whatever_a_person_does_to_it_within_the_same_second_is_seen(touch: str, is_known: bool) -> None:
    touched = {**TWIN, **TOUCHES[touch]}
    assert not twin_content.is_untouched(touched, INVOICE, ENTRIES, TWIN if is_known else None)


def test_a_reworded_line_is_seen_where_our_own_answer_is_known_or_a_second_has_passed() -> None:
    reworded = {**TWIN, "line_items": [{**LINES[0], "description": "Rework"}, LINES[1]]}
    assert not twin_content.is_untouched(reworded, INVOICE, ENTRIES, TWIN)
    later = {**reworded, "updated_at": "2026-06-01T09:00:01Z"}
    assert not twin_content.is_untouched(later, INVOICE, ENTRIES, None)


def test_a_second_draft_goes_only_where_it_bills_nothing() -> None:
    assert not twin_content.is_empty(TWIN)
    assert twin_content.is_empty({**TWIN, "line_items": [], "amount": 0})
    assert not twin_content.is_empty(
        {**TWIN, "line_items": [{"id": 4, "amount": 5}, {"id": 5, "amount": -5}], "amount": 0}
    )
