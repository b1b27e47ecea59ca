"""The analysts' copy: the last asset of the lineage. It needs the warehouse file to itself for a moment."""

from pathlib import Path
from typing import Any

import dagster as dg

from harvest_qb_pipeline.ledger.landing import land_ledger
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.settings import Settings
from harvest_qb_pipeline.warehouse.database import Warehouse
from harvest_qb_pipeline.warehouse.publish import publish


@dg.asset(
    key=["warehouse", "published_copy"],
    deps=[
        dg.AssetKey(["billing", "planned_invoices"]),
        dg.AssetKey(["billing", "posted_invoices"]),
    ],
    kinds={"duckdb"},
    description=(
        "`analytics.duckdb`: the whole warehouse, copied and renamed into place, so that it can be read while a run "
        "writes. The ledger is landed once more just before."
    ),
)
def published_copy(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
) -> "dg.MaterializeResult[Any]":
    with warehouse.transaction() as con:
        land_ledger(ledger, con)
    # Publishing opens the file itself; in a run of several assets this one would otherwise wait for its own run.
    with warehouse.released(log=context.log.info):
        size = publish(warehouse.path, settings.analytics_path, log=context.log.info)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(Path(settings.analytics_path)),
            "megabytes": round(size / 1_000_000, 2),
        }
    )
