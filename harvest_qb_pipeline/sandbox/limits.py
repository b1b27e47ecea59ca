"""Rate limits of both products, counted in real time over a sliding window.

Belongs here: whether one more request is allowed now. Must not be here: how a refusal looks on the wire.
Source: Harvest API "Rate limiting" (100 in 15 s; reports 100 in 15 min), QuickBooks limits (500 a minute, 10 a second).
"""

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from harvest_qb_pipeline.jsontext import Json, JsonObject

REAL_LIMITS: dict[str, tuple[int, float]] = {
    "harvest": (100, 15.0),
    "harvest_reports": (100, 900.0),
    "quickbooks": (500, 60.0),
    "quickbooks_burst": (10, 1.0),
}


@dataclass
class Limits:
    """The limits of one company: requests and seconds of each window; none when `windows` is empty."""

    windows: dict[str, tuple[int, float]] = field(default_factory=dict[str, tuple[int, float]])
    _taken: dict[str, deque[float]] = field(default_factory=dict[str, deque[float]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def from_option(cls, option: Json) -> "Limits":
        """`True` the real limits, `False` none, or `{"harvest": [100, 15], …}` over the real ones.

        `{"scale": 0.1}` shortens every window. Raises `ValueError` for anything else.
        """
        if option in (None, False):
            return cls()
        if option is True:
            return cls(dict(REAL_LIMITS))
        if not isinstance(option, dict) or not set(option) <= {"scale", *REAL_LIMITS}:
            raise ValueError(f"rate_limits is true, false or windows of {', '.join(REAL_LIMITS)} and scale.")
        scale = float(option.get("scale", 1))
        windows = {name: option.get(name, real) for name, real in REAL_LIMITS.items()}
        return cls({name: (int(count), float(seconds) * scale) for name, (count, seconds) in windows.items()})

    def take(self, *names: str) -> float | None:
        """Count one request against all of these windows: None, or the seconds to wait (then it is not counted)."""
        with self._lock:
            now = time.monotonic()
            waits = [wait for name in names if (wait := self._wait(name, now)) is not None]
            if waits:
                return max(waits)
            for name in names:
                self._taken.setdefault(name, deque()).append(now)
            return None

    def to_state(self) -> JsonObject:
        return {"windows": {name: list(window) for name, window in self.windows.items()}}

    @classmethod
    def from_state(cls, state: JsonObject) -> "Limits":
        return cls({name: (int(count), float(seconds)) for name, (count, seconds) in state["windows"].items()})

    def _wait(self, name: str, now: float) -> float | None:
        if name not in self.windows:
            return None
        count, seconds = self.windows[name]
        taken = self._taken.setdefault(name, deque())
        while taken and taken[0] <= now - seconds:
            taken.popleft()
        return taken[0] + seconds - now if len(taken) >= count else None
