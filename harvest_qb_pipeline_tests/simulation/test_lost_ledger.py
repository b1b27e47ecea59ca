"""The ledger is lost, or rebuilt plans meet the old one: what exists is found again and nothing is made twice."""

from collections.abc import Callable

import pytest

from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline_tests.simulation.faulting import LATE, Call, arm
from harvest_qb_pipeline_tests.simulation.scene import Scene

Stage = Callable[..., Scene]
Lose = Callable[[Scene], Scene]


@pytest.mark.parametrize("clients", [1, 3])
def test_a_lost_ledger_adopts_what_exists_by_name_hours_and_marker(
    stage: Stage, lose_ledger: Lose, clients: int
) -> None:
    scene = stage(clients=clients)
    scene.push()
    writes = scene.writes()
    found = lose_ledger(scene)
    found.plan()
    found.approve()
    report = found.push()
    assert {row.state for row in report.rows} == {"posted"}
    found.assert_billed_once()
    assert found.writes() == writes


@pytest.mark.parametrize("made", range(5))
def test_a_ledger_lost_in_the_middle_of_a_bill_finishes_it(stage: Stage, lose_ledger: Lose, made: int) -> None:
    """After so many writes the connection is lost for good, and the ledger with it."""
    scene = stage()
    wanted = ("/customer", "/invoices", "/invoices/{id}", "/invoice", "/messages")[made]
    method = "PATCH" if "{id}" in wanted else "POST"
    path = "" if method == "PATCH" else wanted
    scene.company.faults.arm({"method": method, "path": path, "kind": "drop_after_commit"})
    scene.push()
    assert len(scene.writes()) == made + 1
    found = lose_ledger(scene)
    found.plan()
    found.approve()
    found.push_until_rest()
    found.assert_billed_once()
    posts = [path for method, path in found.writes() if method == "POST"]
    assert len(posts) == len(set(posts)), "nothing was made a second time"


def test_a_plan_built_anew_posts_nothing_again_on_the_old_ledger(stage: Stage) -> None:
    scene = stage(clients=2)
    scene.push()
    writes = scene.writes()
    result = scene.plan()
    assert (result.untouched, result.new) == (4, 0)
    scene.approve()
    assert not scene.push().rows
    assert scene.writes() == writes


def test_a_plan_built_anew_while_an_attempt_is_unknown_waits_for_it(stage: Stage) -> None:
    scene = stage()
    arm(scene, Call("POST", "/invoices", 2), LATE)
    scene.push()
    assert scene.plan().untouched == 2
    scene.approve()
    scene.push_until_rest()
    scene.assert_billed_once()


def test_a_lost_ledger_finds_two_invoices_with_one_marker_and_asks(stage: Stage, lose_ledger: Lose) -> None:
    scene = stage()
    scene.push()
    (invoice,) = scene.invoices()
    line = next(line for line in invoice["Line"] if line["DetailType"] == "SalesItemLineDetail")
    copy = {name: invoice[name] for name in ("TxnDate", "CustomerRef", "PrivateNote", "CurrencyRef")}
    copy["Line"] = [{name: line[name] for name in ("Amount", "DetailType", "SalesItemLineDetail")}]
    scene.control("POST", "/quickbooks/Invoice", copy)
    found = lose_ledger(scene)
    found.plan()
    found.approve()
    found.push_until_rest()
    assert found.hold_codes("invoice") == ["marker_twice"]
    assert len(found.invoices()) == 2
    assert [posting.kind for posting in reading.postings(found.ledger, state="posted")] == ["customer", "twin"]
