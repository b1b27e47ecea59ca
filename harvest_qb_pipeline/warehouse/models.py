"""The `.sql` runner: each file of a room's `sql/` folder is one SELECT and becomes one table of the room's schema.

Belongs here: finding the files, their documentation and their dependencies, and building the tables. Must not be
here: Dagster, templating (policy reaches SQL as tables), or SQL of our own about any room.

A file opens with a `--` comment (grain, key, units, rules): the table's description. Beside each output column of the
SELECT stands a `-- …`: the column's description. Tables are written `schema.table`; names alone are CTEs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import duckdb

from harvest_qb_pipeline.warehouse.database import identifier, quoted
from harvest_qb_pipeline.warehouse.parsing import ModelError, Parsed, parse

PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class SqlModel(Parsed):
    """One table to be: what its file says, and its name."""

    schema: str
    name: str

    @property
    def key(self) -> tuple[str, str]:
        return (self.schema, self.name)


def models_of(room: str) -> list[SqlModel]:
    """The models of a room, each after those it reads. Raises `ModelError` for a file that breaks the form."""
    return models_in(PACKAGE / room / "sql", room)


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
    return SqlModel(**vars(parse(text, source)), schema=schema, name=name)


def build(con: duckdb.DuckDBPyConnection, model: SqlModel) -> int:
    """Makes the table anew, with its words as comments in the database, and returns how many rows it has."""
    table = f"{identifier(model.schema)}.{identifier(model.name)}"
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(model.schema)}")
    con.execute(f"CREATE OR REPLACE TABLE {table} AS\n{model.sql}")
    con.execute(f"COMMENT ON TABLE {table} IS {quoted(model.description)}")
    for column in model.columns:
        con.execute(f"COMMENT ON COLUMN {table}.{identifier(column.name)} IS {quoted(column.description)}")
    return row_count(con, model.schema, model.name)


def build_room(con: duckdb.DuckDBPyConnection, room: str) -> dict[str, int]:
    """Every table of a room in order, without Dagster; rows by table name."""
    return {model.name: build(con, model) for model in models_of(room)}


@dataclass(frozen=True)
class Step:
    """A table that is made otherwise than from a `.sql` file: its name, what it reads, and what makes it."""

    key: tuple[str, str]
    dependencies: tuple[tuple[str, str], ...]
    make: Callable[[duckdb.DuckDBPyConnection], int]


def in_order(*rooms: str, steps: Iterable[Step] = ()) -> list["SqlModel | Step"]:
    """The tables of several rooms that read each other, each after those it reads."""
    tables: dict[tuple[str, str], SqlModel | Step] = {model.key: model for room in rooms for model in models_of(room)}
    tables |= {step.key: step for step in steps}
    reads = {key: table.dependencies for key, table in tables.items()}
    graph = TopologicalSorter({key: [one for one in needs if one in tables] for key, needs in reads.items()})
    return [tables[key] for key in graph.static_order()]


def build_in_order(con: duckdb.DuckDBPyConnection, *rooms: str, steps: Iterable[Step] = ()) -> dict[str, int]:
    """Every table of several rooms, without Dagster; rows by table name."""
    return {
        table.key[1]: table.make(con) if isinstance(table, Step) else build(con, table)
        for table in in_order(*rooms, steps=steps)
    }


def row_count(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> int:
    """How many rows a table has."""
    row = con.execute(f"SELECT count(*) FROM {identifier(schema)}.{identifier(table)}").fetchone()  # noqa: S608 (quoted)
    return int(row[0]) if row else 0
