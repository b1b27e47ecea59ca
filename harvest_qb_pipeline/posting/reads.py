"""Reads that serve many postings of one push: lists of both systems, and from when on they are fresh enough.

Belongs here: what is read once for many, and how old it may be. Must not be here: what follows from it (`kinds/`).

A list may say that a record is as it should be. Only the record itself, read for the posting that asks, may say that it
is not: a list that is a little old, or that lags behind, costs another read and never a wrong write.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from threading import Lock

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.harvest import protocol
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.posting.references import FRESH, References
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient

_MOST_PAGES = 8


@dataclass(frozen=True)
class ImportReach:
    """The reach of an import: projects of one client, and days (ISO), both ends included."""

    client_id: int
    project_ids: frozenset[int]
    from_on: str
    to_on: str


@dataclass
class Order:
    """What came before what in one push, whatever the clocks say: each write ends, and each read begins, at a mark."""

    _marks: Iterator[int] = field(default_factory=lambda: count(1))
    _lock: Lock = field(default_factory=Lock)

    def mark(self) -> int:
        """A number greater than every one before."""
        with self._lock:
            return next(self._marks)


@dataclass(frozen=True)
class _Listed:
    """What a list said whose reading began at this mark, at this time."""

    mark: int
    at: datetime
    records: list[JsonObject]


class Reads:
    """Fetched once and served to all threads, until somebody needs it fresher. One instance serves one push."""

    def __init__(self, harvest: HarvestClient, quickbooks: QuickBooksClient, now: Callable[[], datetime]) -> None:
        self.order = Order()
        self.entries = Entries(harvest, self.order, now)
        self.references = References(quickbooks, now)
        self._harvest = harvest
        self._quickbooks = quickbooks
        self._now = now
        self._lock = Lock()
        self._skew: list[timedelta] = []
        self._close_on: list[str | None] = []
        self._approvals: list[bool] = []
        self._quickbooks_days: dict[str, list[JsonObject]] = {}
        self._harvest_days: dict[str, _Shared] = {}

    def book_close_on(self) -> str | None:
        """The company's closing date, `YYYY-MM-DD`, or None when its books were never closed (rule 1)."""
        with self._lock:
            if not self._close_on:
                preferences = self._quickbooks.get("/preferences")
                self._close_on.append((preferences.get("AccountingInfoPrefs") or {}).get("BookCloseDate"))
            return self._close_on[0]

    def uses_approvals(self) -> bool:
        """Whether timesheet approval is on in Harvest (rule 13)."""
        with self._lock:
            if not self._approvals:
                self._approvals.append(bool(self._harvest.get("/company").get("approval_feature")))
            return self._approvals[0]

    def quickbooks_invoices_of(self, day: str) -> list[JsonObject]:
        """All invoices with this `TxnDate`: one read tells of every posting of a push whether it is there already."""
        with self._lock:
            if day not in self._quickbooks_days:
                self._quickbooks_days[day] = self._quickbooks.query(f"select * from Invoice where TxnDate = '{day}'")
            return self._quickbooks_days[day]

    def harvest_invoices_of(self, day: str, *, after: int) -> list[JsonObject]:
        """All invoices of Harvest with this issue day, lines included, by a list begun after the mark `after`."""
        with self._lock:
            shared = self._harvest_days.setdefault(
                day,
                _Shared(
                    lambda: self._harvest.list("/invoices", "invoices", {"from": day, "to": day}), self.order, self._now
                ),
            )
        return shared.records(after)

    def harvest_invoice(self, invoice_id: str, day: str, *, after: int) -> JsonObject | None:
        """An invoice as that list has it; None where it is gone, or was given another day."""
        found = self.harvest_invoices_of(day, after=after)
        return next((record for record in found if str(record["id"]) == invoice_id), None)

    def clock_skew(self) -> timedelta:
        """How far QuickBooks' clock, which stamps `CreateTime`, is ahead of ours; from the `time` of its envelopes."""
        with self._lock:
            if not self._skew:
                body = jsontext.loads(next(self._quickbooks.query_pages("CompanyInfo")))
                self._skew.append(datetime.fromisoformat(str(body["time"])) - self._now())
            return self._skew[0]


