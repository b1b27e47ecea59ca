"""Any story of names that drift: both sides create, rename, archive, merge and edit at random, people say yes or no,
runs happen in between, some in trouble; links stay one to one, and when the world stands still so do we.

A handful of stories by default, always the same; `HARVEST_QB_LONG_TESTS=minutes` tells new ones for about so long.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.long_tests import MINUTES
from harvest_qb_pipeline_tests.simulation.drifting import Drifting, policy_of
from harvest_qb_pipeline_tests.simulation.scene import make_scene

STORIES = 4
STORIES_A_MINUTE = 5

JOBS = 'invoice_per = "project"\nproject_customers = "job"'
ASIDE = 'archived = "inactive"'
OWNED = '[contacts.owners]\nname = "quickbooks"\nemail = "quickbooks"'
ASKING_NOBODY = '[approvals]\nautomatic_kinds = ["client", "customer", "job"]'
POLICIES = ((JOBS, ASIDE, ""), ("", "", ""), (JOBS, "", OWNED), ("", ASIDE, ASKING_NOBODY))
SWITCHES = ({}, {"requestid": "forgotten", "merged_names": "gone"}, {"client_names_unique": False})
NAMES = st.sampled_from(
    [
        "Birch Ltd", "Birch Limited", "BIRCH, LTD.", "Birch Inc", "Birch", "Bürch Ltd", "Birch (EUR)", "Elm: North",
        "Bluebird Coffee", "Bluebird Coffee Roasters Inc", "Smith & Sons", "Smith and Sons", "Cedar", "Dune LLC",
    ]
)  # fmt: skip
WORK = st.sampled_from(["Website", "Web site", "website", "Audit", "Audit 2026", "Birch Ltd"])
EMAILS = st.sampled_from(["ap@birch.example", "AP@birch.example", "pat@bluebird.example", "ap@localhost"])
WHICH, ANY = st.integers(0, 11), st.booleans()

Act = Callable[[Drifting, Mapping[str, Any]], None]
ACTS: dict[str, tuple[Mapping[str, st.SearchStrategy[Any]], Act]] = {
    "new client": ({"name": NAMES}, lambda world, of: world.create("clients", name=of["name"])),
    "new customer": (
        {"name": NAMES, "email": EMAILS},
        lambda world, of: world.create("Customer", DisplayName=of["name"], PrimaryEmailAddr={"Address": of["email"]}),
    ),
    "new project": ({"of": WHICH, "name": WORK}, lambda world, of: world.create_project(of["of"], of["name"])),
    "new job": (
        {"of": WHICH, "name": WORK, "is_project": ANY},
        lambda world, of: world.create_job(of["of"], of["name"], is_project=of["is_project"]),
    ),
    "new contact": ({"of": WHICH, "email": EMAILS}, lambda world, of: world.create_contact(of["of"], of["email"])),
    "rename client": (
        {"which": WHICH, "name": NAMES},
        lambda world, of: world.edit("clients", of["which"], name=of["name"]),
    ),
    "rename project": (
        {"which": WHICH, "name": WORK},
        lambda world, of: world.edit("projects", of["which"], name=of["name"]),
    ),
    "rename customer or job": (
        {"which": WHICH, "name": NAMES | WORK},
        lambda world, of: world.edit("Customer", of["which"], DisplayName=of["name"]),
    ),
    "archive or restore": (
        {"what": st.sampled_from(["clients", "projects"]), "which": WHICH, "is_active": ANY},
        lambda world, of: world.edit(of["what"], of["which"], is_active=of["is_active"]),
    ),
    "put aside or bring back": (
        {"which": WHICH, "is_active": ANY},
        lambda world, of: world.edit("Customer", of["which"], Active=of["is_active"]),
    ),
    "edit contact": (
        {"which": WHICH, "email": EMAILS},
        lambda world, of: world.edit("contacts", of["which"], email=of["email"]),
    ),
    "edit customer": (
        {"which": WHICH, "email": EMAILS},
        lambda world, of: world.edit("Customer", of["which"], PrimaryEmailAddr={"Address": of["email"]}),
    ),
    "merge": ({"which": WHICH, "into": WHICH}, lambda world, of: world.merge(of["which"], of["into"])),
    "confirm": ({"which": WHICH}, lambda world, of: world.confirm(of["which"])),
    "reject": ({"which": WHICH}, lambda world, of: world.reject(of["which"])),
    "unlink": ({"which": WHICH}, lambda world, of: world.unlink(of["which"])),
}
TROUBLE = st.none() | st.tuples(st.sampled_from(["/customer", "/clients"]), st.integers(0, 1))


ACT = st.one_of(*(st.fixed_dictionaries({"do": st.just(name), **of}) for name, (of, _) in ACTS.items()))
HOUR = st.fixed_dictionaries({"acts": st.lists(ACT, min_size=4, max_size=9), "is_approved": ANY, "trouble": TROUBLE})
"""What people do, then whether they approve what they had been shown, and what the run meets."""
BEGINNING = st.fixed_dictionaries(
    {
        "clients": st.lists(NAMES, min_size=3, max_size=5, unique=True),
        "customers": st.lists(NAMES, min_size=3, max_size=5, unique=True),
        "projects": st.lists(st.tuples(WHICH, WORK), min_size=2, max_size=4, unique=True),
    }
)
STORY = st.lists(HOUR, min_size=4, max_size=4)


def begin(world: Drifting, firm: Mapping[str, Any]) -> None:
    for name in firm["clients"]:
        world.create("clients", name=name)
    for name in firm["customers"]:
        world.create("Customer", DisplayName=name)
    for which, name in firm["projects"]:
        world.create_project(which, name)
    world.run()


def live(world: Drifting, hour: Mapping[str, Any]) -> None:
    for act in hour["acts"]:
        ACTS[act["do"]][1](world, act)
    if hour["is_approved"]:
        world.approve()
    if hour["trouble"]:
        path, skip = hour["trouble"]
        fault = {"method": "POST", "path": path, "kind": "drop_after_commit", "skip": skip}
        world.scene.company.faults.arm(fault)
    world.run()
    world.scene.company.faults.clear()


@pytest.mark.slow
@pytest.mark.timeout(300 + 120 * MINUTES)
def test_links_stay_one_to_one_however_both_sides_drift(sandbox: RunningSandbox, blank_ledger: Path) -> None:
    @settings(
        max_examples=MINUTES * STORIES_A_MINUTE or STORIES,
        deadline=None,
        database=None,
        # A story takes seconds, and to look for a shorter one would take hundreds of them.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(policy=st.sampled_from(POLICIES), switches=st.sampled_from(SWITCHES), firm=BEGINNING, story=STORY)
    def tell(
        policy: tuple[str, str, str], switches: dict[str, Any], firm: dict[str, Any], story: list[dict[str, Any]]
    ) -> None:
        with TemporaryDirectory() as folder:
            scene = make_scene(sandbox, blank_ledger, Path(folder), clients=0, switches=switches)
            world = Drifting(scene, policy_of(*policy))
            try:
                begin(world, firm)
                for hour in story:
                    live(world, hour)
                world.come_to_rest()
                world.assert_still()
            finally:
                world.close()
                sandbox.control("DELETE", f"/companies/{scene.made['id']}")

    (tell if MINUTES else seed(3)(tell))()
