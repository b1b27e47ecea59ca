"""Others change the same records: only our fields are sent, nobody's edit is lost, and what cannot be is held."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.cases import CASES
from harvest_qb_pipeline_tests.simulation.contact_documents import one
from harvest_qb_pipeline_tests.simulation.contact_scenes import Parties
from harvest_qb_pipeline_tests.simulation.hall import Hall

POST = ("POST", "/customer")


@pytest.fixture(scope="module")
def hall(
    sandbox: RunningSandbox, blank_ledger: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hall]:  # fmt: skip
    hall = Hall(sandbox, blank_ledger, tmp_path_factory.mktemp("changed"))
    yield hall
    hall.close()


def bill(scene: Parties, customer_id: str) -> None:
    """An invoice by hand, so that the customer owes something."""
    item = next(row["Id"] for row in scene.company.quickbooks.dump("Item") if row["Type"] == "Service")
    line = {"Amount": 40, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": item}}}
    scene.create("Invoice", CustomerRef={"value": customer_id}, Line=[line])


def change(scene: Parties, fields: JsonObject, customer_id: str | None = None) -> str:
    """Plans and approves another change of Acme, instead of what the scene began with; its key."""
    customer_id = customer_id or scene.known.acme
    key = f"customer_update/client-{scene.known.client}/2"
    scene.documents = (one(key, "customer_update", {"id": customer_id, "fields": fields}, "update"),)
    scene.plan()
    scene.approve()
    return key


def key_of(scene: Parties) -> str:
    return scene.documents[0].key


# Edits between our read and our write


def test_an_edit_of_another_field_survives_and_ours_is_sent_again_as_another_request(hall: Hall) -> None:
    scene = hall("customer_update")
    scene.before_write[POST] = lambda: scene.edit("Customer", scene.known.acme, Notes="Pays late", WebAddr={"URI": "x"})
    scene.push()
    scene.assert_all_posted()
    CASES["customer_update"].check(scene)
    assert scene.customer(scene.known.acme)["WebAddr"]["URI"] == "x"
    sent = [call for call in scene.company.calls.list() if call["method"] == "POST"]
    assert [call["status"] for call in sent] == [400, 200]
    assert len({call["params"]["requestid"] for call in sent}) == 2
    assert [int(call["body"]["SyncToken"]) for call in sent] == [0, 1]
    assert all(call["body"]["sparse"] is True and "Notes" not in call["body"] for call in sent)


def test_an_edit_that_does_what_we_wanted_ends_it(hall: Hall) -> None:
    scene = hall("job_update")
    scene.before_write[POST] = lambda: scene.edit(
        "Customer", scene.known.job, DisplayName=scene.name("Acme - Website"), BillWithParent=True
    )
    scene.push()
    scene.assert_all_posted()
    assert [call["status"] for call in scene.company.calls.list() if call["method"] == "POST"] == [400]


def test_our_field_changed_by_somebody_else_in_between_is_ours_again(hall: Hall) -> None:
    scene = hall("customer_update")
    scene.before_write[POST] = lambda: scene.edit("Customer", scene.known.acme, DisplayName=scene.name("Acme Ltd"))
    scene.push()
    CASES["customer_update"].check(scene)


def test_a_record_that_changes_all_the_time_is_left_for_the_next_push(hall: Hall) -> None:
    scene = hall("customer_update")
    edits = iter(range(100))

    def edit() -> None:
        scene.edit("Customer", scene.known.acme, WebAddr={"URI": f"x{next(edits)}"})
        scene.before_write[POST] = edit

    scene.before_write[POST] = edit
    (row,) = scene.push().rows
    assert row.state == "approved"
    assert "kept changing customer" in row.reason
    assert next(edits) == 3
    scene.before_write.clear()
    scene.push()
    scene.assert_all_posted()


def test_what_is_so_already_is_not_sent(hall: Hall) -> None:
    scene = hall("client_update", "contact_update", "inactivation")
    scene.edit_harvest("clients", scene.known.client, **scene.documents[0].postings[0].payload["fields"])
    scene.edit_harvest("contacts", scene.known.contact, **scene.documents[1].postings[0].payload["fields"])
    scene.edit("Customer", scene.known.birch, Active=False)
    scene.push()
    scene.assert_all_posted()
    assert scene.writes() == []


def test_a_late_commit_of_an_update_after_it_was_sent_again_ends_equal(hall: Hall) -> None:
    """The same change twice: the second has an old SyncToken in QuickBooks, and changes nothing in Harvest."""
    for name, method in (("customer_update", "POST"), ("client_update", "PATCH")):
        scene = hall(name)
        scene.company.faults.arm({"kind": "commit_late", "seconds": 600, "method": method})
        scene.push()
        scene.wait(1000)
        scene.push()
        scene.assert_all_posted()
        scene.let_late_commits_land()
        CASES[name].check(scene)
        assert [fault["met"] for fault in scene.company.faults.list()] == [1]


def test_empty_values_take_a_field_away(hall: Hall) -> None:
    scene = hall()
    scene.edit("Customer", scene.known.acme, PrimaryPhone={"FreeFormNumber": "555"}, CompanyName="Acme")
    key = change(scene, {"PrimaryPhone": {}, "CompanyName": "", "BillAddr": {}})
    scene.push()
    assert scene.stored(key).flags == ()
    row = scene.customer(scene.known.acme)
    assert not {"PrimaryPhone", "CompanyName", "BillAddr"} & row.keys()


# Records that are gone


@pytest.mark.parametrize("merged_names", ["inactive", "gone", "deleted"])
def test_a_merged_customer_is_held_with_what_to_do(hall: Hall, merged_names: str) -> None:
    scene = hall("job_update", merged_names=merged_names)
    scene.edit("Customer", scene.known.job, merge_into=scene.known.new_job)
    scene.push()
    hold = scene.hold(key_of(scene))
    assert hold.startswith("deleted_elsewhere: ")
    assert scene.known.job in hold
    assert "link the one that took its place" in hold
    assert scene.writes() == []


def test_a_customer_put_aside_by_somebody_is_not_changed(hall: Hall) -> None:
    scene = hall("customer_update")
    scene.edit("Customer", scene.known.acme, Active=False)
    scene.push()
    assert f"Customer '{scene.name('Acme')}'" in scene.hold(key_of(scene))
    assert scene.writes() == []


@pytest.mark.parametrize(("name", "collection"), [("client_update", "clients"), ("contact_update", "contacts")])
def test_a_record_deleted_in_harvest_is_held(hall: Hall, name: str, collection: str) -> None:
    scene = hall(name)
    record_id = scene.known.client if collection == "clients" else scene.known.contact
    scene.company.harvest.ui_delete(collection, str(record_id))
    scene.push()
    hold = scene.hold(key_of(scene))
    assert hold.startswith("deleted_elsewhere: ")
    assert f"(id {record_id}) was deleted in Harvest" in hold
    assert scene.writes() == []


# Open balances (rule 48)


def test_a_customer_that_owes_is_never_made_inactive(hall: Hall) -> None:
    scene = hall("inactivation")
    bill(scene, scene.known.birch)
    scene.push()
    hold = scene.hold(key_of(scene))
    assert hold.startswith("open_balance: ")
    assert "40.00 USD" in hold
    assert scene.writes() == []


def test_nor_is_one_whose_jobs_owe(hall: Hall) -> None:
    scene = hall()
    bill(scene, scene.known.job)
    key = change(scene, {"Active": False})
    scene.push()
    assert "40.00 USD (of its jobs)" in scene.hold(key)


def test_a_balance_that_arises_at_the_last_moment_is_refused_by_quickbooks(hall: Hall) -> None:
    scene = hall("inactivation")
    scene.before_write[POST] = lambda: bill(scene, scene.known.birch)
    (row,) = scene.push().rows
    assert row.state == "rejected"
    assert "cannot make this inactive while it has an open balance" in row.reason
    assert scene.customer(scene.known.birch)["Active"] is True


# Refusals


REFUSED: dict[str, tuple[Callable[[Parties], JsonObject], str]] = {
    "a name that a vendor has": (
        lambda scene: {
            "DisplayName": scene.create("Vendor", DisplayName=scene.name("Cobalt"))["DisplayName"]
        },
        "Another customer, vendor or employee in QuickBooks already has this name",
    ),
    "an address that is none": (
        lambda _: {"PrimaryEmailAddr": {"Address": "nobody at home"}}, "An e-mail address is not valid"
    ),
    "a name with a colon": (lambda _: {"DisplayName": "A:B"}, "must not contain a colon"),
    "a name that is too long": (lambda _: {"DisplayName": "x" * 600}, "A text is longer or shorter"),
    "terms that are gone": (lambda _: {"SalesTermRef": {"value": "999"}}, "does not have or"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_quickbooks_refuses_is_rejected_with_a_sentence_and_changes_nothing(hall: Hall, what: str) -> None:
    scene = hall()
    fields, sentence = REFUSED[what]
    before = scene.customer(scene.known.acme)
    change(scene, fields(scene))
    (row,) = scene.push().rows
    assert row.state == "rejected"
    assert sentence in row.reason
    assert scene.customer(scene.known.acme) == before


def test_a_name_taken_in_harvest_is_rejected_with_a_sentence(hall: Hall) -> None:
    scene = hall("client_update")
    scene.create("clients", name=scene.name("Acme Limited"))
    (row,) = scene.push().rows
    assert row.state == "rejected"
    assert "Name has already been taken" in row.reason
    assert scene.named("clients", scene.name("Acme"))[0]["id"] == scene.known.client
