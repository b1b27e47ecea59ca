"""The warehouse as Dagster sees it: the resource, assets made from `.sql` files, and what to show of a table.

Belongs here: everything about the warehouse that needs Dagster. Must not be here: any room's tables or rules.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import dagster as dg
import duckdb
from dagster_duckdb import DuckDBResource

from harvest_qb_pipeline.showing import shown_in_markdown
from harvest_qb_pipeline.warehouse.database import (
    CONFIDENTIAL,
    CONNECTION_CONFIG,
    Row,
    Warehouse,
    attached,
    identifier,
    query_rows,
    row_count,
)
from harvest_qb_pipeline.warehouse.lineage import column_origins
from harvest_qb_pipeline.warehouse.models import SqlModel, Step, bring_up, in_order
from harvest_qb_pipeline.warehouse.parsing import ColumnDoc, Table
from harvest_qb_pipeline.warehouse.raw import Landed
from harvest_qb_pipeline.warehouse.versions import Memory, Outcome, columns_of, digest, named, version_of

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
            attached(
                connection, Path(self.path), log=log, wait_seconds=self.wait_seconds, what=_what(context)
            ) as warehouse,
        ):
            yield warehouse


def _what(context: dg.InitResourceContext) -> str:
    """Which run this is, and who started it, for those who wait for the warehouse."""
    if context.run is None:
        return "a run"
    by = context.run.tags.get("harvest_qb/actor")
    return f"a run of `{context.run.job_name}`" + (f" by {by}" if by else "")


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


def sql_assets(room: str, steps: Iterable[Step] = ()) -> list[dg.AssetsDefinition]:
    """The tables of a room as the outputs of one step: those of its `.sql` files, and `steps` made otherwise.

    Each can be materialised alone. What nothing has changed for is remembered: it is shown, with the version it has,
    and costs next to nothing. Where a table cannot be made, those that do not read it are, and the step fails at its
    end. Keys are [schema, table], dependencies come from each SELECT.
    """
    steps = tuple(steps)
    tables = in_order(room, steps=steps)

    @dg.multi_asset(name=f"{room}_tables", specs=[_spec(table) for table in tables], can_subset=True)
    def room_tables(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> Iterator[Shown]:
        memory = Memory(warehouse.connection)
        failed: dict[Table, str] = {}
        for table in tables:
            if dg.AssetKey(list(table.key)) not in context.selected_asset_keys:
                continue
            missing = [".".join(read) for read in table.dependencies if read in failed]
            if missing:
                failed[table.key] = f"left as it was, since it reads {', '.join(missing)}"
                continue
            try:
                outcome = bring_up(memory, table)
            except duckdb.Error as error:
                context.log.exception(f"{'.'.join(table.key)} could not be made.")
                failed[table.key] = str(error)
                continue
            yield dg.MaterializeResult(
                asset_key=list(table.key),
                data_version=dg.DataVersion(outcome.version),
                metadata={**table_metadata(memory.con, *table.key, table.columns), **_told(memory.con, table, outcome)},
            )
        if failed:
            told = "\n".join(f"{'.'.join(table)}: {why}" for table, why in failed.items())
            raise dg.Failure(f"{len(failed)} of these tables could not be made; all others were.\n{told}")

    return [room_tables]


def data_version(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> dg.DataVersion | None:
    """The version of a table, by which what reads it is remembered: another one whenever its rows changed."""
    version = version_of(con, (schema, table))
    return dg.DataVersion(version) if version else None


def _spec(table: SqlModel | Step) -> dg.AssetSpec:
    deps = [dg.AssetKey(list(read)) for read in table.dependencies]
    metadata: dict[str, Any] = {"dagster/table_name": ".".join(table.key)}
    if isinstance(table, Step):
        return dg.AssetSpec(
            list(table.key),
            deps=deps,
            description=table.description,
            kinds={"duckdb", "python"},
            code_version=table.version[:12],
            metadata=metadata,
        )
    return dg.AssetSpec(
        list(table.key),
        deps=deps,
        description=table.description,
        kinds={"duckdb", "sql"},
        tags={"layer": table.layer},
        code_version=digest(table.sql)[:12],
        metadata={**metadata, "sql": dg.MetadataValue.md(f"```sql\n{table.sql}\n```")},
    )


def _told(con: duckdb.DuckDBPyConnection, table: SqlModel | Step, outcome: Outcome) -> dict[str, Any]:
    """How a table came to be as it is, and from which columns."""
    told: dict[str, Any] = {"how": outcome.how}
    if isinstance(table, SqlModel):
        told["dagster/column_lineage"] = _lineage(table, columns_of(con, table.dependencies))
    return told


def _lineage(model: SqlModel, columns: Mapping[Table, Sequence[str]]) -> dg.TableColumnLineage:
    names = {column.name.lower(): column.name for column in model.columns}
    return dg.TableColumnLineage(
        {
            names[output]: [dg.TableColumnDep([schema, table], column) for schema, table, column in sorted(origins)]
            for output, origins in column_origins(model.sql, columns).items()
        }
    )


def table_metadata(
    con: duckdb.DuckDBPyConnection, schema: str, table: str, words: Iterable[ColumnDoc] = ()
) -> dict[str, Any]:
    """What the UI shows of a table: its rows, its columns with types and words, and its first rows.

    None of the rows of a confidential one: whoever reads these pages may not know what people cost (rule 46).
    """
    is_shown = schema != CONFIDENTIAL
    preview = query_rows(con, f"FROM {named((schema, table))} LIMIT {PREVIEW_ROWS}") if is_shown else []
    return {
        "dagster/row_count": row_count(con, named((schema, table))),
        "dagster/column_schema": column_schema(con, schema, table, words),
        "dagster/table_name": f"{schema}.{table}",
        "preview": dg.MetadataValue.md(markdown_table(preview) if is_shown else _NOT_SHOWN),
    }


_NOT_SHOWN = "_Confidential: its rows are not shown here._"
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
        "dagster/row_count": row_count(con, named((schema, landed.stream))),
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


def column_schema(
    con: duckdb.DuckDBPyConnection, schema: str, table: str, words: Iterable[ColumnDoc] = ()
) -> dg.TableSchema:
    """Columns in order, with DuckDB's types and their words; those that are not given are the database's comments."""
    given = {column.name: column.description for column in words}
    rows = con.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns()"
        " WHERE database_name = current_database() AND schema_name = ? AND table_name = ? ORDER BY column_index",
        [schema, table],
    ).fetchall()
    return dg.TableSchema(
        columns=[dg.TableColumn(name, kind, given.get(name, comment)) for name, kind, comment in rows]
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
    """Rows as a Markdown table; all text in it is data, values longer than `width` are cut.

    Without a width nothing is cut: for sentences to be read and keys to be copied.
    """
    if not rows:
        return "_No rows._"
    names = list(rows[0])
    lines = ["| " + " | ".join(map(shown_in_markdown, names)) + " |", "|" + " --- |" * len(names)]
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
    text = " ".join(str(value).split())
    return shown_in_markdown(text if width is None or len(text) <= width else f"{text[: width - 1]}…")
