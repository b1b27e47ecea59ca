"""Time entries, held compactly, with the indexes that keep lists of half a million of them quick.

Belongs here: storing, moving and finding entries. Must not be here: rates, rounding, locks or JSON. Every change goes
through `insert`, `remove`, `move` or `touched`, or the answers of `find` go stale.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from harvest_qb_pipeline.jsontext import JsonObject

_CACHED_ANSWERS = 8
_REBUILD_AFTER = 20_000


@dataclass(slots=True, eq=False)
class TimeEntry:
    """Hours are whole hundredths without the running timer; times epoch seconds; `extra` holds what few entries have.

    `extra` may hold `started` and `ended` (minutes since midnight) and `external_reference`.
    """

    id: int
    spent_on: date
    user_id: int
    project_id: int
    task_id: int
    hundredths: int
    notes: str | None
    approval_status: str
    is_billed: bool
    invoice_id: int | None
    timer_started_at: int | None
    created_at: int
    updated_at: int
    extra: JsonObject | None = None


Days = dict[date, list[TimeEntry]]
_by_id: Callable[[TimeEntry], int] = attrgetter("id")
_by_update: Callable[[TimeEntry], int] = attrgetter("updated_at")


@dataclass(frozen=True)
class Wanted:
    """What a list of time entries asks for; None means any."""

    project_ids: frozenset[int] | None = None
    user_ids: frozenset[int] | None = None
    from_on: date | None = None
    to_on: date | None = None
    updated_since: int | None = None
    inclusive: bool = True
    task_id: int | None = None
    is_billed: bool | None = None
    is_running: bool | None = None
    approval_status: str | None = None
    external_reference_id: str | None = None


class TimeTable:
    """All entries of an account: by id, by day, by project and day, by person and day, by invoice, by last change."""

    def __init__(self) -> None:
        self.by_id: dict[int, TimeEntry] = {}
        self.days: Days = {}
        self.project_days: dict[int, Days] = {}
        self.user_days: dict[int, Days] = {}
        self.of_invoice: dict[int, dict[int, TimeEntry]] = {}
        self.running: dict[int, TimeEntry] = {}
        self._answers: dict[Wanted, list[TimeEntry]] = {}
        self._by_update: list[TimeEntry] | None = None
        self._update_keys: list[int] = []
        self._changed: dict[int, TimeEntry] = {}

    def insert(self, entry: TimeEntry) -> None:
        """Adds one entry whose id is new."""
        self.by_id[entry.id] = entry
        self._file(entry)
        self.touched(entry)

    def insert_many(self, entries: Iterable[TimeEntry]) -> int:
        """Adds entries whose ids are new and higher than all before; answers how many."""
        count = 0
        by_id, days, project_days, user_days = self.by_id, self.days, self.project_days, self.user_days
        for entry in entries:
            by_id[entry.id] = entry
            day = entry.spent_on
            for shelf in (
                days,
                project_days.setdefault(entry.project_id, {}),
                user_days.setdefault(entry.user_id, {}),
            ):
                if day in shelf:
                    shelf[day].append(entry)
                else:
                    shelf[day] = [entry]
            if entry.invoice_id is not None:
                self.of_invoice.setdefault(entry.invoice_id, {})[entry.id] = entry
            if entry.timer_started_at is not None:
                self.running[entry.id] = entry
            count += 1
        self._by_update = None
        self._changed.clear()
        self._answers.clear()
        return count

    def remove(self, entry: TimeEntry) -> None:
        """Forgets the entry."""
        del self.by_id[entry.id]
        self._unfile(entry)
        self._changed.pop(entry.id, None)
        self._answers.clear()

    def move(self, entry: TimeEntry, change: Callable[[], None]) -> None:
        """Runs `change`, which may alter the entry's day, project, invoice or timer, and files it anew."""
        self._unfile(entry)
        change()
        self._file(entry)
        self.touched(entry)

    def touched(self, entry: TimeEntry) -> None:
        """To be called after any other field of the entry changed."""
        self._answers.clear()
        if self._by_update is not None:
            self._changed[entry.id] = entry
            if len(self._changed) > _REBUILD_AFTER:
                self._by_update = None

    def bill(self, entry: TimeEntry, invoice_id: int | None, *, is_billed: bool) -> None:
        """Puts the entry on an invoice, takes it off, or marks it billed without one."""
        if entry.invoice_id is not None:
            self.of_invoice.get(entry.invoice_id, {}).pop(entry.id, None)
        entry.invoice_id, entry.is_billed = invoice_id, is_billed
        if invoice_id is not None:
            self.of_invoice.setdefault(invoice_id, {})[entry.id] = entry
        self.touched(entry)

    def find(self, wanted: Wanted) -> list[TimeEntry]:
        """The entries asked for, latest day first and newest id first within a day. Do not change the list."""
        answer = self._answers.get(wanted)
        if answer is None:
            if len(self._answers) >= _CACHED_ANSWERS:
                self._answers.pop(next(iter(self._answers)))
            answer = self._answers[wanted] = self._look_up(wanted)
        return answer

    def in_days(self, project_id: int, from_on: date | None, to_on: date | None) -> list[TimeEntry]:
        """A project's entries of the days from..to (either end open), oldest first."""
        days = self.project_days.get(project_id, {})
        return [entry for day in sorted(days) if _within(day, from_on, to_on) for entry in days[day]]

    def _look_up(self, wanted: Wanted) -> list[TimeEntry]:
        if wanted.updated_since is not None:
            entries: Iterable[TimeEntry] = self._since(wanted.updated_since, inclusive=wanted.inclusive)
            entries = [entry for entry in entries if _fits_index(entry, wanted)]
            entries.sort(key=lambda entry: (entry.spent_on, entry.id), reverse=True)
        elif wanted.project_ids is not None:
            shelves = [self.project_days[key] for key in wanted.project_ids if key in self.project_days]
            entries = (entry for entry in _merged(shelves, wanted) if _among(entry.user_id, wanted.user_ids))
        elif wanted.user_ids is not None:
            entries = _merged([self.user_days[key] for key in wanted.user_ids if key in self.user_days], wanted)
        else:
            entries = _merged([self.days], wanted)
        for test in _tests(wanted):
            entries = filter(test, entries)
        return list(entries)

    def _since(self, moment: int, *, inclusive: bool) -> list[TimeEntry]:
        if self._by_update is None:
            self._by_update = sorted(self.by_id.values(), key=_by_update)
            self._update_keys = [entry.updated_at for entry in self._by_update]
            self._changed.clear()
        first = moment if inclusive else moment + 1
        # The snapshot is sorted by what updated_at was when it was built; those changed since are looked at singly.
        settled = self._by_update[bisect_left(self._update_keys, first) :]
        found = {entry.id: entry for entry in settled if entry.id in self.by_id and entry.id not in self._changed}
        found.update((key, entry) for key, entry in self._changed.items() if entry.updated_at >= first)
        return list(found.values())

    def _file(self, entry: TimeEntry) -> None:
        for shelf in self._shelves(entry):
            insort(shelf.setdefault(entry.spent_on, []), entry, key=_by_id)
        if entry.invoice_id is not None:
            self.of_invoice.setdefault(entry.invoice_id, {})[entry.id] = entry
        if entry.timer_started_at is not None:
            self.running[entry.id] = entry

    def _unfile(self, entry: TimeEntry) -> None:
        for shelf in self._shelves(entry):
            shelf[entry.spent_on].remove(entry)
            if not shelf[entry.spent_on]:
                del shelf[entry.spent_on]
        if entry.invoice_id is not None:
            self.of_invoice.get(entry.invoice_id, {}).pop(entry.id, None)
        self.running.pop(entry.id, None)

    def _shelves(self, entry: TimeEntry) -> tuple[Days, Days, Days]:
        return (
            self.days,
            self.project_days.setdefault(entry.project_id, {}),
            self.user_days.setdefault(entry.user_id, {}),
        )


