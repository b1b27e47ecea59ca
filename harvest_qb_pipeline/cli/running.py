"""Running a Dagster job from the command line: recorded where the UI shows it, with progress while it goes.

Belongs here: the bridge from a command to a job. Must not be here: a top-level import of dagster, which costs seconds.
"""

import logging
import sys
import threading
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from harvest_qb_pipeline.cli.dagster_home import dagster_home
from harvest_qb_pipeline.cli.local_sandbox import require_sandbox
from harvest_qb_pipeline.cli.opening import person
from harvest_qb_pipeline.cli.output import Failed, note, progress_bar
from harvest_qb_pipeline.cli.templates import write_first_files
from harvest_qb_pipeline.cli.weather import weather_in, weather_of
from harvest_qb_pipeline.settings import ConfigurationError, Settings, load_settings, utc_now

if TYPE_CHECKING:
    from dagster import DagsterInstance, Definitions, ExecuteInProcessResult, JobDefinition


_QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}


def run_job(name: str, run_config: Mapping[str, Any] | None = None) -> "ExecuteInProcessResult":
    """Run one job to its end. Raises `ConfigurationError` or `Failed` with the sentence of the cause.

    A push that sent everything and left a document half-sent is for the caller to report.
    """
    settings = load_settings()
    require_sandbox(settings)
    prepare(settings)
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    history = instance()
    job = _definitions().resolve_job_def(name)
    done = threading.Event()
    watcher = threading.Thread(target=_show_progress, args=(history, job, done), daemon=True)
    watcher.start()
    try:
        result = job.execute_in_process(
            # What is given here replaces a job's own configuration, so that has to be repeated.
            run_config={**(run_config or job.run_config or {}), "loggers": _QUIET},
            instance=history,
            raise_on_error=False,
            tags={"harvest_qb/actor": person()},
        )
    finally:
        done.set()
        watcher.join()
    _alert(history, result, settings)
    _forget_old_runs(history, settings)
    if not result.success and not _is_half_sent(history, result):
        _raise_cause(result)
    return result


def _alert(instance: "DagsterInstance", result: "ExecuteInProcessResult", settings: Settings) -> None:
    """What failed in a run is left for whoever looks later, also where no daemon runs."""
    from harvest_qb_pipeline.automation.alerting import alert_of_run

    run = instance.get_run_by_id(result.run_id) or result.dagster_run
    try:
        alert_of_run(instance, run, settings.home)
    except OSError as error:
        note(f"No alert could be left in {settings.home}: {error.strerror}")


def _is_half_sent(instance: "DagsterInstance", result: "ExecuteInProcessResult") -> bool:
    from harvest_qb_pipeline.automation.posted import only_half_sent

    return only_half_sent(instance, result.run_id)


def publish_after(result: "ExecuteInProcessResult") -> None:
    """Renew the analysts' copy as the last thing of a run; what keeps it from that is told, and fails nothing."""
    import duckdb

    from harvest_qb_pipeline.automation import publishing
    from harvest_qb_pipeline.warehouse.database import WarehouseBusyError, WarehouseDamagedError

    try:
        publishing.publish_after(instance(), result.dagster_run, load_settings(), log=note)
    except (OSError, duckdb.Error, WarehouseBusyError, WarehouseDamagedError) as error:
        note(f"The analysts' copy could not be renewed: {_in_words(error)}")


def _forget_old_runs(instance: "DagsterInstance", settings: Settings) -> None:
    """As the policy's [retention] says; a history that is in use is tidied another time."""
    from sqlalchemy.exc import SQLAlchemyError

    from harvest_qb_pipeline.automation.retention import forget_old_runs
    from harvest_qb_pipeline.policy.load import load_policy

    try:
        forget_old_runs(instance, load_policy(settings.harvest_qb_policy).retention, utc_now())
    except (OSError, SQLAlchemyError) as error:
        note(f"Old runs could not be forgotten: {_in_words(error)}")


def _in_words(error: Exception) -> str:
    """One sentence: what it says of the machine, else how its own words begin."""
    weather = weather_of(error, load_settings().home)
    return weather.sentence if weather else next(iter(str(error).splitlines()), type(error).__name__)


def instance() -> "DagsterInstance":
    """The history of this home."""
    import dagster as dg
    from sqlalchemy.exc import DatabaseError, OperationalError

    home = dagster_home(load_settings())
    try:
        opened = dg.DagsterInstance.from_config(str(home))
        opened.get_runs_count()
    except OperationalError:
        raise
    except DatabaseError as error:
        raise ConfigurationError(
            f"The history of runs in {home} is damaged ({error.orig}). Move the folder {home / 'history'} away: only "
            "what the Dagster UI shows of old runs is in it."
        ) from None
    return opened


def prepare(settings: Settings) -> None:
    """Write the files that a first use needs, and say which. Raises `ConfigurationError` when a person has to."""
    for path in write_first_files(settings):
        note(f"First use here: wrote {path}")


@cache
def _definitions() -> "Definitions":
    """The code location, built once however many jobs a command runs."""
    from harvest_qb_pipeline.definitions import build_defs
    from harvest_qb_pipeline.resources import resources

    return build_defs(resources())


def _raise_cause(result: "ExecuteInProcessResult") -> None:
    """The innermost error of the first failed step, as a sentence, with the run to look at for the rest."""
    for event in result.all_events:
        error = getattr(event.event_specific_data, "error", None)
        if error is None:
            continue
        while error.cause is not None:
            error = error.cause
        if error.cls_name in ("DagsterExecutionInterruptedError", "KeyboardInterrupt"):
            raise KeyboardInterrupt
        # The message begins with the class and its module; what a person should read comes after.
        message = error.message.strip()
        sentence = message.partition(f"{error.cls_name}: ")[2] or message
        run = f"(run {result.run_id}; the Dagster UI shows its log)"
        if weather := weather_in(error.cls_name, message, load_settings().home):
            raise ConfigurationError(weather.sentence) if weather.is_configuration else Failed(weather.sentence, run)
        if error.cls_name in ("ConfigurationError", "PolicyError"):
            raise ConfigurationError(f"{sentence}\n{run}")
        raise Failed(*sentence.splitlines(), run)
    raise Failed(f"Run {result.run_id} failed; the Dagster UI shows its log.")


def _show_progress(instance: "DagsterInstance", job: "JobDefinition", done: threading.Event) -> None:
    """A bar over the steps of the run, when standard error is a terminal."""
    if not sys.stderr.isatty():
        return
    from dagster import DagsterEventType, EventRecordsFilter

    steps = len(job.nodes)
    with progress_bar() as progress:
        task = progress.add_task(job.name, total=steps)
        newest = instance.get_event_records(EventRecordsFilter(DagsterEventType.STEP_START), limit=1)
        after = newest[0].storage_id if newest else 0
        while not done.wait(0.3):
            started = instance.get_event_records(
                EventRecordsFilter(DagsterEventType.STEP_START, after_cursor=after), ascending=True
            )
            if started:
                step = started[-1].event_log_entry.step_key or ""
                progress.update(task, completed=len(started) - 1, description=f"{job.name}: {step.replace('__', '/')}")
