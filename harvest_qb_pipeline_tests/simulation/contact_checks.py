"""What is true of a company and its ledger when each sort of document was sent exactly once.

Belongs here: looking. Must not be here: making anything so.
"""

from decimal import Decimal

from harvest_qb_pipeline.ledger.links import links
from harvest_qb_pipeline_tests.simulation.contact_documents import ADDRESS
from harvest_qb_pipeline_tests.simulation.contact_scenes import Parties


def is_customer_updated(scene: Parties) -> None:
    row = scene.customer(scene.known.acme)
    assert (row["DisplayName"], row["PrimaryEmailAddr"]["Address"]) == (scene.name("Acme Limited"), "office@acme.test")
    assert {name: row["BillAddr"].get(name) for name in ("Line1", "Line2", "City")} == {
        "Line1": "1 High Street", "Line2": "Springfield", "City": None
    }  # fmt: skip
    assert row["Taxable"] is False
    assert row["Notes"] == "Pays late", "what is not ours is left alone"


def is_put_aside(scene: Parties) -> None:
    row = scene.customer(scene.known.birch)
    assert (row["Active"], row["DisplayName"]) == (False, scene.name("Birch") + " (deleted)")


def is_job_updated(scene: Parties) -> None:
    row = scene.customer(scene.known.job)
    assert (row["DisplayName"], row["BillWithParent"]) == (scene.name("Acme - Website"), True)
    assert row["ParentRef"]["value"] == scene.known.acme


def is_job_made(scene: Parties) -> None:
    (row,) = scene.named("Customer", scene.name("Acme - Shop"))
    assert row["ParentRef"]["value"] == scene.known.acme
    assert scene.link(f"job/project-9{scene.known.job}").external_id == row["Id"]


def is_vendor_made(scene: Parties) -> None:
    (row,) = scene.named("Vendor", scene.name("Ben O'Hara"))
    assert row["PrimaryEmailAddr"]["Address"] == "ben@example.test"
    assert scene.link(f"vendor/user-{scene.known.bob}").external_id == row["Id"]


def is_client_made(scene: Parties) -> None:
    (row,) = scene.named("clients", scene.name("Birch"))
    assert (row["currency"], row["address"]) == ("USD", ADDRESS)
    made = scene.link(f"client/customer-{scene.known.birch}")
    assert (made.system, made.external_id) == ("harvest", str(row["id"]))
    back = scene.link(f"customer/client-{row['id']}")
    assert (back.system, back.external_id, back.how) == ("quickbooks", scene.known.birch, made.how)


def is_contact_made(scene: Parties) -> None:
    clients = (
        [scene.known.client]
        if scene.is_planned("contact")
        else [row["id"] for row in scene.named("clients", scene.name("Birch"))]
    )
    (client_id,) = clients
    (row,) = [row for row in scene.contacts(client_id) if row["email"] == "cy@birch.test"]
    assert (row["first_name"], row["last_name"], row["phone_office"]) == ("Cy", "Doe", "555 2")


def is_project_made(scene: Parties) -> None:
    (row,) = scene.named("projects", scene.name("Onboarding"))
    assert (row["bill_by"], Decimal(str(row["hourly_rate"]))) == ("Project", Decimal("110.5"))
    billable = {one["task"]["id"]: one["billable"] for one in scene.of_project("task_assignments", row["id"])}
    assert billable == {scene.known.task: True, scene.known.other_task: False}
    people = [one["user"]["id"] for one in scene.of_project("user_assignments", row["id"])]
    assert sorted(people) == sorted({scene.known.ann, scene.known.bob}), "its maker and who was planned"
    made = [link for link in links(scene.ledger, prefix="job/project-") if link.external_id == scene.known.new_job]
    if scene.is_planned("project"):
        assert [link.key for link in made] == [f"job/project-{row['id']}"]


def is_client_updated(scene: Parties) -> None:
    (row,) = scene.named("clients", scene.name("Acme Limited"))
    assert (row["id"], row["address"], row["currency"]) == (scene.known.client, ADDRESS, "USD")


def is_contact_updated(scene: Parties) -> None:
    (row,) = [row for row in scene.company.harvest.dump("contacts") if row["id"] == scene.known.contact]
    assert (row["first_name"], row["email"], row["phone_office"]) == ("Ada", "ada@acme.test", "555 1")


def is_newcomer_made(scene: Parties) -> None:
    is_client_made(scene)
    is_contact_made(scene)
    is_project_made(scene)
    (row,) = scene.named("clients", scene.name("Birch"))
    assert scene.named("projects", scene.name("Onboarding"))[0]["client"]["id"] == row["id"]
