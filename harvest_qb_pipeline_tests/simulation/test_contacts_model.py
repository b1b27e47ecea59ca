"""Any story of names that drift: both sides create, rename, archive, merge and edit at random, people say yes or no,
runs happen in between, some in trouble; links stay one to one, and when the world stands still so do we.

A handful of stories by default, always the same; `HARVEST_QB_LONG_TESTS=minutes` tells new ones for about so long.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.drifting import Drifting, policy_of
from harvest_qb_pipeline_tests.simulation.scene import make_scene

STORIES, STEPS = 4, 24
MINUTES = int(os.environ.get("HARVEST_QB_LONG_TESTS", "0"))
STORIES_A_MINUTE = 5

JOBS = 'invoice_per = "project"\nproject_customers = "job"'
ASIDE = 'archived = "inactive"'
OWNED = '[contacts.owners]\nname = "quickbooks"\nemail = "quickbooks"'
ASKING_NOBODY = '[approvals]\nautomatic_kinds = ["client", "customer", "job"]'
POLICIES = (("", "", ""), (JOBS, ASIDE, ""), (JOBS, "", OWNED), ("", ASIDE, ASKING_NOBODY))
SWITCHES = ({}, {"requestid": "forgotten", "merged_names": "gone"}, {"client_names_unique": False})
NAMES = st.sampled_from(
    [
        "Birch Ltd", "Birch Limited", "BIRCH, LTD.", "Birch Inc", "Birch", "Bürch Ltd", "Birch (EUR)", "Elm: North",
        "Bluebird Coffee", "Bluebird Coffee Roasters Inc", "Smith & Sons", "Smith and Sons",
    ]
)  # fmt: skip
WORK = st.sampled_from(["Website", "Web site", "website", "Audit", "Audit 2026", "Birch Ltd"])
EMAILS = st.sampled_from(["ap@birch.example", "AP@birch.example", "pat@bluebird.example", "ap@localhost"])
WHICH = st.integers(0, 11)


class Drift(RuleBasedStateMachine):
    """A firm's clients and customers, in November 2026."""

    sandbox: RunningSandbox
    blank_ledger: Path

    @initialize(policy=st.sampled_from(POLICIES), switches=st.sampled_from(SWITCHES), name=NAMES)
    def open(self, policy: tuple[str, str, str], switches: dict[str, str], name: str) -> None:
        self.folder = Path(tempfile.mkdtemp())
        scene = make_scene(self.sandbox, self.blank_ledger, self.folder, clients=0, switches=switches)
        self.world = Drifting(scene, policy_of(*policy))
        self.world.create("clients", name=name)

    # Harvest's people

    @rule(name=NAMES)
    def new_client(self, name: str) -> None:
        self.world.create("clients", name=name)

    @rule(client=WHICH, name=WORK)
    def new_project(self, client: int, name: str) -> None:
        clients = self.world.records("clients")
        self.world.create("projects", client_id=clients[client % len(clients)]["id"], name=name, is_billable=True)

    @rule(client=WHICH, email=EMAILS)
    def new_contact(self, client: int, email: str) -> None:
        clients = self.world.records("clients")
        self.world.create("contacts", client_id=clients[client % len(clients)]["id"], first_name="Pat", email=email)

    @rule(which=WHICH, name=NAMES)
    def rename_client(self, which: int, name: str) -> None:
        self.world.edit("clients", which, name=name)

    @rule(which=WHICH, name=WORK)
    def rename_project(self, which: int, name: str) -> None:
        self.world.edit("projects", which, name=name)

    @rule(collection=st.sampled_from(["clients", "projects"]), which=WHICH, is_active=st.booleans())
    def archive_or_restore(self, collection: str, which: int, is_active: bool) -> None:
        self.world.edit(collection, which, is_active=is_active)

    @rule(which=WHICH, email=EMAILS)
    def edit_contact(self, which: int, email: str) -> None:
        self.world.edit("contacts", which, email=email)

    # QuickBooks' people

    @rule(name=NAMES, email=st.none() | EMAILS)
    def new_customer(self, name: str, email: str | None) -> None:
        given = {"PrimaryEmailAddr": {"Address": email}} if email else {}
        self.world.create("Customer", DisplayName=name, **given)

    @rule(parent=WHICH, name=WORK, is_project=st.booleans())
    def new_job(self, parent: int, name: str, is_project: bool) -> None:
        if customers := self.world.records("Customer"):
            above = {"Job": True, "ParentRef": {"value": customers[parent % len(customers)]["Id"]}}
            self.world.create("Customer", DisplayName=name, IsProject=is_project, **above)

    @rule(which=WHICH, name=NAMES | WORK)
    def rename_customer(self, which: int, name: str) -> None:
        self.world.edit("Customer", which, DisplayName=name)

    @rule(which=WHICH, is_active=st.booleans())
    def put_customer_aside_or_back(self, which: int, is_active: bool) -> None:
        self.world.edit("Customer", which, Active=is_active)

    @rule(which=WHICH, email=EMAILS)
    def edit_customer(self, which: int, email: str) -> None:
        self.world.edit("Customer", which, PrimaryEmailAddr={"Address": email})

    @rule(which=WHICH, other=WHICH)
    def merge_customers(self, which: int, other: int) -> None:
        self.world.merge(which, other)

    # Our people

    @rule(which=WHICH)
    def confirm(self, which: int) -> None:
        self.world.confirm(which)

    @rule(which=WHICH)
    def reject(self, which: int) -> None:
        self.world.reject(which)

    @rule(which=WHICH)
    def unlink(self, which: int) -> None:
        self.world.unlink(which)

    # Us

    @rule()
    def run(self) -> None:
        self.world.run()

    @rule()
    def approve_and_run(self) -> None:
        self.world.approve()
        self.world.run()

    @rule(path=st.sampled_from(["/customer", "/clients"]), skip=st.integers(0, 1))
    def run_into_trouble(self, path: str, skip: int) -> None:
        self.world.scene.company.faults.arm({"method": "POST", "path": path, "kind": "drop_after_commit", "skip": skip})
        self.world.approve()
        self.world.run()
        self.world.scene.company.faults.clear()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self.world.come_to_rest()
            self.world.assert_still()
        finally:
            self.world.close()
            self.sandbox.control("DELETE", f"/companies/{self.world.scene.made['id']}")
            shutil.rmtree(self.folder)


@pytest.mark.slow
@pytest.mark.timeout(300 + 120 * MINUTES)
def test_links_stay_one_to_one_however_both_sides_drift(sandbox: RunningSandbox, blank_ledger: Path) -> None:
    machine: Callable[[], Drift] = type("Drift", (Drift,), {"sandbox": sandbox, "blank_ledger": blank_ledger})
    run_state_machine_as_test(
        machine if MINUTES else seed(3)(machine),
        settings=settings(
            max_examples=MINUTES * STORIES_A_MINUTE or STORIES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            # A story takes seconds, and to look for a shorter one would take hundreds of them.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
