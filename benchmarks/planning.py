"""Planning a large firm of which little is unbilled: in time and memory of that little, and of one scan.

Belongs here: these lines and the pieces behind them. Must not be here: drafts as such (`drafts`).
"""

import shutil
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory

from benchmarks.drafts import FLOOR_OF_TYPED_ROWS
from benchmarks.measuring import Env, Result, fastest, measure, timed
from benchmarks.results import Line, memory
from benchmarks.stage import Home, Stage
from benchmarks.warehouses import DERIVED, day_of, tables_of
from harvest_qb_pipeline import pipeline
from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline.settings import load_settings
from harvest_qb_pipeline.warehouse.database import Warehouse, open_warehouse, row_count
from harvest_qb_pipeline.warehouse.models import build_in_order
from harvest_qb_pipeline.warehouse.versions import forget, moved

_NOT_ON_DRAFTS = "NOT EXISTS (FROM billing.line_sources AS s WHERE s.time_entry_id_harvest = t.id)"


def lines(stage: Stage) -> Iterator[Line]:
    """A plan of the firm, of another that has nothing but the same unbilled entries, and of one that never billed."""
    with _copied(stage, stage.firm_home) as copy, _copied(stage, stage.firm_home) as little:
        measure(keep_drafts_only, little)
        whole, part = fastest(partial(measure, plan, copy), partial(measure, plan, little), rounds=stage.sizes.rounds)
    for each in ("documents", "sources"):
        if whole.said[each] != part.said[each]:
            raise RuntimeError(f"Not the same plan: {whole.said[each]} {each}, of the part {part.said[each]}.")
    entries, unbilled = whole.said["entries"], whole.said["sources"]
    scan: float = whole.said["scan_seconds"]
    floor = part.seconds + scan
    what = f"plan of {entries:,} entries, {unbilled:,} on {whole.said['documents']:,} documents"
    yield Line(
        f"{what}, against one scan ({scan:.2f} s) and these alone",
        f"{whole.seconds:.2f} s",
        f"{floor:.2f} s",
        whole.seconds / floor,
        aim=1.5,
    )
    yield memory(f"{what}, memory against these alone", whole, part, aim=1.5)
    with _copied(stage, stage.unbilled_firm_home) as copy:
        everything = measure(plan, copy)
    peak = everything.peak_megabytes
    what = f"plan of {everything.said['entries']:,} entries, {everything.said['sources']:,} of them on documents"
    yield Line(f"{what}, memory in GB", f"{peak:.0f} MB, {everything.seconds:.1f} s", "", peak / 1024, aim=1.0)


@contextmanager
def _copied(stage: Stage, home: Home) -> Generator[Env]:
    """The environment of a home with a copy of its warehouse, which is gone afterwards."""
    folder = stage.folder(f"copy-{time.monotonic_ns()}")
    shutil.copy(home.folder / "warehouse.duckdb", folder / "warehouse.duckdb")
    try:
        yield {**home.env, "HARVEST_QB_WAREHOUSE": str(folder / "warehouse.duckdb")}
    finally:
        shutil.rmtree(folder)


def keep_drafts_only() -> Result:
    """Leaves nothing of Harvest's time but what is on drafts."""
    with open_warehouse(load_settings().warehouse_path) as store:
        with timed() as taken, store.transaction() as con:
            con.execute(f"DELETE FROM raw_harvest.time_entries AS t WHERE {_NOT_ON_DRAFTS}")
            moved(con, ("raw_harvest", "time_entries"))
            build_in_order(con, *pipeline.TYPED)
        return taken["seconds"], {}


def plan() -> Result:
    """Ours from typed tables on: nothing derived is remembered. Also how long one scan of the entries takes."""
    settings = load_settings()
    policy = load_policy(settings.harvest_qb_policy)
    with TemporaryDirectory() as folder, open_warehouse(settings.warehouse_path) as store:
        scan = _scan(store)
        ledger = open_ledger(f"sqlite:///{folder}/ledger.sqlite", actor="benchmark")
        forget(store.connection, *tables_of(*DERIVED))
        with timed() as taken:
            pipeline.derive(store, ledger, policy, day_of(settings))
            pipeline.plan(store, ledger, policy)
        ledger.close()
        drafts, sources, entries = (
            row_count(store.connection, table)
            for table in ("billing.invoice_drafts", "billing.line_sources", "harvest.time_entries")
        )
    return taken["seconds"], {
        "documents": drafts,
        "sources": sources,
        "entries": entries,
        "scan_seconds": scan,
    }


def _scan(store: Warehouse) -> float:
    with timed() as taken:
        store.connection.execute(FLOOR_OF_TYPED_ROWS)
    return taken["seconds"]
