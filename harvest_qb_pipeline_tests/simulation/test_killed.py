"""A push is killed between any two writes to the ledger; the next, when the claim has run out, finishes the bill."""

import signal
from collections.abc import Callable
from dataclasses import replace

import pytest

from harvest_qb_pipeline.ledger import events, reading
from harvest_qb_pipeline_tests.simulation.faulting import LATE
from harvest_qb_pipeline_tests.simulation.killing import (
    Killed,
    PushingProcess,
    When,
    end_by_exception,
    ending,
    writes_of,
)
from harvest_qb_pipeline_tests.simulation.scene import Scene
from harvest_qb_pipeline_tests.simulation.test_unwinding import bill_with, slip_in

Stage = Callable[..., Scene]

SIMPLE = ("claim", "renew", "record_attempt", "mark_found", "mark_posted")
TWIN = ("claim", "renew", "record_attempt", "mark_found", "renew", "record_attempt", "mark_posted")
WRITES = (*SIMPLE, *TWIN, *SIMPLE, *SIMPLE)
"""What a clean bill writes to the ledger: customer, twin, invoice, opening. A test below keeps it true."""

ATTEMPTS = tuple(number for number, name in enumerate(WRITES) if name == "record_attempt")
POINTS: tuple[tuple[When, int], ...] = (
    *(("before", number) for number in range(len(WRITES))),
    # Only the request itself lies between two writes here; elsewhere "after" is the "before" of the next.
    *(("after", number) for number in ATTEMPTS),
    ("after", len(WRITES) - 1),
)
UNWINDING = ("begin_reversal", "mark_held", "claim", "renew", "record_attempt", "mark_found", "mark_posted")
FIRST_OF_UNWINDING = len(SIMPLE) + TWIN.index("mark_found") + 1


def test_the_points_are_all_the_writes_of_a_clean_bill(stage: Stage) -> None:
    assert tuple(writes_of(stage().push)) == WRITES


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point[0]} {point[1]} {WRITES[point[1]]}")
def test_a_process_killed_at_any_moment_leaves_a_bill_that_is_sent_once(stage: Stage, point: tuple[When, int]) -> None:
    scene = stage()
    process = PushingProcess(scene, kill=point)
    process.go()
    assert process.end() == (-signal.SIGKILL, ())
    assert events.verify_chain(scene.ledger) == []
    under_way = [posting for posting in reading.postings(scene.ledger) if posting.state == "sending"]
    sent = scene.writes()
    scene.push()
    if under_way:
        assert scene.writes() == sent, "the claim of the dead still stands"
    scene.push_until_rest()
    scene.assert_billed_once()


@pytest.mark.parametrize("number", ATTEMPTS)
@pytest.mark.parametrize("later", [0, 2, 3, 4])
def test_who_finishes_the_work_of_the_dead_may_be_killed_too(stage: Stage, number: int, later: int) -> None:
    scene = stage()
    with pytest.raises(Killed), ending("after", number, end_by_exception):
        scene.push()
    scene.wait(1000)
    with pytest.raises(Killed), ending("before", later, end_by_exception):
        scene.push()
    scene.push_until_rest()
    scene.assert_billed_once()


@pytest.mark.parametrize("number", ATTEMPTS)
def test_a_push_killed_while_its_write_commits_late_waits_before_it_looks(stage: Stage, number: int) -> None:
    """Killed between the request and its outcome, while the other side has not carried it out yet."""
    scene = stage()
    scene.company.faults.arm({**LATE, **_nth_write(number)})
    with pytest.raises(Killed), ending("before", number + 1, end_by_exception):
        scene.push()
    scene.push()
    scene.let_late_commits_land()
    scene.wait(1000)
    scene.push_until_rest()
    scene.assert_billed_once()


def test_absence_after_a_death_counts_only_when_a_last_request_must_have_ended_and_settled(stage: Stage) -> None:
    """The dead left the beginning of an attempt on record: its two silences may follow, and then the settling."""
    scene = stage()
    scene.options = replace(scene.options, lease_seconds=60, settle_seconds=180, timeout_seconds=30)
    with pytest.raises(Killed), ending("after", ATTEMPTS[1], end_by_exception):
        scene.push()
    sent = scene.writes()
    for waited in (70, 120, 45):
        scene.wait(waited)
        scene.push()
        assert scene.writes() == sent
    scene.wait(10)
    scene.push_until_rest()
    scene.assert_billed_once()


def test_the_points_are_all_the_writes_of_an_unwinding(stage: Stage) -> None:
    scene = stage()
    slip_in(scene)
    assert tuple(writes_of(scene.push)[FIRST_OF_UNWINDING:]) == UNWINDING


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(len(UNWINDING)))
def test_an_unwinding_killed_at_any_moment_frees_the_hours_to_be_billed_once(
    stage: Stage, when: When, number: int
) -> None:
    scene = stage()
    slipped_in = slip_in(scene)
    with pytest.raises(Killed), ending(when, FIRST_OF_UNWINDING + number, end_by_exception):
        scene.push()
    scene.push_until_rest()
    scene.assert_nothing_was_made()
    bill_with(scene, slipped_in[0])
    scene.assert_billed_once()


def test_a_claim_that_ran_out_while_its_owner_lived_sends_nothing_twice(stage: Stage) -> None:
    """A process that slept through its lease finds it lost, and leaves the posting to whoever has it."""
    scene = stage()
    other = replace(scene, before_write={})

    def sleep_long() -> None:
        scene.wait(1000)
        other.push()

    scene.before_write["POST", "/invoice"] = sleep_long
    scene.push()
    scene.push_until_rest()
    scene.assert_billed_once()
    other.close()


def _nth_write(number: int) -> dict[str, object]:
    path = ("/customer", "/invoices", "", "/invoice", "/messages")[ATTEMPTS.index(number)]
    return {"method": "POST", "path": path} if path else {"method": "PATCH"}
