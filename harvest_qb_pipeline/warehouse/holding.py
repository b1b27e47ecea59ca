"""Who has the warehouse, and since when: what whoever waits for it is told.

Belongs here: a note beside the file, written by whoever holds it, and what the system knows of a process without one.
Must not be here: waiting, or trusting the note: DuckDB's own lock says who holds the file.
"""

import json
import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from harvest_qb_pipeline.settings import utc_now


def note_holder(path: Path, what: str) -> None:
    """Write down that this process holds the warehouse at `path` now, for `what`. A full disk keeps no notes."""
    said = {"pid": os.getpid(), "what": what, "since": utc_now().isoformat(timespec="seconds")}
    with suppress(OSError):
        _note(path).write_text(json.dumps(said), encoding="utf-8")


def forget_holder(path: Path) -> None:
    """It is free again; another process's note stays."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        if json.loads(_note(path).read_text(encoding="utf-8"))["pid"] == os.getpid():
            _note(path).unlink()


def holder_in(message: str, path: Path) -> str | None:
    """Who holds the file, from DuckDB's words; None when the words are about something else."""
    if "Unique file handle conflict" in message:
        return "another run in this process"
    if "Could not set lock" not in message:
        return None
    found = re.search(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)", message)
    return _told(path, int(found["pid"]), found["program"]) if found else "another process"


def _told(path: Path, pid: int, program: str) -> str:
    process = f"process {pid} ({program})"
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads(_note(path).read_text(encoding="utf-8"))
        if said["pid"] == pid:
            return f"{said['what']}, since {_when(datetime.fromisoformat(said['since']))}: {process}"
    try:
        began = datetime.fromtimestamp(Path(f"/proc/{pid}").stat().st_ctime, UTC)
    except OSError:
        return process
    return f"{process}, which runs since {_when(began)}"


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.holder")
