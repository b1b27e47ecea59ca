"""Parties about to be sent: clients, contacts, projects, customers, jobs, vendors, and changes of those that exist.

Belongs here: the company they are in, what stands in it before, and how it is looked at. Must not be here: what is
planned (`contact_documents`), what must be true at the end (`contact_checks`), faults.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger import approval, kinds, reading
from harvest_qb_pipeline.ledger.links import Link, links
from harvest_qb_pipeline.ledger.model import Document, StoredPosting
from harvest_qb_pipeline.ledger.plans import PlanResult
from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.switches import Switches
from harvest_qb_pipeline.transport.http import OnCall
from harvest_qb_pipeline_tests.ledger.books import record
from harvest_qb_pipeline_tests.simulation.contact_documents import Known
from harvest_qb_pipeline_tests.simulation.scene import Scene


@dataclass
class Parties(Scene):
    """One company and what is to be made or changed in it."""

    known: Known = field(default_factory=Known)
    documents: tuple[Document, ...] = ()
    listener: OnCall | None = None

    def __post_init__(self) -> None:
        self.on_call = self._hear

    def begin(self, planned: Sequence[Callable[[Known], Document]], tag: str, switches: JsonObject) -> None:
        """Parties of their own, planned and approved; nothing left of what was armed or called before."""
        self.company.switches.update({**asdict(Switches()), **switches})
        self.known = furnish(self.company, tag)
        self.documents = tuple(document(self.known) for document in planned)
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
        return record(self.ledger, wanted, kinds=kinds.NAMES, numbers_taken=numbers_taken)

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
