"""One row per kind of posting, and everything that names kinds agrees with the rows."""

import pytest
from pydantic import ValidationError

from harvest_qb_pipeline.ledger import kinds
from harvest_qb_pipeline.policy.model import Approvals


def test_no_two_rows_are_the_same_kind() -> None:
    assert len({(kind.name, kind.operation) for kind in kinds.KINDS}) == len(kinds.KINDS)


def test_what_makes_a_party_comes_first_and_a_bill_goes_in_its_order() -> None:
    ranked = sorted(kinds.NAMES, key=kinds.rank)
    assert set(ranked[: len(kinds.PARTIES)]) == kinds.PARTIES
    bill = ["twin", "invoice", "twin_open"]
    assert [name for name in ranked if name in bill] == bill
    assert ranked.index("twin") >= len(kinds.of_room("contacts"))
    assert kinds.rank("nobody knows it") > kinds.rank("twin_open")


def test_the_policy_may_approve_just_the_kinds_that_the_rows_allow() -> None:
    assert Approvals(automatic_kinds=kinds.AUTOMATIC).automatic_kinds == kinds.AUTOMATIC
    for other in set(kinds.NAMES) - set(kinds.AUTOMATIC):
        with pytest.raises(ValidationError, match=f"'{other}' always waits for a person"):
            Approvals(automatic_kinds=(other,))
    assert kinds.approved_as(["client"]) == {"client", "contact", "project"}
    assert kinds.approved_as(["customer", "job"]) == {"customer", "job"}


def test_a_reversal_is_no_kind_that_is_planned() -> None:
    assert kinds.KIND["twin", "delete"].reverses == "twin"
    assert kinds.planned("twin").operation == "create"
    for reversal in (kind for kind in kinds.KINDS if kind.reverses):
        assert kinds.planned(reversal.reverses or "").reverses is None
