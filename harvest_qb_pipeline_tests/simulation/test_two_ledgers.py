"""Two homes work on one company: the second bills nothing, and says which ledger bills there (rule 54)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harvest_qb_pipeline.ledger import identity
from harvest_qb_pipeline.ledger.links import confirm_link, resolve
from harvest_qb_pipeline.ledger.model import Document, NumberFormat
from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline.posting.kind import Facts
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.ledger.books import ledger_id_of
from harvest_qb_pipeline_tests.simulation.scene import Scene, make_scene


@pytest.fixture
def first(sandbox: RunningSandbox, blank_ledger: Path, tmp_path: Path) -> Iterator[Scene]:
    """Two clients, billed without twins: only a ledger knows which hours are billed."""
    folder = tmp_path / "first"
    folder.mkdir()
    scene = make_scene(sandbox, blank_ledger, folder, clients=2)
    scene.facts = Facts(has_twin=False, opens_twins=False)
    scene.know_customers()
    scene.plan([bill.without_twin() for bill in scene.bills])
    scene.approve()
    assert [row.state for row in scene.push().rows] == ["posted", "posted"]
    yield scene
    scene.close()


@pytest.fixture
def second(first: Scene, tmp_path: Path) -> Iterator[Scene]:
    """Another home on the same company, with a ledger and a prefix of its own, that closes its bills a day later."""
    folder = tmp_path / "second"
    folder.mkdir()
    open_ledger(folder / "ledger.sqlite", actor="Ann").close()
    scene = _other_home(first, folder)
    for bill in scene.bills:
        confirm_link(scene.ledger, bill.customer_key, resolve(first.ledger, bill.customer_key) or "", by="Ann")
    scene.plan([_a_day_later(bill.without_twin()) for bill in scene.bills])
    scene.approve()
    yield scene
    scene.close()


def _other_home(first: Scene, folder: Path) -> Scene:
    made = {**first.made, "env": {**first.made["env"], "QUICKBOOKS_REFRESH_TOKEN": first.company.tokens.refresh_token}}
    return replace(first, made=made, folder=folder)


def _a_day_later(document: Document) -> Document:
    (invoice,) = document.postings
    return replace(
        document,
        postings=(replace(invoice, payload={**invoice.payload, "TxnDate": "2026-11-01"}),),
        number_format=NumberFormat("K2611-"),
    )


def test_a_second_ledger_bills_nothing_and_names_the_first(first: Scene, second: Scene) -> None:
    before = second.writes()
    report = second.push()
    assert second.writes() == before
    (newest,) = {invoice["DocNumber"] for invoice in first.invoices(first.bills[1])}
    for row in report.rows:
        assert row.state == "held"
        assert f"Another ledger, {ledger_id_of(first.ledger)}, bills this QuickBooks company: invoice" in row.reason
        assert "2026-11-05 is its newest" in row.reason
        assert f"`harvest-qb take-over {ledger_id_of(first.ledger)} --reason ...`" in row.reason
    assert len(report.rows) == 2
    assert newest.startswith("H2610-")


def test_a_person_may_say_that_the_first_is_lost(first: Scene, second: Scene) -> None:
    second.push()
    identity.take_over(second.ledger, ledger_id_of(first.ledger), by="Ann", reason="its disk is gone")
    bills = [bill.without_twin() for bill in second.bills]
    second.plan(bills)
    second.approve()
    writes = second.writes()
    assert [row.state for row in second.push().rows] == ["posted", "posted"]
    assert second.writes() == writes, "found by their markers, not made again"


def test_the_first_goes_on(first: Scene, second: Scene) -> None:
    """A second ledger that was refused has left nothing that would stop the first."""
    second.push()
    assert first.push().rows == ()
    first.plan([bill.without_twin() for bill in first.bills])
    assert {row.state for row in first.push().rows} <= {"posted"}
