"""Every outbound call of every kind of party meets every fault: made or changed exactly once, and linked right."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.contact_checks import CHECKS
from harvest_qb_pipeline_tests.simulation.contact_scenes import Hall
from harvest_qb_pipeline_tests.simulation.faulting import FAULTS, PATIENCE, Call, arm, assert_met, calls_of

CUSTOMER_CHANGED = (
    Call("GET", "/customer/{id}", 0),
    Call("GET", "/customer/{id}", 1),
    Call("POST", "/customer", 0),
    Call("GET", "/customer/{id}", 2),
)
CALLS: dict[str, tuple[Call, ...]] = {
    "customer_update": CUSTOMER_CHANGED,
    "inactivation": (*CUSTOMER_CHANGED[:2], Call("GET", "/customer/{id}", 2), *CUSTOMER_CHANGED[2:3],
                     Call("GET", "/customer/{id}", 3)),
    "job_update": CUSTOMER_CHANGED,
    "job": (Call("GET", "/query", 0), Call("POST", "/customer", 0), Call("GET", "/customer/{id}", 1)),
    "vendor": (Call("GET", "/query", 0), Call("POST", "/vendor", 0), Call("GET", "/vendor/{id}", 1)),
    "client": (Call("GET", "/clients", 0), Call("POST", "/clients", 0), Call("GET", "/clients/{id}", 1)),
    "contact": (Call("GET", "/contacts", 0), Call("POST", "/contacts", 0), Call("GET", "/contacts/{id}", 1)),
    "project": (
        Call("GET", "/projects", 0),
        Call("POST", "/projects", 0),
        Call("GET", "/projects/{id}", 1),
        Call("GET", "/projects/{id}/task_assignments", 2),
        Call("GET", "/tasks/{id}", 3),
        Call("POST", "/projects/{id}/task_assignments", 1),
        Call("GET", "/tasks/{id}", 4),
        Call("POST", "/projects/{id}/task_assignments", 2),
        Call("GET", "/projects/{id}/task_assignments", 5),
        Call("GET", "/projects/{id}/user_assignments", 6),
        Call("POST", "/projects/{id}/user_assignments", 3),
        Call("GET", "/projects/{id}/user_assignments", 7),
    ),
    "client_update": (Call("GET", "/clients/{id}", 0), Call("PATCH", "/clients/{id}", 0),
                      Call("GET", "/clients/{id}", 1)),
    "contact_update": (Call("GET", "/contacts/{id}", 0), Call("PATCH", "/contacts/{id}", 0),
                       Call("GET", "/contacts/{id}", 1)),
}  # fmt: skip
"""What one clean posting asks of both systems, in order. A test below keeps it true."""

WRITES = tuple((name, call) for name, calls in CALLS.items() for call in calls if call.method != "GET")
# A job is sent as a customer is, which has a sweep of its own; an inactivation reads once more than other changes.
POINTS = (
    *((name, call) for name, calls in CALLS.items() if name not in ("job", "inactivation") for call in calls),
    *(("inactivation", call) for call in CALLS["inactivation"][2:4]),
)
SWITCHES: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    ({"requestid": "forgotten"}, ("customer_update", "inactivation", "job", "vendor")),
    ({"requestid": "replays_faults"}, ("customer_update", "job", "vendor")),
    ({"requestid": "ignores_body"}, ("customer_update", "job", "vendor")),
    ({"requestid": "checks_body"}, ("customer_update", "job", "vendor")),
    ({"requestid": "forgotten", "query_lag_seconds": 120}, ("job", "vendor")),
    ({"client_names_unique": False}, ("client", "client_update")),
    ({"project_names_unique": "account"}, ("project",)),
    ({"project_required_fields": "documented"}, ("project",)),
)
"""Truths that the APIs leave open, and what they could matter to."""
UNANSWERED = ("time-out after it is committed", "committed only after our look-up")
SLOW = "slower than we wait"


@pytest.fixture(scope="module")
def hall(
    sandbox: RunningSandbox, blank_ledger: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hall]:  # fmt: skip
    hall = Hall(sandbox, blank_ledger, tmp_path_factory.mktemp("hall"))
    yield hall
    hall.close()


@pytest.fixture(scope="module")
def impatient_hall(
    sandbox: RunningSandbox, blank_ledger: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hall]:
    """Where we wait for an answer less long than a slow one takes."""
    hall = Hall(sandbox, blank_ledger, tmp_path_factory.mktemp("impatient"), read_seconds=PATIENCE)
    yield hall
    hall.close()


@pytest.mark.parametrize("name", CHECKS)
def test_without_faults_it_is_sent_once_and_sent_again_changes_nothing(hall: Hall, name: str) -> None:
    scene = hall(name)
    report = scene.push()
    assert {(row.state, row.reason) for row in report.rows} == {("posted", "")}
    scene.assert_all_posted()
    CHECKS[name](scene)
    writes = scene.writes()
    assert not scene.push().rows
    assert scene.plan().untouched == 1
    scene.push()
    assert scene.writes() == writes


@pytest.mark.parametrize("name", CALLS)
def test_the_sweep_knows_every_call_of_a_clean_posting(hall: Hall, name: str) -> None:
    scene = hall(name)
    scene.push()
    assert calls_of(scene) == list(CALLS[name])


@pytest.mark.parametrize(("name", "call"), POINTS, ids=str)
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != SLOW])
def test_whatever_happens_to_any_call_it_is_done_once(hall: Hall, fault: str, name: str, call: Call) -> None:
    scene = hall(name)
    arm(scene, call, FAULTS[fault])
    scene.push_until_rest()
    assert_met(scene, call)
    scene.assert_all_posted()
    CHECKS[name](scene)


@pytest.mark.parametrize("name", ["customer_update", "vendor", "client", "client_update"])
def test_a_write_that_is_slower_than_we_wait_is_done_once(impatient_hall: Hall, name: str) -> None:
    scene = impatient_hall(name)
    scene.options = replace(scene.options, timeout_seconds=PATIENCE)
    call = next(call for call in CALLS[name] if call.method != "GET")
    arm(scene, call, FAULTS[SLOW])
    scene.push_until_rest()
    assert_met(scene, call)
    scene.assert_all_posted()
    CHECKS[name](scene)


@pytest.mark.parametrize(("switches", "names"), SWITCHES, ids=str)
@pytest.mark.parametrize("fault", UNANSWERED)
def test_writes_without_an_answer_are_done_once_under_every_truth(
    hall: Hall, fault: str, switches: dict[str, Any], names: tuple[str, ...]
) -> None:
    for name, call in [(name, call) for name, call in WRITES if name in names]:
        scene = hall(name, **switches)
        arm(scene, call, FAULTS[fault])
        scene.push_until_rest()
        assert_met(scene, call)
        scene.assert_all_posted()
        CHECKS[name](scene)
