"""What is planned for parties: one document of each sort, with literal payloads in the shapes that planning makes.

Belongs here: payloads, so that the engine is tested without what plans them. Must not be here: what they lead to.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger.model import Document, Operation, Posting, System

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
