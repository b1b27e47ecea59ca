"""When things run because something happened: an approval, a finished run, a failed run.

Sensors run unless a person stops them. They read the ledger or Dagster's own log, never the warehouse; the one that
looks for newcomers in QuickBooks is in `newcomers.py`.
"""

from collections.abc import Iterator

import dagster as dg

from harvest_qb_pipeline.automation.alerting import alert_of_run
from harvest_qb_pipeline.automation.jobs import contacts, plan, publish, push, run, sync
from harvest_qb_pipeline.automation.newcomers import new_customers
from harvest_qb_pipeline.automation.posted import only_half_sent
from harvest_qb_pipeline.automation.publishing import last_copy_began_at
from harvest_qb_pipeline.automation.retention import forget_old_runs
from harvest_qb_pipeline.ledger import reading, sending
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.settings import load_settings, utc_now

REPEAT_SECONDS = 300


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
    # Dagster never starts a key twice: a decision is pushed at once, and what could not be sent again every few
    # minutes, however often this looks meanwhile.
    again = int(now.timestamp()) // REPEAT_SECONDS
    return dg.RunRequest(run_key=f"push-after-decision-{reading.last_decision(ledger)}-{again}")


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[sync, plan, push, contacts, run],
    request_job=publish,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Publishes the analysts' copy after sync, plan, push, contacts and run, unless a copy was begun since: "
    "a command publishes by itself, and one copy serves all runs that ended before it.",
)
def publish_when_changed(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    yield from _publish(context)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.FAILURE,
    monitored_jobs=[push, contacts, run],
    request_job=publish,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Publishes the analysts' copy also after a run that sent everything and failed at its end, because a "
    "document is half-sent.",
)
def publish_when_half_sent(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    if only_half_sent(context.instance, context.dagster_run.run_id):
        yield from _publish(context)
    else:
        yield dg.SkipReason("The run ended before everything was sent.")


def _publish(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    run_id = context.dagster_run.run_id
    record = context.instance.get_run_record_by_id(run_id)
    if record and record.end_time and record.end_time <= last_copy_began_at(context.instance):
        yield dg.SkipReason(f"A copy was begun after run {run_id} had ended.")
    else:
        yield dg.RunRequest(run_key=f"publish-after-{run_id}")


@dg.run_failure_sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Leaves a line in the home's alerts.jsonl for every failed run, which `harvest-qb status` shows.",
)
def alert_on_failure(context: dg.RunFailureSensorContext) -> None:
    _alert(context)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[plan, push, contacts, run],
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Leaves a line in alerts.jsonl for each check that failed in a run that went through: a posting that "
    "was refused, an invoice that looks like a copy of ours.",
)
def alert_on_failed_checks(context: dg.RunStatusSensorContext) -> None:
    _alert(context)


def _alert(context: dg.RunStatusSensorContext) -> None:
    """What a command has told already, of a run of its own, is not told again."""
    for sentence in alert_of_run(context.instance, context.dagster_run, load_settings().home):
        context.log.error(f"{context.dagster_run.job_name}: {sentence}")


@dg.sensor(
    minimum_interval_seconds=3600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Forgets runs that are older than the policy's [retention] keeps them, with their events and logs.",
)
def forget_when_old(context: dg.SensorEvaluationContext, policy: dg.ResourceParam[Policy]) -> dg.SkipReason:
    forgotten = forget_old_runs(context.instance, policy.retention, utc_now())
    return dg.SkipReason(f"{forgotten} old runs were forgotten." if forgotten else "No run is old enough to forget.")


SENSORS = [
    push_when_ready, new_customers, publish_when_changed, publish_when_half_sent, alert_on_failure,
    alert_on_failed_checks, forget_when_old,
]  # fmt: skip
