"""An agency on the real pipeline: landing, typed tables, drafts, planning and posting, as the jobs run them.

Belongs here: the steps of a run without Dagster, and what must be true of both systems and the ledger in the end.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal

import duckdb

from harvest_qb_pipeline import pipeline
from harvest_qb_pipeline.ledger import approval, events, reading
from harvest_qb_pipeline.planning.planner import Planned
from harvest_qb_pipeline.policy.load import parse_policy
from harvest_qb_pipeline.warehouse.database import Warehouse, open_warehouse
from harvest_qb_pipeline_tests.simulation.scene import Scene

ZONE = "America/New_York"
POLICY = parse_policy(
    f"""
timezone = "{ZONE}"
cutover_on = 2026-01-01
native_copy = "off"
auto_reminders = "off"
[tax]
services = "NON"
""",
    "policy.toml",
)
MOST_PLANS = 4
WAITING = {"held", "not_due", "running", "not_billable"}
"""Verdicts with which an entry waits, or is nothing to be billed."""


@dataclass
class Agency:
    """A scene with a warehouse. Close it."""

    scene: Scene
    closing: ExitStack = field(default_factory=ExitStack)
    warehouse: Warehouse = field(init=False)

    def __post_init__(self) -> None:
        path = self.scene.folder / "warehouse.duckdb"
        self.warehouse = self.closing.enter_context(open_warehouse(path))
        self.scene.control("PATCH", "/harvest/company/1", {"approval_feature": True})

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        return self.warehouse.connection

    def close(self) -> None:
        self.closing.close()
        self.scene.close()

    def plan(self) -> Planned:
        """Sync with a full reading of open periods, derive drafts, record them."""
        scene = self.scene
        day = pipeline.Day(scene.company.clock.today(ZONE), scene.company.clock.now())
        pipeline.land(self.warehouse, scene.harvest, scene.quickbooks, POLICY, day, rereads=True)
        pipeline.derive(self.warehouse, scene.ledger, POLICY, day)
        return pipeline.plan(self.warehouse, scene.ledger, POLICY)

    def approve_plan(self) -> None:
        """Bea approves everything the last plan showed, as it was shown."""
        plan_id = reading.latest_plan(self.scene.ledger)
        if plan_id is not None:
            approval.approve_all(self.scene.ledger, by="Bea", plan_id=plan_id, via="test")

    def come_to_rest(self) -> None:
        """Calm days: everything works, people try again what was refused, approve all time and every plan."""
        scene = self.scene
        scene.company.faults.clear()
        for entry in scene.company.harvest.dump("time_entries"):
            if not entry["is_billed"] and not entry["is_running"] and entry["approval_status"] != "approved":
                scene.control("PATCH", f"/harvest/time_entries/{entry['id']}", {"approval_status": "approved"})
        scene.wait(4000)
        scene.push_until_rest()
        for posting in reading.postings(scene.ledger, state="rejected"):
            approval.retry_rejected(scene.ledger, posting.key, by="Bea")
        for _ in range(MOST_PLANS):
            scene.push_until_rest()
            self.plan()
            if not reading.postings(scene.ledger, state="planned"):
                return
            self.approve_plan()
        raise AssertionError("there is always something left to approve")

    def assert_sound(self, invoices_by_hand: set[int]) -> None:
        """Each hour is billed at most once and none is lost; both systems and the ledger agree to the cent."""
        posted = self._posted_entries()
        self._assert_twins_agree(posted, invoices_by_hand)
        self._assert_invoices_agree(set(posted))
        self._assert_nothing_is_lost({entry for ids in posted.values() for entry in ids})
        assert events.verify_chain(self.scene.ledger) == []

    def _posted_entries(self) -> dict[str, set[int]]:
        """Entries of each document of which everything is posted; no entry is in two."""
        found: dict[str, set[int]] = {}
        for posting in reading.postings(self.scene.ledger, kind="invoice", state="posted"):
            document = reading.document(self.scene.ledger, posting.document)
            assert document is not None
            assert {member.state for member in document.members} == {"posted"}
            assert not [member for member in document.members if member.flags]
            found[document.key] = {int(source.id) for source in document.members[0].sources}
        every = [entry for ids in found.values() for entry in ids]
        assert len(every) == len(set(every))
        return found

    def _assert_twins_agree(self, posted: dict[str, set[int]], by_hand: set[int]) -> None:
        """The invoices in Harvest are the twins and those made by hand; a twin has its hours, open, at its amount."""
        dumped = {invoice["id"]: invoice for invoice in self.scene.company.harvest.dump("invoices")}
        twins: dict[int, str] = {}
        for key in posted:
            twin = reading.posting(self.scene.ledger, key.replace("invoice/", "twin/", 1))
            assert twin is not None
            there = dumped[int(twin.external_id or 0)]
            assert (Decimal(str(there["amount"])), there["state"]) == (twin.amount, "open")
            twins[there["id"]] = key
        assert set(dumped) - by_hand == set(twins)
        standing: dict[str, set[int]] = {key: set() for key in posted}
        entries = {entry["id"]: entry for entry in self.scene.company.harvest.dump("time_entries")}
        for entry_id, entry in entries.items():
            if entry["invoice"] and entry["invoice"]["id"] in twins:
                standing[twins[entry["invoice"]["id"]]].add(entry_id)
        # An administrator may delete what is billed; the invoice stands.
        assert standing == {key: billed & entries.keys() for key, billed in posted.items()}

    def _assert_invoices_agree(self, posted: set[str]) -> None:
        """The invoices in QuickBooks are those posted: one each, of the amount and number that the ledger has."""
        stored = {
            str(invoice["Id"]): (Decimal(str(invoice["TotalAmt"])), invoice["DocNumber"])
            for invoice in self.scene.company.quickbooks.dump("Invoice")
        }
        kept: dict[str, tuple[Decimal, str | None]] = {}
        for key in posted:
            posting = reading.posting(self.scene.ledger, key)
            assert posting is not None
            kept[str(posting.external_id)] = (posting.amount, posting.doc_number)
            assert sum((source.amount or Decimal(0) for source in posting.sources), Decimal(0)) == posting.amount
        assert stored == kept

    def _assert_nothing_is_lost(self, posted: set[int]) -> None:
        """Every entry is posted, on an invoice made by hand, not due yet or nothing to bill, or waits with a reason."""
        verdicts = dict(self.con.execute("SELECT time_entry_id_harvest, verdict FROM billing.billable_time").fetchall())
        waiting = self._waiting_entries()
        for entry in self.scene.company.harvest.dump("time_entries"):
            verdict = verdicts[entry["id"]]
            if entry["id"] in posted or entry["is_billed"]:
                assert verdict == "billed_before"
            elif verdict not in WAITING:
                assert entry["id"] in waiting, f"entry {entry['id']} is {verdict} and nobody says why it waits"

    def _waiting_entries(self) -> set[int]:
        """Entries in documents that wait for a person, who is told why."""
        found: set[int] = set()
        for posting in reading.postings(self.scene.ledger, state="held"):
            assert posting.hold_reasons
            document = reading.document(self.scene.ledger, posting.document)
            assert document is not None
            found |= {int(source.id) for source in document.members[0].sources}
        return found
