"""When the schedules fire, by the clock on the wall of the policy's time zone."""

from datetime import UTC, datetime
from itertools import islice

from dagster._utils.schedules import schedule_execution_time_iterator

from harvest_qb_pipeline.automation.schedules import schedules
from harvest_qb_pipeline.policy.load import parse_policy


def fires(name: str, zone: str, after: datetime, count: int) -> list[str]:
    """The next moments at which a schedule starts its job, in UTC."""
    policy = parse_policy(f'timezone = "{zone}"\ncutover_on = 2026-01-01', "policy.toml")
    (schedule,) = [each for each in schedules(policy) if each.name == name]
    assert schedule.execution_timezone == zone
    times = schedule_execution_time_iterator(after.timestamp(), schedule.cron_schedule, zone, ascending=True)
    return [moment.astimezone(UTC).isoformat(timespec="minutes") for moment in islice(times, count)]


def test_the_daily_run_starts_at_a_quarter_past_five_of_the_firm_through_the_change_of_clocks():
    assert fires("daily_run", "America/New_York", datetime(2026, 10, 31, 0, tzinfo=UTC), 3) == [
        "2026-10-31T09:15+00:00",
        "2026-11-01T10:15+00:00",
        "2026-11-02T10:15+00:00",
    ]
    assert fires("daily_run", "Asia/Tokyo", datetime(2026, 10, 31, 0, tzinfo=UTC), 1) == ["2026-10-31T20:15+00:00"]


def test_both_systems_are_landed_every_hour():
    assert fires("hourly_sync", "Asia/Kolkata", datetime(2026, 10, 31, 8, 45, tzinfo=UTC), 2) == [
        "2026-10-31T09:30+00:00",
        "2026-10-31T10:30+00:00",
    ]


def test_each_schedule_starts_its_own_job():
    policy = parse_policy('timezone = "UTC"\ncutover_on = 2026-01-01', "policy.toml")
    assert {schedule.name: schedule.job_name for schedule in schedules(policy)} == {
        "hourly_sync": "sync",
        "daily_run": "run",
    }
