"""The benchmark itself works: a tiny run of it, as `python -m benchmarks` does it. Its figures mean nothing.

`HARVEST_QB_LONG_TESTS` set: all of it, the parts that run Dagster in processes of their own among them.
"""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent.parent
TINY = ("--entries", "400", "--parties", "40", "--rounds", "1", "--bills", "1")
LINE = re.compile(r"^  (?P<what>.+?): .*?(\(aim [≤≥] [0-9.]+: (?P<verdict>met|missed)\))?$", re.MULTILINE)


def tiny_run(*sections: str) -> dict[str, str | None]:
    """What a run of these sections printed: each line's name, with `met`, `missed`, or nothing where no aim is."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *TINY, "--only", ",".join(sections)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    progress, _, rest = done.stdout.partition("┏")
    assert [name for name in sections if f"{name} (" in progress] == list(sections)
    lines = {found["what"]: found["verdict"] for found in LINE.finditer(progress)}
    is_missed = "missed" in lines.values()
    assert done.returncode == (1 if is_missed else 0)
    assert ("Missed: " in rest, "Every aim is met." in rest) == (is_missed, not is_missed)
    return lines


def test_a_tiny_run_prints_each_line_and_a_table():
    lines = tiny_run("landing")
    assert any(re.fullmatch(r"landing [\d,]+ entries", name) for name in lines)


@pytest.mark.slow
@pytest.mark.skipif("HARVEST_QB_LONG_TESTS" not in os.environ, reason="set HARVEST_QB_LONG_TESTS")
def test_all_of_it_works():
    sections = ["landing", "memory", "drafts", "matching", "commands", "following", "planning", "pushing"]
    if find_spec("dlt") is not None:
        sections.insert(1, "peer")
    lines = tiny_run(*sections)
    exact = {name: verdict for name, verdict in lines.items() if "tables built" in name and "no-change sync" in name}
    assert set(exact.values()) == {"met"}
    assert lines["push of 1, requests to Harvest per bill"] == "met"
    assert lines["push of 1, requests to QuickBooks per bill"] == "met"
