"""How fast a push is: requests for each bill, and its time against the floor that Harvest's rate limit sets.

Belongs here: making so many bills in a sandbox company, one push of them under the real allowances, and its lines.
Must not be here: what a bill is (the simulations know).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import Result, measure, timed
from benchmarks.results import Line
from benchmarks.stage import Stage
from harvest_qb_pipeline.harvest.client import GENERAL_ALLOWANCE
from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline.posting.door import PostingOptions
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.scene import Scene, make_scene

LOOKED_UP_ONCE = 2
"""Requests to each system that serve all bills of a push, and so are no bill's: look-ups, and when books closed."""

MOST_PER_BILL = {"Harvest": 7, "QuickBooks": 2}


def lines(stage: Stage) -> Iterator[Line]:
    """Requests for each bill, and the time of a push that Harvest's rate limit holds back against what it lets pass."""
    (allowance,) = GENERAL_ALLOWANCE
    for bills in stage.sizes.bills:
        done = measure(push_bills, bills=bills)
        requests: dict[str, int] = {"Harvest": done.said["harvest"], "QuickBooks": done.said["quickbooks"]}
        for system, number in requests.items():
            each = (number - LOOKED_UP_ONCE) / bills
            what = f"push of {bills}, requests to {system} per bill"
            yield Line(what, f"{each:.2f}", "", each, aim=MOST_PER_BILL[system])
        floor = requests["Harvest"] * allowance.seconds / allowance.requests
        # A push that the allowance lets pass at once has no floor to be measured against.
        is_held_back = requests["Harvest"] > allowance.requests
        yield Line(
            f"push of {bills}, against {requests['Harvest']} requests / allowance",
            f"{done.seconds:.1f} s",
            f"{floor:.1f} s",
            done.seconds / floor,
            aim=1.1 if is_held_back else None,
        )


def push_bills(bills: int, is_limited: bool = True) -> Result:
    """Push so many bills of known customers; `is_limited` holds the rate limits, as for real accounts."""
    with RunningSandbox() as sandbox, TemporaryDirectory() as home:
        folder = Path(home)
        blank = folder / "blank.sqlite"
        open_ledger(blank, actor="bench").close()
        scene = make_scene(sandbox, blank, folder, clients=bills)
        scene.options = replace(scene.options, workers=PostingOptions.workers)
        scene.limits_path = folder / "limits.sqlite" if is_limited else None
        scene.sleeps = is_limited
        scene.know_customers()
        scene.approve()
        return _push(scene, bills)


def _push(scene: Scene, bills: int) -> Result:
    scene.quickbooks.tokens.access_token()
    scene.company.calls.clear()
    with timed() as taken:
        report = scene.push()
    failed = [row for row in report.rows if (row.state, row.reason) != ("posted", "")]
    if failed or len(report.rows) != 3 * bills:
        raise RuntimeError(f"Not every bill was posted: {failed[:3]}")
    asked = Counter(call["system"] for call in scene.company.calls.list())
    scene.close()
    return taken["seconds"], {"harvest": asked["harvest"], "quickbooks": asked["quickbooks"]}
