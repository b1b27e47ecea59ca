"""Dagster's view of QuickBooks: the tables outside, the landed ones, the typed ones.

Belongs here: asset shells. Must not be here: reading the API (`landing`) or what columns mean (`sql/`).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.landing import QuickBooksLanding
from harvest_qb_pipeline.quickbooks.streams import DESCRIPTIONS
from harvest_qb_pipeline.settings import utc_now
from harvest_qb_pipeline.warehouse.dagster import landed_metadata, sentence_first, sql_assets
from harvest_qb_pipeline.warehouse.database import Warehouse

AS_READ = "As QuickBooks told it: one row per record, its payload value for value. What was deleted stays, marked."
OUTSIDE = [
    dg.AssetSpec(
        ["quickbooks_api", stream],
        description=f"{words} Kept in QuickBooks, outside of this warehouse.",
        kinds={"quickbooks"},
    )
    for stream, words in DESCRIPTIONS.items()
]


class LandQuickBooks(dg.Config):
    """How much to read."""

    full: bool = Field(default=False, description="Read everything again and mark what vanished as deleted.")


@dg.multi_asset(
    name="raw_quickbooks",
    specs=[
        dg.AssetSpec(
            ["raw_quickbooks", stream],
            deps=[dg.AssetKey(["quickbooks_api", stream])],
            description=f"{words} {AS_READ}",
            kinds={"quickbooks", "duckdb", "json"},
            metadata={"dagster/table_name": f"raw_quickbooks.{stream}"},
        )
        for stream, words in DESCRIPTIONS.items()
    ],
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
                metadata=landed_metadata(warehouse.connection, "raw_quickbooks", landed),
            )


ASSETS = [*OUTSIDE, raw_quickbooks, *sql_assets("quickbooks")]
