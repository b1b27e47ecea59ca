"""What is measured: our way and the floor of each. Every piece runs in a process of its own (`measuring`).

Belongs here: the work, and which part of it is timed. Must not be here: judging the results.
"""

import time
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import duckdb
import httpx
from rapidfuzz import fuzz, process, utils

from benchmarks.companies import companies
from benchmarks.measuring import timed
from harvest_qb_pipeline import pipeline
from harvest_qb_pipeline.contacts.candidates import steps
from harvest_qb_pipeline.contacts.matching import match
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.landing import land_harvest
from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline.ledger.tokens import LedgerTokenStore
from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.transport.http import HttpOptions, OnCall
from harvest_qb_pipeline.warehouse.database import Warehouse, open_warehouse
from harvest_qb_pipeline.warehouse.models import build_in_order, in_order
from harvest_qb_pipeline.warehouse.parsing import Table
from harvest_qb_pipeline.warehouse.versions import forget

Result = tuple[float, dict[str, Any]]
Env = dict[str, str]

WORKERS = 4
"""Requests in flight, for ours and for the floor alike."""

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
FLOOR_DRAFTS = """
CREATE OR REPLACE TEMP TABLE floor_lines AS
SELECT client_id, project_id, task_id, month, rate, sum(hours) AS hours, round(sum(hours) * rate, 2) AS amount
FROM (
    SELECT
        (payload->>'$.client.id')::BIGINT AS client_id,
        (payload->>'$.project.id')::BIGINT AS project_id,
        (payload->>'$.task.id')::BIGINT AS task_id,
        date_trunc('month', (payload->>'$.spent_date')::DATE) AS month,
        (payload->>'$.billable_rate')::DECIMAL(18, 5) AS rate,
        (payload->>'$.rounded_hours')::DECIMAL(12, 2) AS hours
    FROM raw_harvest.time_entries
    WHERE NOT is_deleted
        AND (payload->>'$.billable')::BOOLEAN
        AND NOT (payload->>'$.is_billed')::BOOLEAN
        AND (payload->>'$.approval_status') = 'approved'
)
GROUP BY client_id, project_id, task_id, month, rate
"""
FLOOR_TYPED = """
CREATE OR REPLACE TEMP TABLE floor_lines AS
SELECT
    client_id_harvest, project_id_harvest, task_id_harvest, date_trunc('month', spent_on) AS month, billable_rate,
    sum(hours_rounded) AS hours, round(sum(hours_rounded) * billable_rate, 2) AS amount
FROM harvest.time_entries
WHERE is_billable AND NOT is_billed AND approval_status = 'approved'
GROUP BY client_id_harvest, project_id_harvest, task_id_harvest, date_trunc('month', spent_on), billable_rate
"""


def floor_landing(env: Env) -> Result:
    """The least that landing could be: every page to disk, then one `read_json` into a table of the same shape."""
    with TemporaryDirectory() as folder, duckdb.connect(f"{folder}/floor.duckdb") as con:
        con.execute("SET TimeZone = 'UTC'")
        with timed() as taken:
            with timed() as fetch:
                files = _fetch_all(env, Path(folder))
            con.execute(FLOOR_TABLE)
            con.execute(FLOOR_INSERT, [[str(path) for path in files]])
            con.execute("CHECKPOINT")
        return taken["seconds"], {"rows": _count(con, "landed"), "fetch_seconds": fetch["seconds"]}


def _fetch_all(env: Env, folder: Path) -> list[Path]:
    headers = {
        "Authorization": f"Bearer {env['HARVEST_ACCESS_TOKEN']}",
        "Harvest-Account-Id": env["HARVEST_ACCOUNT_ID"],
        "User-Agent": "benchmark",
    }
    with httpx.Client(headers=headers, timeout=120) as client, ThreadPoolExecutor(WORKERS) as pool:

        def fetch(page: int) -> tuple[Path, httpx.Response]:
            url = f"{env['HARVEST_BASE_URL']}/time_entries"
            response = client.get(url, params={"page": page, "per_page": 2000}).raise_for_status()
            path = folder / f"{page:06d}.json"
            path.write_bytes(response.content)
            return path, response

        first, answer = fetch(1)
        pages: int = answer.json()["total_pages"]
        return [first, *(path for path, _ in pool.map(fetch, range(2, pages + 1)))]


def landing(env: Env) -> Result:
    """Ours: the stream of time entries into an empty warehouse, with its watermark."""
    with TemporaryDirectory() as folder, _harvest(env) as client, open_warehouse(Path(folder) / "w.duckdb") as store:
        with timed() as taken:
            land_harvest(store, client, now=datetime.now(UTC), full=True, streams=("time_entries",))
            store.connection.execute("CHECKPOINT warehouse")
        return taken["seconds"], {"rows": _count(store.connection, "raw_harvest.time_entries")}


def unchanged_sync(env: Env) -> Result:
    """A second sync of everything when nothing changed: the requests it makes, counted on the wire by path."""
    calls: Counter[str] = Counter()

    def count(method: str, path: str, status: int | None, seconds: float) -> None:
        del status, seconds
        calls[f"{method} {urlsplit(path).path}"] += 1

    today = date.fromisoformat(env["HARVEST_QB_TODAY"])
    with (
        TemporaryDirectory() as folder,
        open_warehouse(Path(folder) / "w.duckdb") as store,
        _harvest(env, count) as harvest,
        _quickbooks(env, Path(folder), count) as quickbooks,
    ):
        _land(store, harvest, quickbooks, today)
        calls.clear()
        worked = time.process_time()
        with timed() as taken:
            landed = _land(store, harvest, quickbooks, today)
        worked = time.process_time() - worked
    return taken["seconds"], {
        "calls": dict(calls),
        "requests": [each.requests for each in landed.streams],
        "processor_seconds": worked,
        "tables_built": len(landed.tables.built),
    }


