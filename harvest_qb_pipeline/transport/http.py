"""The one httpx client: connections, time-outs, rate limit, repeated reads, single writes, redaction, call hook.

Belongs here: moving bytes and saying honestly whether any left this machine. Must not be here: what a body means;
callers hand in a pure function that turns an answer into data or a typed fault.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

import httpx
from tenacity import RetryCallState

from harvest_qb_pipeline.transport.faults import TITLES, Fault, NotSent, TooSlow, Unknown
from harvest_qb_pipeline.transport.limits import Limit
from harvest_qb_pipeline.transport.redaction import Redactor
from harvest_qb_pipeline.transport.retry import reading_again

log = logging.getLogger(__name__)
T = TypeVar("T")
OnCall: TypeAlias = Callable[[str, str, int | None, float], None]
"""Called after every attempt with method, path, status (None without an answer) and seconds."""

_NOTHING_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How both clients behave on the wire. Times are in seconds; `read_seconds` bounds a whole read.

    `limits_path` is the file in the home through which all processes share the rate limits; None switches them off.
    """

    user_agent: str = "harvest-qb-pipeline (self-hosted)"
    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    attempts: int = 6
    longest_retry_after: float = 900.0
    longest_write_queue: float = 75.0
    connections: int = 10
    limits_path: Path | None = None
    on_call: OnCall | None = None
    sleep: Callable[[float], None] = time.sleep
    wire: httpx.BaseTransport | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Headers and body stay out of the repr: they carry tokens and client data."""

    method: str
    url: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case, the body decompressed."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Http:
    """Calls to one system ("harvest" or "quickbooks"). Safe to use from several threads."""

    def __init__(self, system: str, options: HttpOptions, redactor: Redactor) -> None:
        self._system = system
        self._options = options
        self.redactor = redactor
        self._client = httpx.Client(
            transport=options.wire,
            # The sandbox on this machine must be reached even where the environment names a proxy.
            mounts=None if options.wire else {"all://127.0.0.1": None, "all://localhost": None},
            headers={"User-Agent": options.user_agent, "Accept": "application/json"},
            follow_redirects=False,
            # Idle connections are dropped before common servers drop them (5 s): a write on a connection that is
            # just being closed would end in `Unknown` for nothing.
            limits=httpx.Limits(max_connections=options.connections, keepalive_expiry=4.0),
        )

    def read(self, call: Call, understand: Callable[[Answer], T], *, limit: Limit | None = None) -> T:
        """The meaning of the answer to a call that changes nothing; repeated as `transport.retry` allows."""
        options = self._options
        again = reading_again(
            attempts=options.attempts,
            longest_told=options.longest_retry_after,
            sleep=options.sleep,
            before_sleep=lambda state: self._log_retry(call, state),
        )

        def once() -> T:
            if limit is not None:
                limit.wait()
            return understand(self._exchange(call, options.read_seconds))

        return again(once)

    def write(
        self,
        call: Call,
        understand: Callable[[Answer], T],
        *,
        limit: Limit | None = None,
        timeout: float | None = None,
        asked_at: float | None = None,
    ) -> T:
        """The meaning of the answer to a call that may change something: one attempt, whatever happens.

        `timeout` bounds each silence (connecting at most 10 s, then sending, then waiting for the answer) and the whole
        call, which ends within twice of it however slowly its bytes come. Whatever comes before it (a token, the rate
        limit) is bounded too, from
        `asked_at` on the monotonic clock: a claim must not run out between the record of the attempt and its bytes.
        """
        waited = 0.0 if asked_at is None else time.monotonic() - asked_at
        left = self._options.longest_write_queue - waited
        if left < 0 or (limit is not None and not limit.wait(at_most=left)):
            raise NotSent(
                f"Nothing was sent to {TITLES[self._system]}: the rate limit (or an access token) would have kept it "
                f"waiting for more than {self._options.longest_write_queue:.0f} seconds. It is tried again later.",
                system=self._system,
            )
        return understand(self._exchange(call, timeout or self._options.read_seconds))

    def close(self) -> None:
        self._client.close()

    def _exchange(self, call: Call, silence: float) -> Answer:
        began = time.monotonic()
        status: int | None = None
        try:
            response, body = self._send(call, silence, began + silence)
            status = response.status_code
        finally:
            self._tell(call.method, urlsplit(call.url).path, status, time.monotonic() - began)
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body if response.is_success else self.redactor.body(body),
        )

    def _send(self, call: Call, silence: float, end_at: float) -> tuple[httpx.Response, bytes]:
        """The answer and its body. httpx bounds each silence, not the sum of them: that is done here."""
        try:
            with self._client.stream(
                call.method,
                call.url,
                params=list(call.params) or None,
                headers=dict(call.headers),
                content=call.body,
                timeout=httpx.Timeout(silence, connect=min(silence, self._options.connect_seconds)),
            ) as response:
                body = bytearray()
                for part in response.iter_bytes():
                    body += part
                    if time.monotonic() > end_at:
                        raise self._too_slow(call, silence, response.status_code)
                return response, bytes(body)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            # `from None`: the httpx error holds the request with its Authorization header.
            raise self._silence(call, error) from None

    def _tell(self, method: str, path: str, status: int | None, seconds: float) -> None:
        log.debug("%s %s %s: %s in %.3f s", self._system, method, path, status or "no answer", seconds)
        if self._options.on_call is not None:
            self._options.on_call(method, path, status, seconds)

    def _silence(self, call: Call, error: Exception) -> Fault:
        title, host = TITLES[self._system], urlsplit(call.url).netloc.rpartition("@")[2]
        words = self.redactor.text(f"{type(error).__name__}: {error}".rstrip(": "))
        if isinstance(error, (*_NOTHING_LEFT, httpx.InvalidURL)):
            return NotSent(
                f"{title} could not be reached at {host} ({words}), so nothing was sent. "
                f"Check the network and {self._system.upper()}_BASE_URL, then run again.",
                system=self._system,
                detail=words,
            )
        return Unknown(
            f"{title} gave no complete answer to {call.method} {urlsplit(call.url).path} ({words}). A read is "
            "repeated; a write is looked up before anything is sent again.",
            system=self._system,
            detail=words,
        )

    def _too_slow(self, call: Call, seconds: float, status: int) -> TooSlow:
        return TooSlow(
            f"{TITLES[self._system]} had not finished its answer to {call.method} {urlsplit(call.url).path} after "
            f"{seconds:g} seconds, so we stopped listening. It is tried again or looked up later.",
            system=self._system,
            status=status,
        )

    def _log_retry(self, call: Call, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0.0
        log.warning(
            "%s %s failed, attempt %d of %d: %s Trying again in %.1f s.",
            call.method,
            urlsplit(call.url).path,
            state.attempt_number,
            self._options.attempts,
            error,
            pause,
        )
