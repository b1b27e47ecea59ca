"""Making drafts of landed entries: against bare aggregations of the same rows, and memory at a quarter of them.

Belongs here: these lines and the pieces behind them. Must not be here: what follows one change (`following`), or
recording a plan (`planning`).
"""

from collections.abc import Iterator
from functools import partial

from benchmarks.measuring import Result, fastest, measure, timed
from benchmarks.results import Line, memory, speed
from benchmarks.stage import Stage
from benchmarks.warehouses import DERIVED, tables_of
from harvest_qb_pipeline.contacts.candidates import steps
from harvest_qb_pipeline.settings import load_settings
from harvest_qb_pipeline.warehouse.database import open_warehouse, row_count
from harvest_qb_pipeline.warehouse.models import build_in_order
from harvest_qb_pipeline.warehouse.parsing import Table
from harvest_qb_pipeline.warehouse.versions import forget

FLOOR_OF_LANDED_ROWS = """
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
FLOOR_OF_TYPED_ROWS = """
CREATE OR REPLACE TEMP TABLE floor_lines AS
SELECT
    client_id_harvest, project_id_harvest, task_id_harvest, date_trunc('month', spent_on) AS month, billable_rate,
    sum(hours_rounded) AS hours, round(sum(hours_rounded) * billable_rate, 2) AS amount
FROM harvest.time_entries
WHERE is_billable AND NOT is_billed AND approval_status = 'approved'
GROUP BY client_id_harvest, project_id_harvest, task_id_harvest, date_trunc('month', spent_on), billable_rate
"""


def lines(stage: Stage) -> Iterator[Line]:
    """Drafts against their floors, and their memory at four times the entries."""
    env = stage.large_home.env
    pieces = (
        partial(measure, aggregation, env, of_typed=False),
        partial(measure, drafts, env, of_typed=False),
        partial(measure, aggregation, env, of_typed=True),
        partial(measure, drafts, env, of_typed=True),
    )
    floor, ours, typed_floor, typed = fastest(*pieces, rounds=stage.sizes.rounds)
    made = f"{ours.said['drafts']:,} drafts, {ours.said['lines']:,} lines"
    yield speed(f"drafts from landed entries ({made})", ours, floor, aim=3.0)
    yield speed("of it beyond the typed table, against typed rows", typed, typed_floor)
    less = measure(drafts, stage.small_home.env, of_typed=False)
    yield memory("drafts, memory at four times the entries", ours, less, aim=1.5)


def drafts(of_typed: bool) -> Result:
    """Ours: from landed entries to drafts, lines, sources and holds, each entry with its verdict."""
    typed: list[Table] = [] if of_typed else [("harvest", "time_entries")]
    with open_warehouse(load_settings().warehouse_path) as store:
        forget(store.connection, *typed, *tables_of(*DERIVED))
        with timed() as taken, store.transaction() as con:
            rows = build_in_order(con, "harvest", *DERIVED, steps=steps()).rows
    return taken["seconds"], {"drafts": rows["billing", "invoice_drafts"], "lines": rows["billing", "invoice_lines"]}


def aggregation(of_typed: bool) -> Result:
    """The least that drafts could be: one aggregation to client, project, task, month and rate."""
    with open_warehouse(load_settings().warehouse_path) as store:
        with timed() as taken:
            store.connection.execute(FLOOR_OF_TYPED_ROWS if of_typed else FLOOR_OF_LANDED_ROWS)
        return taken["seconds"], {"lines": row_count(store.connection, "floor_lines")}
