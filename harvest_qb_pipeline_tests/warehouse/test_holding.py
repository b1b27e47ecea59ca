"""Whoever waits for the warehouse is told for whom, and since when."""

import os
import re
from pathlib import Path

from harvest_qb_pipeline.warehouse.holding import forget_holder, holder_in, note_holder

BUSY = 'IO Error: Could not set lock on file "/x": Conflicting lock is held in /usr/bin/python3 (PID {}). See also'
SINCE = r"since 2\d{3}-\d\d-\d\d \d\d:\d\d UTC"


def test_the_holder_is_told_by_its_own_note(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    note_holder(path, "a run of `plan` by Bea")
    told = holder_in(BUSY.format(os.getpid()), path)
    assert told
    assert re.fullmatch(rf"a run of `plan` by Bea, {SINCE}: process {os.getpid()} \(/usr/bin/python3\)", told)
    forget_holder(path)
    assert list(tmp_path.iterdir()) == []


def test_a_note_of_another_process_is_not_believed_and_the_system_is_asked(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    note_holder(path, "a run of `plan` by Bea")
    told = holder_in(BUSY.format(os.getppid()), path)
    assert told
    assert "Bea" not in told
    assert re.match(rf"process {os.getppid()} \(/usr/bin/python3\)", told)
    if Path("/proc/self").exists():
        assert re.search(f"which runs {SINCE}", told)


def test_a_damaged_note_and_an_unknown_process_say_what_duckdb_says(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    for text in ("", "{", "[]", '{"pid": 999999999}', "\x00\xff"):
        (tmp_path / "w.duckdb.holder").write_text(text)
        assert holder_in(BUSY.format(999_999_999), path) == "process 999999999 (/usr/bin/python3)"
        forget_holder(path)
    assert holder_in("Unique file handle conflict", path) == "another run in this process"
    assert holder_in("No such file", path) is None


def test_nothing_stops_for_a_note_that_cannot_be_written(tmp_path: Path):
    path = tmp_path / "none" / "w.duckdb"
    note_holder(path, "a run")
    forget_holder(path)
