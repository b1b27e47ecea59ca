"""Ending a push between any two writes to the ledger: in a process of its own by SIGKILL, or here by an exception.

Belongs here: the wrapping of the ledger's functions, and the pushing process. The product knows nothing of it.
Run as a module, it takes one JSON object: `made` (a company as the sandbox describes it), `folder`, `skipped` (seconds
our clock is ahead), `workers`, and `kill` ([when, number], or null). It says `ready`, waits for a line, pushes, and
prints its report.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

from harvest_qb_pipeline.ledger import sending
from harvest_qb_pipeline_tests.simulation.scene import OPTIONS, Clock, Scene

PROJECT = Path(__file__).parents[2]
When = Literal["before", "after"]
WRITING = (
    "claim",
    "renew",
    "record_attempt",
    "record_silence",
    "mark_found",
    "mark_posted",
    "mark_uncertain",
    "mark_rejected",
    "mark_held",
    "mark_absent",
    "release",
    "begin_unwind",
)
"""Every function with which the engine changes the ledger."""


class Killed(BaseException):
    """The end of a push in this process: nothing catches it, as nothing catches SIGKILL."""


def end_by_signal() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def end_by_exception() -> None:
    raise Killed


@contextmanager
def watched(on_write: Callable[[When, int, str], object]) -> Generator[None]:
    """`on_write` is told before and after each write to the ledger, with its number from 0 and its name."""
    count = -1

    def watch(name: str, write: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(write)
        def watching(*args: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            number = count
            on_write("before", number, name)
            result = write(*args, **options)
            on_write("after", number, name)
            return result

        return watching

    with patch.multiple(sending, **{name: watch(name, getattr(sending, name)) for name in WRITING}):
        yield


@contextmanager
def ending(when: When, number: int, end: Callable[[], object]) -> Generator[None]:
    """Ends before or after the write of that number."""
    with watched(lambda moment, count, _: end() if (moment, count) == (when, number) else None):
        yield


def writes_of(push: Callable[[], object]) -> list[str]:
    """Names of the writes to the ledger that a push makes, in order."""
    names: list[str] = []
    with watched(lambda moment, _, name: names.append(name) if moment == "before" else None):
        push()
    return names


class PushingProcess:
    """A push of the scene in a process of its own. It is ready when made; `go` starts it, `end` waits for it."""

    def __init__(self, scene: Scene, *, kill: tuple[When, int] | None = None, workers: int = 1) -> None:
        orders = {
            "made": {"env": scene.made["env"]},
            "folder": str(scene.folder),
            "skipped": scene.clock.offset.total_seconds(),
            "workers": workers,
            "kill": kill,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, json.dumps(orders)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def end(self) -> tuple[int, list[tuple[str, str, str]]]:
        """Its exit code (negative: the signal that killed it), and key, state and reason of each row it reported."""
        text, _ = self._process.communicate(timeout=60)
        return self._process.returncode, [tuple(row) for row in json.loads(text or "[]")]


def _main(orders: dict[str, Any]) -> None:
    options = replace(OPTIONS, workers=orders["workers"])
    clock = Clock(timedelta(seconds=orders["skipped"]))
    scene = Scene(None, orders["made"], Path(orders["folder"]), clock=clock, options=options)  # pyright: ignore
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    when, number = orders["kill"] or ("before", -1)
    with ending(when, number, end_by_signal):
        report = scene.push()
    sys.stdout.write(json.dumps([(row.key, row.state, row.reason) for row in report.rows]))


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
