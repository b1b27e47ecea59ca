"""Landing against dlt, the usual Python tool for this, on the same pages from disk: neither waits for a network.

Belongs here: dlt, used as its documentation says for lists of JSON objects, and ours beside it. Must not be here: the
floor (`landing`). dlt reads each page with its own JSON, takes the list as it is, and merges on the entries' id into
DuckDB, as landing changes again and again needs; normalising and loading are as it comes.
"""

import os
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.landing import landing_from_disk, save_pages
from benchmarks.measuring import Measured, Result, fastest, measure, timed
from benchmarks.results import Line, memory
from benchmarks.stage import Stage
from harvest_qb_pipeline.warehouse.database import row_count


def lines(stage: Stage) -> Iterator[Line]:
    """How many times dlt's time ours takes: as it comes, which the aim is against, and with its fastest way to load."""
    if find_spec("dlt") is None:
        raise RuntimeError("dlt, which landing is measured against, is not installed: pip install -e '.[bench]'")
    pages = stage.folder("pages")
    save_pages(stage.large, pages)
    (ours,) = fastest(partial(measure, landing_from_disk, folder=str(pages)), rounds=stage.sizes.rounds)
    ways = (("insert_values", "as it comes, INSERT statements", 30.0), ("parquet", "Parquet files", None))
    for file_format, words, aim in ways:
        theirs = measure(dlt_landing, folder=str(pages), file_format=file_format)
        yield _line(words, ours, theirs, aim)
        yield memory(f"landing from disk, memory against dlt's ({words})", ours, theirs)


def _line(words: str, ours: Measured, theirs: Measured, aim: float | None) -> Line:
    if ours.said["rows"] != theirs.said["rows"]:
        raise RuntimeError(f"Not the same work: {ours.said['rows']} rows landed, {theirs.said['rows']} by dlt.")
    what = f"landing {ours.said['rows']:,} entries from disk, dlt {version('dlt')} ({words}) / ours"
    return Line(
        what,
        f"{ours.seconds:.2f} s",
        f"{theirs.seconds:.2f} s",
        theirs.seconds / ours.seconds,
        aim=aim,
        is_least=True,
    )


def dlt_landing(folder: str, file_format: str) -> Result:
    """The peer. Loading a whole pipeline is timed; importing it is not, as little as for ours."""
    with TemporaryDirectory() as home:
        os.environ.update({"DLT_DATA_DIR": home, "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"})
        import dlt
        from dlt.common import json

        @dlt.resource(name="time_entries", write_disposition="merge", primary_key="id")
        def time_entries() -> Iterator[list[object]]:
            for path in sorted(Path(folder).glob("0*.json")):
                yield json.loadb(path.read_bytes())["time_entries"]

        database = Path(home) / "dlt.duckdb"
        pipeline = dlt.pipeline(
            "harvest", pipelines_dir=home, destination=dlt.destinations.duckdb(str(database)), dataset_name="harvest"
        )
        with timed() as taken:
            pipeline.run(time_entries(), loader_file_format=file_format)
        with duckdb.connect(str(database)) as con:
            return taken["seconds"], {"rows": row_count(con, "harvest.time_entries")}
