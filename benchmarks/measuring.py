"""Running one measured piece, or one command, in a process of its own.

Belongs here: processes, time and peak memory. Must not be here: what is measured (a module for each), what it is
measured on (`stage`), and what is aimed at (`results`).
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

_MEGABYTE = 1024 * 1024

Env: TypeAlias = Mapping[str, str]
Result: TypeAlias = tuple[float, dict[str, Any]]
"""What a piece returns: seconds of its timed part, and whatever else it has to say, as JSON takes it."""


@dataclass(frozen=True)
class Measured:
    """What a piece took: seconds of its timed part, the peak memory of its process in megabytes, and what it says."""

    seconds: float
    peak_megabytes: float
    said: dict[str, Any]


@dataclass(frozen=True)
class Spent:
    """What a command took from its start to its end: seconds, seconds of processor time, and what it printed."""

    seconds: float
    processor_seconds: float
    printed: str


def measure(piece: Callable[..., Result], env: Env | None = None, **arguments: Any) -> Measured:
    """Runs a piece in a fresh interpreter, `env` added to its environment. Raises `RuntimeError` when it fails."""
    words = [piece.__module__, piece.__name__, json.dumps(arguments)]
    done = _run([sys.executable, "-m", "benchmarks.measuring", *words], env, Path.cwd())
    answer = json.loads(done.printed.splitlines()[-1])
    return Measured(answer["seconds"], answer["peak"] / _MEGABYTE, answer["said"])


def command(*words: str, env: Env, folder: Path) -> Spent:
    """Runs `harvest-qb` with these words in a folder. Raises `RuntimeError` unless it ends well."""
    return _run([sys.executable, "-m", "harvest_qb_pipeline.cli", *words], env, folder)


def fastest(*pieces: Callable[[], Measured], rounds: int) -> list[Measured]:
    """The best of several rounds of each piece, taken in turns so that a busy machine is busy for all of them."""
    results = [[piece() for piece in pieces] for _ in range(rounds)]
    return [min(column, key=lambda measured: measured.seconds) for column in zip(*results, strict=True)]


@contextmanager
def timed() -> Generator[dict[str, float]]:
    """Puts the seconds that the block took into `["seconds"]`, those of processor time into `["processor"]`."""
    taken: dict[str, float] = {}
    began, worked = time.perf_counter(), time.process_time()
    yield taken
    taken["seconds"], taken["processor"] = time.perf_counter() - began, time.process_time() - worked


def _run(words: list[str], env: Env | None, folder: Path) -> Spent:
    """A process to its end; what it used is asked for it alone, which `subprocess` does not offer."""
    here = str(Path(__file__).parent.parent)
    paths = os.pathsep.join(path for path in (here, os.environ.get("PYTHONPATH")) if path)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            words, stdout=out, stderr=err, cwd=folder, env={**os.environ, **(env or {}), "PYTHONPATH": paths}
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        printed, complained = out.read().decode(), err.read().decode()
    if process.returncode:
        raise RuntimeError(f"{' '.join(words[1:])} failed:\n{printed[-1000:]}\n{complained[-3000:]}")
    return Spent(seconds, used.ru_utime + used.ru_stime, printed)


def _run_piece() -> None:
    module, piece, arguments = sys.argv[1:4]
    seconds, said = getattr(importlib.import_module(module), piece)(**json.loads(arguments))
    print(json.dumps({"seconds": seconds, "peak": _peak_bytes(), "said": said}))


def _peak_bytes() -> int:
    """The most memory that this process has held.

    Linux hands ru_maxrss down from whoever started the process, so that a large parent would hide a small piece: there
    the process itself is asked.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    _run_piece()
