"""The two outside systems as one push sees them: clients, limits, clock, and reads made once for all postings."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.posting.door import PostingOptions
from harvest_qb_pipeline.posting.kind import Remembered
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.settings import utc_now


@dataclass(frozen=True)
class Systems:
    """Harvest and QuickBooks, and how to use them. `now` and `sleep` are given so that tests own the clock."""

    harvest: HarvestClient
    quickbooks: QuickBooksClient
    options: PostingOptions
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    remembered: Remembered = field(init=False)

    def __post_init__(self) -> None:
        reads = _Reads(self.quickbooks, self.now)
        remembered = Remembered(reads.book_close_on, reads.invoices_of_day, reads.clock_skew)
        object.__setattr__(self, "remembered", remembered)


def systems_for(policy: Policy, harvest: HarvestClient, quickbooks: QuickBooksClient) -> Systems:
    """Both systems under the policy's limits, on the real clock."""
    limits = policy.posting
    options = PostingOptions(
        settle_seconds=limits.settle_seconds,
        timeout_seconds=limits.timeout_seconds,
        lease_seconds=limits.lease_seconds,
        max_attempts=limits.max_attempts,
        max_postings_per_run=limits.max_postings_per_run,
    )
    return Systems(harvest, quickbooks, options, now=utc_now, sleep=time.sleep)


class _Reads:
    """Fetched once per push and served to all threads."""

    def __init__(self, quickbooks: QuickBooksClient, now: Callable[[], datetime]) -> None:
        self._quickbooks = quickbooks
        self._now = now
        self._skew: list[timedelta] = []
        self._lock = Lock()
        self._close_on: list[str | None] = []
        self._days: dict[str, list[JsonObject]] = {}

    def book_close_on(self) -> str | None:
        """The company's closing date, `YYYY-MM-DD`, or None when its books were never closed (rule 1)."""
        with self._lock:
            if not self._close_on:
                preferences = self._quickbooks.get("/preferences")
                self._close_on.append((preferences.get("AccountingInfoPrefs") or {}).get("BookCloseDate"))
            return self._close_on[0]

    def invoices_of_day(self, day: str) -> list[JsonObject]:
        """All invoices with this `TxnDate`: one read tells of every posting of a push whether it is there already."""
        with self._lock:
            if day not in self._days:
                self._days[day] = self._quickbooks.query(f"select * from Invoice where TxnDate = '{day}'")
            return self._days[day]

    def clock_skew(self) -> timedelta:
        """How far QuickBooks' clock, which stamps `CreateTime`, is ahead of ours; from the `time` of its envelopes."""
        with self._lock:
            if not self._skew:
                body = jsontext.loads(next(self._quickbooks.query_pages("CompanyInfo")))
                self._skew.append(datetime.fromisoformat(str(body["time"])) - self._now())
            return self._skew[0]
