"""What Dagster's runs work with: settings, policy, warehouse, ledger and clients, each opened when a run needs it.

Belongs here: opening and closing them around a run. Must not be here: how they are made, or what any of them does.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import dagster as dg

from harvest_qb_pipeline.clients import make_harvest, make_quickbooks
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.ledger.homes import open_home_ledger
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.settings import load_settings
from harvest_qb_pipeline.transport.http import HttpOptions
from harvest_qb_pipeline.warehouse.dagster import WarehouseResource

_ACTOR_TAGS = ("harvest_qb/actor", "dagster/schedule_name", "dagster/sensor_name", "user")
"""Run tags that say who started a run, for the audit chain: the command line's own, then Dagster's."""


def _run_id(context: dg.InitResourceContext) -> str | None:
    """The run that asks; a sensor has none."""
    return context.run.run_id if context.run else None


def _ledger(context: dg.InitResourceContext) -> Generator[Ledger]:
    tags: Mapping[str, str] = context.run.tags if context.run else {}
    actor = next((tags[name] for name in _ACTOR_TAGS if name in tags), "dagster")
    ledger = open_home_ledger(load_settings(), actor=actor, run_id=_run_id(context))
    try:
        yield ledger
    finally:
        ledger.close()


def resources(http: HttpOptions | None = None) -> dict[str, Any]:
    """What asset bodies may ask for, by name. Nothing is opened or called until a run needs it.

    `http` replaces the usual way both clients behave on the wire.
    """

    def harvest(context: dg.InitResourceContext) -> Generator[HarvestClient]:
        del context
        client = make_harvest(load_settings(), http)
        try:
            yield client
        finally:
            client.close()

    def quickbooks(context: dg.InitResourceContext) -> Generator[QuickBooksClient]:
        settings = load_settings()
        ledger = open_home_ledger(settings, actor="dagster", run_id=_run_id(context))
        client = make_quickbooks(settings, ledger, http)
        try:
            yield client
        finally:
            client.close()
            ledger.close()

    return {
        "settings": dg.ResourceDefinition(lambda _context: load_settings()),
        "policy": dg.ResourceDefinition(lambda _context: load_policy(load_settings().harvest_qb_policy)),
        "warehouse": WarehouseResource(path=str(load_settings().warehouse_path)),
        "ledger": _closing(_ledger),
        "harvest": _closing(harvest),
        "quickbooks": _closing(quickbooks),
    }


def _closing(opener: Callable[[dg.InitResourceContext], Generator[Any]]) -> dg.ResourceDefinition:
    return dg.ResourceDefinition(contextmanager(opener))