class _Shared:
    """One list. Who needs it fresher while it is being read waits, and takes part in the next reading."""

    def __init__(self, read: Callable[[], list[JsonObject]], order: Order, now: Callable[[], datetime]) -> None:
        self._read = read
        self._order = order
        self._now = now
        self._lock = Lock()
        self._listed: _Listed | None = None

    def records(self, after: int) -> list[JsonObject]:
        with self._lock:
            if not self.has(after):
                mark, at = self._order.mark(), self._now()
                self._listed = _Listed(mark, at, self._read())
            assert self._listed is not None  # noqa: S101 - just read
            return self._listed.records

    def has(self, after: int) -> bool:
        """Whether what was listed last is fresh enough already."""
        return self._listed is not None and self._listed.mark > after and self._now() - self._listed.at <= FRESH


class Entries:
    """Time entries of the windows that a push is about to bill: of all of them at once, where that is fewer requests.

    Lists of all clients together stop being read once they are too long for that; then each window has its own.
    """

    def __init__(self, harvest: HarvestClient, order: Order, now: Callable[[], datetime]) -> None:
        self._harvest = harvest
        self._order = order
        self._now = now
        self._windows: dict[ImportReach, _Shared] = {}
        self._together = _Shared(self._list_together, order, now)
        self._lock = Lock()
        self._expected: set[ImportReach] = set()
        self._written: dict[int, int] = {}
        self._pages: int | None = None

    def expect(self, windows: set[ImportReach]) -> None:
        """Windows that will be asked for soon."""
        with self._lock:
            self._expected |= windows

    def written(self, client_id: int) -> None:
        """An invoice of this client was made or deleted: what was listed of the client's time is out of date."""
        with self._lock:
            self._written[client_id] = self._order.mark()

    def within(self, window: ImportReach, *, after: int = 0) -> list[JsonObject]:
        """Entries of a window, by a list begun after the mark `after` and after our last write to its client."""
        needed = self._needed(window, after)
        if self._is_worth_sharing(window, needed):
            try:
                return _of(window, self._together.records(needed))
            except _TooLongError:
                pass
        return self.alone(window, after=after)

    def alone(self, window: ImportReach, *, after: int = 0) -> list[JsonObject]:
        """The same by a list of this window only: to look again at what a list of all says against it."""
        with self._lock:
            shared = self._windows.setdefault(
                window, _Shared(lambda: self._list_window(window), self._order, self._now)
            )  # fmt: skip
        return shared.records(self._needed(window, after))

    def _needed(self, window: ImportReach, after: int) -> int:
        with self._lock:
            return max(after, self._written.get(window.client_id, 0))

    def _is_worth_sharing(self, window: ImportReach, needed: int) -> bool:
        """One page serves any number of windows. Several are read only to look ahead, not after each write."""
        with self._lock:
            if window not in self._expected or len(self._expected) < 2 or self._pages == 0:
                return False
            return self._pages in (None, 1) or self._together.has(needed) or needed == 0

    def _list_window(self, window: ImportReach) -> list[JsonObject]:
        params = {"client_id": window.client_id, "from": window.from_on, "to": window.to_on}
        return _of(window, self._harvest.list("/time_entries", "time_entries", params))

    def _list_together(self) -> list[JsonObject]:
        with self._lock:
            windows = list(self._expected)
        if not windows:
            raise _TooLongError
        most = max(1, min(_MOST_PAGES, len(windows) // 2))
        days = {"from": min(one.from_on for one in windows), "to": max(one.to_on for one in windows)}
        records: list[JsonObject] = []
        pages = 0
        for body in self._harvest.pages("/time_entries", days):
            pages += 1
            if pages > most:
                self._pages = 0
                raise _TooLongError
            records += protocol.records(body, "time_entries")
        self._pages = pages
        return records


class _TooLongError(Exception):
    """Reading all windows together takes more requests than reading each."""


def _of(window: ImportReach, entries: list[JsonObject]) -> list[JsonObject]:
    return [
        entry
        for entry in entries
        if int(entry["client"]["id"]) == window.client_id
        and int(entry["project"]["id"]) in window.project_ids
        and window.from_on <= str(entry["spent_date"]) <= window.to_on
    ]
