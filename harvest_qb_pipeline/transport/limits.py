"""The rate limits of the two APIs, shared by every process of a home through one SQLite file.

Belongs here: waiting for one's turn. Must not be here: what happens after a 429 all the same (that is `retry`).
"""

import logging
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from filelock import FileLock
from pyrate_limiter import Rate, RateItem, SQLiteBucket

log = logging.getLogger(__name__)
_SETTLE_SECONDS = 0.25
_TIDY_EVERY = 200
_LEVELS = ((10.0, logging.WARNING), (1.0, logging.INFO))
_AHEAD_MS = 1000
"""How far the clocks of two processes may differ in what they wrote."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """`requests` in any `seconds`: a little under what the API allows, since clocks and networks jitter."""

    requests: int
    seconds: float


class Limit(Protocol):
    """Something to wait for before each request."""

    def wait(self, at_most: float | None = None) -> bool:
        """Take a turn, waiting for it. False when it did not come within `at_most` seconds: no turn was taken."""
        ...


class SharedLimit:
    """A sliding-window limit per account, held across processes (pyrate-limiter's SQLite bucket with a file lock).

    Calls may come in a burst up to the allowance and then wait, so the allowance is used whole.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        allowances: Sequence[Allowance],
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._name = name
        self._said = " and ".join(f"{a.requests} per {a.seconds:g} s" for a in allowances)
        self._sleep = sleep
        self._threads = threading.Lock()
        self._file_lock = FileLock(f"{path}.lock")
        # A request is counted here when it leaves and there when it arrives; the margin keeps a slow first request
        # and a fast later one from meeting inside one of their windows.
        rates = [Rate(a.requests, round((a.seconds + min(_SETTLE_SECONDS, a.seconds / 10)) * 1000)) for a in allowances]
        table = re.sub(r"\W", "_", name)
        with self._file_lock:
            _require_whole(path)
            self._bucket = SQLiteBucket.init_from_file(rates, table=table, db_path=str(path))
            self._bucket.conn.execute("PRAGMA journal_mode=WAL")
            self._bucket.conn.execute("PRAGMA synchronous=OFF")  # losing the last turns in a power cut harms nobody
        self._table = table
        self._turns = 0

    def wait(self, at_most: float | None = None) -> bool:
        """See `Limit.wait`. Waits of a second or more are logged, of ten or more as warnings."""
        waited = 0.0
        while True:
            pause = self._take()
            if pause == 0:
                return True
            if at_most is not None and waited + pause > at_most:
                return False
            # A warning is shown also where nobody has set up logging: on the command line nobody waits in silence.
            level = next((level for from_seconds, level in _LEVELS if pause >= from_seconds), logging.DEBUG)
            log.log(
                level,
                "Waiting %.1f s for the rate limit of %s (%s, shared by all runs).",
                pause,
                self._name,
                self._said,
            )
            self._sleep(pause)
            waited += pause

    def close(self) -> None:
        self._bucket.close()

    def _take(self) -> float:
        """0 when a turn was taken, else the seconds until it is worth asking again."""
        with self._threads, self._file_lock.acquire(poll_interval=0.005):
            item = RateItem(self._name, self._bucket.now())
            self._forget_the_future(item.timestamp)
            if self._bucket.put(item):
                self._turns += 1
                if self._turns % _TIDY_EVERY == 0:
                    self._bucket.leak(self._bucket.now())
                return 0
            pause = self._bucket.waiting(item)
        assert isinstance(pause, int)  # noqa: S101  (the bucket is a synchronous one)
        longest = max(rate.interval for rate in self._bucket.rates)
        return (min(pause, longest) + 2) / 1000

    def _forget_the_future(self, now: int) -> None:
        """Turns of a clock that was ahead once (and was put right) would keep everybody waiting until then."""
        ahead = (now + _AHEAD_MS,)
        (count,) = self._bucket.conn.execute(
            f"SELECT count(*) FROM '{self._table}' WHERE item_timestamp > ?",  # noqa: S608 - a name of ours
            ahead,
        ).fetchone()
        if not count:
            return
        self._bucket.conn.execute(f"DELETE FROM '{self._table}' WHERE item_timestamp > ?", ahead)  # noqa: S608
        self._bucket.conn.commit()
        log.warning(
            "%d turns of %s lie in the future: this computer's clock was ahead once. They are forgotten.",
            count,
            self._name,
        )


def _require_whole(path: Path) -> None:
    """Put a damaged file aside: nothing but turns of the last minutes is in it, and new ones are taken at once."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path)) as con:
            is_whole = con.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        is_whole = False
    if not is_whole:
        path.replace(path.with_name(f"{path.name}.damaged"))
        for rest in ("-wal", "-shm"):
            path.with_name(f"{path.name}{rest}").unlink(missing_ok=True)
        log.warning("%s was damaged and is made anew: nothing is lost but the turns of the last minutes.", path)
