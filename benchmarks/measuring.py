"""Running one measured piece in a process of its own, and a sandbox beside it.

Belongs here: processes, time and peak memory. Must not be here: what is measured (`pieces`) and what is aimed at
(`__main__`).
"""

import json
import resource
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_PATIENCE_SECONDS = 30
_MEGABYTE = 1024 * 1024 if sys.platform == "darwin" else 1024
"""Units of ru_maxrss in a megabyte: macOS counts bytes, Linux kilobytes."""


@dataclass(frozen=True)
class Measured:
    """What a piece took: seconds of its timed part, the peak memory of its process in megabytes, and what it says."""

    seconds: float
    peak_megabytes: float
    said: dict[str, Any]


def measure(piece: str, **arguments: Any) -> Measured:
    """Runs `pieces.<piece>(**arguments)` in a fresh interpreter. Raises `RuntimeError` with its words when it fails."""
    command = [sys.executable, "-m", "benchmarks.measuring", piece, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{piece} failed:\n{done.stderr[-3000:]}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return Measured(answer["seconds"], answer["peak"] / _MEGABYTE, answer["said"])


def fastest(*pieces: Callable[[], Measured], rounds: int) -> list[Measured]:
    """The best of several rounds of each piece, taken in turns so that a busy machine is busy for all of them."""
    results = [[piece() for piece in pieces] for _ in range(rounds)]
    return [min(column, key=lambda measured: measured.seconds) for column in zip(*results, strict=True)]


@contextmanager
def timed() -> Generator[dict[str, float]]:
    """Puts the seconds that the block took into `["seconds"]`."""
    taken: dict[str, float] = {}
    began = time.perf_counter()
    yield taken
    taken["seconds"] = time.perf_counter() - began


@contextmanager
def sandbox() -> Generator[str]:
    """A sandbox in a process of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "harvest_qb_pipeline.cli", "sandbox", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(url, process)
            yield url
        finally:
            process.terminate()


def company(url: str, **wishes: Any) -> dict[str, str]:
    """The connection variables of a new company without rate limits."""
    body = json.dumps({**wishes, "rate_limits": False, "frozen": True}).encode()
    request = urllib.request.Request(f"{url}/sandbox/companies", data=body, method="POST")
    with urllib.request.urlopen(request, timeout=600) as response:
        return json.load(response)["env"]


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/sandbox/companies", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            if process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError("The sandbox did not start.") from None
            time.sleep(0.05)


def _run_piece() -> None:
    from benchmarks import pieces

    piece, arguments = sys.argv[1:3]
    seconds, said = getattr(pieces, piece)(**json.loads(arguments))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "peak": peak, "said": said}))


if __name__ == "__main__":
    _run_piece()
