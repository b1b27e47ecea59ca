"""What the policy names, looked up in both systems as they are now: the same SQL as in a run, on lists read afresh.

Belongs here: which lists that takes. Must not be here: how a name finds its record (`policy/sql`), or what a person is
told about the rest of the policy (`doctor.py`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.landing import land_harvest
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.policy.references import ReferenceKind, references_of
from harvest_qb_pipeline.policy.tables import policy_tables, write_policy
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.landing import land_quickbooks
from harvest_qb_pipeline.settings import utc_now
from harvest_qb_pipeline.warehouse.database import open_warehouse, query_rows
from harvest_qb_pipeline.warehouse.models import build_in_order

_HARVEST: dict[ReferenceKind, str] = {
    "client": "clients",
    "project": "projects",
    "task": "tasks",
    "category": "invoice_item_categories",
    "person": "users",
}
_QUICKBOOKS: dict[ReferenceKind, Collection[str]] = {
    "customer": ("customers",),
    "job": ("customers",),
    "employee": ("employees",),
    "vendor": ("vendors",),
    "party": ("employees", "vendors"),
    "item": ("items",),
    "account": ("accounts",),
    "term": ("terms",),
}
"""The lists, as streams of landing, that hold each kind of record."""


@dataclass(frozen=True)
class Named:
    """How many records the policy names, and a sentence with file and line for each that nobody can tell."""

    count: int
    unresolved: tuple[str, ...]


def look_up(policy: Policy, harvest: HarvestClient, quickbooks: QuickBooksClient) -> Named:
    """Reads only the lists in which something is named. Raises the `Fault` of a list that cannot be read."""
    references = references_of(policy)
    kinds = {one.kind for one in references}
    now = utc_now()
    with TemporaryDirectory() as folder, open_warehouse(Path(folder) / "lists.duckdb") as lists:
        ours = [name for kind, name in _HARVEST.items() if kind in kinds]
        theirs = {name for kind, names in _QUICKBOOKS.items() if kind in kinds for name in names}
        land_harvest(lists, harvest, now=now, streams=ours)
        land_quickbooks(lists, quickbooks, now=now, streams=theirs, ignored=policy.contacts.ignored)
        con = lists.connection
        write_policy(con, policy_tables(policy, now.date(), now))
        build_in_order(con, "harvest", "quickbooks", "policy")
        rows = query_rows(con, "SELECT sentence FROM policy.unresolved ORDER BY file, line, reference_id")
    return Named(len(references), tuple(str(row["sentence"]) for row in rows))
