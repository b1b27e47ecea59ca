"""The policy as Dagster assets: what it says, copied in at the start of a plan, and the records that it names.

Belongs here: the shell. Must not be here: the shape of the tables (`tables.py`, `sql/`).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg

from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.policy.tables import policy_tables, write_policy
from harvest_qb_pipeline.settings import Settings, utc_now
from harvest_qb_pipeline.warehouse.dagster import sql_assets, table_metadata
from harvest_qb_pipeline.warehouse.database import Warehouse

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
def tables(
    policy: dg.ResourceParam[Policy], settings: dg.ResourceParam[Settings], warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.MaterializeResult[Any]]:
    """Writes the policy of now, and today, in one transaction."""
    now = policy_tables(policy, settings.today(policy.timezone), utc_now())
    with warehouse.transaction() as con:
        write_policy(con, now)
    for name in now:
        yield dg.MaterializeResult(
            asset_key=["policy", name], metadata=table_metadata(warehouse.connection, "policy", name)
        )


ASSETS = [tables, *sql_assets("policy")]
