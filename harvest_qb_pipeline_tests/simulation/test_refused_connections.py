"""A refused connection is the one failure that proves something: nothing was sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.scene import Scene, make_scene
from harvest_qb_pipeline_tests.simulation.test_fault_sweep import CALLS


@pytest.fixture(scope="module")
def own_sandbox() -> Iterator[RunningSandbox]:
    """One that may be stopped."""
    with RunningSandbox() as running:
        yield running


@pytest.fixture
def scene(own_sandbox: RunningSandbox, blank_ledger: Path, tmp_path: Path) -> Iterator[Scene]:
    scene = make_scene(own_sandbox, blank_ledger, tmp_path)
    scene.plan()
    scene.approve()
    yield scene
    scene.close()
    own_sandbox.restart_on_same_port()


@pytest.mark.parametrize("served", range(len(CALLS)))
def test_connections_refused_from_any_call_on_lose_and_double_nothing(scene: Scene, served: int) -> None:
    count = 0

    def stop_when_served(_method: str, _path: str, _status: int | None, _seconds: float) -> None:
        nonlocal count
        count += 1
        if count == served:
            scene.sandbox.stop()

    scene.on_call = stop_when_served
    if served == 0:
        scene.sandbox.stop()
    scene.push()
    assert count > served, "the connection was refused to somebody"
    assert len(scene.company.calls.list()) == served
    states = set(scene.states().values())
    scene.sandbox.restart_on_same_port()
    assert states <= {"approved", "uncertain", "posted"}
    scene.push_until_rest()
    scene.assert_billed_once()


def test_what_was_refused_a_connection_is_sent_by_the_next_push_without_waiting(scene: Scene) -> None:
    scene.sandbox.stop()
    report = scene.push()
    assert [row.state for row in report.rows] == ["approved"]
    assert "nothing was sent" in report.rows[0].reason
    scene.sandbox.restart_on_same_port()
    scene.push()
    scene.assert_billed_once()
