"""Two runs at once, in two processes: they wait for each other, and one that is killed blocks nothing."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import duckdb
import pytest

from harvest_qb_pipeline_tests.stories.firm import Firm

LONG = 90.0


def until(happened: Callable[[], object], what: str) -> None:
    give_up_at = time.monotonic() + LONG
    while not happened():
        assert time.monotonic() < give_up_at, f"{what} did not happen in {LONG:.0f} s"
        time.sleep(0.1)


def start(firm: Firm) -> "subprocess.Popen[str]":
    with firm.at_work():
        command = [sys.executable, "-m", "harvest_qb_pipeline.cli", "sync"]
        return subprocess.Popen(
            command, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


def is_reading(firm: Firm) -> bool:
    """Whether a run stands in the middle of reading time, by a delayed answer."""
    return any(call["fault"] == "delay" and call["status"] is None for call in firm.control("GET", "/calls"))


def says_that_it_waits(firm: Firm) -> bool:
    """Whether the log of some run in Dagster's storage has the sentence."""
    logs = [*(firm.home / "dagster").rglob("*.db"), *(firm.home / "dagster").rglob("*.db-wal")]
    for log in logs:
        with contextlib.suppress(FileNotFoundError):  # SQLite removes its side files when it closes
            if b"Waiting for the warehouse" in log.read_bytes():
                return True
    return False


@pytest.mark.slow
def test_a_run_waits_for_another_and_goes_on_when_that_one_is_killed_while_analysts_read(firm: Firm):
    acme = firm.client("Acme Ltd")
    web = firm.project(acme, "Website")
    firm.log(web, "2026-10-05", "2")
    firm.draw_up()
    firm.job("publish")
    firm.log(web, "2026-10-06", "3")
    firm.arm(method="GET", path="/time_entries", kind="delay", seconds=LONG, times=1)
    first = start(firm)
    second = None
    try:
        until(lambda: is_reading(firm), "reading time")
        with pytest.raises(duckdb.IOException, match="lock"):
            duckdb.connect(str(firm.home / "warehouse.duckdb"), read_only=True)
        with duckdb.connect(str(firm.home / "analytics.duckdb"), read_only=True) as con:
            assert con.execute("SELECT entries, hours FROM billing.invoice_drafts").fetchall() == [(1, 2)]

        second = start(firm)
        until(lambda: says_that_it_waits(firm), "waiting for the warehouse")
        assert second.poll() is None
        first.send_signal(signal.SIGKILL)
        _, err = second.communicate(timeout=LONG)
        assert second.returncode == 0
        (line,) = set(err.splitlines())
        since = r"2\d{3}-\d\d-\d\d \d\d:\d\d UTC"
        assert re.search(rf"it is held by a run of `sync` by \S+, since {since}: process {first.pid} ", line)
    finally:
        for process in (first, second):
            if process is not None:
                process.kill()
                process.communicate()
    assert firm.rows("SELECT count(*), sum(hours_rounded)::INTEGER FROM harvest.time_entries") == [(2, 5)]
