"""The warehouse as Dagster sees it: the resource, assets made from `.sql` files, and what to show of a table.

Belongs here: everything about the warehouse that needs Dagster. Must not be here: any room's tables or rules.
"""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import dagster as dg
import duckdb
from dagster_duckdb import DuckDBResource

from harvest_qb_pipeline.warehouse.database import (
    CONNECTION_CONFIG,
    Row,
    Warehouse,
    attached,
    identifier,
    query_rows,
)
from harvest_qb_pipeline.warehouse.models import SqlModel, build, models_of, row_count
from harvest_qb_pipeline.warehouse.raw import Landed

Shown: TypeAlias = "dg.MaterializeResult[Any]"

PREVIEW_ROWS = 8
PREVIEW_WIDTH = 60
OFFENDING_ROWS = 50


class WarehouseResource(DuckDBResource):
    """Dagster's DuckDB resource with the warehouse file attached; asset bodies are given a `Warehouse`.

    One connection per run: it is opened when the run starts its first step and closed when the run ends. A second run
    waits for DuckDB's lock, which a killed run cannot keep, unlike a slot of a Dagster pool.
    """

    database: str = ":memory:"
    connection_config: dict[str, Any] = CONNECTION_CONFIG
    path: str
    wait_seconds: float = 3600

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator[Warehouse]:  # pyright: ignore[reportIncompatibleMethodOverride]
        def log(line: str) -> None:
            if context.log:
                context.log.info(line)

        with (
            self.get_connection() as connection,
            attached(connection, Path(self.path), log=log, wait_seconds=self.wait_seconds) as warehouse,
        ):
            yield warehouse


@contextmanager
def sentence_first() -> Generator[None]:
    """Within, errors of ours fail a step with their sentence, which Dagster then shows above all stack traces.

    Use it in asset bodies that speak to the outside or decide; the error itself stays the cause.
    """
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith(__name__.partition(".")[0]):
            raise
        raise dg.Failure(str(error), allow_retries=False) from error


def sql_assets(room: str) -> list[dg.AssetsDefinition]:
    """One asset per `.sql` file of a room: key [schema, table], dependencies read from its SELECT."""
    return [_sql_asset(model) for model in models_of(room)]


def _sql_asset(model: SqlModel) -> dg.AssetsDefinition:
    @dg.asset(
        key=list(model.key),
        deps=[dg.AssetKey(list(table)) for table in model.dependencies],
        description=model.description,
        kinds={"duckdb", "sql"},
        code_version=hashlib.sha256(model.sql.encode()).hexdigest()[:12],
        metadata={
            "dagster/table_name": ".".join(model.key),
            "sql": dg.MetadataValue.md(f"```sql\n{model.sql}\n```"),
        },
    )
    def built(warehouse: dg.ResourceParam[Warehouse]) -> Shown:
        with warehouse.transaction() as con:
            build(con, model)
        return dg.MaterializeResult(metadata=table_metadata(warehouse.connection, model.schema, model.name))

    return built


def table_metadata(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> dict[str, Any]:
    """What the UI shows of a table: its rows, its columns with types and words, and its first rows."""
    preview = query_rows(
        con,
        f"SELECT * FROM {identifier(schema)}.{identifier(table)} LIMIT {PREVIEW_ROWS}",  # noqa: S608 (quoted)
    )
    return {
        "dagster/row_count": row_count(con, schema, table),
        "dagster/column_schema": column_schema(con, schema, table),
        "dagster/table_name": f"{schema}.{table}",
        "preview": dg.MetadataValue.md(markdown_table(preview)),
    }


RAW_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("id", "BIGINT or VARCHAR", "The record in its own system"),
        dg.TableColumn("updated_at", "TIMESTAMPTZ", "When the record last changed, as its system says"),
        dg.TableColumn("payload", "JSON", "The record, value for value as it was read"),
        dg.TableColumn("landed_at", "TIMESTAMPTZ", "When this row was last written"),
        dg.TableColumn("is_deleted", "BOOLEAN", "The record is not there any more; its last payload stays"),
    ]
)


def landed_metadata(con: duckdb.DuckDBPyConnection, schema: str, landed: Landed) -> dict[str, Any]:
    """What the UI shows of a landing. Payloads are left out: they hold cost rates (rule 46)."""
    table = f"{identifier(schema)}.{identifier(landed.stream)}"
    preview = query_rows(
        con,
        f"SELECT id, updated_at, landed_at, is_deleted FROM {table}"  # noqa: S608 (quoted)
        f" ORDER BY updated_at DESC LIMIT {PREVIEW_ROWS}",
    )
    return {
        "dagster/row_count": row_count(con, schema, landed.stream),
        "dagster/column_schema": RAW_COLUMNS,
        "dagster/table_name": f"{schema}.{landed.stream}",
        "read": landed.read,
        "new": landed.new,
        "changed": landed.changed,
        "deleted": landed.deleted,
        "requests": landed.requests,
        "note": landed.note,
        "preview": dg.MetadataValue.md(markdown_table(preview)),
    }


def column_schema(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> dg.TableSchema:
    """Columns in order, with DuckDB's types and the comments of `build`."""
    rows = con.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns()"
        " WHERE database_name = current_database() AND schema_name = ? AND table_name = ? ORDER BY column_index",
        [schema, table],
    ).fetchall()
    return dg.TableSchema(
        columns=[dg.TableColumn(name=name, type=kind, description=words) for name, kind, words in rows]
    )


def offending(rows: list[Row], severity: dg.AssetCheckSeverity) -> dg.AssetCheckResult:
    """A check that passes without rows, and shows the first of those that offend."""
    count = len(rows)
    shown = f"; the first {OFFENDING_ROWS} are shown" if count > OFFENDING_ROWS else ""
    sentence = f"{count} {'row offends' if count == 1 else 'rows offend'}: see `offending` below{shown}."
    table = markdown_table(rows[:OFFENDING_ROWS], width=None)
    return dg.AssetCheckResult(
        passed=not rows,
        severity=severity,
        description=sentence if rows else "Nothing offends.",
        metadata={"rows": count, "offending": dg.MetadataValue.md(table)},
    )


def markdown_table(rows: list[Row], *, width: int | None = PREVIEW_WIDTH) -> str:
    """Rows as a Markdown table; `|` and line breaks made harmless, values longer than `width` cut.

    Without a width nothing is cut: for sentences to be read and keys to be copied.
    """
    if not rows:
        return "_No rows._"
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(_cell(row[name], width) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object, width: int | None) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if width is None or len(text) <= width else f"{text[: width - 1]}…"
