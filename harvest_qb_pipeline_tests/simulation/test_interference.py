"""Other people work in both systems between a plan and its push, or in the middle: held with a reason, no guess."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from harvest_qb_pipeline.ledger import approval
from harvest_qb_pipeline.posting.reversing import unwind
from harvest_qb_pipeline_tests.simulation.faulting import FAULTS, Call, arm, assert_met
from harvest_qb_pipeline_tests.simulation.scene import Scene, log_time
from harvest_qb_pipeline_tests.simulation.test_fault_sweep import CALLS

Stage = Callable[..., Scene]
LOST_PATCH = Call("PATCH", "/invoices/{id}", 0)
READ_BACK = next(call for call in CALLS if call.path == "/invoice/{id}")
LOST_INVOICE = Call("POST", "/invoice", 3)


def first_entry(scene: Scene) -> str:
    return f"/harvest/time_entries/{scene.bill.entry_ids[0]}"


def start_timer(scene: Scene) -> None:
    log_time(scene, scene.bill, day=date(2026, 10, 20), hours=None)


def change_rate(scene: Scene) -> None:
    scene.control("PATCH", f"/harvest/projects/{scene.bill.project_id}", {"hourly_rate": 120})


def invoice_by_hand(scene: Scene, **values: Any) -> None:
    bill = scene.bill
    body = {
        "client_id": bill.client_id,
        "subject": "By hand",
        "line_items_import": {
            "project_ids": [bill.project_id],
            "time": {"summary_type": "task", "from": "2026-10-01", "to": "2026-10-31"},
        },
        **values,
    }
    scene.control("POST", "/harvest/invoices", body)


INTERFERENCE: dict[str, tuple[Callable[[Scene], object], str, str]] = {
    "a running timer": (start_timer, "not_isolable", "running timer"),
    "a changed rate": (change_rate, "not_isolable", "was changed"),
    "changed hours": (lambda s: s.control("PATCH", first_entry(s), {"hours": 3}), "not_isolable", "was changed"),
    "an entry not billable": (
        lambda s: s.control("PATCH", f"/harvest/task_assignments/{assignment(s)}", {"billable": False}),
        "not_isolable",
        "was changed",
    ),
    "another entry": (
        lambda s: log_time(s, s.bill, day=date(2026, 10, 20), hours=Decimal(1)),
        "not_isolable",
        "not in this draft",
    ),
    "a deleted entry": (lambda s: s.control("DELETE", first_entry(s)), "not_isolable", "deleted or moved"),
    "rounding switched on": (
        lambda s: s.control("PATCH", "/harvest/company/1", {"time_rounding": "up_30"}),
        "not_isolable",
        "was changed",
    ),
    "time marked as billed": (
        lambda s: s.control("PATCH", first_entry(s), {"is_billed": True}), "not_isolable", "was billed in Harvest"
    ),
    "an invoice made by hand": (invoice_by_hand, "billed_elsewhere", "not ours"),
}  # fmt: skip


def assignment(scene: Scene) -> int:
    found = scene.company.harvest.dump("task_assignments")
    return next(row["id"] for row in found if row["project"]["id"] == scene.bill.project_id)


@pytest.mark.parametrize("what", INTERFERENCE)
def test_what_changed_since_the_plan_is_held_and_nothing_is_sent(stage: Stage, what: str) -> None:
    scene = stage()
    interfere, code, words = INTERFERENCE[what]
    interfere(scene)
    report = scene.push()
    assert scene.hold_codes("twin") == [code]
    assert words in scene.posting("twin").hold_reasons[0].sentence
    assert [path.rsplit("/", 1)[-1] for _, path in scene.writes()] == ["customer"]
    assert (scene.posting("invoice").state, scene.posting("twin_open").state) == ("held", "held")
    assert any(row.reason for row in report.rows)
    assert scene.invoices() == []
    scene.push()
    assert len(scene.writes()) == 1


def test_what_was_held_is_planned_anew_and_billed_once(stage: Stage) -> None:
    scene = stage()
    extra = log_time(scene, scene.bill, day=date(2026, 10, 7), hours=Decimal(1))
    scene.push()
    bill = scene.bill
    scene.bills = (replace(bill, entry_ids=(*bill.entry_ids, extra), hours=(*bill.hours, Decimal(1))),)
    scene.plan()
    scene.approve()
    scene.push_until_rest()
    scene.assert_billed_once()


def test_a_rival_draft_with_our_number_is_neither_adopted_nor_deleted(stage: Stage) -> None:
    """Harvest proposes the number after the last one, so a person's next invoice may well bear ours."""
    scene = stage()
    number = scene.posting("twin").doc_number
    bill = scene.bill
    scene.control(
        "POST",
        "/harvest/invoices",
        {
            "client_id": bill.client_id,
            "number": number,
            "issue_date": "2026-10-31",
            "subject": "Deposit",
            "line_items": [{"kind": "Service", "description": "Deposit", "quantity": 1, "unit_price": 500}],
        },
    )
    scene.push_until_rest()
    assert scene.hold_codes("twin") == ["number_taken"]
    assert [twin["subject"] for twin in scene.twins()] == ["Deposit"]
    assert scene.invoices() == []


