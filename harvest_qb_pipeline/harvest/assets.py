"""Dagster's view of Harvest: the tables outside, the landed ones, the typed ones.

Belongs here: asset shells. Must not be here: reading the API (`landing`) or what columns mean (`sql/`).
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import dagster as dg
from pydantic import Field

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.landing import HarvestLanding, open_window
from harvest_qb_pipeline.harvest.streams import DESCRIPTIONS, SWEPT
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.settings import Settings, utc_now
from harvest_qb_pipeline.warehouse.dagster import landed_metadata, sentence_first, sql_assets, table_metadata
from harvest_qb_pipeline.warehouse.database import Warehouse

AS_READ = "As Harvest told it: one row per record, its payload value for value. What was deleted stays, marked."
OUTSIDE = [
    dg.AssetSpec(
        ["harvest_api", stream], description=f"{words} Kept in Harvest, outside of this warehouse.", kinds={"harvest"}
    )
    for stream, words in DESCRIPTIONS.items()
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
        dg.AssetSpec(
            ["raw_harvest", stream],
            deps=[dg.AssetKey(["harvest_api", stream])],
            description=f"{words} {AS_READ}",
            kinds={"harvest", "duckdb", "json"},
            metadata={"dagster/table_name": f"raw_harvest.{stream}"},
        )
        for stream, words in DESCRIPTIONS.items()
    ]
    + [
        dg.AssetSpec(
            ["raw_harvest", "swept_windows"],
            deps=[dg.AssetKey(["harvest_api", stream]) for stream in SWEPT],
            description="The days that were read in full, and when: only there is it known what was deleted.",
            kinds={"duckdb"},
            metadata={"dagster/table_name": "raw_harvest.swept_windows"},
        )
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
                metadata=landed_metadata(warehouse.connection, "raw_harvest", landed),
            )
    if "swept_windows" in wanted:
        yield dg.MaterializeResult(
            asset_key=["raw_harvest", "swept_windows"],
            metadata=table_metadata(warehouse.connection, "raw_harvest", "swept_windows"),
        )


ASSETS = [*OUTSIDE, raw_harvest, *sql_assets("harvest")]
