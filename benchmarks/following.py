"""What costs follow: a sync and a run with nothing new, and one changed entry in a large firm.

Belongs here: these lines and the pieces behind them. Must not be here: planning anew (`planning`).
"""

import json
from collections.abc import Iterator

from benchmarks.measuring import Measured, Result, measure, timed
from benchmarks.results import Line, count
from benchmarks.stage import Home, Stage
from benchmarks.warehouses import DERIVED, Opened, opened_home, tables_of
from harvest_qb_pipeline import pipeline
from harvest_qb_pipeline.harvest.landing import land_harvest
from harvest_qb_pipeline.settings import load_settings
from harvest_qb_pipeline.warehouse.database import row_count
from harvest_qb_pipeline.warehouse.models import build_in_order
from harvest_qb_pipeline.warehouse.parsing import Table
from harvest_qb_pipeline.warehouse.versions import forget

SHARED_PATHS = ("/users/me", "/bearer")
"""Calls that belong to no stream: whose token it is, and QuickBooks' token."""


def lines(stage: Stage) -> Iterator[Line]:
    """Nothing new, then one entry changed, all in one home of a large firm."""
    home = stage.firm_home
    yield from _unchanged_sync(measure(unchanged_sync, home.env))
    for name in ("sync", "run"):
        yield from _unchanged_command(home, name)
    yield from _one_changed(home, stage.sizes.rounds)


def _unchanged_sync(done: Measured) -> Iterator[Line]:
    calls = {path: n for path, n in done.said["calls"].items() if not path.endswith(SHARED_PATHS)}
    streams, total = len(done.said["requests"]), sum(calls.values())
    worked: float = done.said["processor"]
    firm = f"no-change sync of {done.said['entries']:,} entries"
    yield count(f"{firm}, tables built", done.said["built"], 0, aim=0)
    yield Line(f"{firm}, seconds of processor time", f"{worked:.2f} s", "", worked, aim=2.0)
    yield Line(f"{firm}, seconds", f"{done.seconds:.2f} s")
    yield Line(f"{firm}, requests / streams", f"{total}", f"{streams}", total / streams, aim=1.0)
    yield count(f"{firm}, most requests of a stream", max(done.said["requests"]), 1, aim=1.0)


def _unchanged_command(home: Home, name: str) -> Iterator[Line]:
    """A command through Dagster, from its start to its end, as a person or a timer would run it."""
    home.company.control("DELETE", "/calls")
    spent = home.harvest_qb(name, "--json")
    requests = len(home.company.control("GET", "/calls"))
    built = measure(tables_built, home.env, run_id=json.loads(spent.printed)["run_id"]).said
    what = f"no-change `harvest-qb {name}`"
    names = f" ({', '.join(built['built'])})" if built["built"] else ""
    yield count(f"{what}, tables built{names}", len(built["built"]), 0, aim=0)
    took = f"{spent.seconds:.1f} s, {spent.processor_seconds:.1f} s of processor time"
    yield Line(f"{what}, {requests} requests, {built['steps']} steps", took)


def _one_changed(home: Home, rounds: int) -> Iterator[Line]:
    tries = [_change_one(home) for _ in range(rounds)]
    done = min(tries, key=lambda each: each.seconds)
    built, full = done.said["built"], min(each.said["full_seconds"] for each in tries)
    what = f"one changed entry among {done.said['entries']:,}"
    yield Line(f"{what}, tables built / of all", f"{len(built)}", f"{done.said['tables']}")
    yield Line(
        f"{what}, against all tables anew", f"{done.seconds:.2f} s", f"{full:.2f} s", done.seconds / full, aim=0.15
    )


def _change_one(home: Home) -> Measured:
    entry = measure(an_unbilled_entry, home.env).said
    home.company.control("PATCH", f"/harvest/time_entries/{entry['id']}", {"hours": entry["hours"] + 0.25})
    done = measure(one_changed, home.env)
    if done.said["changed"] != 1:
        raise RuntimeError(f"One entry was to be landed, not {done.said['changed']}.")
    return done


def unchanged_sync() -> Result:
    """A sync without Dagster when nothing changed: the requests it makes, counted on the wire by path."""
    with opened_home() as home:
        with timed() as taken:
            landed = home.land()
        return taken["seconds"], {
            "calls": dict(home.calls),
            "requests": [each.requests for each in landed.streams],
            "processor": taken["processor"],
            "built": len(landed.tables.built),
            "entries": _entries(home),
        }


def tables_built(run_id: str) -> Result:
    """Which tables a Dagster run made anew, as its history says, and how many steps it had."""
    import dagster as dg

    instance = dg.DagsterInstance.from_config(str(load_settings().home / "dagster"))
    logs = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    made = [log.asset_materialization for log in logs if log.asset_materialization]
    told = {one.asset_key.to_user_string(): one.metadata["how"].value for one in made if "how" in one.metadata}
    steps = len(instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_START))
    return 0.0, {"built": [name for name, how in told.items() if how != "remembered"], "steps": steps}


def an_unbilled_entry() -> Result:
    """An entry that is on a draft, so that changing it changes a bill."""
    with opened_home() as home:
        row = home.warehouse.connection.execute(
            "SELECT s.time_entry_id_harvest, t.hours_worked FROM billing.line_sources AS s"
            " JOIN harvest.time_entries AS t USING (time_entry_id_harvest) ORDER BY ALL LIMIT 1"
        ).fetchone()
    if row is None:
        raise RuntimeError("The firm has no drafts.")
    return 0.0, {"id": row[0], "hours": float(row[1])}


def one_changed() -> Result:
    """Lands what changed, and times bringing the tables up to date; then times building all of them anew.

    Reading the `.sql` files is in neither: a process does it once, whatever it builds (`unchanged_sync` has it).
    """
    everything = tables_of(*pipeline.TYPED, *DERIVED)
    with opened_home() as home:
        landed = land_harvest(home.warehouse, home.harvest, now=home.day.now, today=home.day.today)
        with timed() as taken:
            built = _bring_up(home)
        forget(home.warehouse.connection, *everything)
        with timed() as full:
            _bring_up(home)
        return taken["seconds"], {
            "changed": sum(each.changed for each in landed if each.stream == "time_entries"),
            "built": [".".join(table) for table in built],
            "tables": len(everything),
            "full_seconds": full["seconds"],
            "entries": _entries(home),
        }


def _bring_up(home: Opened) -> list[Table]:
    with home.warehouse.transaction() as con:
        typed = build_in_order(con, *pipeline.TYPED)
    derived = pipeline.derive(home.warehouse, home.ledger, home.policy, home.day)
    return [*typed.built, *derived.built]


def _entries(home: Opened) -> int:
    return row_count(home.warehouse.connection, "raw_harvest.time_entries")
