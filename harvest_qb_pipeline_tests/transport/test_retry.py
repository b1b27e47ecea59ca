import pytest

from harvest_qb_pipeline.transport.faults import (
    Fault,
    Forbidden,
    NotFound,
    NotSent,
    Refused,
    Stale,
    Throttled,
    TooSlow,
    Unauthorised,
    Unknown,
)
from harvest_qb_pipeline.transport.retry import is_worth_reading_again, pause_before, retry_after

DATE = "Sun, 22 Nov 2026 17:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "11"}, 11.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "Sun, 22 Nov 2026 17:00:30 GMT", "date": DATE}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 16:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 17:02:00 -0000", "date": DATE}, 120.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "99999999999"}, 3600.0),
        ({"retry-after": "1" + "0" * 99}, 3600.0),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT", "date": DATE}, 3600.0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 -2359", "date": DATE}, 3600.0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT", "date": "Mon, 01 Jan 0001 00:00:00 +9999"}, 3600.0),
        ({"retry-after": "Sun, 22 Nov 99999 17:00:00 GMT"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 17:00:00 +99999999999999999999"}, None),
        ({"retry-after": "\u0661"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": ", ,"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def throttled(seconds: float, *, is_told: bool) -> Throttled:
    return Throttled("", system="harvest", status=429, retry_after=seconds, is_told=is_told)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (throttled(1, is_told=True), True),
        (NotSent("", system="harvest"), True),
        (Unknown("", system="harvest"), True),
        (Unknown("", system="harvest", status=503), True),
        (Unknown("", system="harvest", status=200), True),
        (Unknown("", system="quickbooks", status=400, code="6000"), True),
        (Unknown("", system="quickbooks", status=403), False),
        (TooSlow("", system="quickbooks", status=200), False),
        (Refused("", system="harvest", status=422), False),
        (NotFound("", system="harvest", status=404), False),
        (Forbidden("", system="harvest", status=403), False),
        (Stale("", system="quickbooks", status=400), False),
        (Unauthorised("", system="quickbooks", status=401), False),
        (ValueError(), False),
    ],
)
def test_only_reads_that_may_succeed_later_are_repeated(error: Exception, again: bool) -> None:
    assert is_worth_reading_again(error) is again


def test_waits_as_told_but_never_longer_than_the_cap() -> None:
    assert 11 < pause_before(throttled(11, is_told=True), 1, longest_told=900) < 12
    assert 900 < pause_before(throttled(86_400, is_told=True), 1, longest_told=900) < 901


def test_an_untold_throttle_waits_its_fallback_and_then_backs_off_further() -> None:
    assert 11 < pause_before(throttled(15, is_told=False), 1, longest_told=900) < 19
    assert pause_before(throttled(5, is_told=False), 6, longest_told=900) > 11


def test_pauses_after_trouble_double_with_jitter_up_to_half_a_minute() -> None:
    error: Fault = Unknown("", system="harvest", status=502)
    pauses = [pause_before(error, attempt, longest_told=900) for attempt in (1, 2, 3, 4)]
    assert pauses == sorted(pauses)
    assert 0.3 < pauses[0] < 0.7
    assert pause_before(error, 60, longest_told=900) <= 37.5
    assert len({pause_before(error, 3, longest_told=900) for _ in range(20)}) > 1
