import gzip
import logging
import threading
import time
from pathlib import Path

import pytest

from harvest_qb_pipeline.transport.faults import NotSent, Throttled, TooSlow, Unknown
from harvest_qb_pipeline.transport.http import Answer, Call, Http, HttpOptions
from harvest_qb_pipeline.transport.limits import Allowance, SharedLimit
from harvest_qb_pipeline.transport.redaction import Redactor
from harvest_qb_pipeline_tests.transport.stub import Reply, Stub, closed_port

SECRET = "very-secret-token-value"


def text(answer: Answer) -> str:
    """Understands 200 as text, 429 as throttled, all else as unknown."""
    if answer.status == 429:
        raise Throttled("slow down", system="harvest", status=429, retry_after=7, is_told=True)
    if answer.status != 200:
        raise Unknown(f"{answer.status}: {answer.body.decode()}", system="harvest", status=answer.status)
    return answer.body.decode()


def http(**options: object) -> Http:
    return Http("harvest", HttpOptions(**{"sleep": lambda seconds: None, **options}), Redactor([SECRET]))  # type: ignore[arg-type]


def call(url: str, method: str = "GET", body: bytes | None = None) -> Call:
    return Call(method, url, (("a", "1"),), {"Authorization": f"Bearer {SECRET}"}, body)


def test_a_refused_connection_is_not_sent_and_says_what_to_check() -> None:
    with pytest.raises(NotSent, match=r"could not be reached at 127.0.0.1.*HARVEST_BASE_URL"):
        http().write(call(f"http://127.0.0.1:{closed_port()}/x", "POST", b"{}"), text)


def test_an_address_that_is_none_is_not_sent() -> None:
    with pytest.raises(NotSent):
        http().write(call("harvest.example/v2", "POST", b"{}"), text)


@pytest.mark.parametrize(
    "reply",
    [Reply(cut=-1), Reply(body=b"0123456789", cut=4), Reply(body=b"late", delay=0.6)],
    ids=["closed before an answer", "cut off within the body", "no answer in time"],
)
def test_a_write_without_a_whole_answer_is_unknown_and_sent_once(reply: Reply) -> None:
    with Stub([reply]) as server, pytest.raises(Unknown) as fault:
        http().write(call(server.url, "POST", b"{}"), text, timeout=0.3)
    assert fault.value.status is None
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [200, 403])
def test_an_answer_that_comes_byte_by_byte_ends_with_the_time_of_the_whole_call(status: int) -> None:
    with Stub([Reply(status, body=b"x" * 200, drip=0.05)]) as server:
        began = time.monotonic()
        with pytest.raises(TooSlow, match=r"had not finished its answer .* after 0.3 seconds"):
            http().write(call(server.url, "POST", b"{}"), text, timeout=0.3)
        with pytest.raises(TooSlow):
            http(read_seconds=0.3).read(call(server.url), text)
        assert time.monotonic() - began < 2
        assert len(server.asked) == 2, "what is that slow is not asked again and again"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_write_is_never_repeated(status: int) -> None:
    with Stub([Reply(status), Reply(200, b"ok")]) as server, pytest.raises((Unknown, Throttled)):
        http().write(call(server.url, "POST", b"{}"), text)
    assert len(server.asked) == 1


def test_a_read_is_repeated_after_throttling_trouble_and_silence() -> None:
    replies = [Reply(429), Reply(502), Reply(cut=-1), Reply(body=b"01234", cut=2), Reply(body=b"done")]
    pauses: list[float] = []
    with Stub(replies) as server:
        assert http(sleep=pauses.append).read(call(server.url), text) == "done"
        assert len(server.asked) == 5
    assert 7 < pauses[0] < 8


def test_a_read_gives_up_after_the_attempts_with_the_last_fault() -> None:
    with Stub([Reply(503, b"busy")]) as server, pytest.raises(Unknown, match="503: busy"):
        http(attempts=3).read(call(server.url), text)
    assert len(server.asked) == 3


def test_an_answer_is_inflated_and_sent_compressed() -> None:
    packed = Reply(body=gzip.compress(b"hello " * 100), headers={"Content-Encoding": "gzip"})
    with Stub([packed]) as server:
        assert http().read(call(server.url), text) == "hello " * 100
        assert "gzip" in server.asked[0].headers["accept-encoding"]


def test_calls_share_a_connection() -> None:
    with Stub([Reply(body=b"ok")]) as server:
        client = http()
        for _ in range(5):
            client.read(call(server.url), text)
        assert len({asked.connection for asked in server.asked}) == 1


def test_every_attempt_is_told_to_the_hook_with_its_path_and_status() -> None:
    told: list[tuple[str, str, int | None]] = []
    with Stub([Reply(503), Reply(cut=-1), Reply(body=b"ok")]) as server:
        client = http(on_call=lambda method, path, status, seconds: told.append((method, path, status)))
        client.read(call(f"{server.url}/v2/clients"), text)
    assert told == [("GET", "/v2/clients", 503), ("GET", "/v2/clients", None), ("GET", "/v2/clients", 200)]


def test_a_redirect_is_not_followed_with_the_token() -> None:
    with Stub([Reply(body=b"ok")]) as other, Stub([Reply(302, headers={"Location": other.url})]) as server:
        with pytest.raises(Unknown):
            http(attempts=1).read(call(server.url), text)
        assert other.asked == []


def test_no_log_record_fault_or_chained_error_holds_the_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = Reply(500, f"you sent Bearer {SECRET}, that is {SECRET}".encode())
    faults: list[BaseException] = []
    with Stub([echo, echo, Reply(cut=-1)]) as server:
        client = http(attempts=3)
        for url in (server.url, f"http://127.0.0.1:{closed_port()}"):
            with pytest.raises((Unknown, NotSent)) as caught:
                client.read(call(url), text)
            faults.append(caught.value)
    assert len(caplog.records) > 5
    assert all(SECRET not in record.getMessage() for record in caplog.records)
    for fault in faults:
        assert SECRET not in repr(fault)
        assert SECRET not in repr(fault.__cause__)
    assert SECRET not in repr(call("http://x"))


def test_a_write_whose_turn_does_not_come_in_time_is_not_sent(tmp_path: Path) -> None:
    limit = SharedLimit(tmp_path / "limits.sqlite", "harvest_1", [Allowance(1, 60)])
    with Stub([Reply(body=b"ok")]) as server:
        client = http(longest_write_queue=5)
        assert client.write(call(server.url, "POST", b"{}"), text, limit=limit) == "ok"
        with pytest.raises(NotSent, match="rate limit"):
            client.write(call(server.url, "POST", b"{}"), text, limit=limit)
        assert len(server.asked) == 1


def test_a_write_that_was_kept_waiting_too_long_before_its_bytes_is_not_sent() -> None:
    with Stub([Reply(body=b"ok")]) as server:
        client = http(longest_write_queue=5)
        with pytest.raises(NotSent, match="more than 5 seconds"):
            client.write(call(server.url, "POST", b"{}"), text, asked_at=time.monotonic() - 6)
        assert server.asked == []
        assert client.write(call(server.url, "POST", b"{}"), text, asked_at=time.monotonic() - 4) == "ok"


def test_several_threads_use_one_client_at_once() -> None:
    with Stub([Reply(body=b"ok", delay=0.05)]) as server:
        client = http()
        got: list[str] = []
        threads = [threading.Thread(target=lambda: got.append(client.read(call(server.url), text))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == ["ok"] * 6
        assert len({asked.connection for asked in server.asked}) > 1
