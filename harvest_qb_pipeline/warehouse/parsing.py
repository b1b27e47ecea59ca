"""What a `.sql` file says, read from its parse tree: its words, its output columns, the tables it reads.

Belongs here: the form that the house asks of a file, and the sentences for a file that breaks it. Must not be here:
finding files or building tables (`models`), or where each column comes from (`lineage`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

Table = tuple[str, str]
"""Schema and name."""

LAYERS = ("answer", "step")
WHENS = ("inputs_changed", "answer_changed")
HEADER_WORDS = ("layer", "rows", "when")

_CLOCKS = (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.CurrentDatetime, exp.Localtime)
_CHANCE = (exp.Rand, exp.Randn, exp.Uuid, exp.TableSample)
_MOODS = frozenset(
    (
        *("now", "today", "age", "get_current_time", "get_current_timestamp", "transaction_timestamp"),
        *("current_date", "current_time", "current_timestamp", "current_localtime", "current_localtimestamp"),
        *("localtime", "localtimestamp", "random", "setseed", "uuid", "uuidv4", "uuidv7", "gen_random_uuid"),
        *("nextval", "currval", "current_setting", "getvariable", "txid_current", "current_query"),
    )
)
"""Functions whose answer is not a matter of the tables read; sqlglot knows some of them as expressions of their own."""
_ROW_MAKERS = ("unnest", "explode", "generate_series", "generateseries", "range")
"""Functions that a SELECT may read from; others read files or other databases."""

_HEADER_WORD = re.compile(r"(?P<word>[a-z]+): (?P<value>.+)")
_ROWS = re.compile(r"(?P<column>\w+) of (?P<tables>\w+\.\w+(, \w+\.\w+)*)")


class ModelError(Exception):
    """A `.sql` file breaks the house's form. The message names the file and what to write."""


@dataclass(frozen=True)
class ColumnDoc:
    """An output column and what it means."""

    name: str
    description: str


@dataclass(frozen=True)
class Rows:
    """`-- rows: COLUMN of schema.table, …`: rows of a value of the column are made of that value's in these tables."""

    column: str
    tables: tuple[Table, ...]

    def __str__(self) -> str:
        return f"{self.column} of {', '.join('.'.join(table) for table in self.tables)}"


@dataclass(frozen=True)
class Parsed:
    """A file's SELECT, its description, its columns, the tables it reads, and its header words.

    `layer`: "answer" for a table that people should look at, "step" for one that only leads to those. `rows`: by which
    column changes can be followed. `when`: "inputs_changed" for a table that is made anew then, "answer_changed" for
    one whose inputs change at every sync and its rows seldom, so that it is only written when they do.
    """

    sql: str
    description: str
    columns: tuple[ColumnDoc, ...]
    dependencies: tuple[Table, ...]
    layer: str
    rows: Rows | None
    when: str


def parse(text: str, source: str) -> Parsed:
    """What a text says; `source` is what an error message calls it. Raises `ModelError`."""
    sql = text.strip().rstrip(";")
    tree = _one_select(sql, source)
    _refuse_moods(tree, source)
    words, description = _header(sql, source)
    return Parsed(
        sql=sql,
        description=description,
        columns=_columns(tree, source),
        dependencies=_tables_read(tree, source),
        layer=_one_of(LAYERS, "layer", words.get("layer", "step"), source),
        rows=_rows(words["rows"], source) if "rows" in words else None,
        when=_one_of(WHENS, "when", words.get("when", "inputs_changed"), source),
    )


def tree_of(sql: str) -> exp.Query:
    """The parse tree of a file that `parse` has taken. Not to be changed."""
    return _one_select(sql, "The SELECT")


@lru_cache(maxsize=512)
def _statements(sql: str) -> tuple[exp.Expr, ...]:
    return tuple(one for one in sqlglot.parse(sql, dialect="duckdb") if one is not None)


