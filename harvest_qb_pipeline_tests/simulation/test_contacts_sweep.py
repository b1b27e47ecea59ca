"""Every outbound call of every kind of party meets every fault: made or changed exactly once, and linked right."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from harvest_qb_pipeline.ledger import kinds
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.cases import CASES, Truth
from harvest_qb_pipeline_tests.simulation.faulting import FAULTS, PATIENCE, Call, arm, assert_met, calls_of
from harvest_qb_pipeline_tests.simulation.hall import Hall

POINTS = tuple(
    (name, call) for name, case in CASES.items() for call in (case.calls[case.swept] if case.swept else case.calls)
)
"""Each call of each row that meets every fault."""
TRUTHS = tuple((name, truth) for name, case in CASES.items() for truth in case.truths)
OF_A_BILL = {
    *((name, "create") for name in ("customer", "twin", "invoice", "twin_open")),
    ("twin", "delete"),
}
"""Kinds that are swept as the parts of a bill: `test_fault_sweep`, and `test_unwinding` for what undoes one."""
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


def test_every_kind_has_a_row() -> None:
    swept = {kind for case in CASES.values() for kind in case.kinds if case.calls}
    assert swept | OF_A_BILL == set(kinds.KIND)


@pytest.mark.parametrize("name", CASES)
def test_without_faults_it_is_sent_once_and_sent_again_changes_nothing(hall: Hall, name: str) -> None:
    scene = hall(name)
    report = scene.push()
    assert {(row.state, row.reason) for row in report.rows} == {("posted", "")}
    scene.assert_all_posted()
    CASES[name].check(scene)
    writes = scene.writes()
    assert not scene.push().rows
    assert scene.plan().untouched == 1
    scene.push()
    assert scene.writes() == writes


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.calls])
def test_the_sweep_knows_every_call_of_a_clean_posting(hall: Hall, name: str) -> None:
    scene = hall(name)
    scene.push()
    assert calls_of(scene) == list(CASES[name].calls)


@pytest.mark.parametrize(("name", "call"), POINTS, ids=str)
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != SLOW])
def test_whatever_happens_to_any_call_it_is_done_once(hall: Hall, fault: str, name: str, call: Call) -> None:
    scene = hall(name)
    arm(scene, call, FAULTS[fault])
    scene.push_until_rest()
    assert_met(scene, call)
    scene.assert_all_posted()
    CASES[name].check(scene)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.is_slow_too])
def test_a_write_that_is_slower_than_we_wait_is_done_once(impatient_hall: Hall, name: str) -> None:
    scene = impatient_hall(name)
    scene.options = replace(scene.options, timeout_seconds=PATIENCE)
    call = CASES[name].sent[0]
    arm(scene, call, FAULTS[SLOW])
    scene.push_until_rest()
    assert_met(scene, call)
    scene.assert_all_posted()
    CASES[name].check(scene)


@pytest.mark.parametrize(("name", "truth"), TRUTHS, ids=str)
@pytest.mark.parametrize("fault", UNANSWERED)
def test_writes_without_an_answer_are_done_once_under_every_truth(
    hall: Hall, fault: str, name: str, truth: Truth
) -> None:
    for call in CASES[name].sent:
        scene = hall(name, **truth)
        arm(scene, call, FAULTS[fault])
        scene.push_until_rest()
        assert_met(scene, call)
        scene.assert_all_posted()
        CASES[name].check(scene)
