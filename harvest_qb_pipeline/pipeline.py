"""The whole way in plain functions, without Dagster: land, derive, plan, push.

Belongs here: the order of it. Tests and benchmarks put no run together by themselves, and Dagster plans and pushes by
these; landing and deriving are steps of its own there, one for each room, so that each table can be made alone. Must
not be here: opening anything (`clients`, `resources`), or what a step does (the rooms).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.landing import land_harvest, open_window
from harvest_qb_pipeline.ledger.landing import land_ledger
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.planning import planner
from harvest_qb_pipeline.planning.capability import CAPABILITIES, CONTACTS, Capability, kinds_of
from harvest_qb_pipeline.planning.planner import Planned
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.policy.tables import policy_tables, write_policy
from harvest_qb_pipeline.posting import push as pushing
from harvest_qb_pipeline.posting.push import PushReport, PushRow
from harvest_qb_pipeline.posting.systems import Systems
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.landing import land_quickbooks
from harvest_qb_pipeline.warehouse.database import Warehouse
from harvest_qb_pipeline.warehouse.models import Built, SqlModel, Step, build_in_order, in_order
from harvest_qb_pipeline.warehouse.raw import Landed

TYPED = ("harvest", "quickbooks", "confidential")
"""Rooms whose tables type what was landed."""


@dataclass(frozen=True)
class Day:
    """When a run happens: the accounting day (rule 4), and the moment, in UTC, for time stamps."""

    today: date
    now: datetime


@dataclass(frozen=True)
class LandedAndTyped:
    """What each stream brought, and which typed tables were built for it."""

    streams: tuple[Landed, ...]
    tables: Built


def land(
    warehouse: Warehouse,
    harvest: HarvestClient,
    quickbooks: QuickBooksClient | None,
    policy: Policy,
    day: Day,
    *,
    full: bool = False,
    rereads: bool = False,
) -> LandedAndTyped:
    """Land what changed and type it. `full`: everything again; `rereads`: also the days with unbilled time, in full.

    Without `quickbooks` only Harvest is read. Raises the `Fault` of a stream that could not be read; what was landed
    before stays.
    """
    window = partial(open_window, cutover_on=policy.cutover_on, today=day.today) if rereads else None
    landed = [*land_harvest(warehouse, harvest, now=day.now, today=day.today, full=full, reread=window)]
    if quickbooks is not None:
        landed += land_quickbooks(warehouse, quickbooks, now=day.now, full=full, ignored=policy.contacts.ignored)
    with warehouse.transaction() as con:
        return LandedAndTyped(tuple(landed), build_in_order(con, *TYPED))


def derive(
    warehouse: Warehouse,
    ledger: Ledger,
    policy: Policy,
    day: Day,
    capabilities: Sequence[Capability] = CAPABILITIES,
) -> Built:
    """Copy ledger and policy in, and bring the tables of these capabilities, and of contacts below them, up to date."""
    asked = tuple(dict.fromkeys((CONTACTS, *capabilities)))
    steps = [step for capability in asked for step in capability.steps()]
    with warehouse.transaction() as con:
        land_ledger(ledger, con)
        write_policy(con, policy_tables(policy, day.today, day.now))
        return build_in_order(con, "policy", *(capability.name for capability in asked), steps=steps)


def all_tables() -> list[SqlModel | Step]:
    """Every table that is typed or derived, each after those it reads."""
    steps = [step for capability in CAPABILITIES for step in capability.steps()]
    return in_order(*TYPED, "policy", *(capability.name for capability in CAPABILITIES), steps=steps)


def plan(
    warehouse: Warehouse, ledger: Ledger, policy: Policy, capabilities: Sequence[Capability] = CAPABILITIES
) -> Planned:
    """Record what was derived in the ledger, as planned or held. Sends nothing; repeating changes nothing."""
    return planner.plan(ledger, warehouse.connection, policy, capabilities)


def push(
    ledger: Ledger,
    systems: Systems,
    capabilities: Collection[Capability] = CAPABILITIES,
    *,
    on_progress: Callable[[PushRow], object] = lambda _row: None,
) -> PushReport:
    """Send what is approved of these capabilities, and look up what is uncertain; safe to repeat at any time."""
    # All kinds that there are, and not only those planned today: nothing that was approved may be left lying.
    kinds = None if set(CAPABILITIES) <= set(capabilities) else kinds_of(capabilities)
    return pushing.push(ledger, systems, kinds=kinds, on_progress=on_progress)
