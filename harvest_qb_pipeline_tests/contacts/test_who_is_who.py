"""Laying what was decided since over who is who as it was published."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from harvest_qb_pipeline.contacts.who_is_who import Row, Standing, counted, link_family, overlay, suggestions

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def ours(number: int, **fields: object) -> Row:
    """A client that nothing is like."""
    row = Row("client", "unmatched", f"customer/client-{number}", number, f"Client {number}", "Customer")
    return replace(row, **fields)


def theirs(number: str) -> Row:
    """A customer that nothing is like."""
    return Row("client", "unmatched", None, None, None, "Customer", number, f"Customer {number}")


def pair(number: int, customer: str, **fields: object) -> Row:
    maybe = {"state": "suggested", "quickbooks_id": customer, "quickbooks_name": f"Customer {customer}", "score": 90.0}
    return ours(number, **{**maybe, **fields})


def linked(number: int, customer: str, made_by: str | None = "matching") -> Row:
    made_at = NOON if made_by else None
    return pair(
        number, customer, state="linked", score=None, how="matched", rule="exact name", made_by=made_by, made_at=made_at
    )


def standing(number: int, customer: str) -> Standing:
    return Standing(f"customer/client-{number}", customer, "matched", "exact name", "matching", NOON)


def seen(rows: list[Row]) -> list[tuple[str, str | None, str | None]]:
    return [(row.state, row.link_key and row.link_key.rpartition("-")[2], row.quickbooks_id) for row in rows]


def test_where_nothing_was_decided_nothing_changes():
    rows = [linked(1, "58"), pair(2, "59"), pair(2, "60"), ours(3), theirs("61")]
    found = overlay(rows, [standing(1, "58")], set())
    assert sorted(map(repr, found)) == sorted(map(repr, rows))
    assert [row.state for row in found] == ["suggested", "suggested", "unmatched", "unmatched", "linked"]


def test_a_link_that_the_next_plan_will_make_stays_and_one_that_was_removed_goes():
    rows = [linked(1, "58", made_by=None), linked(2, "59")]
    assert seen(overlay(rows, [], set())) == [
        ("unmatched", "2", None),
        ("unmatched", None, "59"),
        ("linked", "1", "58"),
    ]


def test_a_link_that_the_next_plan_would_make_goes_when_it_is_rejected():
    rows = [linked(1, "58", made_by=None)]
    rejected = {("customer/client-1", "58")}
    assert seen(overlay(rows, [], rejected)) == [("unmatched", "1", None), ("unmatched", None, "58")]


def test_who_is_linked_is_not_suggested_to_others_nor_listed_alone():
    rows = [pair(1, "58"), pair(2, "58"), pair(2, "59"), theirs("60"), ours(3)]
    found = overlay(rows, [standing(1, "58"), standing(3, "60")], set())
    assert seen(found) == [("suggested", "2", "59"), ("linked", "1", "58"), ("linked", "3", "60")]
    assert [row.quickbooks_name for row in found] == ["Customer 59", "Customer 58", "Customer 60"]


def test_whoever_loses_the_last_suggestion_is_unmatched():
    rows = [pair(1, "58"), pair(2, "58")]
    assert seen(overlay(rows, [standing(1, "58")], set())) == [("unmatched", "2", None), ("linked", "1", "58")]
    rejected = {("customer/client-1", "58")}
    assert seen(overlay(rows, [], rejected)) == [("suggested", "2", "58"), ("unmatched", "1", None)]


def test_a_link_that_cannot_be_used_stays_in_conflict_until_it_changes():
    rows = [replace(linked(1, "58"), state="conflicting", sentence="It is inactive."), theirs("59")]
    (same, _) = overlay(rows, [standing(1, "58")], set())
    assert (same.state, same.sentence) == ("conflicting", "It is inactive.")
    assert seen(overlay(rows, [standing(1, "59")], set())) == [("unmatched", None, "58"), ("linked", "1", "59")]


def test_a_rejected_pair_that_was_linked_all_the_same_is_linked():
    found = overlay([pair(1, "58")], [standing(1, "58")], {("customer/client-1", "58")})
    assert seen(found) == [("linked", "1", "58")]


def test_an_employee_may_be_a_vendor_too_and_keeps_the_name():
    row = Row(
        "person", "linked", "employee/user-5", 5, "Ana", "Employee", "8", "Ana R", how="matched", made_by="matching"
    )
    links = [Standing(key, "8", "confirmed", "confirmed", "Bea", NOON) for key in ("employee/user-5", "vendor/user-5")]
    found = overlay([row], links, set())
    assert [(each.link_key, each.harvest_name) for each in found] == [
        ("employee/user-5", "Ana"),
        ("vendor/user-5", "Ana"),
    ]


def test_links_of_documents_are_nobody():
    twin = Standing("twin/client-1/2026-10", "900", "created", "", "push", NOON)
    assert overlay([], [twin], set()) == []


@pytest.mark.parametrize(
    "key", ["customer/client-", "customer/client-1 ", "customer/client-1/2026-10", "client/customer-5", ""]
)
def test_what_is_no_key_of_a_link_has_no_family(key: str):
    assert link_family(key) is None


def test_rows_are_counted_by_type_and_state_zeros_included():
    counts = counted([pair(1, "58"), pair(1, "59"), ours(2)])
    assert counts["client"] == {"conflicting": 0, "suggested": 2, "unmatched": 1, "linked": 0}
    assert set(counts) == {"client", "project", "person", "item"}


def test_suggestions_come_best_first():
    found = suggestions([pair(1, "58", score=80.0), pair(1, "59", score=95.0), ours(2)])
    assert {key: [row.quickbooks_id for row in rows] for key, rows in found.items()} == {
        "customer/client-1": ["59", "58"]
    }
