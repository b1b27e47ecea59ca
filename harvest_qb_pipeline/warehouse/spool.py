"""Bodies of answers as files, untouched, for as long as a landing takes.

Belongs here: writing them down and clearing them away. Must not be here: what is in them.
"""

import shutil
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path


class Spool:
    """A folder of bodies in the order they came. `count` is how many were written, so how many requests answered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def write(self, body: bytes, label: str = "page") -> Path:
        """One body to its own file."""
        self.count += 1
        path = self.folder / f"{self.count:06d}-{label}.json"
        path.write_bytes(body)
        return path

    def write_all(self, bodies: Iterable[bytes], label: str = "page") -> list[Path]:
        """Bodies as they arrive, one at a time in memory."""
        return [self.write(body, label) for body in bodies]


@contextmanager
def spooling(parent: Path) -> Generator[Spool]:
    """A spool under `parent`, removed afterwards with everything in it."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="landing-", dir=parent))
    try:
        yield Spool(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
