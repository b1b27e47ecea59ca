import json
import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from harvest_qb_pipeline.transport.limits import Allowance, SharedLimit

WORKER = """
import json, sys, time
from pathlib import Path
from harvest_qb_pipeline.transport.limits import Allowance, SharedLimit
limit = SharedLimit(Path(sys.argv[1]), "harvest_1", [Allowance(20, 1.0)])
turns = []
for _ in range(int(sys.argv[2])):
    limit.wait()
    turns.append(time.time())
print(json.dumps(turns))
"""


def most_in_any(turns: list[float], seconds: float) -> int:
    return max(sum(start <= turn < start + seconds for turn in turns) for start in turns)


@pytest.mark.slow
def test_three_processes_together_stay_under_the_limit_use_it_whole_and_all_come_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WORKER, str(tmp_path / "limits.sqlite"), "30"]
    began = time.time()
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    each = [json.loads(run.communicate(timeout=60)[0]) for run in runs]
    turns = sorted(turn for turns in each for turn in turns)
    assert len(turns) == 90
    assert most_in_any(turns, 1.0) <= 20
    assert turns[-1] - turns[0] < 6.5, "90 turns at 20 a second take four to five seconds"
    assert time.time() - began < 30


def test_threads_of_one_process_share_the_limit_too(tmp_path: Path) -> None:
    limit = SharedLimit(tmp_path / "limits.sqlite", "harvest_1", [Allowance(10, 0.5)])
    turns: list[float] = []

    def work() -> None:
        for _ in range(8):
            limit.wait()
            turns.append(time.time())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(turns) == 32
    assert most_in_any(sorted(turns), 0.5) <= 10


def test_the_narrower_of_two_allowances_holds(tmp_path: Path) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        time.sleep(seconds)

    allowances = [Allowance(3, 0.2), Allowance(5, 1.0)]
    limit = SharedLimit(tmp_path / "limits.sqlite", "quickbooks_1", allowances, sleep=sleep)
    began = time.time()
    for _ in range(6):
        limit.wait()
    assert 1.0 <= time.time() - began < 2.0
    assert pauses[0] < 0.3


def test_each_account_has_a_limit_of_its_own(tmp_path: Path) -> None:
    one, two = (SharedLimit(tmp_path / "l.sqlite", f"harvest_{n}", [Allowance(1, 60)]) for n in (1, 2))
    assert one.wait(at_most=0)
    assert not one.wait(at_most=0)
    assert two.wait(at_most=0)


def test_a_turn_that_does_not_come_in_time_is_not_taken(tmp_path: Path) -> None:
    limit = SharedLimit(tmp_path / "limits.sqlite", "harvest_1", [Allowance(2, 0.4)])
    assert limit.wait()
    assert limit.wait()
    assert not limit.wait(at_most=0.1)
    time.sleep(0.5)
    assert limit.wait(at_most=0)
    assert limit.wait(at_most=0), "the turn that was refused must not have been counted"


def test_long_waits_are_logged_with_the_limit_they_wait_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="harvest_qb_pipeline")
    clock = SharedLimit(tmp_path / "l.sqlite", "harvest_7", [Allowance(1, 1.2)])
    clock.wait()
    clock.wait()
    assert "rate limit of harvest_7 (1 per 1.2 s, shared by all runs)" in caplog.text


def test_turns_of_a_clock_that_was_ahead_once_keep_nobody_waiting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    limit = SharedLimit(tmp_path / "l.sqlite", "harvest_1", [Allowance(3, 0.5)])
    ahead = limit._bucket.now() + 7 * 24 * 3600 * 1000
    for late in range(9):
        limit._bucket.conn.execute("INSERT INTO harvest_1 VALUES ('harvest_1', ?)", (ahead + late,))
    limit._bucket.conn.commit()
    other = SharedLimit(tmp_path / "l.sqlite", "harvest_1", [Allowance(3, 0.5)])
    began = time.monotonic()
    assert all(one.wait(at_most=0) for one in (other, limit, other)), "the turns of today are counted as ever"
    assert not limit.wait(at_most=0)
    assert limit.wait(at_most=1)
    assert time.monotonic() - began < 2
    assert "9 turns of harvest_1 lie in the future" in caplog.text


def test_a_long_wait_is_told_also_where_nobody_has_set_up_logging(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    slept: list[float] = []
    limit = SharedLimit(tmp_path / "l.sqlite", "harvest_1", [Allowance(1, 40)], sleep=slept.append)
    limit.wait()
    limit._sleep = lambda seconds: (slept.append(seconds), limit._bucket.flush())
    limit.wait()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "rate limit of harvest_1 (1 per 40 s" in caplog.text
    assert len(slept) == 1


def test_old_turns_are_tidied_away(tmp_path: Path) -> None:
    limit = SharedLimit(tmp_path / "limits.sqlite", "harvest_1", [Allowance(300, 0.05)])
    for _ in range(900):
        limit.wait()
    assert limit._bucket.count() < 900


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\x00" + b"\x07" * 4080])
def test_a_damaged_file_is_put_aside_and_turns_are_counted_anew(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "limits.sqlite"
    path.write_bytes(content)
    limit = SharedLimit(path, "harvest_1", [Allowance(1, 60)])
    assert limit.wait()
    assert not limit.wait(at_most=0)
    limit.close()
    assert path.with_name("limits.sqlite.damaged").read_bytes() == content
    assert "was damaged and is made anew" in caplog.text
