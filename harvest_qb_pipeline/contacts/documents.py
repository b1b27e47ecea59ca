"""Parties as documents for the ledger: the exact JSON that QuickBooks and Harvest will be given.

Belongs here: pure functions from rows of `contacts.*` to `Document` values. Must not be here: reading tables
(`derive.py`), recording plans (`planning`), comparing names, or sending.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from harvest_qb_pipeline.contacts.changes import (
    NewClient,
    NewCustomer,
    NewJob,
    NewProject,
    NewVendor,
    PartyChoices,
    ProjectTemplate,
    RecordChange,
)
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.keys import client_key, contact_key, customer_key, job_key, project_key, vendor_key
from harvest_qb_pipeline.ledger import kinds
from harvest_qb_pipeline.ledger.model import Document, Hold, Operation, Posting, System

_ADDRESS_LINES = 5


def customer_document(new: NewCustomer, choices: PartyChoices) -> Document:
    """A customer to be created in QuickBooks for a Harvest client (rules 12, 48)."""
    name = new.name.strip()
    payload: JsonObject = {
        "DisplayName": name,
        "CompanyName": name[:100],
        "CurrencyRef": {"value": new.currency},
        "Notes": {"$marker": f"Client {new.client_id} in Harvest"},
        **_person(new.first_name, new.last_name),
        **quickbooks_fields({"email": new.email, "phone": new.phone, "mobile": new.mobile, "address": new.address}),
    }
    if new.term_id:
        payload["SalesTermRef"] = {"value": new.term_id}
    if new.is_taxable is not None:
        payload["Taxable"] = new.is_taxable
    agrees = {
        "name": name,
        "email": new.email,
        "phone": new.phone,
        "mobile": new.mobile,
        "address": new.address,
        "terms": new.term_id,
        "taxable": None if new.is_taxable is None else str(new.is_taxable).lower(),
        "active": "active",
    }
    return _creation(
        customer_key(new.client_id), "customer", payload, name, new.currency, choices, hold=new.hold, agrees=agrees
    )


def job_document(new: NewJob, choices: PartyChoices) -> Document:
    """A job to be created below the client's customer, under the policy's name for it (rules 42, 48)."""
    parent: Json = new.parent_id or {"$link": customer_key(new.client_id)}
    payload: JsonObject = {
        "DisplayName": new.name,
        "CurrencyRef": {"value": new.currency},
        "Job": True,
        "ParentRef": {"value": parent},
        "BillWithParent": new.is_billed_with_parent,
        "Notes": {"$marker": f"Project {new.project_id} in Harvest"},
    }
    needs = () if new.parent_id else (customer_key(new.client_id),)
    key = job_key(new.project_id)
    agrees = {"name": new.name, "active": "active"}
    return _creation(key, "job", payload, new.name, new.currency, choices, needs, hold=new.hold, agrees=agrees)


def vendor_document(new: NewVendor, choices: PartyChoices) -> Document:
    """A vendor to be created for a contractor, or for somebody who is repaid (rule 44)."""
    payload: JsonObject = {
        "DisplayName": new.name.strip(),
        **_person(new.first_name, new.last_name),
        **quickbooks_fields({"email": new.email}),
    }
    key = vendor_key(new.user_id)
    return _creation(key, "vendor", payload, new.name, choices.home_currency, choices, hold=new.hold)


def client_document(new: NewClient, choices: PartyChoices) -> Document:
    """A Harvest client with its contact and first project, for a customer that was made in QuickBooks."""
    key_of_client, about = client_key(new.customer_id), (new.currency, choices.since)
    client: JsonObject = {"name": new.name, "currency": new.currency}
    if new.address:
        client["address"] = new.address
    payload: JsonObject = {"client": client, "customer_id": new.customer_id}
    what = f"New client {new.name} in Harvest"
    agrees = {"name": new.name, "address": new.address, "active": "active"}
    postings = [_posting(key_of_client, "client", "create", payload, what, *about, agrees=agrees)]
    link: Json = {"$link": key_of_client}
    if new.first_name:
        contact = {"client_id": link, "first_name": new.first_name, "last_name": new.last_name, "email": new.email}
        contact |= {"phone_office": new.phone, "phone_mobile": new.mobile}
        given: JsonObject = {"contact": {name: value for name, value in contact.items() if value}}
        key, what = contact_key(new.customer_id), f"Contact of {new.name}"
        posting = _posting(
            *(key, "contact", "create", given, what, *about),
            needs=(key_of_client,),
            agrees={"email": new.email, "phone": new.phone, "mobile": new.mobile},
            agrees_on=key_of_client,
        )
        postings.append(posting)
    key, what = project_key(new.customer_id), f"First project {new.template.name} of {new.name}"
    given = _project(link, new.template)
    postings.append(_posting(key, "project", "create", given, what, *about, needs=(key_of_client,)))
    return Document(key_of_client, f"New client {new.name} in Harvest", tuple(postings), hold_reasons=_holds(new.hold))


def project_document(new: NewProject, choices: PartyChoices) -> Document:
    """A Harvest project for a job that was made in QuickBooks below the customer of a known client."""
    key, what = project_key(new.customer_id), f"New project {new.template.name} in Harvest"
    payload = _project(new.client_id, new.template) | {"job_id": new.customer_id}
    posting = _posting(key, "project", "create", payload, what, choices.home_currency, choices.since)
    return Document(key, what, (posting,), hold_reasons=_holds(new.hold))


def change_document(change: RecordChange, choices: PartyChoices) -> Document:
    """One record brought to what the owner of its fields says; only these fields are sent (rule 50)."""
    what = f"{change.label}: {', '.join(sorted(change.values))} as in {choices.names[change.owner]}"
    target = kinds.planned(change.kind).system
    payload: JsonObject
    if target == "quickbooks":
        payload = {"id": change.external_id, "fields": quickbooks_fields(change.values)}
    else:
        id_name = "contact_id" if change.kind == "contact_update" else "client_id"
        payload = {id_name: int(change.external_id), "fields": harvest_fields(change.values)}
    posting = Posting(
        key=change.key,
        kind=change.kind,
        target=target,
        operation="update",
        payload=payload,
        amount=Decimal(0),
        currency=choices.home_currency,
        occurs_on=choices.since,
        summary=what,
        agrees=_given(change.values),
        agrees_on=change.link_key,
    )
    return Document(change.key, what, (posting,), hold_reasons=_holds(change.hold))


def quickbooks_fields(values: dict[str, str | None]) -> JsonObject:
    """Values by our names of fields, as a QuickBooks customer holds them; empty ones are left out."""
    fields: JsonObject = {}
    for name, value in values.items():
        if not value:
            continue
        match name:
            case "name":
                fields["DisplayName"] = value
            case "email":
                fields["PrimaryEmailAddr"] = {"Address": value}
            case "phone":
                fields["PrimaryPhone"] = {"FreeFormNumber": value[:30]}
            case "mobile":
                fields["Mobile"] = {"FreeFormNumber": value[:30]}
            case "address":
                fields["BillAddr"] = _address(value)
            case "active":
                fields["Active"] = value == "active"
            case "terms":
                fields["SalesTermRef"] = {"value": value}
            case "taxable":
                fields["Taxable"] = value == "true"
            case _:
                raise ValueError(f"QuickBooks' customers have no field that we call {name}.")
    return fields


def harvest_fields(values: dict[str, str | None]) -> JsonObject:
    """Values by our names of fields, as a Harvest client or contact holds them."""
    names = {"phone": "phone_office", "mobile": "phone_mobile"}
    return {
        "is_active" if name == "active" else names.get(name, name): value == "active" if name == "active" else value
        for name, value in values.items()
    }


def _address(text: str) -> JsonObject:
    lines = [line.strip()[:500] for line in text.splitlines() if line.strip()]
    # Five lines are all there is: what is more goes behind the fourth.
    kept = [*lines[: _ADDRESS_LINES - 1], ", ".join(lines[_ADDRESS_LINES - 1 :])[:500]]
    return {f"Line{number}": line for number, line in enumerate(kept, start=1) if line}


def _person(first_name: str | None, last_name: str | None) -> JsonObject:
    """The parts of a person's name; QuickBooks allows no colon, tab or line break in them either (rule 48)."""
    parts = {"GivenName": first_name, "FamilyName": last_name}
    cleaned = {name: " ".join((value or "").replace(":", " ").split())[:100] for name, value in parts.items()}
    return {name: value for name, value in cleaned.items() if value}


