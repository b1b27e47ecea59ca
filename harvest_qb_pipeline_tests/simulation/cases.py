"""Each kind of posting as the sweeps send it: one row, which every sweep takes up.

Belongs here: the rows, with what a document looks like and what must be true at the end where no other file has it.
Must not be here: faults, or what happens to a row (the tests). Bills have sweeps of their own, for their postings stand
or fall together (`test_fault_sweep`, `test_unwinding`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from harvest_qb_pipeline.ledger.model import Document, Operation
from harvest_qb_pipeline_tests.simulation import contact_checks as checks
from harvest_qb_pipeline_tests.simulation import contact_documents as documents
from harvest_qb_pipeline_tests.simulation.contact_documents import Known
from harvest_qb_pipeline_tests.simulation.contact_scenes import Parties
from harvest_qb_pipeline_tests.simulation.faulting import Call

Truth: TypeAlias = dict[str, Any]
"""A switch of the sandbox: one of the things that the APIs leave open."""

SIMPLE = ("claim", "renew", "record_attempt", "mark_found", "mark_posted")
STAFFED = (*SIMPLE[:4], *(3 * ("renew", "record_attempt")), "mark_posted")
REQUEST_IDS: tuple[Truth, ...] = tuple(
    {"requestid": truth} for truth in ("forgotten", "replays_faults", "ignores_body", "checks_body")
)
LAGGING: Truth = {"requestid": "forgotten", "query_lag_seconds": 120}


@dataclass(frozen=True)
class Case:
    """One row. `calls` is what one clean posting asks of both systems, in order, and `writes` what it writes to the
    ledger; tests keep both true.

    `truths`: under these a write without an answer is sent as well. `swept`: the calls that meet every fault (None: all
    of them); a row leaves out those that another row makes too. `is_slow_too`: its first write is also slower than we
    wait, one row of each sort. `is_killed`: it is killed between any two writes, and refused a connection at any call.
    `is_apart`: it can be sent beside the other rows, for it shares no record with them.
    """

    document: Callable[[Known], Document]
    check: Callable[[Parties], None]
    calls: tuple[Call, ...] = ()
    writes: tuple[str, ...] = SIMPLE
    truths: tuple[Truth, ...] = ()
    swept: slice | None = None
    is_slow_too: bool = False
    is_killed: bool = True
    is_apart: bool = True

    @property
    def sent(self) -> tuple[Call, ...]:
        """The writes among its calls."""
        return tuple(call for call in self.calls if call.method != "GET")

    @property
    def kinds(self) -> set[tuple[str, Operation]]:
        return {(posting.kind, posting.operation) for posting in self.document(Known()).postings}

    @property
    def is_creation(self) -> bool:
        return {operation for _, operation in self.kinds} == {"create"}


def _found_made_read(query: str, collection: str) -> tuple[Call, ...]:
    """What a creation asks: whether it is there, to make it, what it is now."""
    return (Call("GET", query, 0), Call("POST", collection, 0), Call("GET", f"{collection}/{{id}}", 1))


def _read_changed_read(record: str) -> tuple[Call, ...]:
    return (Call("GET", record, 0), Call("PATCH", record, 0), Call("GET", record, 1))


_CUSTOMER_CHANGED = (
    Call("GET", "/customer/{id}", 0),
    Call("GET", "/customer/{id}", 1),
    Call("POST", "/customer", 0),
    Call("GET", "/customer/{id}", 2),
)
_PROJECT_MADE = (
    *_found_made_read("/projects", "/projects"),
    Call("GET", "/projects/{id}/task_assignments", 2),
    Call("GET", "/tasks/{id}", 3),
    Call("POST", "/projects/{id}/task_assignments", 1),
    Call("GET", "/tasks/{id}", 4),
    Call("POST", "/projects/{id}/task_assignments", 2),
    Call("GET", "/projects/{id}/task_assignments", 5),
    Call("GET", "/projects/{id}/user_assignments", 6),
    Call("POST", "/projects/{id}/user_assignments", 3),
    Call("GET", "/projects/{id}/user_assignments", 7),
)

_JOB_MADE = (
    Call("GET", "/query", 0),
    # Whether its parent is still there.
    Call("GET", "/query", 1),
    Call("POST", "/customer", 0),
    Call("GET", "/customer/{id}", 2),
)

CASES: dict[str, Case] = {
    "customer_update": Case(
        documents.customer_update, checks.is_customer_updated, _CUSTOMER_CHANGED, truths=REQUEST_IDS, is_slow_too=True,
    ),
    # It reads once more than other changes, to see what is owed.
    "inactivation": Case(
        documents.inactivation, checks.is_put_aside,
        (
            *_CUSTOMER_CHANGED[:2], Call("GET", "/customer/{id}", 2), Call("POST", "/customer", 0),
            Call("GET", "/customer/{id}", 3),
        ),
        truths=REQUEST_IDS[:1], swept=slice(2, 4), is_killed=False, is_apart=False,
    ),
    "job_update": Case(documents.job_update, checks.is_job_updated, _CUSTOMER_CHANGED),
    # A job is sent as a customer is, which has a sweep of its own.
    "job": Case(
        documents.job, checks.is_job_made, _JOB_MADE, truths=(*REQUEST_IDS, LAGGING),
        swept=slice(0), is_killed=False,
    ),
    "vendor": Case(
        documents.vendor, checks.is_vendor_made, _found_made_read("/query", "/vendor"), truths=(*REQUEST_IDS, LAGGING),
        is_slow_too=True,
    ),
    "client": Case(
        documents.client, checks.is_client_made, _found_made_read("/clients", "/clients"),
        truths=({"client_names_unique": False},), is_slow_too=True,
    ),
    "contact": Case(documents.contact, checks.is_contact_made, _found_made_read("/contacts", "/contacts")),
    "project": Case(
        documents.project, checks.is_project_made, _PROJECT_MADE, STAFFED,
        truths=({"project_names_unique": "account"}, {"project_required_fields": "documented"}),
    ),
    "client_update": Case(
        documents.client_update, checks.is_client_updated, _read_changed_read("/clients/{id}"),
        truths=({"client_names_unique": False},), is_slow_too=True,
    ),
    "contact_update": Case(
        documents.contact_update, checks.is_contact_updated, _read_changed_read("/contacts/{id}")
    ),
    # A client with its contact and project, each of which has a row.
    "newcomer": Case(
        documents.newcomer, checks.is_newcomer_made, is_killed=False, is_apart=False
    ),
}  # fmt: skip
