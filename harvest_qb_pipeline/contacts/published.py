"""What a person's decision about who is who is checked against: the analysts' copy, as it was published last.

Belongs here: reading that copy. Must not be here: the ledger, or the live warehouse (a run may hold it for hours).
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from harvest_qb_pipeline.contacts.who_is_who import Row
from harvest_qb_pipeline.keys import customer_key, job_key


class NotPublished(Exception):  # noqa: N818 - reads as what happened
    """There is no copy yet, or none with who is who in it. The message says what to run."""


@dataclass(frozen=True)
class HarvestRecord:
    """A client, project, person, task or invoice category, as far as links need it; a project has its client's id."""

    name: str
    currency: str | None = None
    client_id: int | None = None


@dataclass(frozen=True)
class QuickBooksRecord:
    """A customer or job, employee, vendor or item, as far as links need it; `item_type` is empty for others."""

    name: str
    is_active: bool
    currency: str | None = None
    is_job: bool = False
    parent_id: str | None = None
    item_type: str | None = None


_ROWS = """
    SELECT link_type, state, link_key, harvest_id, harvest_name, quickbooks_type, quickbooks_id, quickbooks_name, how,
        rule, made_by, made_at, score, reasons, sentence
    FROM contacts.who_is_who
"""
_HARVEST = """
    SELECT 'client', client_id_harvest, client_name, currency, NULL::BIGINT FROM harvest.clients
    UNION ALL
    SELECT 'project', project_id_harvest, project_name, c.currency, client_id_harvest
    FROM harvest.projects LEFT JOIN harvest.clients AS c USING (client_id_harvest)
    UNION ALL
    SELECT 'user', user_id_harvest, user_name, NULL, NULL FROM harvest.users
    UNION ALL
    SELECT 'task', task_id_harvest, task_name, NULL, NULL FROM harvest.tasks
    UNION ALL
    SELECT 'category', category_id_harvest, category_name, NULL, NULL FROM harvest.invoice_item_categories
"""
_QUICKBOOKS = """
    SELECT 'Customer', customer_id_qb, display_name, is_active, currency, is_job, parent_customer_id_qb, NULL
    FROM quickbooks.customers
    UNION ALL
    SELECT 'Employee', employee_id_qb, display_name, is_active, NULL, false, NULL, NULL FROM quickbooks.employees
    UNION ALL
    SELECT 'Vendor', vendor_id_qb, display_name, is_active, currency, false, NULL, NULL FROM quickbooks.vendors
    UNION ALL
    SELECT 'Item', item_id_qb, item_name, is_active, NULL, false, NULL, item_type FROM quickbooks.items
"""
_STATED_CLIENTS = "SELECT client_id_harvest FROM contacts.client_matches WHERE matched_by = 'stated'"
_STATED_PROJECTS = "SELECT project_id_harvest FROM contacts.project_matches WHERE matched_by = 'stated'"
_STATED_OTHERS = """
    SELECT link_key FROM contacts.person_matches WHERE matched_by = 'stated'
    UNION ALL
    SELECT link_key FROM contacts.item_matches WHERE matched_by = 'stated'
"""


class PublishedCopy:
    """An open copy. Each part is read when it is first asked for, in one go: 20,000 records take less than a second."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    @cached_property
    def rows(self) -> list[Row]:
        """`contacts.who_is_who` as the last plan left it."""
        return [
            Row(*most, reasons=tuple(reasons or ()), sentence=sentence)
            for *most, reasons, sentence in self._con.execute(_ROWS).fetchall()
        ]

    @cached_property
    def harvest(self) -> dict[tuple[str, int], HarvestRecord]:
        """By the record and id that a key ends with: client 12, user 5."""
        return {(of, number): HarvestRecord(*rest) for of, number, *rest in self._con.execute(_HARVEST).fetchall()}

    @cached_property
    def quickbooks(self) -> dict[tuple[str, str], QuickBooksRecord]:
        """By type and id, inactive ones included."""
        return {
            (of, number): QuickBooksRecord(*rest) for of, number, *rest in self._con.execute(_QUICKBOOKS).fetchall()
        }

    @cached_property
    def stated(self) -> frozenset[str]:
        """Keys that the policy decides on, which wins over everything."""
        clients, projects, others = (
            [value for (value,) in self._con.execute(sql).fetchall()]
            for sql in (_STATED_CLIENTS, _STATED_PROJECTS, _STATED_OTHERS)
        )
        return frozenset([*map(customer_key, clients), *map(job_key, projects), *others])


@contextmanager
def open_copy(path: Path) -> Generator[PublishedCopy]:
    """The copy at `path`. Raises `NotPublished` when nothing was planned since there are links."""
    if not path.exists():
        raise NotPublished("Nothing has been landed yet: run `harvest-qb sync` and then `harvest-qb plan`.")
    with duckdb.connect(str(path), read_only=True) as con:
        known = con.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'contacts' AND table_name = 'who_is_who'"
        ).fetchone()
        if known != (1,):
            raise NotPublished("What is landed has not been matched yet: run `harvest-qb plan`.")
        yield PublishedCopy(con)
