"""Two pushes at the same moment, as processes or threads: each document is made once, and both reports are sane."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from harvest_qb_pipeline_tests.simulation.faulting import FAULTS
from harvest_qb_pipeline_tests.simulation.killing import PushingProcess
from harvest_qb_pipeline_tests.simulation.scene import KINDS, Clock, Scene

Stage = Callable[..., Scene]


def keys_of(scene: Scene) -> set[str]:
    return {
        bill.customer_key if kind == "customer" else bill.member(kind) for bill in scene.bills for kind in KINDS
    }  # fmt: skip


@pytest.mark.parametrize("workers", [1, 3])
def test_two_processes_bill_everything_once(stage: Stage, workers: int) -> None:
    scene = stage(clients=5)
    processes = [PushingProcess(scene, workers=workers) for _ in range(2)]
    for process in processes:
        process.go()
    ends = [process.end() for process in processes]
    scene.assert_billed_once()
    assert [code for code, _ in ends] == [0, 0]
    posted = [row.key for _, rows in ends for row in rows if (row.state, row.reason) == ("posted", "")]
    assert set(posted) == keys_of(scene)
    assert len([path for _, path in scene.writes()]) == len(posted_once(scene))


def posted_once(scene: Scene) -> list[str]:
    """What a clean push of these bills sends: four creations and one change of lines each."""
    return [*keys_of(scene), *(bill.key for bill in scene.bills)]


@pytest.mark.parametrize("fault", [None, "time-out after it is committed", "committed only after our look-up"])
def test_two_threads_bill_everything_once(stage: Stage, fault: str | None) -> None:
    scene = stage(clients=4)
    if fault:
        for path in ("/customer", "/invoices", "/invoice", "/messages"):
            scene.company.faults.arm({"method": "POST", "path": path, "skip": 1, **FAULTS[fault]})
    both = [replace(scene, clock=Clock(), before_write={}, options=replace(scene.options, workers=2)) for _ in range(2)]
    start = Barrier(2)

    def push(one: Scene) -> list[tuple[str, str]]:
        start.wait()
        return [(row.key, row.state) for row in one.push().rows]

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(push, both))
    for one in both:
        one.close()
    seen = {key for rows in reports for key, _ in rows}
    assert seen <= keys_of(scene)
    if fault is None:
        assert {key for rows in reports for key, state in rows if state == "posted"} == keys_of(scene)
    scene.push_until_rest()
    scene.assert_billed_once()


def test_a_second_push_leaves_alone_what_the_first_one_has(stage: Stage) -> None:
    scene = stage()
    other = replace(scene, before_write={})
    seen: list[int] = []
    scene.before_write["POST", "/invoices"] = lambda: seen.append(len(other.push().rows))
    report = scene.push()
    other.close()
    assert seen == [0]
    assert [row.reason for row in report.rows if row.reason] == []
    scene.assert_billed_once()
