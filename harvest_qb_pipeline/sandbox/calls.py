"""The record of requests a company has served, for tests and curious people.

Belongs here: what was asked and how it was answered. Must not be here: secrets (tokens are replaced by `***`).
"""

import re
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject

MOST_CALLS = 20_000
SECRET_HEADERS = {"authorization", "cookie"}
SECRET_FIELD = re.compile(r"((?:access_token|refresh_token|client_secret)=)[^&]*")
SECRET_KEYS = {"access_token", "refresh_token"}


@dataclass(slots=True)
class ServedCall:
    """One request. `system` is `harvest`, `quickbooks` or `oauth`; `body` and `answer` are JSON values or text.

    `status` is None while it is being served and for a request that got no answer; `fault` is the kind of the fault
    that met it; `answer` is kept for writes only.
    """

    number: int
    at: str
    system: str
    method: str
    path: str
    query: str
    params: dict[str, str]
    headers: dict[str, str]
    body: Json
    status: int | None = None
    fault: str | None = None
    answer: Json = None


@dataclass
class Calls:
    """The newest calls of a company, oldest first; safe from any thread."""

    _calls: deque[ServedCall] = field(default_factory=lambda: deque(maxlen=MOST_CALLS))
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, at: str, system: str, method: str, path: str, query: str, params: list[tuple[str, str]],
            headers: Mapping[str, str], body: bytes) -> ServedCall:  # fmt: skip
        """Note a request that has arrived; the caller fills in how it was answered."""
        shown = {name: "***" if name in SECRET_HEADERS else value for name, value in headers.items()}
        with self._lock:
            self._count += 1
            call = ServedCall(self._count, at, system, method, path, SECRET_FIELD.sub(r"\1***", query), {}, shown, None)
            self._calls.append(call)
        call.params = {name: "***" if name in SECRET_KEYS else value for name, value in params}
        call.body = readable(body)
        return call

    def list(self) -> list[JsonObject]:
        with self._lock:
            return [asdict(call) for call in self._calls]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()


def readable(body: bytes) -> Json:
    """A body for reading, without its tokens: its JSON value, else its text, None when empty."""
    if not body:
        return None
    try:
        value = jsontext.loads(body)
    except ValueError:
        return SECRET_FIELD.sub(r"\1***", body.decode(errors="replace"))
    if isinstance(value, dict) and SECRET_KEYS & value.keys():
        return value | dict.fromkeys(SECRET_KEYS & value.keys(), "***")
    return value
