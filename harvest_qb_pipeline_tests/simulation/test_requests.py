"""A push is as fast as it asks little: how many requests a bill costs is pinned here, for one bill and for many."""

from collections import Counter
from pathlib import Path

import pytest

from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.scene import Scene, make_scene

PER_BILL = {"harvest": 7, "quickbooks": 2}
"""The import, its entries, its lines, the twin, the twin again, its opening, that read back; the invoice, read back."""
PER_PUSH = {"harvest": 3, "quickbooks": 7}
"""What is looked up for all together. Harvest: windows, invoices, whether time has to be approved. QuickBooks: invoices
of the day, with our numbers and the newest of all, customers, items, terms, the closing date."""


@pytest.mark.parametrize("bills", [1, 8])
def test_a_bill_costs_seven_requests_to_harvest_and_two_to_quickbooks(
    sandbox: RunningSandbox, blank_ledger: Path, tmp_path: Path, bills: int
) -> None:
    scene = make_scene(sandbox, blank_ledger, tmp_path, clients=bills)
    scene.know_customers()
    scene.approve()
    requests = requests_of_a_push(scene)
    scene.close()
    assert requests == {system: count * bills + PER_PUSH[system] for system, count in PER_BILL.items()}


def requests_of_a_push(scene: Scene) -> dict[str, int]:
    scene.quickbooks.tokens.access_token()
    scene.company.calls.clear()
    report = scene.push()
    assert {(row.state, row.reason) for row in report.rows} == {("posted", "")}
    found = Counter(call["system"] for call in scene.company.calls.list())
    return {system: found[system] for system in PER_BILL}