def _merged(shelves: list[Days], wanted: Wanted) -> Iterator[TimeEntry]:
    days = {day for shelf in shelves for day in shelf if _within(day, wanted.from_on, wanted.to_on)}
    for day in sorted(days, reverse=True):
        lists = [shelf[day] for shelf in shelves if day in shelf]
        if len(lists) == 1:
            yield from reversed(lists[0])
        else:
            yield from sorted((entry for entries in lists for entry in entries), key=_by_id, reverse=True)


def _within(day: date, from_on: date | None, to_on: date | None) -> bool:
    return (from_on is None or day >= from_on) and (to_on is None or day <= to_on)


def _among(key: int, keys: Collection[int] | None) -> bool:
    return keys is None or key in keys


def _fits_index(entry: TimeEntry, wanted: Wanted) -> bool:
    return (
        _within(entry.spent_on, wanted.from_on, wanted.to_on)
        and _among(entry.project_id, wanted.project_ids)
        and _among(entry.user_id, wanted.user_ids)
    )


def _tests(wanted: Wanted) -> list[Callable[[TimeEntry], bool]]:
    tests: list[Callable[[TimeEntry], bool]] = []
    if wanted.task_id is not None:
        tests.append(lambda entry: entry.task_id == wanted.task_id)
    if wanted.is_billed is not None:
        tests.append(lambda entry: entry.is_billed is wanted.is_billed)
    if wanted.is_running is not None:
        tests.append(lambda entry: (entry.timer_started_at is not None) is wanted.is_running)
    if wanted.approval_status is not None:
        tests.append(lambda entry: entry.approval_status == wanted.approval_status)
    if wanted.external_reference_id is not None:
        tests.append(lambda entry: _reference_id(entry) == wanted.external_reference_id)
    return tests


def _reference_id(entry: TimeEntry) -> str | None:
    reference = (entry.extra or {}).get("external_reference")
    return None if reference is None else str(reference["id"])
