"""The import took other hours than planned: the draft twin is deleted, its hours are free, and are billed once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from harvest_qb_pipeline.ledger import approval, reading
from harvest_qb_pipeline_tests.simulation.faulting import FAULTS, Call, arm, assert_met, calls_of, impatient
from harvest_qb_pipeline_tests.simulation.scene import Scene, log_time

Stage = Callable[..., Scene]

SLIPPED_IN_ON = date(2026, 10, 7)
CALLS = (
    Call("GET", "/time_entries", 11),
    Call("GET", "/invoices/{id}", 12),
    Call("GET", "/invoices/{id}", 13),
    Call("GET", "/invoices/{id}", 14),
    Call("GET", "/time_entries", 15),
    Call("DELETE", "/invoices/{id}", 0),
    Call("GET", "/time_entries", 16),
)
"""What is asked after the import, in order. A test below keeps it true."""


def slip_in(scene: Scene, path: str = "/invoices") -> list[int]:
    """Just before the twin's POST leaves, Ann logs an hour in its window; its id once she has."""
    made: list[int] = []

    def log() -> None:
        made.append(log_time(scene, scene.bill, day=SLIPPED_IN_ON, hours=Decimal(1)))

    scene.before_write["POST", path] = log
    return made


def bill_with(scene: Scene, entry_id: int) -> None:
    """Plan again from what Harvest shows now, approve and push."""
    bill = scene.bill
    scene.bills = (replace(bill, entry_ids=(*bill.entry_ids, entry_id), hours=(*bill.hours, Decimal(1))),)
    scene.plan()
    scene.approve()
    scene.push_until_rest()


def assert_undone(scene: Scene) -> None:
    scene.assert_nothing_was_made()
    members = {posting.kind: posting.state for posting in reading.postings(scene.ledger) if posting.kind != "customer"}
    assert set(members.values()) == {"superseded"}


def deletion(scene: Scene) -> str:
    return scene.bill.member("twin_delete")


def held_codes(scene: Scene) -> dict[str, str]:
    """The one reason of each held posting."""
    held = reading.postings(scene.ledger, state="held")
    return {posting.key: hold.code for posting in held for hold in posting.hold_reasons}


def test_an_entry_that_slips_in_before_the_import_is_billed_once_with_the_others(stage: Stage) -> None:
    scene = stage()
    slipped_in = slip_in(scene)
    scene.push_until_rest()
    assert_undone(scene)
    assert ("DELETE", "/harvest/v2/invoices/14200001") in scene.writes()
    bill_with(scene, slipped_in[0])
    scene.assert_billed_once()
    assert scene.bill.total == Decimal(475)
    assert scene.posting("invoice").revision == 2
    assert scene.posting("invoice").doc_number == "H2610-0001"


def test_an_entry_that_vanishes_before_the_import_undoes_the_twin(stage: Stage) -> None:
    scene = stage()
    bill = scene.bill
    scene.before_write["POST", "/invoices"] = lambda: scene.control(
        "DELETE", f"/harvest/time_entries/{bill.entry_ids[1]}"
    )
    scene.push_until_rest()
    assert_undone(scene)
    scene.bills = (replace(bill, entry_ids=bill.entry_ids[:1], hours=bill.hours[:1]),)
    scene.plan()
    scene.approve()
    scene.push_until_rest()
    scene.assert_billed_once()


def test_the_report_says_what_was_undone_and_why(stage: Stage) -> None:
    scene = stage()
    slip_in(scene)
    report = scene.push()
    undone = {row.key: row for row in report.rows if row.state == "superseded"}
    assert set(undone) == {scene.bill.member("twin"), deletion(scene)}
    assert "other entries than planned" in undone[scene.bill.member("twin")].reason
    assert any(row.reason for row in report.rows)


def test_the_sweep_knows_every_call_of_an_unwinding(stage: Stage) -> None:
    scene = stage()
    slip_in(scene)
    scene.push()
    assert calls_of(scene)[14:] == list(CALLS)


@pytest.mark.parametrize("call", CALLS, ids=str)
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_happens_while_unwinding_the_hours_are_billed_once(stage: Stage, fault: str, call: Call) -> None:
    scene = stage()
    if FAULTS[fault]["kind"] == "delay":
        impatient(scene)
    slipped_in = slip_in(scene)
    arm(scene, call, FAULTS[fault])
    scene.push_until_rest()
    assert_met(scene, call)
    assert_undone(scene)
    bill_with(scene, slipped_in[0])
    scene.assert_billed_once()


def test_entries_that_stay_billed_after_the_deletion_are_held_until_a_person_frees_them(stage: Stage) -> None:
    scene = stage(switches={"delete_invoice_frees_entries": False})
    slipped_in = slip_in(scene)
    scene.push_until_rest()
    assert held_codes(scene) == {scene.bill.member("twin"): "unwinding", deletion(scene): "entries_not_freed"}
    assert scene.twins() == []
    assert scene.plan().untouched == 2, "the hours stay reserved"
    for entry_id in (*scene.bill.entry_ids, *slipped_in):
        scene.control("PATCH", f"/harvest/time_entries/{entry_id}", {"is_billed": False})
    approval.retry_rejected(scene.ledger, deletion(scene), by="Bea")
    scene.push_until_rest()
    assert_undone(scene)
    bill_with(scene, slipped_in[0])
    scene.assert_billed_once()


def test_a_twin_that_somebody_changed_is_never_deleted(stage: Stage) -> None:
    scene = stage()
    slip_in(scene)
    arm(scene, Call("POST", "/invoices", 2), FAULTS["time-out after it is committed"])
    scene.push()
    (twin,) = scene.twins()
    scene.wait(5)
    scene.control("PATCH", f"/harvest/invoices/{twin['id']}", {"notes": "Thank you"})
    scene.push_until_rest()
    assert scene.hold_codes("twin") == ["twin_differs"]
    assert scene.invoices() == []
    assert [kept["notes"] for kept in scene.twins()] == ["Thank you"]


def test_a_twin_of_other_hours_that_was_sent_meanwhile_is_not_deleted(stage: Stage) -> None:
    scene = stage()
    slip_in(scene)
    arm(scene, Call("DELETE", "/invoices/{id}", 0), FAULTS["time-out before it is committed"])
    scene.push()
    (twin,) = scene.twins()
    scene.control("PATCH", f"/harvest/invoices/{twin['id']}", {"state": "open"})
    scene.push_until_rest()
    assert [kept["state"] for kept in scene.twins()] == ["open"]
    assert held_codes(scene) == {scene.bill.member("twin"): "unwinding", deletion(scene): "twin_differs"}
    assert scene.invoices() == []
