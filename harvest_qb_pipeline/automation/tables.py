"""The tables of the warehouse that are copied in or derived, as Dagster shows them.

Belongs here: asset shells. Must not be here: the copying (`ledger.landing`), or the shape of a table (`policy.tables`,
each room's `sql/`). The ledger's have no upstream of ours: the ledger is landed like the two systems outside, at the
start of a plan and again before publishing.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg

from harvest_qb_pipeline.automation.heads import tag_run
from harvest_qb_pipeline.ledger.landing import LANDED, land_ledger
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.planning.capability import CAPABILITIES
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.policy.tables import policy_tables, write_policy
from harvest_qb_pipeline.settings import Settings, utc_now
from harvest_qb_pipeline.warehouse.dagster import data_version, sql_assets, table_metadata
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
    context: dg.AssetExecutionContext, ledger: dg.ResourceParam[Ledger], warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.MaterializeResult[Any]]:
    """Copies what changed in the ledger since the last time; one transaction for all tables, so that they agree."""
    with warehouse.transaction() as con:
        written = land_ledger(ledger, con)
    tag_run(context.instance, context.run.run_id, ledger)
    for table in LANDED:
        metadata = table_metadata(warehouse.connection, "ledger", table.name)
        yield dg.MaterializeResult(
            asset_key=["ledger", table.name],
            data_version=data_version(warehouse.connection, "ledger", table.name),
            metadata={**metadata, "rows_changed": written[table.name]},
        )


_SHAPES = policy_tables(Policy(timezone="UTC", cutover_on=date.min), date.min, datetime(2000, 1, 1, tzinfo=UTC))
"""Names and descriptions do not depend on what the policy says."""


@dg.multi_asset(
    name="stated_policy",
    specs=[
        dg.AssetSpec(
            ["policy", name],
            description=table.description,
            kinds={"duckdb", "python"},
            metadata={"dagster/table_name": f"policy.{name}"},
        )
        for name, table in _SHAPES.items()
    ],
)
def stated_policy(
    policy: dg.ResourceParam[Policy], settings: dg.ResourceParam[Settings], warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.MaterializeResult[Any]]:
    """Writes the policy of now, and today, in one transaction."""
    now = policy_tables(policy, settings.today(policy.timezone), utc_now())
    with warehouse.transaction() as con:
        write_policy(con, now)
    for name in now:
        yield dg.MaterializeResult(
            asset_key=["policy", name],
            data_version=data_version(warehouse.connection, "policy", name),
            metadata=table_metadata(warehouse.connection, "policy", name),
        )


ASSETS = [
    ledger_tables,
    stated_policy,
    *sql_assets("harvest"),
    *sql_assets("quickbooks"),
    *sql_assets("confidential"),
    *sql_assets("policy"),
    *(table for capability in CAPABILITIES for table in sql_assets(capability.name, capability.steps())),
]
