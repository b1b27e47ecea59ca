"""Which alerts a run leaves, read from Dagster's log of it: by whoever ran it, and by sensors for all others.

Belongs here: what of a run is worth an alert, and that each is left once. Must not be here: where alerts are kept.
"""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from harvest_qb_pipeline.automation.alerts import Alert, alerts_of_run, record_alert
from harvest_qb_pipeline.automation.posted import only_half_sent
from harvest_qb_pipeline.settings import utc_now


def alert_of_run(instance: dg.DagsterInstance, run: dg.DagsterRun, home: Path) -> list[str]:
    """Leave a line for each check that failed in a run that has ended, and for its failure; those that are new."""
    known = {alert.message for alert in alerts_of_run(home, run.run_id)}
    said = [sentence for sentence in dict.fromkeys(_sentences(instance, run)) if sentence not in known]
    at = utc_now().isoformat(timespec="seconds")
    for sentence in said:
        record_alert(home, Alert(at=at, job=run.job_name, run_id=run.run_id, message=sentence))
    return said


def _sentences(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Iterator[str]:
    yield from _failed_checks(instance, run.run_id)
    if run.status is dg.DagsterRunStatus.FAILURE and not only_half_sent(instance, run.run_id):
        yield _cause(instance, run.run_id)


def _failed_checks(instance: dg.DagsterInstance, run_id: str) -> Iterator[str]:
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    for record in records:
        event = record.event_log_entry.dagster_event
        check = event.asset_check_evaluation_data if event else None
        if check is None or check.passed or check.severity is not dg.AssetCheckSeverity.ERROR:
            continue
        where = f"{check.asset_key.to_user_string()}, check {check.check_name}"
        yield f"{where}: {check.description or 'failed'}"


def _cause(instance: dg.DagsterInstance, run_id: str) -> str:
    """The innermost cause of the first failed step, in one line."""
    for kind in (dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE):
        for record in instance.get_records_for_run(run_id, of_type=kind).records:
            event = record.event_log_entry.dagster_event
            error = getattr(event.event_specific_data, "error", None) if event else None
            if error is None:
                return (event.message if event else None) or "The run failed without a message."
            while error.cause is not None:
                error = error.cause
            lines = error.message.strip().splitlines()
            # Dagster puts the full name of the class before what it says.
            return lines[0].partition(f"{error.cls_name}: ")[2] or lines[0] if lines else str(error.cls_name)
    return "The run failed without a message."