def prepare_drafts(env: Env, folder: str, policy: str) -> Result:
    """A warehouse with everything that drafts are made of. Only a preparation; its time is not looked at."""
    home = Path(folder)
    today = date.fromisoformat(env["HARVEST_QB_TODAY"])
    with open_warehouse(home / "w.duckdb") as store, _harvest(env) as harvest, _quickbooks(env, home) as quickbooks:
        with timed() as taken:
            _land(store, harvest, quickbooks, today)
        ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", actor="benchmark")
        pipeline.derive(store, ledger, load_policy(Path(policy)), pipeline.Day(today, datetime.now(UTC)))
        ledger.close()
        return taken["seconds"], {"rows": _count(store.connection, "raw_harvest.time_entries")}


def drafts(folder: str) -> Result:
    """Ours: from landed entries to drafts, lines, sources and holds, each entry with its verdict."""
    with open_warehouse(Path(folder) / "w.duckdb") as store:
        return _build_anew(store, ("harvest", "time_entries"))


def floor_drafts(folder: str) -> Result:
    """The least that drafts could be: one aggregation of the landed rows to client, project, task, month and rate."""
    return _aggregate(folder, FLOOR_DRAFTS)


def drafts_of_typed_rows(folder: str) -> Result:
    """Ours without making the typed table."""
    with open_warehouse(Path(folder) / "w.duckdb") as store:
        return _build_anew(store)


def _build_anew(store: Warehouse, *typed: Table) -> Result:
    """Policy, contacts and billing, and the typed tables named, as if nothing of them were remembered."""
    tables = [table.key for table in in_order("policy", "contacts", "billing", steps=steps())]
    forget(store.connection, *typed, *tables)
    with timed() as taken, store.transaction() as con:
        rows = build_in_order(con, "harvest", "policy", "contacts", "billing", steps=steps()).rows
    return taken["seconds"], {"drafts": rows["billing", "invoice_drafts"], "lines": rows["billing", "invoice_lines"]}


def floor_of_typed_rows(folder: str) -> Result:
    """The same aggregation where the JSON was read before."""
    return _aggregate(folder, FLOOR_TYPED)


def matching(parties: int, linked: float = 0.0) -> Result:
    """Ours: as many clients as customers, of which a share may be linked already. Says what was found."""
    left, right, truth = companies(parties)
    known = sorted(truth.items())[: int(len(truth) * linked)]
    with timed() as taken:
        found = match(left, right, linked=known)
    links = {(each.left_id, each.right_id) for each in found.matches}
    seen = links | {(each.left_id, each.right_id) for each in found.suggestions}
    open_pairs = set(truth.items()) - set(known)
    return taken["seconds"], {
        "links": len(links),
        "right": len(links & open_pairs),
        "seen": len(seen & open_pairs),
        "open": len(open_pairs),
    }


def floor_matching(parties: int, rows: int, scorer: str) -> Result:
    """The naive way: each client's name against every customer's; only the first `rows` clients, scaled to all."""
    left, right, _ = companies(parties)
    score = {"WRatio": fuzz.WRatio, "ratio": fuzz.ratio}[scorer]
    with timed() as taken:
        names = [utils.default_process(each.name) for each in left]
        others = [utils.default_process(each.name) for each in right]
    with timed() as compared:
        for first in range(0, rows, 500):
            process.cdist(names[first : min(first + 500, rows)], others, scorer=score, score_cutoff=80, workers=1)
    return taken["seconds"] + compared["seconds"] * parties / rows, {"rows": rows}


def _aggregate(folder: str, sql: str) -> Result:
    with open_warehouse(Path(folder) / "w.duckdb") as store:
        with timed() as taken:
            store.connection.execute(sql)
        return taken["seconds"], {"lines": _count(store.connection, "floor_lines")}


def _land(
    store: Warehouse, harvest: HarvestClient, quickbooks: QuickBooksClient, today: date
) -> pipeline.LandedAndTyped:
    policy = Policy(timezone="UTC", cutover_on=date.min)
    return pipeline.land(store, harvest, quickbooks, policy, pipeline.Day(today, datetime.now(UTC)))


@contextmanager
def _harvest(env: Env, on_call: OnCall | None = None) -> Generator[HarvestClient]:
    client = HarvestClient(
        env["HARVEST_BASE_URL"],
        env["HARVEST_ACCOUNT_ID"],
        env["HARVEST_ACCESS_TOKEN"],
        HttpOptions(limits_path=None, on_call=on_call),
    )
    try:
        yield client
    finally:
        client.close()


@contextmanager
def _quickbooks(env: Env, home: Path, on_call: OnCall | None = None) -> Generator[QuickBooksClient]:
    ledger = open_ledger(f"sqlite:///{home / 'tokens.sqlite'}", actor="benchmark")
    client = QuickBooksClient(
        env["QUICKBOOKS_BASE_URL"],
        env["QUICKBOOKS_TOKEN_URL"],
        env["QUICKBOOKS_REALM_ID"],
        env["QUICKBOOKS_CLIENT_ID"],
        env["QUICKBOOKS_CLIENT_SECRET"],
        env["QUICKBOOKS_REFRESH_TOKEN"],
        LedgerTokenStore(ledger, home=home),
        HttpOptions(limits_path=None, on_call=on_call),
    )
    try:
        yield client
    finally:
        client.close()
        ledger.close()


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0
