"""When things run because something happened: an approval, a finished run, a failed run.

Sensors run unless a person stops them. They read the ledger or Dagster's own log, never the warehouse or an API.
"""

from collections.abc import Iterator

import dagster as dg

from harvest_qb_pipeline.automation.alerts import Alert, record_alert
from harvest_qb_pipeline.automation.jobs import plan, publish, push, run
from harvest_qb_pipeline.ledger import reading, sending
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.settings import load_settings, utc_now


@dg.sensor(
    job=push,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Pushes when something was approved, or when an uncertain posting is due to be looked up again.",
)
def push_when_ready(
    context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]
) -> dg.SkipReason | dg.RunRequest:
    del context
    now = utc_now()
    if not sending.ready(ledger, now, limit=1):
        return dg.SkipReason("Nothing is approved and nothing uncertain is due.")
    # Dagster never starts a key twice. With the hour in it, a push that died before its first event is tried again.
    return dg.RunRequest(run_key=f"push-after-event-{reading.last_event_id(ledger)}-{now:%Y%m%dT%H}")


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[plan, push, run],
    request_job=publish,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Publishes the analysts' copy after plan, push and run.",
)
def publish_when_changed(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest]:
    yield dg.RunRequest(run_key=f"publish-after-{context.dagster_run.run_id}")


@dg.run_failure_sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Leaves a line in the home's alerts.jsonl for every failed run, which `harvest-qb status` shows.",
)
def alert_on_failure(context: dg.RunFailureSensorContext) -> None:
    failed = context.dagster_run
    alert = Alert(
        at=utc_now().isoformat(timespec="seconds"),
        job=failed.job_name,
        run_id=failed.run_id,
        message=failure_sentence(context),
    )
    record_alert(load_settings().home, alert)
    context.log.error(f"{alert.job} failed: {alert.message}")


def failure_sentence(context: dg.RunFailureSensorContext) -> str:
    """The innermost cause of the first failed step, in one line."""
    events = context.get_step_failure_events()
    error = events[0].step_failure_data.error if events else None
    if error is None:
        return context.failure_event.message or "The run failed without a message."
    while error.cause is not None:
        error = error.cause
    return error.message.strip().splitlines()[0]


SENSORS = [push_when_ready, publish_when_changed, alert_on_failure]
