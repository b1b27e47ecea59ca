"""What the policy says about who is who, as tables of schema `policy`.

Belongs here: the tables of `[contacts]` and of the look-ups, and its columns of `policy.context`. Must not be here:
finding the records that they name; the SQL of the contacts room does that.
"""

from harvest_qb_pipeline.policy.contacts import Contacts
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.policy.table import PolicyTable, Value, of_harvest, of_quickbooks

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
        "lookups": _lookups(policy),
        "reimbursable": _reimbursable(policy.contacts),
        "first_project": _first_project(policy.contacts),
        "first_project_tasks": _first_project_tasks(policy.contacts),
        "first_project_people": _first_project_people(policy.contacts),
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


def _lookups(policy: Policy) -> PolicyTable:
    columns = {
        "link_type": ("VARCHAR", "client, project, person, task or category"),
        "harvest_id": ("BIGINT", "The record in Harvest by id"),
        "harvest_name": ("VARCHAR", "The same by name; a project also by code, a person also by e-mail"),
        "quickbooks_id": ("VARCHAR", "The record in QuickBooks by id"),
        "quickbooks_name": ("VARCHAR", "The same by name"),
        "party": ("VARCHAR", "Of a person: employee or vendor; empty for whichever the person is (rule 44)"),
        "stated_in": ("VARCHAR", "Where it is stated"),
    }
    rows = [
        (look.link_type, *of_harvest(look.harvest), *of_quickbooks(look.quickbooks), look.party, look.stated_in)
        for look in policy.lookups
    ]
    return PolicyTable("Links that a person has stated: they win over everything (rule 49).", columns, rows)


_PERSON = {
    "user_id_harvest": ("BIGINT", "The person by id"),
    "user_name": ("VARCHAR", "The person by name or e-mail"),
}


def _reimbursable(contacts: Contacts) -> PolicyTable:
    rows = [of_harvest(person) for person in contacts.reimbursable]
    return PolicyTable("People who are repaid through a vendor, contractors or not (rules 39, 44).", _PERSON, rows)


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


def _first_project_tasks(contacts: Contacts) -> PolicyTable:
    columns = {
        "ordinal": ("INTEGER", "Place in the list"),
        "task_id_harvest": ("BIGINT", "The task by id"),
        "task_name": ("VARCHAR", "The task by name"),
    }
    rows = [(place, *of_harvest(task)) for place, task in enumerate(contacts.first_project.tasks, start=1)]
    return PolicyTable("Tasks of such a first project; none: Harvest's default tasks.", columns, rows)


def _first_project_people(contacts: Contacts) -> PolicyTable:
    columns = {"ordinal": ("INTEGER", "Place in the list"), **_PERSON}
    rows = [(place, *of_harvest(person)) for place, person in enumerate(contacts.first_project.people, start=1)]
    return PolicyTable("People of such a first project, besides those whom Harvest puts on all.", columns, rows)