def _one_select(sql: str, source: str) -> exp.Query:
    try:
        statements = _statements(sql)
    except SqlglotError as error:
        raise ModelError(f"{source} is not one SELECT: {_said(error)}") from None
    if len(statements) > 1:
        raise ModelError(f"{source} holds {len(statements)} statements; write one SELECT.")
    if not statements or not isinstance(statements[0], exp.Query) or not statements[0].selects:
        found = type(statements[0]).__name__.upper() if statements else "nothing"
        raise ModelError(f"{source} is not one SELECT: it is {found}.")
    return statements[0]


def _said(error: SqlglotError) -> str:
    """The complaint with its place, without the terminal's colours that sqlglot puts into its message."""
    for detail in getattr(error, "errors", []):
        return f"{detail['description']} in line {detail['line']}, column {detail['col']}"
    return str(error).splitlines()[0]


def _refuse_moods(tree: exp.Query, source: str) -> None:
    """A table is remembered by its SQL and its inputs, so nothing else may decide what it holds."""
    for node in tree.find_all(exp.Func, *_CHANCE):
        name = _function_name(node)
        if isinstance(node, (*_CLOCKS, *_CHANCE)) or name in _MOODS:
            raise ModelError(
                f"{source}: {name}() answers differently each time, and a table is only built anew when its inputs "
                "change. Take today from policy.context, and everything else from a table."
            )
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Func) and _function_name(table.this) not in _ROW_MAKERS:
            raise ModelError(f"{source}: {_function_name(table.this)}() is no table; read schema.table.")


def _function_name(node: exp.Expr) -> str:
    return node.name.lower() if isinstance(node, exp.Anonymous) else type(node).key


def _header(sql: str, source: str) -> tuple[dict[str, str], str]:
    """Header words by name, and the lines that describe the table."""
    words: dict[str, str] = {}
    lines: list[str] = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        text = line.removeprefix("--").strip()
        found = _HEADER_WORD.fullmatch(text)
        if found and found["word"] in HEADER_WORDS:
            words[found["word"]] = found["value"]
        else:
            lines.append(text)
    if not any(lines):
        raise ModelError(f"{source} does not begin with a `--` comment saying grain, key, units and rules.")
    return words, "\n".join(lines).strip()


def _one_of(known: tuple[str, ...], word: str, value: str, source: str) -> str:
    if value not in known:
        raise ModelError(f"{source}: `{word}: {value}` is neither {' nor '.join(known)}.")
    return value


def _rows(words: str, source: str) -> Rows:
    found = _ROWS.fullmatch(words)
    if found is None:
        raise ModelError(f"{source}: write `rows: column of schema.table`, and not `rows: {words}`.")
    tables = (table.split(".") for table in found["tables"].split(", "))
    return Rows(found["column"], tuple((schema, name) for schema, name in tables))


def _columns(tree: exp.Query, source: str) -> tuple[ColumnDoc, ...]:
    """The output columns with the comment beside each; of several the last one, which stands behind it."""
    docs: list[ColumnDoc] = []
    silent: list[str] = []
    for output in tree.selects:
        name = (
            output.alias_or_name if isinstance(output, (exp.Alias, exp.Column, exp.Dot)) and not output.is_star else ""
        )
        if not name:
            raise ModelError(f"{source}: an output column has no name; write `expression AS name`, and no `*`.")
        words = (output.comments or [""])[-1].strip()
        if words:
            docs.append(ColumnDoc(name, words))
        else:
            silent.append(name)
    if silent:
        raise ModelError(f"{source}: say what {', '.join(silent)} means in a `-- …` beside the output column.")
    return tuple(docs)


def _tables_read(tree: exp.Query, source: str) -> tuple[Table, ...]:
    tables: set[Table] = set()
    alone: set[str] = set()
    named = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for schema, name in tables_in(tree):
        if schema:
            tables.add((schema, name))
        elif name.lower() not in named:
            alone.add(name)
    if alone:
        raise ModelError(f"{source}: write {', '.join(sorted(alone))} as schema.table.")
    return tuple(sorted(tables))


def tables_in(tree: exp.Expr) -> Iterator[Table]:
    """Every table named in the tree, with an empty schema where none is written; functions are none."""
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier):
            yield table.db, table.name
