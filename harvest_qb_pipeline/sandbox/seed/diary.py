"""Who did what on which day: the time entries of an agency, drawn at random but always the same for a seed.

Belongs here: the pattern of working days, late logging, approval. Must not be here: who and what there is (`generator`)
or what was invoiced already (`history`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import TypeVar

from harvest_qb_pipeline.sandbox.seed import calendar, cast, words
from harvest_qb_pipeline.sandbox.seed.values import AgencyProject, AgencyTask, Approval, Entry, Person

_DAYS_OFF = 0.07
_LATE = 0.045
_VERY_LATE = 0.004
_ZERO = 0.003
_WITHOUT_NOTES = 0.08
_UNAPPROVED_PEOPLE = 0.02
_LONGEST_MEETING = 6

_DAY_PATTERNS = tuple(
    tuple(int(quarter) for quarter in pattern.split())
    for pattern in (
        "32", "16 16", "24 8", "14 18", "30", "20 12", "8 10 12", "12 12 6", "16 10 4", "8 8 8 8", "2 28", "1 15 16",
        "4 6 8 13", "6 26", "10 10 11", "3 9 20", "4 4 12 12", "28", "12 8 8 4", "18 14", "2 6 8 16", "5 13 14",
    )
)  # fmt: skip
"""Working days in quarter hours, one number per entry; long meetings are cut."""

ENTRIES_PER_DAY = sum(map(len, _DAY_PATTERNS)) / len(_DAY_PATTERNS) * (1 - _DAYS_OFF)

_DAY = 86_400
_ZERO_NOTES = ("Call cancelled by client", "No-show", "", "Placeholder")


_T = TypeVar("_T")


def _pick(random: Random, choices: Sequence[_T]) -> _T:
    """`random.choice`, three times as fast."""
    return choices[int(random.random() * len(choices))]


@dataclass(frozen=True)
class _Place:
    """One project of somebody's week: the tasks done there and the notes that go with each."""

    project: AgencyProject
    tasks: tuple[int, ...]


