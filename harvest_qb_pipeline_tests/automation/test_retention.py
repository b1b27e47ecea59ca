"""Dagster's history forgets what is old, and nothing that the UI still needs or that still runs."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.runs.schema import RunsTable

from harvest_qb_pipeline.automation.retention import forget_old_runs
from harvest_qb_pipeline.automation.sensors import forget_when_old
from harvest_qb_pipeline.cli.dagster_home import dagster_home
from harvest_qb_pipeline.policy.load import parse_policy
from harvest_qb_pipeline.policy.model import Retention
from harvest_qb_pipeline.settings import load_settings, utc_now

KEPT = Retention()
NOW = utc_now()
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Broken(dg.Config):
    is_broken: bool = False


@dg.asset
def table(config: Broken) -> None:
    print("a line for the compute log")  # noqa: T201
    if config.is_broken:
        raise dg.Failure("broken")


@dg.asset_check(asset=table)
def adds_up() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.asset
def seldom() -> None: ...


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The history of a home, as the command line opens it."""
    monkeypatch.setenv("HARVEST_QB_HOME", str(tmp_path / "home"))
    with dg.DagsterInstance.from_config(str(dagster_home(load_settings()))) as opened:
        yield opened


def ran(instance: dg.DagsterInstance, *assets: object, days_ago: float, is_broken: bool = False) -> str:
    """A run that ended so many days ago; its id."""
    config = {"ops": {"table": {"config": {"is_broken": True}}}} if is_broken else {}
    result = dg.materialize(
        list(assets),  # pyright: ignore[reportArgumentType]
        instance=instance,
        run_config={**QUIET, **config},
        raise_on_error=False,
    )
    assert result.success is not is_broken
    aged(instance, result.run_id, days_ago)
    return result.run_id


def aged(instance: dg.DagsterInstance, run_id: str, days_ago: float) -> None:
    moment = (NOW - timedelta(days=days_ago)).replace(tzinfo=None)
    with instance.run_storage.connect() as connection:  # pyright: ignore[reportAttributeAccessIssue]
        connection.execute(RunsTable.update().where(RunsTable.c.run_id == run_id).values(update_timestamp=moment))


def runs(instance: dg.DagsterInstance) -> set[str]:
    return {run.run_id for run in instance.get_runs()}


def files_of(home: Path, run_id: str) -> list[Path]:
    return [path for path in home.rglob("*") if run_id in path.as_posix()]


def test_old_runs_go_with_events_logs_and_checks_and_what_assets_show_stays(
    instance: dg.DagsterInstance, tmp_path: Path
):
    last_of_seldom = ran(instance, seldom, days_ago=400)
    old = ran(instance, table, adds_up, days_ago=91)
    failed = ran(instance, table, days_ago=100, is_broken=True)
    long_failed = ran(instance, table, days_ago=181, is_broken=True)
    young = ran(instance, table, adds_up, days_ago=89)
    assert files_of(tmp_path, old)

    assert forget_old_runs(instance, KEPT, NOW) == 2
    assert runs(instance) == {last_of_seldom, failed, young}
    for gone in (old, long_failed):
        assert files_of(tmp_path, gone) == []
        with dg.DagsterInstance.from_config(str(dagster_home(load_settings()))) as opened_anew:
            assert opened_anew.get_records_for_run(gone).records == []
    made = {record.asset_entry.asset_key for record in instance.get_asset_records()}
    assert made == {table.key, seldom.key}
    assert [record.run_id for record in instance.fetch_materializations(table.key, limit=10).records] == [young]
    newest = instance.get_latest_materialization_event(seldom.key)
    assert newest
    assert newest.run_id == last_of_seldom
    with instance.event_log_storage.index_connection() as connection:  # pyright: ignore[reportAttributeAccessIssue]
        checked = connection.execute(sa.select(AssetCheckExecutionsTable.c.run_id)).scalars().all()
    assert checked == [young]

    assert forget_old_runs(instance, KEPT, NOW) == 0


def test_the_last_result_of_a_check_stays_although_its_asset_was_made_since(instance: dg.DagsterInstance):
    checked = ran(instance, table, adds_up, days_ago=91)
    ran(instance, table, days_ago=1)
    assert forget_old_runs(instance, KEPT, NOW) == 0
    assert checked in runs(instance)


def test_what_has_not_ended_is_never_forgotten(instance: dg.DagsterInstance):
    for status in (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING):
        run = instance.add_run(dg.DagsterRun("run", status=status))
        aged(instance, run.run_id, 1000)
    before = runs(instance)
    assert len(before) == 3
    assert forget_old_runs(instance, KEPT, NOW) == 0
    assert runs(instance) == before


def test_the_policy_says_how_long_and_the_sensor_does_it_without_a_run(instance: dg.DagsterInstance):
    old, young = (ran(instance, table, days_ago=days) for days in (11, 9))
    least = 'timezone = "UTC"\ncutover_on = 2026-01-01\n'
    policy = parse_policy(least + "[retention]\nruns_days = 10\n", "policy.toml")
    assert policy.sha256 == parse_policy(least, "policy.toml").sha256
    said = []
    for _ in range(2):
        context = dg.build_sensor_context(instance=instance, resources={"policy": policy})
        skipped = forget_when_old(context)
        assert isinstance(skipped, dg.SkipReason)
        said.append(skipped.skip_message)
    assert said == ["1 old runs were forgotten.", "No run is old enough to forget."]
    assert runs(instance) == {young}
    assert old not in runs(instance)
