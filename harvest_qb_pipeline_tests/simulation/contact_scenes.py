"""Parties about to be sent: clients, contacts, projects, customers, jobs, vendors, and changes of those that exist.

Belongs here: what stands in a fresh company before, what is planned for it, and what must be true at the end. Must not
be here: faults. Payloads are literal, in the shapes that planning makes, so that the engine is tested without it.
"""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger import approval, reading
from harvest_qb_pipeline.ledger.links import Link, links
from harvest_qb_pipeline.ledger.model import Document, Operation, Posting, StoredPosting, System
from harvest_qb_pipeline.ledger.planning import PlanResult, record_plan
from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.switches import Switches
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline.transport.http import OnCall
from harvest_qb_pipeline_tests.simulation.scene import TODAY, Scene

KINDS = (
    *("customer", "job", "vendor", "client", "contact", "project"),
    *("customer_update", "job_update", "client_update", "contact_update"),
)
ADDRESS = "1 High Street\r\nSpringfield"


@dataclass
class Known:
    """Ids of what stands in the company before anything is sent; `tag` is behind the name of each."""

    tag: str = ""
    acme: str = ""
    job: str = ""
    birch: str = ""
    new_job: str = ""
    client: int = 0
    contact: int = 0
    task: int = 0
    other_task: int = 0
    ann: int = 0
    bob: int = 0


@dataclass
class Parties(Scene):
    """One company and what is to be made or changed in it."""

    known: Known = field(default_factory=Known)
    documents: tuple[Document, ...] = ()
    listener: OnCall | None = None

    def __post_init__(self) -> None:
        self.on_call = self._hear

    def begin(self, names: tuple[str, ...], tag: str, switches: JsonObject) -> None:
        """Parties of their own, planned and approved; nothing left of what was armed or called before."""
        self.company.switches.update({**asdict(Switches()), **switches})
        self.known = furnish(self.company, tag)
        self.documents = tuple(CASES[name].document(self.known) for name in names)
        self.plan()
        self.approve()
        self.company.faults.clear()
        self.before_write.clear()
        self.listener = None
        if any(posting.target == "quickbooks" for document in self.documents for posting in document.postings):
            # A token of its own, so that it does not run out amid the calls that are counted.
            self.quickbooks.tokens.another_than(self.quickbooks.tokens.access_token())
        self.company.calls.clear()

    def name(self, name: str) -> str:
        return name + self.known.tag

    def plan(self, documents: list[Document] | None = None, numbers_taken: tuple[str, ...] = ()) -> PlanResult:
        wanted = self.documents if documents is None else documents
        return record_plan(
            self.ledger, wanted, kinds=KINDS, numbers_taken=numbers_taken, policy_sha256="test"
        )  # fmt: skip

    def approve(self) -> None:
        for document in self.documents:
            approval.approve(self.ledger, document.key, by="Bea", sha256=None, via="test")

    def states(self) -> dict[str, str]:
        """Of what is planned now; the ledger keeps what was planned before in the same company."""
        return {one.key: self.stored(one.key).state for document in self.documents for one in document.postings}

    def stored(self, key: str) -> StoredPosting:
        found = reading.posting(self.ledger, key)
        assert found is not None
        return found

    def hold(self, key: str) -> str:
        """Code and sentence of the one reason why a posting is held."""
        posting = self.stored(key)
        assert posting.state == "held", (posting.state, posting.error)
        (reason,) = posting.hold_reasons
        return f"{reason.code}: {reason.sentence}"

    def link(self, key: str) -> Link:
        (found,) = [link for link in links(self.ledger, prefix=key) if link.key == key]
        return found

    def customer(self, customer_id: str) -> JsonObject:
        return self.row("Customer", customer_id)

    def row(self, entity: str, record_id: str) -> JsonObject:
        (found,) = [row for row in self.company.quickbooks.dump(entity) if row["Id"] == record_id]
        return found

    def named(self, collection: str, name: str) -> list[JsonObject]:
        """Records of Harvest (small letters) or QuickBooks (a capital) with this name."""
        if collection[0].isupper():
            return [row for row in self.company.quickbooks.dump(collection) if row["DisplayName"] == name]
        return [row for row in self.company.harvest.dump(collection) if row["name"] == name]

    def is_planned(self, family: str) -> bool:
        """Whether a document of its own is planned for it, not one of a newcomer."""
        return any(document.key.startswith(f"{family}/") for document in self.documents)

    def contacts(self, client_id: int) -> list[JsonObject]:
        return [row for row in self.company.harvest.dump("contacts") if row["client"]["id"] == client_id]

    def of_project(self, collection: str, project_id: int) -> list[JsonObject]:
        return [row for row in self.company.harvest.dump(collection) if row["project"]["id"] == project_id]

    def edit(self, entity: str, record_id: str, **values: Json) -> None:
        """Somebody changes a record of QuickBooks by hand."""
        with self.company.lock:
            self.company.quickbooks.ui_update(entity, record_id, values)

    def edit_harvest(self, collection: str, record_id: int, **values: Json) -> None:
        with self.company.lock:
            self.company.harvest.ui_update(collection, str(record_id), values)

    def create(self, collection: str, **values: Json) -> JsonObject:
        """Somebody makes a record by hand, in QuickBooks where the collection has a capital."""
        with self.company.lock:
            books = self.company.quickbooks if collection[0].isupper() else self.company.harvest
            return books.ui_create(collection, values)

    def _hear(self, method: str, path: str, status: int | None, seconds: float) -> None:
        if self.listener:
            self.listener(method, path, status, seconds)

    def assert_all_posted(self) -> None:
        """Everything planned is posted without flags."""
        for document in self.documents:
            for posting in document.postings:
                stored = self.stored(posting.key)
                assert (stored.state, stored.flags) == ("posted", ()), (posting.key, stored.error, stored.hold_reasons)


