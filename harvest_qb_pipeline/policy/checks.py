"""Asset checks of the policy: whether everything it names is there.

Belongs here: showing offending rows. Must not be here: the query (`sql/unresolved.sql`).
"""

import dagster as dg

from harvest_qb_pipeline.warehouse.dagster import offending
from harvest_qb_pipeline.warehouse.database import Warehouse, query_rows


@dg.asset_check(
    asset=["policy", "unresolved"],
    name="policy_fits",
    description="Every record that the policy and its look-up file name is in Harvest or QuickBooks, once. Rows say "
    "which line to mend.",
)
def policy_fits(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
    rows = query_rows(
        warehouse.connection,
        "SELECT file, line, setting, kind, wanted, problem, sentence FROM policy.unresolved"
        " ORDER BY file, line, reference_id",
    )
    return offending(rows, dg.AssetCheckSeverity.WARN)


CHECKS = [policy_fits]
