"""Commands that run a job: `sync`, `plan`, `push`, `run`. Each is a Dagster run that the UI shows.

Belongs here: which job, and how its outcome is printed. Must not be here: what the job does.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import click

from harvest_qb_pipeline.cli.listing import posting_json, print_outcome, print_plan, push_rows
from harvest_qb_pipeline.cli.opening import home_ledger
from harvest_qb_pipeline.cli.output import Failed, json_option, note, print_json, print_table
from harvest_qb_pipeline.cli.running import publish_after, run_job
from harvest_qb_pipeline.cli.stopping import of_push, of_reading, stoppable
from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.half_sent import half_sent
from harvest_qb_pipeline.settings import load_settings

_ENDING = "Stopping ... (Ctrl-C again leaves at once)"
_ENDING_PUSH = "Stopping: the documents that are on their way are finished first ... (Ctrl-C again leaves at once)"


@click.command()
@click.option("--full", is_flag=True, help="Read everything again and mark what vanished as deleted.")
@click.option("--anew", is_flag=True, help="Put a damaged warehouse aside, and land everything into a new one.")
@json_option
def sync(full: bool, anew: bool, as_json: bool) -> None:
    """Land what changed in Harvest and QuickBooks into the warehouse."""
    if anew:
        _put_aside(load_settings().warehouse_path)
    with stoppable(_ENDING, of_reading):
        result = run_job("sync", _landing_config(full))
        publish_after(result)
    landed = _landed(result)
    if as_json:
        print_json({"run_id": result.run_id, "streams": landed})
        return
    rows = [(stream, *(str(counts.get(name, "")) for name in _COUNTS)) for stream, counts in landed.items()]
    print_table("Landed", ("Stream", *_COUNTS), rows, right=_COUNTS)


def _put_aside(warehouse: Path) -> None:
    for path in (warehouse, warehouse.with_name(f"{warehouse.name}.wal")):
        if path.exists():
            note(f"{path} was put aside as {path.replace(path.with_name(f'{path.name}.damaged'))}.")


@click.command()
@json_option
def plan(as_json: bool) -> None:
    """Derive drafts from what is landed and record them as planned or held. Sends nothing."""
    with stoppable(_ENDING, of_reading):
        publish_after(run_job("plan"))
    with home_ledger() as ledger:
        print_plan(ledger, as_json=as_json)


@click.command()
@json_option
def push(as_json: bool) -> None:
    """Send what is approved and look up what is uncertain. Safe to repeat at any time."""
    approved = _approved()
    with stoppable(_ENDING_PUSH, of_push):
        result = run_job("push")
        publish_after(result)
    _report(result.run_id, approved, as_json=as_json)


@click.command()
@json_option
def run(as_json: bool) -> None:
    """Sync with a full re-read of open periods, plan, and push what is approved."""
    approved = _approved()
    with stoppable(_ENDING_PUSH, of_push):
        result = run_job("run")
        publish_after(result)
    if not as_json:
        with home_ledger() as ledger:
            print_plan(ledger, as_json=False)
    _report(result.run_id, approved, as_json=as_json)


def _approved() -> frozenset[str]:
    """Keys of what is to be sent now: if it is held afterwards, somebody who counted on it has to know."""
    with home_ledger() as ledger:
        return frozenset(posting.key for posting in reading.postings(ledger, state="approved"))


def _landing_config(full: bool) -> Mapping[str, Any] | None:
    """Run configuration for landing everything again; without it, the job lands what changed."""
    if not full:
        return None
    return {
        "ops": {
            "raw_harvest": {"config": {"full": True, "reread_open": False}},
            "raw_quickbooks": {"config": {"full": True}},
        }
    }


def _report(run_id: str, approved: Collection[str], *, as_json: bool) -> None:
    with home_ledger() as ledger:
        rows = push_rows(ledger, run_id)
        if as_json:
            print_json({"run_id": run_id, "postings": [posting_json(row) for row in rows]})
        else:
            print_outcome(rows)
        halves = half_sent(ledger)
    if halves:
        raise Failed(" ".join(half.sentence for half in halves))
    unfinished = [
        row
        for row in rows
        if row.state in ("rejected", "uncertain") or row.flags or (row.state == "held" and row.key in approved)
    ]
    if unfinished:
        raise Failed(
            f"{len(unfinished)} of {len(rows)} postings need attention. "
            f"`harvest-qb show {unfinished[0].key}` explains; the next push looks up what is uncertain."
        )


def _landed(result: Any) -> dict[str, Json]:
    """What each landed stream reported: rows, new, changed, deleted, requests."""
    streams: dict[str, Json] = {}
    for event in result.get_asset_materialization_events():
        key = event.asset_key
        if key is None or not key.path[0].startswith("raw_"):
            continue
        metadata = event.materialization.metadata
        streams["/".join(key.path)] = {
            count: metadata[name].value
            for count, name in zip(_COUNTS, ("dagster/row_count", *_COUNTS[1:]), strict=True)
            if name in metadata
        }
    return streams


_COUNTS = ("rows", "new", "changed", "deleted", "requests")