@dataclass(frozen=True)
class Case:
    """One sort of posting: the document that is planned, and what is true when it was sent exactly once."""

    name: str
    document: Callable[[Known], Document]
    check: Callable[[Parties], None]


def customer_update(known: Known) -> Document:
    fields: JsonObject = {
        "DisplayName": f"Acme Limited{known.tag}",
        "PrimaryEmailAddr": {"Address": "office@acme.test"},
        "BillAddr": {"Line1": "1 High Street", "Line2": "Springfield"},
        "Taxable": False,
    }
    return one(
        f"customer_update/client-{known.client}/1", "customer_update", {"id": known.acme, "fields": fields}, "update"
    )


def inactivation(known: Known) -> Document:
    payload: JsonObject = {"id": known.birch, "fields": {"Active": False}}
    return one(f"customer_update/client-9{known.birch}/1", "customer_update", payload, "update")


def job_update(known: Known) -> Document:
    payload: JsonObject = {
        "id": known.job,
        "fields": {"DisplayName": f"Acme - Website{known.tag}", "BillWithParent": True},
    }
    return one(f"job_update/project-{known.job}/1", "job_update", payload, "update")


def job(known: Known) -> Document:
    payload: JsonObject = {
        "DisplayName": f"Acme - Shop{known.tag}",
        "CurrencyRef": {"value": "USD"},
        "Job": True,
        "ParentRef": {"value": known.acme},
        "BillWithParent": True,
        "Notes": {"$marker": "Project 9 in Harvest"},
    }
    return one(f"job/project-9{known.job}", "job", payload)


def vendor(known: Known) -> Document:
    payload: JsonObject = {
        "DisplayName": f"Ben O'Hara{known.tag}",
        "GivenName": "Ben",
        "FamilyName": "O'Hara",
        "PrimaryEmailAddr": {"Address": "ben@example.test"},
    }
    return one(f"vendor/user-{known.bob}", "vendor", payload)


def client(known: Known) -> Document:
    payload: JsonObject = {
        "client": {"name": f"Birch{known.tag}", "currency": "USD", "address": ADDRESS}, "customer_id": known.birch
    }  # fmt: skip
    return one(f"client/customer-{known.birch}", "client", payload, target="harvest")


def contact(known: Known) -> Document:
    payload: JsonObject = {"contact": {"client_id": known.client, **PERSON}}
    return one(f"contact/customer-{known.acme}", "contact", payload, target="harvest")


def project(known: Known) -> Document:
    payload: JsonObject = {
        **_project(known.client, known), "job_id": known.new_job
    }  # fmt: skip
    return one(f"project/customer-{known.new_job}", "project", payload, target="harvest")


def client_update(known: Known) -> Document:
    payload: JsonObject = {
        "client_id": known.client,
        "fields": {"name": f"Acme Limited{known.tag}", "address": ADDRESS},
    }
    return one(f"client_update/client-{known.client}/1", "client_update", payload, "update", target="harvest")


def contact_update(known: Known) -> Document:
    payload: JsonObject = {"contact_id": known.contact, "fields": {"email": "ada@acme.test", "phone_office": "555 1"}}
    return one(f"contact_update/contact-{known.contact}/1", "contact_update", payload, "update", target="harvest")


def newcomer(known: Known) -> Document:
    """A customer of QuickBooks that becomes a client with a contact and a first project: one document of three."""
    key, link = f"client/customer-{known.birch}", {"$link": f"client/customer-{known.birch}"}
    postings = (
        *client(known).postings,
        posting(
            f"contact/customer-{known.birch}", "contact", {"contact": {"client_id": link, **PERSON}}, target="harvest",
            needs=(key,),
        ),
        posting(
            f"project/customer-{known.birch}", "project", _project(link, known), target="harvest", needs=(key,)
        ),
    )  # fmt: skip
    return Document(key, "New client Birch in Harvest", postings)


