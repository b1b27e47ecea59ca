"""Landing, as Dagster shows it: the tables of both systems outside, where lineage begins, and what was landed of them.

Belongs here: asset shells. Must not be here: reading an API (`landing` of each room) or typing what was read (`sql/`).
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import dagster as dg
from pydantic import Field

from harvest_qb_pipeline.harvest import streams as harvest_streams
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.landing import HarvestLanding, open_window
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.quickbooks import streams as quickbooks_streams
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.landing import QuickBooksLanding
from harvest_qb_pipeline.settings import Settings, utc_now
from harvest_qb_pipeline.warehouse.dagster import data_version, landed_metadata, sentence_first, table_metadata
from harvest_qb_pipeline.warehouse.database import Warehouse


def _outside(system: str, title: str, streams: Mapping[str, str]) -> list[dg.AssetSpec]:
    """The lists of a system as they are kept there."""
    return [
        dg.AssetSpec(
            [f"{system}_api", stream],
            description=f"{words} Kept in {title}, outside of this warehouse.",
            kinds={system},
        )
        for stream, words in streams.items()
    ]


def _landed(system: str, title: str, streams: Mapping[str, str]) -> list[dg.AssetSpec]:
    """The same lists as they were read."""
    return [
        dg.AssetSpec(
            [f"raw_{system}", stream],
            deps=[dg.AssetKey([f"{system}_api", stream])],
            description=f"{words} As {title} told it: one row per record, its payload value for value. What was "
            "deleted stays, marked.",
            kinds={system, "duckdb", "json"},
            metadata={"dagster/table_name": f"raw_{system}.{stream}"},
        )
        for stream, words in streams.items()
    ]


class LandHarvest(dg.Config):
    """How much to read."""

    full: bool = Field(default=False, description="Read everything again and mark what vanished as deleted.")
    reread_open: bool = Field(
        default=True,
        description="Also read the days with unbilled time again in full, since deletions and changed rates leave no "
        "trace in Harvest. Planning refuses periods that were not read so since they closed.",
    )


@dg.multi_asset(
    name="raw_harvest",
    specs=[
        *_landed("harvest", "Harvest", harvest_streams.DESCRIPTIONS),
        dg.AssetSpec(
            ["raw_harvest", "swept_windows"],
            deps=[dg.AssetKey(["harvest_api", stream]) for stream in harvest_streams.SWEPT],
            description="The days that were read in full, and when: only there is it known what was deleted.",
            kinds={"duckdb"},
            metadata={"dagster/table_name": "raw_harvest.swept_windows"},
        ),
    ],
    can_subset=True,
)
def raw_harvest(
    context: dg.AssetExecutionContext,
    config: LandHarvest,
    warehouse: dg.ResourceParam[Warehouse],
    harvest: dg.ResourceParam[HarvestClient],
    settings: dg.ResourceParam[Settings],
    policy: dg.ResourceParam[Policy],
) -> Iterator[dg.MaterializeResult[Any]]:
    """Lands what changed, stream by stream; a stream that fails leaves what was landed of it before."""
    today = settings.today(policy.timezone)
    landing = HarvestLanding(warehouse, harvest, utc_now(), today, context.log.info)
    wanted = {key.path[1] for key in context.selected_asset_keys}
    window = partial(open_window, cutover_on=policy.cutover_on, today=today)
    with sentence_first():
        for landed in landing.land(wanted, full=config.full, reread=window if config.reread_open else None):
            yield dg.MaterializeResult(
                asset_key=["raw_harvest", landed.stream],
                data_version=data_version(warehouse.connection, "raw_harvest", landed.stream),
                metadata=landed_metadata(warehouse.connection, "raw_harvest", landed),
            )
    if "swept_windows" in wanted:
        yield dg.MaterializeResult(
            asset_key=["raw_harvest", "swept_windows"],
            data_version=data_version(warehouse.connection, "raw_harvest", "swept_windows"),
            metadata=table_metadata(warehouse.connection, "raw_harvest", "swept_windows"),
        )


class LandQuickBooks(dg.Config):
    """How much to read."""

    full: bool = Field(default=False, description="Read everything again and mark what vanished as deleted.")


@dg.multi_asset(
    name="raw_quickbooks",
    specs=_landed("quickbooks", "QuickBooks", quickbooks_streams.DESCRIPTIONS),
    can_subset=True,
)
def raw_quickbooks(
    context: dg.AssetExecutionContext,
    config: LandQuickBooks,
    warehouse: dg.ResourceParam[Warehouse],
    quickbooks: dg.ResourceParam[QuickBooksClient],
    policy: dg.ResourceParam[Policy],
) -> Iterator[dg.MaterializeResult[Any]]:
    """Lands what changed; one request asks for the changes of all entities. Lists the policy ignores are emptied."""
    landing = QuickBooksLanding(warehouse, quickbooks, utc_now(), context.log.info, policy.contacts.ignored)
    wanted = {key.path[1] for key in context.selected_asset_keys}
    with sentence_first():
        for landed in landing.land(wanted, full=config.full):
            yield dg.MaterializeResult(
                asset_key=["raw_quickbooks", landed.stream],
                data_version=data_version(warehouse.connection, "raw_quickbooks", landed.stream),
                metadata=landed_metadata(warehouse.connection, "raw_quickbooks", landed),
            )


ASSETS = [
    *_outside("harvest", "Harvest", harvest_streams.DESCRIPTIONS),
    *_outside("quickbooks", "QuickBooks", quickbooks_streams.DESCRIPTIONS),
    raw_harvest,
    raw_quickbooks,
]