def second_draft(scene: Scene, subject: str) -> None:
    """One more draft of our number, without hours, in the moment before our own is made."""
    number = scene.posting("twin").doc_number
    body = {"client_id": scene.bill.client_id, "number": number, "issue_date": "2026-10-31", "subject": subject}
    scene.before_write["POST", "/invoices"] = lambda: scene.control("POST", "/harvest/invoices", body)


def test_a_second_draft_of_ours_is_deleted_where_harvest_lets_numbers_repeat(stage: Stage) -> None:
    scene = stage(switches={"invoice_number_unique": False})
    second_draft(scene, "October 2026")
    scene.push_until_rest()
    assert "DELETE" in [method for method, _ in scene.writes()]
    scene.assert_billed_once()


def test_a_draft_of_our_number_with_another_subject_is_left_to_a_person(stage: Stage) -> None:
    scene = stage(switches={"invoice_number_unique": False})
    second_draft(scene, "Deposit")
    scene.push_until_rest()
    assert scene.hold_codes("twin") == ["twin_twice"]
    assert len(scene.twins()) == 2
    (deposit,) = [twin for twin in scene.twins() if twin["subject"] == "Deposit"]
    scene.control("DELETE", f"/harvest/invoices/{deposit['id']}")
    approval.retry_rejected(scene.ledger, scene.key, by="Bea")
    scene.push_until_rest()
    scene.assert_billed_once()


def test_a_twin_deleted_before_it_had_its_lines_is_not_remade(stage: Stage) -> None:
    scene = stage()
    arm(scene, LOST_PATCH, FAULTS["time-out before it is committed"])
    scene.push()
    assert_met(scene, LOST_PATCH)
    (twin,) = scene.twins()
    scene.control("DELETE", f"/harvest/invoices/{twin['id']}")
    scene.push_until_rest()
    assert scene.hold_codes("twin") == ["twin_gone"]
    scene.assert_nothing_was_made()
    assert scene.plan().untouched == 2
    approval.retry_rejected(scene.ledger, scene.key, by="Bea")
    scene.push_until_rest()
    assert scene.hold_codes("twin") == ["twin_gone"], "trying again does not make a second one"
    scene.assert_nothing_was_made()


def test_a_person_who_deleted_the_twin_can_have_the_hours_billed_again(stage: Stage) -> None:
    scene = stage()
    arm(scene, LOST_PATCH, FAULTS["time-out before it is committed"])
    scene.push()
    twin_id = str(scene.twins()[0]["id"])
    scene.control("DELETE", f"/harvest/invoices/{twin_id}")
    scene.push_until_rest()
    unwind(scene.ledger, scene.key, by="Bea", reason="Deleted by mistake")
    scene.push_until_rest()
    scene.plan()
    scene.approve()
    scene.push_until_rest()
    scene.assert_billed_once()
    assert scene.posting("twin").revision == 2


def test_an_invoice_deleted_in_quickbooks_is_billed_again_only_after_its_twin_is_undone(stage: Stage) -> None:
    scene = stage()
    arm(scene, READ_BACK, {"kind": "drop_before_commit", "times": 3})
    scene.push()
    scene.control("DELETE", f"/quickbooks/Invoice/{scene.invoices()[0]['Id']}")
    scene.push_until_rest()
    unwind(scene.ledger, scene.key, by="Bea", reason="The client asked for another")
    scene.push_until_rest()
    scene.assert_nothing_was_made()
    scene.plan()
    scene.approve()
    scene.push_until_rest()
    scene.assert_billed_once()


def test_a_twin_deleted_before_it_is_opened_is_said_to_be_gone(stage: Stage) -> None:
    scene = stage()
    scene.before_write["POST", "/invoice"] = lambda: scene.control(
        "DELETE", f"/harvest/invoices/{scene.twins()[0]['id']}"
    )
    scene.push_until_rest()
    assert scene.hold_codes("twin_open") == ["twin_gone"]
    assert len(scene.invoices()) == 1
    assert scene.plan().untouched == 2


