"""Landing time entries: against the least it could be, and its memory as entries grow tenfold.

Belongs here: these lines and the pieces behind them. Must not be here: another tool's landing (`peer`).
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.measuring import Measured, Result, fastest, measure, timed
from benchmarks.pages import FromDisk, write_all, write_pages
from benchmarks.results import Line, memory, speed
from benchmarks.stage import Company, Stage, company, sandbox
from harvest_qb_pipeline.clients import make_harvest
from harvest_qb_pipeline.harvest.landing import land_harvest
from harvest_qb_pipeline.settings import load_settings
from harvest_qb_pipeline.transport.http import HttpOptions
from harvest_qb_pipeline.warehouse.database import open_warehouse, row_count

FLOOR_TABLE = (
    "CREATE TABLE landed (id BIGINT NOT NULL, updated_at TIMESTAMPTZ, payload JSON NOT NULL,"
    " landed_at TIMESTAMPTZ NOT NULL, is_deleted BOOLEAN NOT NULL)"
)
FLOOR_INSERT = """
INSERT INTO landed
SELECT (record->>'$.id')::BIGINT, (record->>'$.updated_at')::TIMESTAMPTZ, record, now(), false
FROM (
    SELECT unnest(time_entries) AS record
    FROM read_json(?, format = 'unstructured', columns = {time_entries: 'JSON[]'}, maximum_object_size = 67108864)
)
"""


def lines(stage: Stage) -> Iterator[Line]:
    """Landing against the floor, each in processes of its own."""
    env = stage.large.env
    measure(floor_landing, env)  # the sandbox makes each page once; whoever comes second would gain
    floor, ours = fastest(
        partial(measure, floor_landing, env), partial(measure, landing, env), rounds=stage.sizes.rounds
    )
    if ours.said["rows"] != floor.said["rows"]:
        raise RuntimeError(f"Not the same work: {ours.said['rows']} rows landed, {floor.said['rows']} of the floor.")
    fetch: float = floor.said["fetch_seconds"]
    beyond, floor_beyond = ours.seconds - fetch, floor.seconds - fetch
    yield speed(f"landing {ours.said['rows']:,} entries", ours, floor, aim=1.0)
    yield Line("landing, beyond the floor's fetch", f"{beyond:.2f} s", f"{floor_beyond:.2f} s", beyond / floor_beyond)
    yield memory("landing, memory against the floor's", ours, floor)


def memory_lines(stage: Stage) -> Iterator[Line]:
    """Memory of landing ten times the entries, of processes that only read files."""
    less, more = (_landed_from_disk(entries) for entries in (stage.sizes.entries, stage.sizes.most))
    few, many = less.said["rows"], more.said["rows"]
    yield memory(f"landing, memory at {many:,} entries against {few:,}", more, less, aim=1.3)
    each, before = more.seconds / many * 1e6, less.seconds / few * 1e6
    yield Line("landing, time for each of so many entries", f"{each:.1f} µs", f"{before:.1f} µs", each / before)


def _landed_from_disk(entries: int) -> Measured:
    # A sandbox of its own for each, so that no memory stays behind.
    with TemporaryDirectory() as folder:
        with sandbox() as url:
            save_pages(company(url, entries=entries, old_invoices=False), Path(folder))
        return measure(landing_from_disk, folder=folder)


def save_pages(of: Company, folder: Path) -> None:
    """The pages of a company, as `landing_from_disk` reads them."""
    measure(pages_to_disk, of.env, folder=str(folder))


def floor_landing() -> Result:
    """The least that landing could be: every page to disk, then one `read_json` into a table of the same shape."""
    with TemporaryDirectory() as folder, duckdb.connect(f"{folder}/floor.duckdb") as con:
        con.execute("SET TimeZone = 'UTC'")
        with timed() as taken:
            with timed() as fetch:
                files = write_pages(load_settings(), Path(folder))
            con.execute(FLOOR_TABLE)
            con.execute(FLOOR_INSERT, [[str(path) for path in files]])
            con.execute("CHECKPOINT")
        return taken["seconds"], {"rows": row_count(con, "landed"), "fetch_seconds": fetch["seconds"]}


def landing() -> Result:
    """Ours: the stream of time entries into an empty warehouse, with its watermark."""
    return _land(HttpOptions())


def pages_to_disk(folder: str) -> Result:
    """A preparation; its time is not looked at."""
    with timed() as taken:
        pages = write_all(load_settings(), Path(folder))
    return taken["seconds"], {"pages": len(pages)}


def landing_from_disk(folder: str) -> Result:
    """Ours without a network: the same requests, answered from files."""
    return _land(HttpOptions(wire=FromDisk(Path(folder))))


def _land(options: HttpOptions) -> Result:
    with (
        TemporaryDirectory() as folder,
        closing(make_harvest(load_settings(), options)) as client,
        open_warehouse(Path(folder) / "w.duckdb") as store,
    ):
        with timed() as taken:
            land_harvest(store, client, now=datetime.now(UTC), full=True, streams=("time_entries",))
            store.connection.execute("CHECKPOINT warehouse")
        return taken["seconds"], {"rows": row_count(store.connection, "raw_harvest.time_entries")}