@dataclass(frozen=True)
class Diary:
    """All that the entries of an agency follow from. `now` (epoch seconds) bounds every time stamp."""

    seed: int
    first: date
    now: int
    today: date
    timezone: str
    people: Sequence[Person]
    tasks: Sequence[AgencyTask]
    projects: Sequence[AgencyProject]

    @cached_property
    def month(self) -> date:
        """The first day of the current month; what lies before it is approved, a few exceptions apart."""
        return calendar.month_start(self.today)

    def entries(self) -> list[Entry]:
        """Every entry, ordered as logged within each person."""
        logged = [entry for person in self.people for entry in self._of(person)]
        logged.append(self._running_timer())
        return logged

    def _of(self, person: Person) -> Iterator[Entry]:
        random = Random(f"{self.seed}/diary/{person.key}")
        first = max(self.first, person.joined_on)
        last = min(self.today - timedelta(days=1), person.left_on or self.today)
        presence = (1 - _DAYS_OFF) * min(1.0, person.weekly_hours / 40)
        is_tardy = person.key >= len(cast.PROJECTS) and random.random() < _UNAPPROVED_PEOPLE
        month = date.min
        places: list[_Place] = []
        weights: list[int] = []
        for day in calendar.workdays(first, last):
            if calendar.month_start(day) != month:
                month = calendar.month_start(day)
                places = self._places(person, month)
                weights = list(accumulate(place.project.weight for place in places))
            if places and random.random() < presence:
                yield from self._day(random, person, day, places, weights, is_tardy)
        yield from self._certain(person, first, last)

    def _places(self, person: Person, month: date) -> list[_Place]:
        return [
            _Place(project, self._tasks_of(person, project))
            for project in self.projects
            if person.key in project.team
            and (project.starts_on is None or project.starts_on <= month)
            and (project.ends_on is None or project.ends_on >= month)
        ]

    def _tasks_of(self, person: Person, project: AgencyProject) -> tuple[int, ...]:
        fitting = tuple(key for key in project.tasks if self.tasks[key].name in person.tasks)
        return fitting or project.tasks[:1]

    def _day(
        self, random: Random, person: Person, day: date, places: list[_Place], weights: list[int], is_tardy: bool
    ) -> Iterator[Entry]:
        pattern = _pick(random, _DAY_PATTERNS)
        evening = calendar.moment(day, 17, self.timezone) + random.randrange(3600)
        for quarters, place in zip(pattern, random.choices(places, cum_weights=weights, k=len(pattern)), strict=True):
            task = _pick(random, place.tasks)
            chance = random.random()
            if task == cast.MEETINGS:
                quarters = min(quarters, _LONGEST_MEETING)
            hundredths = quarters * 25 + (int(random.random() * 15) - 7 if person.uses_timer and quarters > 1 else 0)
            hundredths = 0 if chance < _ZERO else hundredths
            notes = self._notes(random, task, is_zero=chance < _ZERO)
            created_at = self._logged_at(random, evening)
            approval, updated_at = self._approval(person.key, place.project.key, day, created_at, is_tardy)
            yield Entry(
                person.key,
                place.project.key,
                task,
                day,
                hundredths,
                notes,
                created_at,
                updated_at,
                approval,
                None,
                False,
            )

    def _notes(self, random: Random, task: int, *, is_zero: bool) -> str | None:
        if is_zero:
            return _pick(random, _ZERO_NOTES)
        return None if random.random() < _WITHOUT_NOTES else _pick(random, words.NOTES[self.tasks[task].name])

    def _logged_at(self, random: Random, evening: int) -> int:
        """The same evening, or days later, but never in the future."""
        chance = random.random()
        late = 0
        if chance < _VERY_LATE:
            late = random.randint(10, 38)
        elif chance < _LATE:
            late = random.randint(1, 6)
        logged_at = evening + late * _DAY
        return logged_at if logged_at <= self.now else evening

    def _approval(self, person: int, project: int, day: date, created_at: int, is_tardy: bool) -> tuple[Approval, int]:
        """How far the entry's week has got, and when the entry was last touched for it.

        Months before this one are closed by now, except for what `cast.UNAPPROVED` says and people who are tardy
        with the last week of the month.
        """
        approval, decided_at, is_last_week = self._decisions[day]
        if is_last_week and (is_tardy or (person, project) in cast.UNAPPROVED):
            return cast.UNAPPROVED.get((person, project), "unsubmitted"), created_at
        if decided_at is None:
            return approval, created_at
        decided_at += person % 60 * 60
        if decided_at < created_at:
            decided_at = created_at + _DAY
        return approval, max(created_at, min(decided_at, self.now - 2 * 3600))

    @cached_property
    def _decisions(self) -> dict[date, tuple[Approval, int | None, bool]]:
        """Of each day: how far its week has got, when it was approved, and whether the last month ended with it."""
        return {day: self._decision(day) for day in calendar.days(self.first, self.today)}

    def _decision(self, day: date) -> tuple[Approval, int | None, bool]:
        is_last_week = self.month - timedelta(days=7) <= day < self.month
        week_end = calendar.week_end(day)
        if day >= self.month and week_end > self.today - timedelta(days=3):
            return ("submitted" if week_end < self.today else "unsubmitted"), None, is_last_week
        return "approved", calendar.moment(week_end + timedelta(days=1), 10, self.timezone), is_last_week

    def _certain(self, person: Person, first: date, last: date) -> Iterator[Entry]:
        """Entries that must be there whatever the seed, so that even the small company shows each case."""
        if person.key == cast.WRITER:
            for day in calendar.workdays(first, last):
                if day == calendar.next_workday(calendar.month_start(day) - timedelta(days=1)):
                    yield self._written(person, cast.LUMIERE_SITE, cast.COPYWRITING, day, 0, "Interview postponed")
        month_end = self.month - timedelta(days=1)
        if (person.key, cast.GREENLINE_PLATFORM) in cast.UNAPPROVED and first <= month_end <= last:
            day = calendar.next_workday(month_end - timedelta(days=5))
            yield self._written(
                person, cast.GREENLINE_PLATFORM, cast.DEVELOPMENT, day, 325, "Timetable import, retries"
            )
        if person.key == cast.DESIGNER:
            # Remembered after that month was invoiced, and before the month that is to be billed now.
            day = calendar.next_workday(calendar.month_start(self.today, 2) + timedelta(days=20))
            if first <= day <= last:
                yield self._written(
                    person, cast.STORE, cast.DESIGN, day, 150, "Forgot to log: banner sizes", days_late=22
                )

    def _written(
        self, person: Person, project: int, task: int, day: date, hundredths: int, notes: str, days_late: int = 0
    ) -> Entry:
        logged_at = calendar.moment(day, 17, self.timezone) + days_late * _DAY
        approval, updated_at = self._approval(person.key, project, day, logged_at, is_tardy=False)
        return Entry(person.key, project, task, day, hundredths, notes, logged_at, updated_at, approval, None, False)

    def _running_timer(self) -> Entry:
        """The one timer that runs now, started half an hour ago."""
        started_at = self.now - 30 * 60
        return Entry(
            cast.DEVELOPER, cast.STORE, cast.DEVELOPMENT, self.today, 0, "Cart: coupon codes", started_at, started_at,
            "unsubmitted", None, True,
        )  # fmt: skip
