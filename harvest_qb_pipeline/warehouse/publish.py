"""The analysts' copy of the warehouse: a file that is replaced whole, so that it may be held open all day.

Belongs here: making that copy. Must not be here: when it is made (automation), or what is in it.
"""

import os
import shutil
from pathlib import Path

from harvest_qb_pipeline.warehouse.database import LogLine, open_warehouse

COPY_CHUNK_BYTES = 16 * 1024 * 1024


def publish(warehouse_path: Path, copy_path: Path, *, log: LogLine, wait_seconds: float = 3600) -> int:
    """Replaces `copy_path` by a checkpointed copy of the warehouse in one rename; returns its size in bytes.

    Waits for the file like every writer. Raises `FileNotFoundError` when there is no warehouse yet.
    """
    if not warehouse_path.exists():
        raise FileNotFoundError(f"There is no warehouse at {warehouse_path} yet: run `harvest-qb sync` first.")
    unfinished = copy_path.with_name(f"{copy_path.name}.unfinished")
    copy_path.parent.mkdir(parents=True, exist_ok=True)
    # The lock is the process's own: closing any handle on the file gives it up. So ours is opened before DuckDB takes
    # the lock and closed after, and nobody can write while the bytes are copied.
    with warehouse_path.open("rb") as source, unfinished.open("wb") as target:
        with open_warehouse(warehouse_path, log=log, wait_seconds=wait_seconds) as warehouse:
            warehouse.connection.execute("CHECKPOINT warehouse")
            shutil.copyfileobj(source, target, COPY_CHUNK_BYTES)
        target.flush()
        os.fsync(target.fileno())
    unfinished.replace(copy_path)
    return copy_path.stat().st_size
