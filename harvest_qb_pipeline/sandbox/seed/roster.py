"""Who else is in the books of the made-up agency: vendors, employees, jobs, and clients without any time.

Belongs here: those of the cast, each case said beside it, and the same for people and projects drawn at random. They
are drawn by a generator of their own, so that nothing of `generator` and `diary` depends on them. Must not be here:
anything that logs or bills time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from harvest_qb_pipeline.sandbox.seed import cast
from harvest_qb_pipeline.sandbox.seed.values import (
    Address,
    AgencyClient,
    AgencyContact,
    AgencyProject,
    Customer,
    Employee,
    Person,
    Vendor,
)

_EMPLOYED, _CONTRACTED, _MAKES_JOB = 0.9, 0.85, 0.12
"""How many of the people drawn at random are in the books, and how many projects of their clients are jobs."""

ACQUAINTANCES = (
    # One legal form written two ways and nothing else: the same company, linked without asking.
    AgencyClient(
        0, "Copperleaf Gardens, Inc.", "USD", Address("310 Nursery Rd", "Savannah", "GA", "31405"),
        (AgencyContact("June", "Copley", "Owner", "june@copperleafgardens.example", "912-555-0173"),),
        "Copperleaf Gardens Incorporated", "Net 30",
    ),
    # Only alike, with one e-mail domain and one address: somebody has to say so.
    AgencyClient(
        1, "Brightwater Aquatics Center", "USD", Address("25 Lagoon Dr", "Tampa", "FL", "33602"),
        (AgencyContact("Sal", "Ferrante", "Program Director", "sal@brightwateraquatics.example", "813-555-0188"),),
        "Brightwater Aquatic Centre", "Net 30",
    ),
)  # fmt: skip
"""Clients of both systems with nothing to bill yet. Keys are positions here, not among the agency's clients."""

JOBS = (
    # Named as the project in Harvest.
    Customer("Rider Information Platform", "Greenline Transit Authority", "USD", None, "Net 60",
             parent="Greenline Transit Authority"),
    # A project of QuickBooks' own kind, which only a person can make.
    Customer("Dispatch Console", "Harlan Freight Systems, Inc.", "USD", None, "Net 30",
             parent="Harlan Freight Systems, Inc.", is_project=True),
    # A job of a customer whose client has no such project.
    Customer("Tidewater Branch Signage", "Tidewater Credit Union", "USD", None, "Net 60",
             parent="Tidewater Credit Union"),
)  # fmt: skip

VENDORS = (
    Vendor("Hannah Kowalski", "Hannah", "Kowalski", "Inkwell Words", "hannah.kowalski@inkwell.example", "401-555-0136"),
    # Jae-won Park, the other contractor, is missing.
    Vendor("Coastal Print Works", "", "", "Coastal Print Works", "billing@coastalprint.example", "401-555-0150",
           balance=Decimal("412.50")),
    Vendor("Northstar Hosting", "", "", "Northstar Hosting LLC", "accounts@northstarhosting.example"),
)  # fmt: skip


@dataclass(frozen=True)
class Roster:
    """All of it for one agency. `customers` are those of the acquaintances and the jobs, parents first."""

    acquaintances: tuple[AgencyClient, ...]
    customers: tuple[Customer, ...]
    vendors: tuple[Vendor, ...]
    employees: tuple[Employee, ...]


def make_roster(
    random: Random, people: Sequence[Person], clients: Sequence[AgencyClient], projects: Sequence[AgencyProject]
) -> Roster:
    """The roster of an agency whose people, clients and projects begin with the cast."""
    newcomers = people[cast.LEAVER + 1 :]
    contractors = [person for person in newcomers if person.is_contractor]
    staff = [person for person in newcomers if not person.is_contractor]
    return Roster(
        ACQUAINTANCES,
        (*map(_customer, ACQUAINTANCES), *JOBS, *_jobs(random, clients, projects[len(cast.PROJECTS) :])),
        (*VENDORS, *(_vendor(person) for person in contractors if random.random() < _CONTRACTED)),
        (*_cast_employees(people), *(_employee(person) for person in staff if random.random() < _EMPLOYED)),
    )


def _cast_employees(people: Sequence[Person]) -> tuple[Employee, ...]:
    """The studio's staff but for its owner, who is not employed."""
    dana, luis, priya, tom, sofia, ben = (
        people[key] for key in (cast.ACCOUNTS, cast.LEAD, cast.DESIGNER, cast.DEVELOPER, cast.NEWCOMER, cast.LEAVER)
    )
    return (
        _employee(dana),
        _employee(luis),
        # Only the name tells who she is.
        Employee(priya.first_name, priya.last_name, None, priya.joined_on),
        # Only the e-mail does.
        Employee("Thomas", tom.last_name, tom.email, tom.joined_on),
        # The same name with another address: payroll has her private one.
        Employee(sofia.first_name, sofia.last_name, "sofia.lindqvist@mailbox.example", sofia.joined_on),
        # Left, and put aside in QuickBooks too.
        _employee(ben),
    )


def _employee(person: Person) -> Employee:
    return Employee(person.first_name, person.last_name, person.email, person.joined_on, person.left_on)


def _vendor(person: Person) -> Vendor:
    return Vendor(person.name, person.first_name, person.last_name, "", person.email)


def _customer(client: AgencyClient) -> Customer:
    contact = client.contacts[0]
    name = client.customer or client.name
    email = f"accounts@{contact.email.rpartition('@')[2]}"
    return Customer(name, name, client.currency, client.address, client.term, email, phone=contact.phone)


def _jobs(random: Random, clients: Sequence[AgencyClient], projects: Iterable[AgencyProject]) -> list[Customer]:
    """Jobs named as their projects, of customers that are still in the books."""
    jobs: list[Customer] = []
    for project in projects:
        client, is_job = clients[project.client], random.random() < _MAKES_JOB
        if is_job and client.customer and not client.has_left_books and client.currency == "USD":
            jobs.append(
                Customer(project.name, client.customer, client.currency, None, client.term, parent=client.customer)
            )
    return jobs
