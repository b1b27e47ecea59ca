"""When things run by the clock. Both schedules run unless a person stops them; nothing unapproved is ever sent."""

import dagster as dg

from harvest_qb_pipeline.automation.jobs import run, sync
from harvest_qb_pipeline.policy.model import Policy


def schedules(policy: Policy) -> list[dg.ScheduleDefinition]:
    """Hourly `sync` and daily `run`, in the policy's time zone (rule 4). SQL decides what is due."""
    return [
        dg.ScheduleDefinition(
            name="hourly_sync",
            job=sync,
            cron_schedule="0 * * * *",
            execution_timezone=policy.timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Land what changed, every hour.",
        ),
        dg.ScheduleDefinition(
            name="daily_run",
            job=run,
            cron_schedule="15 5 * * *",
            execution_timezone=policy.timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Re-read open periods, plan, and push what is approved, every morning.",
        ),
    ]
