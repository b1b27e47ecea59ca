"""The `.sql` runner: each file of a room's `sql/` folder is one SELECT and becomes one table of the room's schema.

Belongs here: finding the files, their documentation and their dependencies, and building the tables. Must not be
here: Dagster, templating (policy reaches SQL as tables), or SQL of our own about any room.

A file opens with a `--` comment (grain, key, units, rules): the table's description. Beside each output column of the
SELECT stands a `-- …`: the column's description. Tables are written `schema.table`; names alone are CTEs.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import duckdb

from harvest_qb_pipeline.warehouse.columns import Columns, columns_read
from harvest_qb_pipeline.warehouse.database import identifier, quoted
from harvest_qb_pipeline.warehouse.following import follow, unchanged
from harvest_qb_pipeline.warehouse.keyed import Keyed, keyed
from harvest_qb_pipeline.warehouse.parsing import ColumnDoc, ModelError, Parsed, Table, parse
from harvest_qb_pipeline.warehouse.versions import Followed, Memory, Outcome, Recipe, Version, digest, named

PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class SqlModel(Parsed):
    """One table to be: what its file says, and its name."""

    schema: str
    name: str

    following: Keyed | None = None
    """How its rows follow those of tables it reads, where the file says `rows: …`."""

    @cached_property
    def reads(self) -> Mapping[Table, Columns | None]:
        """The tables it reads, with the columns it may look at."""
        return columns_read(self.sql)

    @property
    def key(self) -> Table:
        return (self.schema, self.name)


@cache
def models_of(room: str) -> tuple[SqlModel, ...]:
    """The models of a room, each after those it reads. Raises `ModelError` for a file that breaks the form."""
    return tuple(models_in(PACKAGE / room / "sql", room))


def models_in(folder: Path, schema: str) -> list[SqlModel]:
    """The same for any folder."""
    models = {model.key: model for model in (read_model(path, schema) for path in sorted(folder.glob("*.sql")))}
    graph = {key: [read for read in model.dependencies if read in models] for key, model in models.items()}
    try:
        return [models[key] for key in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = " → ".join(".".join(key) for key in error.args[1])
        raise ModelError(f"These tables read each other in a circle: {circle}. Take one step out.") from None


def read_model(path: Path, schema: str) -> SqlModel:
    """The model in one file."""
    return parse_model(path.read_text(), schema, path.stem, source=str(path))


def parse_model(text: str, schema: str, name: str, *, source: str) -> SqlModel:
    """The model in a text; `source` is what an error message calls it."""
    parsed = parse(text, source)
    following = keyed(parsed.sql, parsed.rows, source) if parsed.rows else None
    return SqlModel(**vars(parsed), schema=schema, name=name, following=following)


def build(con: duckdb.DuckDBPyConnection, model: SqlModel) -> None:
    """Makes the table anew; its words are lost with what it was (`describe` puts them on)."""
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(model.schema)}")
    con.execute(f"CREATE OR REPLACE TABLE {named(model.key)} AS\n{model.sql}")


@dataclass(frozen=True)
class Step:
    """A table that is made otherwise than from a `.sql` file: its name and words, what it reads, and what makes it.

    `version` changes whenever the code would make another table of the same inputs (see `code_version`).
    """

    key: Table
    dependencies: tuple[Table, ...]
    make: Callable[[duckdb.DuckDBPyConnection], object]
    version: str
    description: str
    columns: tuple[ColumnDoc, ...]


def describe(con: duckdb.DuckDBPyConnection, tables: Iterable["SqlModel | Step"]) -> None:
    """Puts the words of tables on those that are there, as comments in the database, where they are not yet.

    Apart from building: to look at words is for people, and to write them takes as long as to make a small table.
    """
    said = {
        (schema, table, column): comment
        for schema, table, column, comment in con.execute(
            "SELECT schema_name, table_name, NULL, comment FROM duckdb_tables()"
            " WHERE database_name = current_database()"
            " UNION ALL SELECT schema_name, table_name, column_name, comment FROM duckdb_columns()"
            " WHERE database_name = current_database()"
        ).fetchall()
    }
    for table in tables:
        words = {None: table.description} | {column.name: column.description for column in table.columns}
        for column, meaning in words.items():
            if said.get((*table.key, column), meaning) != meaning:
                what = f"TABLE {named(table.key)}" if column is None else _column(table.key, column)
                con.execute(f"COMMENT ON {what} IS {quoted(meaning)}")


def _column(table: Table, name: str) -> str:
    return f"COLUMN {named(table)}.{identifier(name)}"


@cache
def code_version(folder: Path) -> str:
    """A digest of all code and data beneath a folder: it may change without need, and never fails to."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".toml", ".sql"))
    return digest(*((str(path.relative_to(folder)), path.read_text(encoding="utf-8")) for path in files))


def in_order(*rooms: str, steps: Iterable[Step] = ()) -> list["SqlModel | Step"]:
    """The tables of several rooms that read each other, each after those it reads."""
    tables: dict[Table, SqlModel | Step] = {model.key: model for room in rooms for model in models_of(room)}
    tables |= {step.key: step for step in steps}
    reads = {key: table.dependencies for key, table in tables.items()}
    graph = TopologicalSorter({key: [one for one in needs if one in tables] for key, needs in reads.items()})
    return [tables[key] for key in graph.static_order()]


@dataclass(frozen=True)
class Built:
    """What building did, table by table in the order it was done."""

    outcomes: Mapping[Table, Outcome]

    @property
    def built(self) -> list[Table]:
        """Those that were made anew, in full or by their changed rows."""
        return [table for table, outcome in self.outcomes.items() if outcome.how != "remembered"]

    @property
    def remembered(self) -> list[Table]:
        """Those that stayed as they were, since nothing they are made of has changed."""
        return [table for table, outcome in self.outcomes.items() if outcome.how == "remembered"]

    @property
    def rows(self) -> dict[Table, int]:
        """How many rows each table has now."""
        return {table: outcome.rows for table, outcome in self.outcomes.items()}


def build_in_order(con: duckdb.DuckDBPyConnection, *rooms: str, steps: Iterable[Step] = ()) -> Built:
    """Every table of several rooms, each after those it reads; what nothing has changed for is left as it is."""
    memory = Memory(con)
    with memory.together():
        return Built({table.key: bring_up(memory, table) for table in in_order(*rooms, steps=steps)})


def bring_up(memory: Memory, table: "SqlModel | Step") -> Outcome:
    """One table, once those it reads are up to date: remembered, followed by its changed rows, or made anew."""
    con = memory.con
    if isinstance(table, Step):
        return memory.keep(table.key, table.version, dict.fromkeys(table.dependencies), lambda: table.make(con))
    return memory.keep(
        table.key,
        table.sql,
        table.reads,
        lambda: build(con, table),
        lambda old, now: _followed(memory, table, old, now),
    )


def _followed(memory: Memory, table: SqlModel, old: Version, now: Recipe) -> Followed | None:
    if table.when == "answer_changed":
        return unchanged(memory, table.sql, old, now)
    return follow(memory, table.following, table.key, old, now) if table.following else None