PERSON: JsonObject = {
    "first_name": "Cy", "last_name": "Doe", "email": "cy@birch.test", "phone_office": "555 2"
}  # fmt: skip


def _project(client_id: Json, known: Known) -> JsonObject:
    terms: JsonObject = {
        "client_id": client_id,
        "name": f"Onboarding{known.tag}",
        "is_billable": True,
        "bill_by": "Project",
        "hourly_rate": Decimal("110.5"),
        "budget_by": "project",
        "budget": Decimal(40),
    }
    return {"project": terms, "tasks": [known.task, known.other_task], "people": [known.bob]}


# What is true when each was sent exactly once


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


CASES = {
    case.name: case
    for case in (
        Case("customer_update", customer_update, is_customer_updated),
        Case("inactivation", inactivation, is_put_aside),
        Case("job_update", job_update, is_job_updated),
        Case("job", job, is_job_made),
        Case("vendor", vendor, is_vendor_made),
        Case("client", client, is_client_made),
        Case("contact", contact, is_contact_made),
        Case("project", project, is_project_made),
        Case("client_update", client_update, is_client_updated),
        Case("contact_update", contact_update, is_contact_updated),
        Case("newcomer", newcomer, is_newcomer_made),
    )
}


# Making them


def one(
    key: str, kind: str, payload: JsonObject, operation: Operation = "create", target: System = "quickbooks"
) -> Document:
    return Document(key, f"{kind} {key}", (posting(key, kind, payload, operation, target),))


def posting(
    key: str,
    kind: str,
    payload: JsonObject,
    operation: Operation = "create",
    target: System = "quickbooks",
    needs: tuple[str, ...] = (),
) -> Posting:
    what = f"{kind} {key}"
    return Posting(key, kind, target, operation, payload, Decimal(0), "USD", date(2026, 11, 1), what, needs)


@dataclass
class Hall:
    """Makes scenes. Calls with the same company follow each other in one, which costs little; a spoilt one is left."""

    sandbox: RunningSandbox
    blank_ledger: Path
    folder: Path
    read_seconds: float = 10.0
    scenes: list[Parties] = field(default_factory=list)
    begun: int = 0

    def __call__(self, *names: str, **switches: Json) -> Parties:
        """A scene where the parties of these cases are planned and approved, under these switches."""
        scene = self.scenes[-1] if self.scenes and not self.scenes[-1].moving() else self._open()
        self.begun += 1
        scene.begin(names, f" {self.begun}", switches)
        return scene

    def close(self) -> None:
        for scene in self.scenes:
            scene.close()
            self.sandbox.control("DELETE", f"/companies/{scene.made['id']}")

    def _open(self) -> Parties:
        home = self.folder / f"hall-{len(self.scenes)}"
        home.mkdir()
        shutil.copy(self.blank_ledger, home / "ledger.sqlite")
        made = self.sandbox.create_company(size="empty", today=TODAY.isoformat())
        scene = Parties(self.sandbox, made, home, read_seconds=self.read_seconds)
        self.scenes.append(scene)
        return scene


def furnish(company: Company, tag: str) -> Known:
    """Acme on both sides, with a job and a contact; Birch only in QuickBooks; a task that is not billable; Bob."""
    with company.lock:
        quickbooks, harvest = company.quickbooks.ui_create, company.harvest.ui_create
        old = {"Line1": "Old", "City": "Gotham"}
        acme = quickbooks("Customer", {"DisplayName": f"Acme{tag}", "Notes": "Pays late", "BillAddr": old})["Id"]
        job_of = {"Job": True, "ParentRef": {"value": acme}}
        client_id = harvest("clients", {"name": f"Acme{tag}", "currency": "USD"})["id"]
        contact = {"client_id": client_id, "first_name": "Ada", "email": "old@acme.test"}
        bob = {"first_name": "Bob", "last_name": "Ray", "email": f"bob{tag.strip()}@firm.test"}
        users = company.harvest.dump("users")
        return Known(
            tag=tag,
            acme=acme,
            job=quickbooks("Customer", {"DisplayName": f"Acme - Web{tag}", **job_of})["Id"],
            birch=quickbooks("Customer", {"DisplayName": f"Birch{tag}"})["Id"],
            new_job=quickbooks("Customer", {"DisplayName": f"Acme - Onboarding{tag}", **job_of})["Id"],
            client=client_id,
            contact=harvest("contacts", contact)["id"],
            task=harvest("tasks", {"name": f"Design{tag}", "billable_by_default": True})["id"],
            other_task=harvest("tasks", {"name": f"Travel{tag}", "billable_by_default": False})["id"],
            ann=next(user["id"] for user in users if "administrator" in user["access_roles"]),
            bob=harvest("users", bob)["id"],
        )
