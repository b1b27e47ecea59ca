"""What the jobs do, without what Dagster does around each of their hundred tables, which takes most of their time.

Belongs here: the same functions in the same order as the jobs call them. `Firm.job` runs a job itself; the tests of
automation and some stories do.
"""

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache, partial

import duckdb

from harvest_qb_pipeline import resources
from harvest_qb_pipeline.billing.planning import plan_invoices
from harvest_qb_pipeline.cli.opening import home_ledger
from harvest_qb_pipeline.contacts.candidates import steps
from harvest_qb_pipeline.contacts.planning import plan_contacts
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.landing import land_harvest, open_window
from harvest_qb_pipeline.ledger.landing import land_ledger
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline.policy.tables import policy_tables, write_policy
from harvest_qb_pipeline.posting.push import push
from harvest_qb_pipeline.posting.systems import systems_for
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.landing import land_quickbooks
from harvest_qb_pipeline.settings import load_settings, utc_now
from harvest_qb_pipeline.transport.http import HttpOptions
from harvest_qb_pipeline.warehouse.database import open_warehouse
from harvest_qb_pipeline.warehouse.models import SqlModel, Step, in_order


@dataclass(frozen=True)
class Outside:
    """Ledger and clients of one home."""

    ledger: Ledger
    harvest: HarvestClient
    quickbooks: QuickBooksClient


@contextmanager
def outside(http: HttpOptions) -> Iterator[Outside]:
    """Opened from the environment, as a run does, and closed."""
    settings = load_settings()
    with (
        home_ledger(actor="Bea") as ledger,
        closing(resources.make_harvest(settings, http)) as harvest,
        closing(resources.make_quickbooks(settings, ledger, http)) as quickbooks,
    ):
        yield Outside(ledger, harvest, quickbooks)


def land(http: HttpOptions, *, full: bool = False) -> None:
    """The job `sync`."""
    _work(http, full=full, plans=())


def plan(http: HttpOptions) -> None:
    """The job `plan`: Harvest's open periods are read again, QuickBooks is not."""
    _work(http, lands_quickbooks=False, rereads=True)


def step(http: HttpOptions) -> None:
    """The job `contacts`, but that it sends nothing."""
    _work(http, plans=("contacts",))


def draw_up(http: HttpOptions) -> None:
    """The job `run`, but that it sends nothing."""
    _work(http, rereads=True)


def send(http: HttpOptions, kinds: Collection[str] | None = None) -> None:
    """The job `push`."""
    with outside(http) as to:
        push(
            to.ledger,
            systems_for(load_policy(load_settings().harvest_qb_policy), to.harvest, to.quickbooks),
            kinds=kinds,
        )


def _work(
    http: HttpOptions,
    *,
    full: bool = False,
    lands_quickbooks: bool = True,
    rereads: bool = False,
    plans: Collection[str] = ("contacts", "bills"),
) -> None:
    settings = load_settings()
    policy = load_policy(settings.harvest_qb_policy)
    today, now = settings.today(policy.timezone), utc_now()
    window = partial(open_window, cutover_on=policy.cutover_on, today=today) if rereads else None
    with outside(http) as of, open_warehouse(settings.warehouse_path) as warehouse:
        con = warehouse.connection
        # Tables of a few rows are made sooner without dividing the work.
        con.execute("SET threads = 1")
        land_harvest(warehouse, of.harvest, now=now, today=today, full=full, reread=window)
        if lands_quickbooks:
            land_quickbooks(warehouse, of.quickbooks, now=now, full=full, ignored=policy.contacts.ignored)
        land_ledger(of.ledger, con)
        write_policy(con, policy_tables(policy, today, now))
        _make_tables(con, everything=bool(plans))
        if "contacts" in plans:
            plan_contacts(of.ledger, con, policy)
        if "bills" in plans:
            plan_invoices(of.ledger, con, policy)


@cache
def _tables() -> list[SqlModel | Step]:
    return in_order("harvest", "quickbooks", "policy", "contacts", "billing", steps=steps())


def _make_tables(con: duckdb.DuckDBPyConnection, *, everything: bool) -> None:
    """Every derived table, or the typed ones, without the words about their columns."""
    typed = ("harvest", "quickbooks")
    for schema in (*typed, "policy", "contacts", "billing"):
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for table in _tables():
        if isinstance(table, Step):
            if everything:
                table.make(con)
        elif everything or table.schema in typed:
            con.execute(f"CREATE OR REPLACE TABLE {table.schema}.{table.name} AS {table.sql}")
