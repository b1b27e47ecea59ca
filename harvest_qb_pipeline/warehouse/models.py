"""The `.sql` runner: each file of a room's `sql/` folder is one SELECT and becomes one table of the room's schema.

Belongs here: finding the files, their documentation and their dependencies, and building the tables. Must not be
here: Dagster, templating (policy reaches SQL as tables), or SQL of our own about any room.

A file opens with a `--` comment (grain, key, units, rules): the table's description. Beside each output column of the
SELECT stands a `-- …`: the column's description. Tables are written `schema.table`; names alone are CTEs.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from harvest_qb_pipeline.warehouse.database import identifier, quoted

PACKAGE = Path(__file__).parent.parent


class ModelError(Exception):
    """A `.sql` file breaks the house's form. The message names the file and what to write."""


@dataclass(frozen=True)
class ColumnDoc:
    """An output column and what it means."""

    name: str
    description: str


@dataclass(frozen=True)
class SqlModel:
    """One table to be: its name, its SELECT, its words, and the tables it reads as (schema, table)."""

    schema: str
    name: str
    sql: str
    description: str
    columns: tuple[ColumnDoc, ...]
    dependencies: tuple[tuple[str, str], ...]

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
    sql = text.strip().rstrip(";")
    tree = _parsed(sql, source)
    names = _output_names(tree["statements"][0]["node"], source)
    return SqlModel(
        schema=schema,
        name=name,
        sql=sql,
        description=_header(sql, source),
        columns=_column_docs(sql, names, source),
        dependencies=_tables_read(tree, source),
    )


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


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:")


def _parsed(sql: str, source: str) -> dict[str, Any]:
    row = _parser().cursor().execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    tree: dict[str, Any] = json.loads(row[0]) if row else {"error": True, "error_message": "nothing to read"}
    if tree["error"]:
        raise ModelError(f"{source} is not one SELECT: {tree.get('error_message')}")
    if len(tree["statements"]) != 1:
        raise ModelError(f"{source} holds {len(tree['statements'])} statements; write one SELECT.")
    return tree


def _output_names(node: dict[str, Any], source: str) -> list[str]:
    while node["type"] != "SELECT_NODE":
        node = node["left"]
    names: list[str] = []
    for item in node["select_list"]:
        name = item.get("alias") or (item.get("column_names") or [""])[-1]
        if not name:
            raise ModelError(f"{source}: an output column has no name; write `expression AS name`, and no `*`.")
        names.append(name)
    return names


def _header(sql: str, source: str) -> str:
    words: list[str] = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        words.append(line.removeprefix("--").strip())
    if not any(words):
        raise ModelError(f"{source} does not begin with a `--` comment saying grain, key, units and rules.")
    return "\n".join(words).strip()


_COMMENTED = re.compile(r"""(?P<name>"[^"]+"|\w+)\s*,?\s*--\s*(?P<words>\S.*?)\s*$""")


def _column_docs(sql: str, names: list[str], source: str) -> tuple[ColumnDoc, ...]:
    """The comment beside each output column; the last one wins, since the outermost SELECT comes after its CTEs."""
    words: dict[str, str] = {}
    for line in sql.splitlines():
        found = _COMMENTED.search(line)
        if found and not line.startswith("--"):
            words[found["name"].strip('"').lower()] = found["words"]
    silent = [name for name in names if name.lower() not in words]
    if silent:
        raise ModelError(f"{source}: say what {', '.join(silent)} means in a `-- …` beside the output column.")
    return tuple(ColumnDoc(name, words[name.lower()]) for name in names)


def _tables_read(tree: dict[str, Any], source: str) -> tuple[tuple[str, str], ...]:
    tables: set[tuple[str, str]] = set()
    names_alone: set[str] = set()
    named: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                walk(item)
        elif isinstance(value, dict):
            if value.get("type") == "BASE_TABLE":
                if value["schema_name"]:
                    tables.add((value["schema_name"], value["table_name"]))
                else:
                    names_alone.add(value["table_name"].lower())
            if "cte_map" in value:
                named.update(entry["key"].lower() for entry in value["cte_map"]["map"])
            for item in value.values():
                walk(item)

    walk(tree)
    if names_alone - named:
        raise ModelError(f"{source}: write {', '.join(sorted(names_alone - named))} as schema.table.")
    return tuple(sorted(tables))
