"""A push of parties is killed between any two writes to the ledger, or runs beside another: done once all the same."""

import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.cases import CASES
from harvest_qb_pipeline_tests.simulation.contact_scenes import Parties
from harvest_qb_pipeline_tests.simulation.faulting import FAULTS, LATE
from harvest_qb_pipeline_tests.simulation.hall import Hall
from harvest_qb_pipeline_tests.simulation.killing import (
    Killed,
    PushingProcess,
    When,
    end_by_exception,
    ending,
    writes_of,
)
from harvest_qb_pipeline_tests.simulation.scene import Clock

WRITES = {name: case.writes for name, case in CASES.items() if case.is_killed}
ATTEMPTS = tuple(
    (case, n) for case, names in WRITES.items() for n, name in enumerate(names) if name == "record_attempt"
)
POINTS: tuple[tuple[str, When, int], ...] = (
    *((case, "before", number) for case, names in WRITES.items() for number in range(len(names))),
    # Only the request itself lies between two writes here; elsewhere "after" is the "before" of the next.
    *((case, "after", number) for case, number in ATTEMPTS),
    *((case, "after", len(names) - 1) for case, names in WRITES.items()),
)
INDEPENDENT = tuple(name for name, case in CASES.items() if case.is_apart)
"""Cases that can be sent side by side."""
_FIRST_POSTS = Counter(CASES[name].sent[0].path for name in INDEPENDENT if CASES[name].sent[0].method == "POST")
PATHS = tuple(path for path, count in _FIRST_POSTS.items() if count == 1)
"""Where just one of them makes its record."""


@pytest.fixture(scope="module")
def hall(
    sandbox: RunningSandbox, blank_ledger: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hall]:  # fmt: skip
    hall = Hall(sandbox, blank_ledger, tmp_path_factory.mktemp("killed"))
    yield hall
    hall.close()


def assert_done(scene: Parties, *names: str) -> None:
    scene.assert_all_posted()
    for name in names:
        CASES[name].check(scene)


@pytest.mark.parametrize("name", WRITES)
def test_the_points_are_all_the_writes_of_a_clean_posting(hall: Hall, name: str) -> None:
    assert tuple(writes_of(hall(name).push)) == WRITES[name]


@pytest.mark.parametrize(("name", "when", "number"), POINTS)
def test_a_push_killed_at_any_moment_leaves_what_is_done_once(hall: Hall, name: str, when: When, number: int) -> None:
    scene = hall(name)
    with pytest.raises(Killed), ending(when, number, end_by_exception):
        scene.push()
    sent = scene.writes()
    scene.push()
    if set(scene.states().values()) == {"sending"}:
        assert scene.writes() == sent, "the claim of the dead still stands"
    scene.push_until_rest()
    assert_done(scene, name)


@pytest.mark.parametrize(("name", "number"), ATTEMPTS)
def test_a_push_killed_while_its_write_commits_late_waits_before_it_looks(hall: Hall, name: str, number: int) -> None:
    scene = hall(name)
    # The attempts of a posting are its writes, one by one.
    earlier = [point for point in ATTEMPTS if point[0] == name].index((name, number))
    scene.company.faults.arm({**LATE, "method": CASES[name].sent[0].method, "skip": earlier})
    with pytest.raises(Killed), ending("before", number + 1, end_by_exception):
        scene.push()
    (fault,) = scene.company.faults.list()
    assert fault["met"] == 1
    scene.push()
    scene.let_late_commits_land()
    scene.wait(1000)
    scene.push_until_rest()
    assert_done(scene, name)


@pytest.mark.parametrize("number", [2, 7, 14], ids=["client", "contact", "first task"])
def test_a_killed_process_leaves_a_newcomer_that_is_made_once(hall: Hall, number: int) -> None:
    scene = hall("newcomer")
    process = PushingProcess(scene, kill=("after", number))
    process.go()
    assert process.end() == (-signal.SIGKILL, ())
    scene.push_until_rest()
    assert_done(scene, "newcomer")


def test_two_processes_send_everything_once(hall: Hall) -> None:
    scene = hall(*INDEPENDENT)
    processes = [PushingProcess(scene, workers=2) for _ in range(2)]
    for process in processes:
        process.go()
    ends = [process.end() for process in processes]
    assert [code for code, _ in ends] == [0, 0]
    assert_done(scene, *INDEPENDENT)
    posted = [row.key for _, rows in ends for row in rows if (row.state, row.reason) == ("posted", "")]
    assert set(posted) == set(scene.states())
    assert len(scene.writes()) == sum(len(CASES[name].sent) for name in INDEPENDENT), "each write once"


@pytest.mark.parametrize("fault", ["time-out after it is committed", "committed only after our look-up"])
def test_two_threads_send_everything_once(hall: Hall, fault: str) -> None:
    scene = hall(*INDEPENDENT)
    for path in PATHS:
        scene.company.faults.arm({"method": "POST", "path": path, **FAULTS[fault]})
    both = [replace(scene, clock=Clock(scene.clock.offset), before_write={}) for _ in range(2)]
    start = Barrier(2)

    def push(one: Parties) -> None:
        start.wait()
        one.options = replace(one.options, workers=2)
        one.push()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(push, both))
    for one in both:
        one.close()
    assert [armed["met"] for armed in scene.company.faults.list()] == [1] * len(PATHS)
    scene.push_until_rest()
    assert_done(scene, *INDEPENDENT)
