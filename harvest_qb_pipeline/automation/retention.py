"""Dagster's history does not grow for ever: runs older than the policy keeps them go, with their events and logs.

Belongs here: which runs go, and all that has to go with them. Must not be here: when (a sensor hourly, and the command
line at the end of each run, so that it works without Dagster's daemon too).
"""

import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable

from harvest_qb_pipeline.policy.model import Retention

MOST_AT_ONCE = 200
"""Runs forgotten in one go; a long history goes in several, each short."""

_SUCCEEDED = [dg.DagsterRunStatus.SUCCESS]
_FAILED = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def forget_old_runs(instance: dg.DagsterInstance, retention: Retention, now: datetime) -> int:
    """Forget what ended too long ago, oldest first and at most `MOST_AT_ONCE` runs; returns how many.

    Runs that have not ended stay whatever their age, and so does the run that last made, observed or checked an asset:
    without it the UI would show that asset as never made. What goes is the run, its events (an asset's older
    materializations with them), the results of its checks, its logs and its files. When no run is old enough this is
    two look-ups by an index.
    """
    old = [
        *_ended_before(instance, _SUCCEEDED, now - timedelta(days=retention.runs_days)),
        *_ended_before(instance, _FAILED, now - timedelta(days=retention.failed_runs_days)),
    ]
    if not old:
        return 0
    shown = _last_of_assets(instance)
    going = [run_id for run_id in old if run_id not in shown][:MOST_AT_ONCE]
    shown = _last_of_checks(instance, going)
    going = [run_id for run_id in going if run_id not in shown]
    for run_id in going:
        _forget(instance, run_id)
    return len(going)


def _ended_before(instance: dg.DagsterInstance, statuses: list[dg.DagsterRunStatus], moment: datetime) -> Iterable[str]:
    # More than are forgotten at once: those that have to stay are the oldest, and must not hide the others.
    records = instance.get_run_records(
        dg.RunsFilter(statuses=statuses, updated_before=moment), limit=5 * MOST_AT_ONCE, ascending=True
    )
    return [record.dagster_run.run_id for record in records]


def _last_of_assets(instance: dg.DagsterInstance) -> set[str]:
    """The runs that the UI needs to show when each asset was last made, planned or observed."""
    needed: set[str | None] = set()
    for record in instance.get_asset_records():
        entry = record.asset_entry
        needed |= {entry.last_run_id, entry.last_planned_materialization_run_id}
        needed |= {made.run_id for made in (entry.last_materialization_record, entry.last_observation_record) if made}
    return {run_id for run_id in needed if run_id}


def _last_of_checks(instance: dg.DagsterInstance, run_ids: Iterable[str]) -> set[str]:
    """Those of `run_ids` that hold the newest result of a check."""
    keys: set[dg.AssetCheckKey] = set()
    for run_id in run_ids:
        for record in instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records:
            event = record.event_log_entry.dagster_event
            if event:
                keys.add(event.asset_check_evaluation_data.asset_check_key)
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    return {execution.run_id for execution in latest.values()}


def _forget(instance: dg.DagsterInstance, run_id: str) -> None:
    """The record goes after what cannot be found without it."""
    storage = instance.event_log_storage
    if isinstance(storage, SqlEventLogStorage):
        # Dagster leaves the results of checks behind.
        with storage.index_connection() as connection:
            connection.execute(AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id))
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    shutil.rmtree(Path(instance.storage_directory()) / run_id, ignore_errors=True)
    instance.delete_run(run_id)
    if isinstance(storage, SqliteEventLogStorage):
        # Each run has a file of its own, which Dagster empties and keeps.
        for suffix in ("", "-wal", "-shm"):
            Path(storage.path_for_shard(run_id) + suffix).unlink(missing_ok=True)
