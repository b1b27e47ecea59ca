"""Any story of people, time and trouble: hours are logged, changed, approved and billed by hand, plans are made and
approved, pushes meet faults and are killed, the clock moves on; in the end each hour is billed once and none is lost.

A minute by default, always the same stories; `HARVEST_QB_LONG_TESTS=minutes` tells new ones for about so long.
"""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from harvest_qb_pipeline.ledger import approval, reading
from harvest_qb_pipeline.sandbox.testing import ControlError, RunningSandbox
from harvest_qb_pipeline_tests.long_tests import MINUTES
from harvest_qb_pipeline_tests.simulation.agency import Agency
from harvest_qb_pipeline_tests.simulation.faulting import FAULTS
from harvest_qb_pipeline_tests.simulation.killing import Killed, end_by_exception, ending
from harvest_qb_pipeline_tests.simulation.scene import log_time, make_scene

VOLUMES, STORIES, STEPS = 4, 2, 14
STORIES_A_MINUTE = 12

SWITCHES: tuple[dict[str, Any], ...] = (
    {},
    {"requestid": "forgotten", "import_rates": "averaged"},
    {"requestid": "replays_faults", "import_rates": "split", "rotate_refresh_token": "always"},
    {"requestid": "checks_body", "updated_since_inclusive": False, "rates_move_updated_at": True},
)
QUICK = {name: fault for name, fault in FAULTS.items() if fault["kind"] != "delay"}
FIRST, DAYS = date(2026, 10, 1), 45


class Story(RuleBasedStateMachine):
    """Two clients of an agency in November 2026."""

    sandbox: RunningSandbox
    blank_ledger: Path

    @initialize(switches=st.sampled_from(SWITCHES))
    def open(self, switches: dict[str, Any]) -> None:
        self.folder = Path(tempfile.mkdtemp())
        scene = make_scene(self.sandbox, self.blank_ledger, self.folder, clients=2, switches=switches)
        self.agency = Agency(scene)
        self.scene = scene
        self.by_hand: set[int] = set()

    # Harvest's people

    @rule(
        client=st.integers(0, 1),
        day=st.integers(0, DAYS),
        hours=st.sampled_from(["0.25", "1.1", "7.5"]),
        is_approved=st.booleans(),
    )
    def log(self, client: int, day: int, hours: str, is_approved: bool) -> None:
        status = "approved" if is_approved else "unsubmitted"
        where = self.scene.bills[client]
        log_time(self.scene, where, day=FIRST + timedelta(days=day), hours=Decimal(hours), approval_status=status)

    @rule(which=st.integers(0, 20), change=st.sampled_from([{"hours": 3}, {"approval_status": "approved"}, None]))
    def edit_or_delete(self, which: int, change: dict[str, Any] | None) -> None:
        entries = [entry["id"] for entry in self.scene.company.harvest.dump("time_entries")]
        path = f"/harvest/time_entries/{entries[which % len(entries)]}"
        with suppress(ControlError):  # Harvest refuses some of it
            self.scene.control("PATCH" if change else "DELETE", path, change)

    @rule(client=st.integers(0, 1), rate=st.sampled_from([90, 133.33]))
    def change_rate(self, client: int, rate: float) -> None:
        self.scene.control("PATCH", f"/harvest/projects/{self.scene.bills[client].project_id}", {"hourly_rate": rate})

    @rule(client=st.integers(0, 1))
    def invoice_by_hand(self, client: int) -> None:
        bill = self.scene.bills[client]
        time = {"summary_type": "task", "from": "2026-10-01", "to": "2026-10-10"}
        wanted = {"project_ids": [bill.project_id], "time": time}
        with suppress(ControlError):
            body = {"client_id": bill.client_id, "subject": "By hand", "line_items_import": wanted}
            self.by_hand.add(self.scene.control("POST", "/harvest/invoices", body)["id"])

    # Time

    @rule(days=st.sampled_from([0.01, 1, 12]))
    def wait(self, days: float) -> None:
        self.scene.wait(days * 86_400)

    # Us

    @rule()
    def plan_and_approve(self) -> None:
        self.agency.plan()
        self.agency.approve_plan()

    @rule()
    def approve_what_was_shown(self) -> None:
        self.agency.approve_plan()

    @rule()
    def push(self) -> None:
        self.scene.push()

    @rule(
        fault=st.sampled_from(sorted(QUICK)),
        method=st.sampled_from(["POST", "PATCH", "DELETE", "GET", None]),
        skip=st.integers(0, 6),
        times=st.integers(1, 3),
    )
    def push_into_trouble(self, fault: str, method: str | None, skip: int, times: int) -> None:
        self.scene.company.faults.arm({"method": method, "skip": skip, **QUICK[fault], "times": times})
        self.scene.push()
        self.scene.let_late_commits_land()
        self.scene.company.faults.clear()

    @rule(number=st.integers(0, 30))
    def push_and_be_killed(self, number: int) -> None:
        with suppress(Killed), ending("before", number, end_by_exception):
            self.scene.push()

    @precondition(lambda self: bool(reading.postings(self.scene.ledger, state="rejected")))
    @rule()
    def try_again(self) -> None:
        for posting in reading.postings(self.scene.ledger, state="rejected"):
            approval.retry_rejected(self.scene.ledger, posting.key, by="Bea")

    def teardown(self) -> None:
        if not hasattr(self, "agency"):
            return
        try:
            self.agency.come_to_rest()
            self.agency.assert_sound(self.by_hand)
        finally:
            self.agency.close()
            self.sandbox.control("DELETE", f"/companies/{self.scene.made['id']}")
            shutil.rmtree(self.folder)


@pytest.mark.slow
@pytest.mark.timeout(300 + 120 * MINUTES)
@pytest.mark.parametrize("volume", range(1 if MINUTES else VOLUMES))
def test_any_story_ends_with_each_hour_billed_once(sandbox: RunningSandbox, blank_ledger: Path, volume: int) -> None:
    machine: Callable[[], Story] = type("Story", (Story,), {"sandbox": sandbox, "blank_ledger": blank_ledger})
    if not MINUTES:
        machine = seed(volume)(machine)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=MINUTES * STORIES_A_MINUTE or STORIES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
