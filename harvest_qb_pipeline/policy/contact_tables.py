"""What the policy says about who is who, as tables of schema `policy`.

Belongs here: the tables of `[contacts]` and of stated links, and its columns of `policy.context`. Must not be here:
the records that they name (`references.py`).
"""

from harvest_qb_pipeline.policy.contacts import Contacts
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.policy.table import PolicyTable, Value

CONTEXT_COLUMNS = {
    "new_customers": ("VARCHAR", "Clients without a customer get one: since_cutover, billed or never"),
    "new_clients": ("VARCHAR", "New QuickBooks customers become Harvest clients: create or ignore"),
    "new_vendors": ("VARCHAR", "Who gets a vendor: contractors (and people who are repaid) or never (rule 44)"),
    "job_name": ("VARCHAR", "Name of a project's job, with {client}, {project} and {code} (rule 48)"),
    "bill_with_parent": ("BOOLEAN", "Jobs that we make are billed with their customer"),
    "archived_becomes": ("VARCHAR", "What is archived becomes: inactive, or keep: stays as it is (rule 51)"),
    "customers_taxable": ("BOOLEAN", "Whether customers are taxable; unset: as QuickBooks does"),
    "employees": ("VARCHAR", "read, or ignore: QuickBooks' employees are not read, so nobody is known to be one"),
    "vendors": ("VARCHAR", "read, or ignore: QuickBooks' vendors are not read, so nobody is known to be one"),
}


def context_values(contacts: Contacts) -> tuple[Value, ...]:
    """The values of `CONTEXT_COLUMNS`, in their order."""
    return (
        contacts.new_customers,
        contacts.new_clients,
        contacts.new_vendors,
        contacts.job_name,
        contacts.bill_with_parent,
        contacts.archived,
        contacts.taxable,
        contacts.employees,
        contacts.vendors,
    )


def contact_tables(policy: Policy) -> dict[str, PolicyTable]:
    """The tables by name."""
    return {
        "owners": _owners(policy.contacts),
        "stated_links": _links(policy),
        "first_project": _first_project(policy.contacts),
    }


def _owners(contacts: Contacts) -> PolicyTable:
    columns = {
        "field": ("VARCHAR", "name, email, phone (both phones), address, active, terms or taxable"),
        "owner": (
            "VARCHAR",
            "The side whose changes go to the other; harvest means this policy for terms and taxable",
        ),
    }
    rows = [(field, str(owner)) for field, owner in contacts.owners.model_dump().items()]
    return PolicyTable("Which side each field of a linked record is owned by (rule 50).", columns, rows)


def _links(policy: Policy) -> PolicyTable:
    columns = {
        "statement": ("INTEGER", "The link, counted over [[customers]] and then the look-up file from 1"),
        "link_type": ("VARCHAR", "client, project, person, task or category"),
        "party": ("VARCHAR", "Of a person: employee or vendor; empty for whichever the person is (rule 44)"),
    }
    rows = [(number, link.link_type, link.party) for number, link in enumerate(policy.stated_links, start=1)]
    return PolicyTable("Links that a person has stated: they win over everything (rule 49).", columns, rows)


def _first_project(contacts: Contacts) -> PolicyTable:
    columns = {
        "project_name": ("VARCHAR", "Its name; {customer} stands for the customer's"),
        "project_code": ("VARCHAR", "Its code, alike"),
        "is_billable": ("BOOLEAN", "Its time is billable"),
        "bill_by": ("VARCHAR", "Where its rates come from: Project, Tasks, People or none"),
        "hourly_rate": ("DECIMAL(18,5)", "Rate per hour where bill_by is Project"),
        "budget_by": ("VARCHAR", "What the budget counts: project, project_cost, task, task_fees, person or none"),
        "budget": ("DECIMAL(18,2)", "The budget, in hours or in the client's currency as budget_by says"),
    }
    new = contacts.first_project
    row = (new.name, new.code, new.is_billable, new.bill_by, new.hourly_rate, new.budget_by, new.budget)
    return PolicyTable("One row: the first project of a client that comes from QuickBooks.", columns, [row])
