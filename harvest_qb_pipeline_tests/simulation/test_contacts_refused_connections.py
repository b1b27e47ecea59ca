"""A refused connection at any call of a party's posting: nothing was sent, and the next push goes on from there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.cases import CASES
from harvest_qb_pipeline_tests.simulation.hall import Hall

POINTS = tuple((name, served) for name, case in CASES.items() if case.is_killed for served in range(len(case.calls)))


@pytest.fixture(scope="module")
def hall(blank_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """On a sandbox of its own, which may be stopped."""
    with RunningSandbox() as running:
        hall = Hall(running, blank_ledger, tmp_path_factory.mktemp("refused"))
        yield hall
        hall.close()


@pytest.mark.parametrize(("name", "served"), POINTS)
def test_connections_refused_from_any_call_on_lose_and_double_nothing(hall: Hall, name: str, served: int) -> None:
    scene = hall(name)
    count = 0

    def stop_when_served(_method: str, _path: str, _status: int | None, _seconds: float) -> None:
        nonlocal count
        count += 1
        if count == served:
            scene.sandbox.stop()

    scene.listener = stop_when_served
    if served == 0:
        scene.sandbox.stop()
    try:
        scene.push()
        assert count > served, "the connection was refused to somebody"
        assert len(scene.company.calls.list()) == served
        states = set(scene.states().values())
    finally:
        scene.sandbox.restart_on_same_port()
    assert states <= {"approved", "uncertain"}
    scene.push_until_rest()
    scene.assert_all_posted()
    CASES[name].check(scene)
