"""The clock of one company: it runs with real time from wherever it was set, and can be moved or stopped.

Belongs here: the moment it is for a company. Must not be here: rate limits and delays, which are measured in real time.
"""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from harvest_qb_pipeline.jsontext import JsonObject

NOON_HOUR_UTC = 17
"""A company set to a day begins at 17:00 UTC: working hours of that same day from Los Angeles to Helsinki."""


class Clock:
    """Company time. `offset` is its distance from real time in seconds; a frozen clock stands at `frozen_at`."""

    def __init__(self, offset: float = 0.0, frozen_at: float | None = None) -> None:
        self.offset = offset
        self.frozen_at = frozen_at

    @classmethod
    def at_day(cls, day: date) -> "Clock":
        """A running clock that shows 17:00 UTC of `day`."""
        clock = cls()
        clock.set(datetime(day.year, day.month, day.day, NOON_HOUR_UTC, tzinfo=UTC))
        return clock

    def now(self, *, exact: bool = False) -> datetime:
        """The moment it is, aware, in UTC; whole seconds, or with microseconds when `exact`."""
        moment = datetime.fromtimestamp(self._timestamp(), UTC)
        return moment if exact else moment.replace(microsecond=0)

    def today(self, timezone: str = "UTC") -> date:
        """The day it is in an IANA time zone."""
        return self.now().astimezone(ZoneInfo(timezone)).date()

    def set(self, moment: datetime) -> None:
        """Jump to an aware moment; a frozen clock stays frozen there."""
        if self.frozen_at is not None:
            self.frozen_at = moment.timestamp()
        else:
            self.offset = moment.timestamp() - time.time()

    def advance(self, seconds: float) -> None:
        """Move by seconds, also backwards."""
        self.set(self.now(exact=True) + timedelta(seconds=seconds))

    def freeze(self) -> None:
        """Stop at the moment it is."""
        self.frozen_at = self._timestamp()

    def unfreeze(self) -> None:
        """Run on from where it stands."""
        if self.frozen_at is not None:
            self.offset, self.frozen_at = self.frozen_at - time.time(), None

    def to_state(self) -> JsonObject:
        return {"offset": self.offset, "frozen_at": self.frozen_at}

    def load_state(self, state: JsonObject) -> None:
        """Take up a saved clock: a running one has moved on by the time that has passed since."""
        self.offset = float(state["offset"])
        self.frozen_at = None if state["frozen_at"] is None else float(state["frozen_at"])

    def _timestamp(self) -> float:
        return self.frozen_at if self.frozen_at is not None else time.time() + self.offset
