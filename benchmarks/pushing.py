"""How fast a push is: requests for each bill, and its time against the floor that Harvest's rate limit sets.

Belongs here: making so many bills in a sandbox company, and one push of them under the real allowances. Must not be
here: what a bill is (the simulations know), or the table of results.
"""

import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from harvest_qb_pipeline.harvest.client import GENERAL_ALLOWANCE
from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline.posting.door import PostingOptions
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.scene import Scene, make_scene


@dataclass(frozen=True)
class Pushed:
    """What one push of `bills` bills cost: requests to each system, and wall time under Harvest's rate limit."""

    bills: int
    harvest: int
    quickbooks: int
    throttled: int
    seconds: float
    processor_seconds: float

    @property
    def floor(self) -> float:
        """Seconds in which the allowance lets so many requests pass."""
        (allowance,) = GENERAL_ALLOWANCE
        return self.harvest * allowance.seconds / allowance.requests

    @property
    def per_bill(self) -> tuple[float, float]:
        """Requests for each bill, to Harvest and to QuickBooks."""
        return self.harvest / self.bills, self.quickbooks / self.bills


def push_bills(bills: int, *, workers: int = PostingOptions.workers, is_limited: bool = True) -> Pushed:
    """Push so many bills of known customers; `is_limited` holds the rate limits, as for real accounts."""
    with RunningSandbox() as sandbox, TemporaryDirectory() as home:
        folder = Path(home)
        blank = folder / "blank.sqlite"
        open_ledger(blank, actor="bench").close()
        scene = make_scene(sandbox, blank, folder, clients=bills)
        scene.options = replace(scene.options, workers=workers)
        scene.limits_path = folder / "limits.sqlite" if is_limited else None
        scene.sleeps = is_limited
        scene.know_customers()
        scene.approve()
        return _push(scene, bills)


def _push(scene: Scene, bills: int) -> Pushed:
    scene.quickbooks.tokens.access_token()
    scene.company.calls.clear()
    began, worked = time.monotonic(), time.process_time()
    report = scene.push()
    took, worked = time.monotonic() - began, time.process_time() - worked
    failed = [row for row in report.rows if (row.state, row.reason) != ("posted", "")]
    if failed or len(report.rows) != 3 * bills:
        raise RuntimeError(f"Not every bill was posted: {failed[:3]}")
    calls = scene.company.calls.list()
    scene.close()
    asked = Counter(call["system"] for call in calls)
    throttled = sum(call["status"] == 429 for call in calls)
    return Pushed(bills, asked["harvest"], asked["quickbooks"], throttled, took, worked)