def test_an_invoice_deleted_before_it_was_verified_is_not_remade(stage: Stage) -> None:
    scene = stage()
    arm(scene, READ_BACK, {"kind": "drop_before_commit", "times": 3})
    scene.push()
    (invoice,) = scene.invoices()
    scene.control("DELETE", f"/quickbooks/Invoice/{invoice['Id']}")
    scene.push_until_rest()
    assert scene.hold_codes("invoice") == ["deleted_elsewhere"]
    assert scene.invoices() == []


def test_a_posted_invoice_that_somebody_deleted_is_not_remade(stage: Stage) -> None:
    scene = stage()
    scene.push()
    writes = scene.writes()
    scene.control("DELETE", f"/quickbooks/Invoice/{scene.invoices()[0]['Id']}")
    assert scene.plan().untouched == 2
    assert not scene.push().rows
    assert scene.writes() == writes


def test_a_twin_paid_before_it_is_opened_counts_as_opened(stage: Stage) -> None:
    scene = stage()
    scene.before_write["POST", "/invoice"] = lambda: scene.control(
        "PATCH", f"/harvest/invoices/{scene.twins()[0]['id']}", {"state": "paid"}
    )
    scene.push_until_rest()
    scene.assert_billed_once(twin_state="paid")


def test_a_twin_whose_amount_was_changed_is_not_opened(stage: Stage) -> None:
    scene = stage()

    def change() -> None:
        (twin,) = scene.twins()
        line = {"id": twin["line_items"][0]["id"], "unit_price": 1}
        scene.control("PATCH", f"/harvest/invoices/{twin['id']}", {"line_items": [line]})

    scene.before_write["POST", "/invoice"] = change
    scene.push_until_rest()
    assert scene.hold_codes("twin_open") == ["twin_differs"]
    assert [twin["state"] for twin in scene.twins()] == ["draft"]


def test_a_total_that_quickbooks_changed_is_flagged_and_stops_what_follows(stage: Stage) -> None:
    """Rule 10."""
    scene = stage(switches={"total_with_automated_tax": True})
    report = scene.push()
    scene.push_until_rest()
    if scene.posting("invoice").flags:
        assert scene.posting("invoice").flags == ("total_differs",)
        assert any(row.reason for row in report.rows)
    assert len(scene.invoices()) == 1
    assert scene.posting("twin_open").state == "approved"


def test_a_number_that_quickbooks_replaced_is_flagged_and_never_remade(stage: Stage) -> None:
    scene = stage(switches={"doc_number": "replaced"})
    scene.push()
    for _ in range(2):
        scene.wait(1000)
        scene.push()
    assert scene.posting("invoice").flags == ("number_differs",)
    assert len(scene.invoices()) == 1
    assert [twin["state"] for twin in scene.twins()] == ["draft"]


def test_one_marker_on_two_invoices_is_for_a_person(stage: Stage) -> None:
    scene = stage()
    arm(scene, LOST_INVOICE, FAULTS["time-out after it is committed"])
    scene.push()
    (invoice,) = scene.invoices()
    copy = {name: invoice[name] for name in ("TxnDate", "CustomerRef", "PrivateNote", "CurrencyRef")}
    lines = [line for line in invoice["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    copy["Line"] = [{name: line[name] for name in ("Amount", "DetailType", "SalesItemLineDetail")} for line in lines]
    second = scene.control("POST", "/quickbooks/Invoice", copy)
    scene.push_until_rest()
    assert scene.hold_codes("invoice") == ["marker_twice"]
    assert len(scene.invoices()) == 2
    scene.control("DELETE", f"/quickbooks/Invoice/{second['Id']}")
    approval.retry_rejected(scene.ledger, scene.key, by="Bea")
    scene.push_until_rest()
    scene.assert_billed_once()


def test_what_was_uncertain_when_it_was_held_is_still_waited_for_when_tried_again(stage: Stage) -> None:
    """A retry by a person does not settle what an attempt without an answer left open."""
    scene = stage()
    arm(scene, Call("POST", "/invoices", 2), FAULTS["time-out before it is committed"])
    scene.push()
    invoice_by_hand(scene)
    scene.push_until_rest()
    assert scene.hold_codes("twin") == ["billed_elsewhere"]
    scene.control("DELETE", f"/harvest/invoices/{scene.twins()[0]['id']}")
    approval.retry_rejected(scene.ledger, scene.key, by="Bea")
    scene.push_until_rest()
    scene.assert_billed_once()
