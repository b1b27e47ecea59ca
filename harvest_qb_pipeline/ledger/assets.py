"""Dagster's view of the ledger: its tables as they are copied into the warehouse.

Belongs here: the asset shell. Must not be here: the copying (`landing`). These assets have no upstream of ours: the
ledger is landed like the two systems outside, at the start of a plan and again before publishing.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from harvest_qb_pipeline.ledger.landing import LANDED, land_ledger
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.warehouse.dagster import table_metadata
from harvest_qb_pipeline.warehouse.database import Warehouse


@dg.multi_asset(
    name="ledger_tables",
    specs=[
        dg.AssetSpec(
            ["ledger", table.name],
            description=table.description,
            kinds={"duckdb", "sqlalchemy"},
            metadata={"dagster/table_name": f"ledger.{table.name}"},
        )
        for table in LANDED
    ],
)
def ledger_tables(
    ledger: dg.ResourceParam[Ledger], warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.MaterializeResult[Any]]:
    """Copies what changed in the ledger since the last time; one transaction for all tables, so that they agree."""
    with warehouse.transaction() as con:
        written = land_ledger(ledger, con)
    for table in LANDED:
        metadata = table_metadata(warehouse.connection, "ledger", table.name)
        yield dg.MaterializeResult(
            asset_key=["ledger", table.name], metadata={**metadata, "rows_changed": written[table.name]}
        )


ASSETS = (ledger_tables,)
