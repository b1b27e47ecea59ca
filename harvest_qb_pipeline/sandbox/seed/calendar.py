"""Days on which a US office works, and moments of those days.

Belongs here: arithmetic on days. Must not be here: what was done on them.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MONDAY, THURSDAY = 0, 3
DAYS_IN_BUSINESS = 600
"""How long before its first entry an agency has had its clients and customers."""


@cache
def month_start(day: date, months_before: int = 0) -> date:
    """The first day of the month so many months before the month of `day`."""
    index = day.year * 12 + day.month - 1 - months_before
    return date(index // 12, index % 12 + 1, 1)


@cache
def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return month_start(day, -1) - timedelta(days=1)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _observed(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


@cache
def holidays(year: int) -> frozenset[date]:
    """Days off in the United States that most firms keep."""
    memorial_day = month_end(date(year, 5, 1))
    memorial_day -= timedelta(days=memorial_day.weekday())
    thanksgiving = _nth_weekday(year, 11, THURSDAY, 4)
    fixed = (date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 12, 25))
    return frozenset(
        {
            *map(_observed, fixed),
            _nth_weekday(year, 1, MONDAY, 3),
            memorial_day,
            _nth_weekday(year, 9, MONDAY, 1),
            thanksgiving,
            thanksgiving + timedelta(days=1),
        }
    )


@cache
def is_workday(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def days(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(number)


def workdays(first: date, last: date) -> list[date]:
    return [day for day in days(first, last) if is_workday(day)]


@cache
def next_workday(day: date, count: int = 1) -> date:
    """The `count`-th workday after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


@cache
def week_end(day: date) -> date:
    """The Sunday that ends the week of `day`."""
    return day + timedelta(days=6 - day.weekday())


@cache
def moment(day: date, hour: int, timezone: str) -> int:
    """That full hour on the wall clock of the zone, in epoch seconds."""
    return int(datetime.combine(day, time(hour), ZoneInfo(timezone)).timestamp())
