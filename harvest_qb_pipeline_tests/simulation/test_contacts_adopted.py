"""Parties that are there already: the very same is adopted and linked, any other is held; nothing is made twice."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harvest_qb_pipeline.ledger import approval, sending
from harvest_qb_pipeline.posting.push import push
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.ledger.books import put_link
from harvest_qb_pipeline_tests.simulation.cases import CASES
from harvest_qb_pipeline_tests.simulation.contact_documents import PERSON, one
from harvest_qb_pipeline_tests.simulation.contact_scenes import Parties
from harvest_qb_pipeline_tests.simulation.faulting import FAULTS
from harvest_qb_pipeline_tests.simulation.hall import Hall

NEW = tuple(name for name, case in CASES.items() if case.is_creation and case.is_apart)


@pytest.fixture(scope="module")
def hall(
    sandbox: RunningSandbox, blank_ledger: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hall]:  # fmt: skip
    hall = Hall(sandbox, blank_ledger, tmp_path_factory.mktemp("adopted"))
    yield hall
    hall.close()


def key_of(scene: Parties) -> str:
    return scene.documents[0].key


def commit_late_after_another(scene: Parties, path: str) -> None:
    """An attempt that seemed lost for good is carried out just before the next one."""
    scene.company.faults.arm({"kind": "commit_late", "seconds": 600, "method": "POST", "path": path})
    scene.push()
    scene.wait(1000)
    scene.before_write["POST", path] = scene.let_late_commits_land
    scene.push()
    assert [fault["met"] for fault in scene.company.faults.list()] == [1]


def test_a_lost_ledger_adopts_everything_and_sends_nothing(
    hall: Hall, blank_ledger: Path, tmp_path: Path
) -> None:  # fmt: skip
    scene = hall(*NEW)
    scene.push()
    scene.assert_all_posted()
    assert {scene.link(document.key).how for document in scene.documents} == {"created"}
    writes = scene.writes()
    shutil.copy(blank_ledger, tmp_path / "ledger.sqlite")
    env = {**scene.made["env"], "QUICKBOOKS_REFRESH_TOKEN": scene.company.tokens.refresh_token}
    found = replace(scene, made={**scene.made, "env": env}, folder=tmp_path)
    found.plan()
    found.approve()
    found.push()
    found.assert_all_posted()
    for name in NEW:
        CASES[name].check(found)
    assert {found.link(document.key).how for document in found.documents} == {"adopted"}
    assert found.writes() == writes
    found.close()


def test_a_push_of_some_kinds_leaves_the_others(hall: Hall) -> None:
    scene = hall("client", "contact", "vendor")
    systems = scene.systems()
    report = push(scene.ledger, systems, kinds=("vendor", "contact"))
    assert [row.kind for row in report.rows] == ["vendor", "contact"]
    assert list(scene.states().values()) == ["approved", "posted", "posted"]
    assert [row.kind for row in scene.push().rows] == ["client"]


# Vendors


def test_a_vendor_with_the_same_mail_is_adopted(hall: Hall) -> None:
    scene = hall("vendor")
    made = scene.create(
        "Vendor", DisplayName=scene.name("Ben O'Hara"), PrimaryEmailAddr={"Address": "BEN@example.test"}
    )
    scene.push()
    scene.assert_all_posted()
    assert (scene.link(key_of(scene)).external_id, scene.link(key_of(scene)).how) == (made["Id"], "adopted")
    assert scene.writes() == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"PrimaryEmailAddr": {"Address": "other@example.test"}}, "its e-mail is other@example.test there"),
        ({}, "its e-mail is not set there and ben@example.test here"),
        ({"PrimaryEmailAddr": {"Address": "ben@example.test"}, "Active": False}, "it is inactive"),
    ],
    ids=["another mail", "no mail", "inactive"],
)
def test_another_vendor_of_that_name_is_held(hall: Hall, values: dict[str, object], words: str) -> None:
    scene = hall("vendor", inactive_names="kept")
    scene.create("Vendor", DisplayName=scene.name("Ben O'Hara"), **values)
    scene.push()
    assert words in scene.hold(key_of(scene))
    assert scene.hold(key_of(scene)).startswith("vendor_differs: ")
    assert scene.writes() == []


def test_a_vendor_without_mail_is_known_again_by_when_it_was_made(hall: Hall) -> None:
    scene = hall(requestid="forgotten")
    scene.documents = (one(f"vendor/user-{scene.known.bob}", "vendor", {"DisplayName": scene.name("Cleo")}),)
    scene.plan()
    scene.approve()
    scene.company.faults.arm({"method": "POST", "path": "/vendor", **FAULTS["time-out after it is committed"]})
    scene.push_until_rest()
    scene.assert_all_posted()
    assert len(scene.named("Vendor", scene.name("Cleo"))) == 1


def test_a_vendor_made_by_somebody_else_while_our_attempt_was_lost_is_not_ours(hall: Hall) -> None:
    scene = hall("vendor")
    scene.company.faults.arm({"method": "POST", "path": "/vendor", **FAULTS["time-out before it is committed"]})
    scene.push()
    scene.create("Vendor", DisplayName=scene.name("Ben O'Hara"), GivenName="Benedict")
    scene.wait(1000)
    scene.push()
    assert scene.hold(key_of(scene)).startswith("vendor_differs: ")


@pytest.mark.parametrize("entity", ["Customer", "Employee"])
def test_a_vendors_name_that_another_party_has_is_rejected_with_a_sentence(hall: Hall, entity: str) -> None:
    scene = hall("vendor")
    scene.create(entity, DisplayName=scene.name("Ben O'Hara"), GivenName="Ben")
    (row,) = scene.push().rows
    assert row.state == "rejected"
    assert "Another customer, vendor or employee" in row.reason
    assert scene.named("Vendor", scene.name("Ben O'Hara")) == []


def test_a_vendors_currency_that_quickbooks_replaced_is_flagged(
    sandbox: RunningSandbox, blank_ledger: Path, tmp_path: Path
) -> None:
    hall = Hall(sandbox, blank_ledger, tmp_path)
    scene = hall(vendor_refs_on_create="ignored")
    scene.edit("Preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
    payload = {"DisplayName": "Dora", "CurrencyRef": {"value": "EUR"}}
    scene.documents = (one(f"vendor/user-{scene.known.bob}", "vendor", payload),)
    scene.plan()
    scene.approve()
    (row,) = scene.push().rows
    assert (row.state, row.reason) == ("posted", "Posted, but currency differs: compare the documents.")
    hall.close()


# Clients


def test_the_same_client_is_adopted_and_both_links_are_made(hall: Hall) -> None:
    scene = hall("client")
    made = scene.create("clients", name=scene.name("BIRCH"), currency="USD")
    scene.push()
    scene.assert_all_posted()
    assert scene.link(f"client/customer-{scene.known.birch}").external_id == str(made["id"])
    link = scene.link(f"customer/client-{made['id']}")
    assert (link.external_id, link.how) == (scene.known.birch, "adopted")
    assert scene.writes() == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"currency": "EUR"}, "its currency is EUR, the customer's is USD"),
        ({"currency": "USD", "is_active": False}, "it is archived"),
    ],
    ids=["another currency", "archived"],
)
def test_another_client_of_that_name_is_held(hall: Hall, values: dict[str, object], words: str) -> None:
    scene = hall("client")
    scene.create("clients", name=scene.name("Birch"), **values)
    scene.push()
    assert scene.hold(key_of(scene)).startswith("client_differs: ")
    assert words in scene.hold(key_of(scene))
    assert scene.writes() == []


def test_a_customer_linked_by_hand_meanwhile_gets_no_client_of_its_own(hall: Hall) -> None:
    scene = hall("client")
    put_link(scene.ledger, f"customer/client-{scene.known.client}", scene.known.birch, by="Bea")
    scene.push()
    assert scene.hold(key_of(scene)).startswith("linked_meanwhile: ")
    assert f"customer/client-{scene.known.client}" in scene.hold(key_of(scene))
    assert scene.writes() == []


def test_a_client_linked_to_another_customer_is_not_adopted(hall: Hall) -> None:
    scene = hall("client")
    made = scene.create("clients", name=scene.name("Birch"), currency="USD")
    put_link(scene.ledger, f"customer/client-{made['id']}", scene.known.acme, by="Bea")
    scene.push()
    assert scene.hold(key_of(scene)).startswith("linked_elsewhere: ")
    assert scene.writes() == []


@pytest.mark.parametrize("name", ["client", "vendor", "job", "project"])
def test_what_was_linked_by_hand_after_its_approval_is_not_made(hall: Hall, name: str) -> None:
    scene = hall(name)
    system = "quickbooks" if name in ("vendor", "job") else "harvest"
    put_link(scene.ledger, key_of(scene), "4711", by="Bea", system=system)
    scene.push()
    hold = scene.hold(key_of(scene))
    assert hold.startswith("linked_elsewhere: ")
    assert "id 4711 by now. Nothing was sent." in hold
    assert scene.writes() == []


def test_a_second_client_of_ours_is_recognised_and_held_until_somebody_decides(hall: Hall) -> None:
    scene = hall("client", client_names_unique=False)
    commit_late_after_another(scene, "/clients")
    ids = [row["id"] for row in scene.named("clients", scene.name("Birch"))]
    assert len(ids) == 2
    hold = scene.hold(key_of(scene))
    assert hold.startswith("client_twice: ")
    assert all(str(one) in hold for one in ids)
    kept = int(scene.stored(key_of(scene)).external_id or 0)
    assert f"Keep {kept}" in hold
    (other,) = set(ids) - {kept}
    scene.company.harvest.ui_delete("clients", str(other))
    approval.retry_rejected(scene.ledger, key_of(scene), by="Bea")
    scene.push()
    scene.assert_all_posted()
    CASES["client"].check(scene)


@pytest.mark.parametrize(("name", "path"), [("client", "/clients"), ("project", "/projects")])
def test_a_late_commit_that_takes_the_name_is_found_and_not_made_again(hall: Hall, name: str, path: str) -> None:
    scene = hall(name)
    commit_late_after_another(scene, path)
    scene.assert_all_posted()
    CASES[name].check(scene)


def test_two_clients_of_that_name_are_for_a_person(hall: Hall) -> None:
    scene = hall("client", client_names_unique=False)
    for _ in range(2):
        scene.create("clients", name=scene.name("Birch"), currency="USD")
    scene.push()
    assert scene.hold(key_of(scene)).startswith("client_twice: ")
    assert scene.writes() == []


def test_a_currency_that_harvest_replaced_is_flagged_and_stops_what_depends_on_it(hall: Hall) -> None:
    scene = hall("newcomer", unknown_client_currency="account_currency")
    first, *others = scene.documents[0].postings
    payload = {**first.payload, "client": {**first.payload["client"], "currency": "XXQ"}}
    scene.documents = (replace(scene.documents[0], postings=(replace(first, payload=payload), *others)),)
    scene.plan()
    scene.approve()
    scene.push()
    assert scene.stored(first.key).flags == ("currency_differs",)
    assert [scene.stored(other.key).state for other in others] == ["approved", "approved"]


def test_a_client_deleted_before_its_project_was_made_is_said_and_not_made_again(hall: Hall) -> None:
    scene = hall("newcomer")
    client_key = key_of(scene)
    scene.company.faults.arm({"method": "GET", "path": "/contacts", "kind": "status", "status": 500, "times": 3})
    scene.company.faults.arm({"method": "GET", "path": "/projects", "kind": "status", "status": 500, "times": 3})
    scene.push()
    scene.company.harvest.ui_delete("clients", scene.stored(client_key).external_id)
    scene.push()
    states = [scene.stored(posting.key) for posting in scene.documents[0].postings]
    assert [posting.state for posting in states] == ["posted", "rejected", "rejected"]
    assert all("Harvest refused" in (posting.error or "") for posting in states[1:])


# Contacts


@pytest.mark.parametrize(
    "values",
    [{"first_name": "Cyrus", "email": "CY@birch.test"}, {"first_name": "cy", "last_name": "Doe", "email": ""}],
    ids=["same mail", "same name without a mail"],
)
def test_the_same_person_is_adopted(hall: Hall, values: dict[str, str]) -> None:
    scene = hall("contact")
    made = scene.create("contacts", client_id=scene.known.client, **values)
    scene.push()
    scene.assert_all_posted()
    assert scene.link(key_of(scene)).external_id == str(made["id"])
    assert scene.writes() == []


def test_a_namesake_with_another_mail_is_another_person(hall: Hall) -> None:
    scene = hall("contact")
    scene.create("contacts", client_id=scene.known.client, **{**PERSON, "email": "doe@elsewhere.test"})
    scene.push()
    scene.assert_all_posted()
    CASES["contact"].check(scene)


def test_a_second_contact_of_ours_is_recognised_and_held(hall: Hall) -> None:
    scene = hall("contact")
    commit_late_after_another(scene, "/contacts")
    assert scene.hold(key_of(scene)).startswith("contact_twice: ")
    assert len(scene.contacts(scene.known.client)) == 3, "Ada, and Cy twice"


# Projects


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"bill_by": "none"}, "bill_by is none there and Project here"),
        ({"bill_by": "Project", "is_billable": False}, "is_billable is False there and True here"),
        ({"bill_by": "Project", "is_active": False}, "it is archived"),
    ],
    ids=["billed otherwise", "not billable", "archived"],
)
def test_another_project_of_that_name_is_held(hall: Hall, values: dict[str, object], words: str) -> None:
    scene = hall("project")
    given = {"is_billable": True, "budget_by": "none", **values}
    scene.create("projects", client_id=scene.known.client, name=scene.name("Onboarding"), **given)
    scene.push()
    assert scene.hold(key_of(scene)).startswith("project_differs: ")
    assert words in scene.hold(key_of(scene))
    assert scene.writes() == []


def test_a_job_linked_by_hand_meanwhile_gets_no_project_of_its_own(hall: Hall) -> None:
    scene = hall("project")
    put_link(scene.ledger, "job/project-12345", scene.known.new_job, by="Bea")
    scene.push()
    assert scene.hold(key_of(scene)).startswith("linked_meanwhile: ")
    assert scene.writes() == []
    assert "job/project-12345" in scene.hold(key_of(scene))


def test_what_somebody_assigned_in_between_is_assigned_once(hall: Hall) -> None:
    scene = hall("project")

    def assign(method: str, path: str, *_: object) -> None:
        if method == "GET" and path.endswith(f"/tasks/{scene.known.task}"):
            (project,) = scene.named("projects", scene.name("Onboarding"))
            scene.create("task_assignments", project_id=project["id"], task_id=scene.known.task, billable=True)

    scene.listener = assign
    scene.push()
    scene.assert_all_posted()
    CASES["project"].check(scene)
    assert [call["status"] for call in scene.company.calls.list() if call["method"] == "POST"] == [201, 422, 201, 201]


def test_a_task_that_is_gone_is_flagged_and_everything_else_is_assigned(hall: Hall) -> None:
    scene = hall("project")
    scene.company.harvest.ui_delete("tasks", str(scene.known.other_task))
    scene.push()
    stored = scene.stored(key_of(scene))
    assert (stored.state, stored.flags) == ("posted", ("tasks_missing",))
    (project,) = scene.named("projects", scene.name("Onboarding"))
    assert [row["task"]["id"] for row in scene.of_project("task_assignments", project["id"])] == [scene.known.task]
    assert scene.known.bob in [row["user"]["id"] for row in scene.of_project("user_assignments", project["id"])]
    assert scene.link(f"job/project-{project['id']}").external_id == scene.known.new_job
    sending.clear_flag(scene.ledger, key_of(scene), "tasks_missing", by="Bea", reason="not needed")
    scene.assert_all_posted()


# Customers


def test_a_customer_linked_to_another_client_is_not_adopted(hall: Hall) -> None:
    scene = hall()
    put_link(scene.ledger, f"customer/client-7{scene.known.client}", scene.known.acme, by="Bea")
    payload = {"DisplayName": scene.name("Acme"), "CurrencyRef": {"value": "USD"}, "Notes": {"$marker": "From Harvest"}}
    scene.documents = (one(f"customer/client-{scene.known.client}", "customer", payload),)
    scene.plan()
    scene.approve()
    scene.push()
    hold = scene.hold(key_of(scene))
    assert hold.startswith("linked_elsewhere: ")
    assert f"customer/client-7{scene.known.client}" in hold
    assert scene.stored(key_of(scene)).external_id is None, "nothing has begun, so it may be planned anew"
    assert scene.writes() == []
