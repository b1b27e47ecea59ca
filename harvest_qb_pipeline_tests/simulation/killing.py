"""Ending a push between any two writes to the ledger: in a process of its own by SIGKILL, or here by an exception.

Belongs here: the wrapping of the ledger's functions, and the pushing process. The product knows nothing of it.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger import reversing, sending
from harvest_qb_pipeline.posting.push import PushRow
from harvest_qb_pipeline_tests.simulation.scene import OPTIONS, Clock, Scene

PROCESSES = multiprocessing.get_context("forkserver")
"""Processes that begin clean (no thread of ours, no open ledger) and quickly: what they import is imported once."""
PROCESSES.set_forkserver_preload([__name__])
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
    "begin_reversal",
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

    with ExitStack() as watched:
        for name in WRITING:
            module = sending if hasattr(sending, name) else reversing
            watched.enter_context(patch.object(module, name, watch(name, getattr(module, name))))
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
        self._line, theirs = PROCESSES.Pipe()
        orders = (theirs, scene.made["env"], scene.folder, scene.clock.offset, workers, kill)
        self._process = PROCESSES.Process(target=_push, args=orders)
        self._process.start()
        theirs.close()
        assert self._line.recv() == "ready"

    def go(self) -> None:
        self._line.send("go")

    def end(self) -> tuple[int | None, tuple[PushRow, ...]]:
        """Its exit code (negative: the signal that killed it), and the rows it reported."""
        try:
            rows: tuple[PushRow, ...] = self._line.recv()
        except EOFError:
            rows = ()
        self._process.join(timeout=60)
        return self._process.exitcode, rows


def _push(
    line: Connection, env: JsonObject, folder: Path, skipped: timedelta, workers: int, kill: tuple[When, int] | None
) -> None:
    scene = Scene(None, {"env": env}, folder, clock=Clock(skipped), options=replace(OPTIONS, workers=workers))
    line.send("ready")
    line.recv()
    when, number = kill or ("before", -1)
    with ending(when, number, end_by_signal):
        report = scene.push()
    line.send(report.rows)
