"""Every outbound call of a bill meets every fault, under every truth the APIs leave open: billed exactly once."""

from collections.abc import Callable
from typing import Any

import pytest

from harvest_qb_pipeline_tests.long_tests import is_long
from harvest_qb_pipeline_tests.simulation.faulting import FAULTS, Call, arm, assert_met, calls_of, impatient
from harvest_qb_pipeline_tests.simulation.scene import Scene

Stage = Callable[..., Scene]

CALLS = (
    Call("POST", "/oauth2/v1/tokens/bearer", 0),
    Call("GET", "/query", 0),
    Call("POST", "/customer", 1),
    Call("GET", "/customer/{id}", 1),
    Call("GET", "/time_entries", 2),
    Call("GET", "/invoices", 3),
    Call("GET", "/preferences", 4),
    Call("GET", "/query", 5),
    Call("GET", "/query", 6),
    Call("GET", "/query", 7),
    Call("GET", "/query", 8),
    Call("GET", "/query", 9),
    Call("GET", "/company", 10),
    Call("POST", "/invoices", 2),
    Call("GET", "/time_entries", 11),
    Call("PATCH", "/invoices/{id}", 0),
    Call("GET", "/invoices", 12),
    Call("GET", "/query", 13),
    Call("POST", "/invoice", 3),
    Call("GET", "/invoice/{id}", 14),
    Call("GET", "/invoices", 15),
    Call("POST", "/invoices/{id}/messages", 4),
    Call("GET", "/invoices", 16),
)
"""What one clean bill asks of both systems, in order. A test below keeps it true."""

WRITES = tuple(call for call in CALLS if call.method != "GET" and "oauth" not in call.path)
SWITCHES: dict[str, tuple[dict[str, Any], ...]] = {
    "quickbooks": (
        {"requestid": "forgotten"},
        {"requestid": "replays_faults"},
        {"requestid": "ignores_body"},
        {"requestid": "checks_body"},
        {"duplicate_doc_numbers": "accepted", "requestid": "forgotten"},
        {"query_lag_seconds": 120, "requestid": "forgotten"},
    ),
    "harvest": (
        {"import_rates": "averaged"},
        {"import_rates": "split"},
        {"import_lines_order": "by_id_descending"},
        {"import_period": "requested"},
        {"invoice_number_unique": False},
        {"delete_invoice_frees_entries": False},
        {"rates_move_updated_at": True},
        {"approval_status_present": False},
    ),
    "both": (
        {"rotate_refresh_token": "always"},
        {"rotate_refresh_token": "always", "old_refresh_token_grace": True},
        {"retry_after_header": False},
        {"throttle_body": "json", "unauthorised_body": "capitalised"},
    ),
}
"""Truths that the APIs leave open, by the system whose answers they change."""
TRUTHS = tuple(
    pytest.param(call, switches, id=f"{switches}-{call}")
    for call in WRITES
    for system, all_of_it in SWITCHES.items()
    for switches in all_of_it
    # A truth of one system changes nothing about a write to the other; the long tests try those pairs all the same.
    if is_long() or system in ("both", "quickbooks" if call.path in ("/customer", "/invoice") else "harvest")
)
UNANSWERED = ("time-out after it is committed", "committed only after our look-up")


def test_without_faults_a_bill_is_sent_once_and_sent_again_changes_nothing(stage: Stage) -> None:
    scene = stage()
    report = scene.push()
    assert [(row.kind, row.state, row.reason) for row in report.rows] == [
        (kind, "posted", "") for kind in ("customer", "twin", "invoice", "twin_open")
    ]
    scene.assert_billed_once()
    writes = scene.writes()
    assert not scene.push().rows
    assert scene.plan().untouched == 2
    scene.push()
    assert scene.writes() == writes


def test_the_sweep_knows_every_call_of_a_clean_bill(stage: Stage) -> None:
    scene = stage()
    scene.push()
    assert calls_of(scene) == list(CALLS)


@pytest.mark.parametrize("call", CALLS, ids=str)
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_happens_to_any_call_the_bill_is_sent_once(stage: Stage, fault: str, call: Call) -> None:
    scene = stage()
    if FAULTS[fault]["kind"] == "delay":
        impatient(scene)
    arm(scene, call, FAULTS[fault])
    scene.push_until_rest()
    assert_met(scene, call)
    scene.assert_billed_once()


@pytest.mark.parametrize(("call", "switches"), TRUTHS)
@pytest.mark.parametrize("fault", UNANSWERED)
def test_writes_without_an_answer_are_sent_once_under_every_truth(
    stage: Stage, fault: str, call: Call, switches: dict[str, Any]
) -> None:
    scene = stage(switches=switches)
    arm(scene, call, FAULTS[fault])
    scene.push_until_rest()
    assert_met(scene, call)
    scene.assert_billed_once()