def _project(client: Json, template: ProjectTemplate) -> JsonObject:
    project: JsonObject = {
        "client_id": client,
        "name": template.name,
        "is_billable": template.is_billable,
        "bill_by": template.bill_by,
        "budget_by": template.budget_by,
    }
    optional = {"code": template.code, "hourly_rate": template.hourly_rate}
    # A budget in money and one in hours are two fields of a Harvest project.
    optional["cost_budget" if template.budget_by in ("project_cost", "task_fees") else "budget"] = template.budget
    project |= {name: value for name, value in optional.items() if value is not None}
    return {"project": project, "tasks": list(template.task_ids), "people": list(template.user_ids)}


def _creation(
    key: str,
    kind: str,
    payload: JsonObject,
    name: str,
    currency: str,
    choices: PartyChoices,
    needs: tuple[str, ...] = (),
    *,
    hold: Hold | None,
    agrees: Mapping[str, str | None] | None = None,
) -> Document:
    label = f"New {kind} {name[:80]}"
    posting = _posting(
        *(key, kind, "create", payload, label, currency, choices.since),
        needs=needs,
        target="quickbooks",
        agrees=agrees,
    )
    return Document(key, label, (posting,), hold_reasons=_holds(hold))


def _posting(
    key: str,
    kind: str,
    operation: Operation,
    payload: JsonObject,
    summary: str,
    currency: str,
    since: date,
    *,
    needs: Sequence[str] = (),
    target: System = "harvest",
    agrees: Mapping[str, str | None] | None = None,
    agrees_on: str | None = None,
) -> Posting:
    return Posting(
        *(key, kind, target, operation, payload, Decimal(0), currency, since, summary, tuple(needs)),
        agrees=_given(agrees or {}) or None,
        agrees_on=agrees_on,
    )


def _given(values: Mapping[str, str | None]) -> dict[str, str]:
    """Fields that are sent: an empty one is never, whoever it belongs to."""
    return {name: value for name, value in values.items() if value}


def _holds(hold: Hold | None) -> tuple[Hold, ...]:
    return (hold,) if hold else ()
