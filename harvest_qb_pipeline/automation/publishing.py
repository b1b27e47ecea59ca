"""The analysts' copy: the last asset of the lineage. It needs the warehouse file to itself for a moment.

Belongs here: making it in a run, and after a run as the last thing that run did. Must not be here: when.
"""

from contextlib import closing
from datetime import datetime
from typing import Any

import dagster as dg
import duckdb
from dagster._core.events import StepMaterializationData

from harvest_qb_pipeline.automation.landed import note_landed
from harvest_qb_pipeline.automation.planned import PLANNED
from harvest_qb_pipeline.automation.posted import POSTED
from harvest_qb_pipeline.ledger.homes import open_home_ledger
from harvest_qb_pipeline.ledger.landing import land_ledger
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.pipeline import all_tables
from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.settings import Settings, utc_now
from harvest_qb_pipeline.warehouse.database import CONFIDENTIAL, LogLine, Warehouse, open_warehouse
from harvest_qb_pipeline.warehouse.models import describe
from harvest_qb_pipeline.warehouse.publish import publish

PUBLISHED_COPY = dg.AssetKey(["warehouse", "published_copy"])
BEGAN_AT = "began_at"
"""Metadata of each copy: what is later than this moment may not be in it."""


@dg.asset(
    key=PUBLISHED_COPY,
    deps=[dg.AssetKey(list(each.key)) for each in (*PLANNED, *POSTED)],
    kinds={"duckdb"},
    description=(
        "`analytics.duckdb`: every table that analysts may read, copied and renamed into place, so that it can be read "
        "while a run writes. The ledger is landed once more just before. Landed payloads stay in the warehouse, and "
        'what people cost does unless the policy says cost_rates = "analysts".'
    ),
)
def published_copy(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    policy: dg.ResourceParam[Policy],
) -> "dg.MaterializeResult[Any]":
    began_at = utc_now()
    with warehouse.transaction() as con:
        _complete(settings, ledger, con)
    # Publishing opens the file itself; in a run of several assets this one would otherwise wait for its own run.
    with warehouse.released(log=context.log.info):
        size = publish(warehouse.path, settings.analytics_path, log=context.log.info, without=_kept(policy))
    return dg.MaterializeResult(metadata=_metadata(settings, began_at, size))


def publish_after(instance: dg.DagsterInstance, run: dg.DagsterRun, settings: Settings, *, log: LogLine) -> None:
    """Renew the copy after a run that has ended, and show it in the UI as the last thing which that run made.

    Raises `FileNotFoundError` when nothing was landed yet, `WarehouseBusyError` when the warehouse stays in use.
    """
    began_at = utc_now()
    if settings.warehouse_path.exists():
        with (
            closing(open_home_ledger(settings, actor="publish", run_id=run.run_id)) as ledger,
            open_warehouse(settings.warehouse_path, log=log) as warehouse,
            warehouse.transaction() as con,
        ):
            _complete(settings, ledger, con)
    kept = _kept(load_policy(settings.harvest_qb_policy))
    size = publish(settings.warehouse_path, settings.analytics_path, log=log, without=kept)
    made = dg.AssetMaterialization(PUBLISHED_COPY, metadata=_metadata(settings, began_at, size))
    event = dg.DagsterEvent(
        event_type_value=dg.DagsterEventType.ASSET_MATERIALIZATION.value,
        job_name=run.job_name,
        event_specific_data=StepMaterializationData(made),
        message="Published the analysts' copy.",
    )
    instance.report_dagster_event(event, run.run_id)


def _complete(settings: Settings, ledger: Ledger, con: duckdb.DuckDBPyConnection) -> None:
    """What only a copy needs: the ledger as it is now, and words beside the tables, which those made anew have lost."""
    land_ledger(ledger, con)
    note_landed(settings.home, con)
    describe(con, all_tables())


def _kept(policy: Policy) -> tuple[str, ...]:
    """Schemas that stay in the warehouse, since not everybody who reads the copy may read them (rule 46)."""
    return () if policy.cost_rates == "analysts" else (CONFIDENTIAL,)


def last_copy_began_at(instance: dg.DagsterInstance) -> float:
    """When the making of the newest copy began, in seconds of the epoch; 0 before the first."""
    newest = instance.get_latest_materialization_event(PUBLISHED_COPY)
    made = newest.asset_materialization if newest else None
    began_at = made.metadata.get(BEGAN_AT) if made else None
    return float(began_at.value) if isinstance(began_at, dg.TimestampMetadataValue) else 0.0


def _metadata(settings: Settings, began_at: datetime, size: int) -> dict[str, Any]:
    return {
        "path": dg.MetadataValue.path(settings.analytics_path),
        "megabytes": round(size / 1_000_000, 2),
        BEGAN_AT: dg.MetadataValue.timestamp(began_at),
    }
