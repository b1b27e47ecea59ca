"""When a read is tried again, and how long to wait before it. One predicate; its branches say why.

Belongs here: patience with reads. Must not be here: writes. They are sent once; the posting engine decides what comes
after a write that failed, because only it can look whether the document is there.
"""

import random
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from harvest_qb_pipeline import settings
from harvest_qb_pipeline.transport.faults import NotSent, Throttled, TooSlow, Unknown

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
LONGEST_TOLD = 3600.0
"""Nobody means more: a longer time told (a date in the year 9999, a number without end) counts as this."""
_SECONDS = re.compile(r"[0-9]{1,100}(\.[0-9]{1,100})?")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the other side asks us to wait: a `Retry-After` in seconds or as an HTTP date; None when it names none.

    Never less than 0 nor more than `LONGEST_TOLD`.

    A date is measured from the answer's own `Date`, so that a wrong clock here does no harm. Header names are in
    lower case.
    """
    told = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(told):
        return min(float(told), LONGEST_TOLD)
    until = _http_date(told)
    if until is None:
        return None
    now = _http_date(headers.get("date", "")) or settings.utc_now()
    return min(max(0.0, (until - now).total_seconds()), LONGEST_TOLD)


def is_worth_reading_again(error: BaseException) -> bool:
    """Whether the same read may succeed later."""
    if isinstance(error, Throttled):
        return True  # we were told to come back
    if isinstance(error, NotSent):
        return True  # the network may recover; a read changes nothing
    if isinstance(error, TooSlow):
        return False  # a whole call's time is over already; the same again would hold everybody up
    if isinstance(error, Unknown):
        # No answer, a 5xx, or a 2xx that was cut off; also a 4xx by which the system itself says that it has trouble
        # (a code). Somebody else's page, from a proxy or a firewall, would only come again.
        return error.status is None or error.status >= 500 or error.status < 300 or bool(error.code)
    return False


def pause_before(error: BaseException | None, attempt: int, *, longest_told: float) -> float:
    """Seconds to wait after failed attempt number `attempt` (from 1): as told, but never more than `longest_told`;
    else doubling from half a second, with jitter so that several processes do not come back together."""
    if isinstance(error, Throttled) and error.is_told:
        # A little more than told: Harvest names whole seconds, and the window must be over when we arrive.
        return min(error.retry_after, longest_told) + random.uniform(0.05, 0.5)  # noqa: S311
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1))
    if isinstance(error, Throttled):
        pause = max(pause, min(error.retry_after, longest_told))
    return pause * random.uniform(0.75, 1.25)  # noqa: S311


def reading_again(
    *,
    attempts: int,
    longest_told: float,
    sleep: Callable[[float], None],
    before_sleep: Callable[[RetryCallState], None],
) -> Retrying:
    """The retry loop for one read; raises the last fault when `attempts` are used up."""

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return pause_before(error, state.attempt_number, longest_told=longest_told)

    return Retrying(
        sleep=sleep,
        retry=retry_if_exception(is_worth_reading_again),
        wait=wait,
        stop=stop_after_attempt(attempts),
        before_sleep=before_sleep,
        reraise=True,
    )


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None  # whatever it was, no moment
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
