"""What the jobs do, without what Dagster does around each of their hundred tables, which takes most of their time.

Belongs here: the same functions in the same order as the jobs call them. `Firm.job` runs a job itself; the tests of
automation and some stories do.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from harvest_qb_pipeline import clients, pipeline
from harvest_qb_pipeline.cli.opening import home_ledger
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.planning.capability import CAPABILITIES, CONTACTS, Capability
from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline.posting.systems import systems_for
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.settings import load_settings, utc_now
from harvest_qb_pipeline.transport.http import HttpOptions
from harvest_qb_pipeline.warehouse.database import open_warehouse


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
        closing(clients.make_harvest(settings, http)) as harvest,
        closing(clients.make_quickbooks(settings, ledger, http)) as quickbooks,
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
    _work(http, plans=(CONTACTS,))


def draw_up(http: HttpOptions) -> None:
    """The job `run`, but that it sends nothing."""
    _work(http, rereads=True)


def send(http: HttpOptions, capabilities: Collection[Capability] = CAPABILITIES) -> None:
    """The job `push`."""
    with outside(http) as to:
        policy = load_policy(load_settings().harvest_qb_policy)
        pipeline.push(to.ledger, systems_for(policy, to.harvest, to.quickbooks), capabilities)


def _work(
    http: HttpOptions,
    *,
    full: bool = False,
    lands_quickbooks: bool = True,
    rereads: bool = False,
    plans: Sequence[Capability] = CAPABILITIES,
) -> None:
    settings = load_settings()
    policy = load_policy(settings.harvest_qb_policy)
    day = pipeline.Day(settings.today(policy.timezone), utc_now())
    with outside(http) as of, open_warehouse(settings.warehouse_path) as warehouse:
        # Tables of a few rows are made sooner without dividing the work.
        warehouse.connection.execute("SET threads = 1")
        quickbooks = of.quickbooks if lands_quickbooks else None
        pipeline.land(warehouse, of.harvest, quickbooks, policy, day, full=full, rereads=rereads)
        if plans:
            pipeline.derive(warehouse, of.ledger, policy, day, plans)
            pipeline.plan(warehouse, of.ledger, policy, plans)
