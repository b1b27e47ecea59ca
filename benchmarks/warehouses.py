"""A home as a measured piece sees it: its warehouse, ledger and clients, opened by what its environment says.

Belongs here: opening and filling. Must not be here: what is timed. Nothing of Dagster is imported, which would be
most of a piece's memory.
"""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from benchmarks.measuring import Result, timed
from harvest_qb_pipeline import pipeline
from harvest_qb_pipeline.clients import make_harvest, make_quickbooks
from harvest_qb_pipeline.contacts.candidates import steps
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.ledger.homes import open_home_ledger
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.planning.capability import CAPABILITIES
from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.settings import Settings, load_settings
from harvest_qb_pipeline.transport.http import HttpOptions
from harvest_qb_pipeline.warehouse.database import Warehouse, open_warehouse
from harvest_qb_pipeline.warehouse.models import in_order
from harvest_qb_pipeline.warehouse.parsing import Table

DERIVED = ("policy", *(capability.name for capability in CAPABILITIES))
"""Rooms whose tables are made of typed ones."""


@dataclass(frozen=True)
class Opened:
    """A home that is open, with clients that know no rate limit. `calls` are counted on the wire, by path."""

    settings: Settings
    policy: Policy
    warehouse: Warehouse
    ledger: Ledger
    harvest: HarvestClient
    quickbooks: QuickBooksClient
    calls: Counter[str]

    @property
    def day(self) -> pipeline.Day:
        return day_of(self.settings)

    def land(self) -> pipeline.LandedAndTyped:
        """What `sync` does, without Dagster."""
        return pipeline.land(self.warehouse, self.harvest, self.quickbooks, self.policy, self.day)


@contextmanager
def opened_home() -> Generator[Opened]:
    """The home of this process's environment."""
    settings, calls = load_settings(), Counter[str]()

    def tally(method: str, path: str, status: int | None, seconds: float) -> None:
        del status, seconds
        calls[f"{method} {urlsplit(path).path}"] += 1

    ledger = open_home_ledger(settings, actor="benchmark")
    http = HttpOptions(on_call=tally)
    harvest, quickbooks = make_harvest(settings, http), make_quickbooks(settings, ledger, http)
    try:
        with open_warehouse(settings.warehouse_path) as warehouse:
            policy = load_policy(settings.harvest_qb_policy)
            yield Opened(settings, policy, warehouse, ledger, harvest, quickbooks, calls)
    finally:
        quickbooks.close()
        harvest.close()
        ledger.close()


def fill() -> Result:
    """Lands and derives everything into an empty home."""
    with opened_home() as home, timed() as taken:
        home.land()
        pipeline.derive(home.warehouse, home.ledger, home.policy, home.day)
    return taken["seconds"], {}


def day_of(settings: Settings) -> pipeline.Day:
    return pipeline.Day(settings.today("UTC"), datetime.now(UTC))


def tables_of(*rooms: str) -> list[Table]:
    """Every table of these rooms, the steps that contacts adds among them."""
    return [table.key for table in in_order(*rooms, steps=steps())]
