"""Tables that follow a landed one row by row: only what changed is read again, and the rest stays.

Belongs here: which SELECTs can be followed so, proved from their parse trees, and doing it. Must not be here: which
rows changed (`versions`), or when a table is built in full (`models`).

A file asks for it with `-- rows: id` in its header: its SELECT makes at most one row of each row of one raw table,
looks at nothing else, and gives the raw table's `id` out as a column. So the rows made of changed ids can be taken out
and made again, and the table is what it would be if it were built in full.
"""

from dataclasses import dataclass

import duckdb
from sqlglot import exp

from harvest_qb_pipeline.warehouse.database import identifier, quoted
from harvest_qb_pipeline.warehouse.parsing import ModelError, Table, tree_of
from harvest_qb_pipeline.warehouse.versions import Content, Memory, Version, changes_since, content_of, named

_ROW_BY_ROW = {"expressions", "from_", "where", "with_"}
_MIXES_ROWS = (
    exp.AggFunc, exp.Window, exp.UDTF, exp.Explode, exp.Subquery, exp.SetOperation, exp.Exists, exp.Star,
    # Who knows what it does: an aggregate, perhaps.
    exp.Anonymous, exp.AnonymousAggFunc, exp.Lateral,
)  # fmt: skip


@dataclass(frozen=True)
class RowWise:
    """How to follow: the raw table, its id and the output column that shows it, and the SELECT cut at the raw table."""

    source: Table
    id: str
    key: str
    before: str
    after: str

    def reading(self, table: str) -> str:
        """The same SELECT over another table of that shape."""
        return f"{self.before}{table}{self.after}"


def row_wise(sql: str, id_column: str, name: str) -> RowWise:
    """What `-- rows: id_column` promises, proved. Raises `ModelError`, which calls the file `name`."""
    tree = tree_of(sql)
    for node in tree.find_all(*_MIXES_ROWS):
        raise ModelError(
            f"{name} promises `rows: {id_column}`, but {node.sql(dialect='duckdb')[:60]} may look at other rows. "
            "Take the header word out, or the expression."
        )
    selects = list(tree.find_all(exp.Select))
    for select in selects:
        asked = {part for part, value in select.args.items() if value} - _ROW_BY_ROW
        if asked:
            raise ModelError(f"{name} promises `rows: {id_column}`, but has {', '.join(sorted(asked))} in a SELECT.")
    tables = [table for table in tree.find_all(exp.Table) if table.db]
    if len(tables) != 1 or not tables[0].db.startswith("raw_") or len(list(tree.find_all(exp.Table))) != len(selects):
        raise ModelError(f"{name} promises `rows: {id_column}`, but reads other than one raw table, once.")
    key = _key(tree, id_column)
    if key is None:
        raise ModelError(f"{name} promises `rows: {id_column}`, but has no output column that is just {id_column}.")
    schema, table = tables[0].args["db"], tables[0].this
    return RowWise(
        source=(tables[0].db, tables[0].name),
        id=id_column,
        key=key,
        before=sql[: schema.meta["start"]],
        after=sql[table.meta["end"] + 1 :]
        if tables[0].alias
        else f" AS {tables[0].name}{sql[table.meta['end'] + 1 :]}",
    )


def _key(tree: exp.Query, id_column: str) -> str | None:
    """The output column that carries the raw id through every SELECT of the chain."""
    ctes = {cte.alias.lower(): cte.this for cte in tree.find_all(exp.CTE)}
    return next(iter(_carried(tree, id_column, ctes)), None)


def _carried(select: exp.Expr, id_column: str, ctes: dict[str, exp.Expr]) -> list[str]:
    """Output columns of a SELECT that are nothing but the raw id."""
    source: exp.Table = select.args["from_"].this
    beneath = [id_column] if source.db else _carried(ctes[source.name.lower()], id_column, ctes)
    # A field of a structure, as in `p.id`, looks like a column of a table of that name.
    ways = [[name] for name in beneath] + [[source.alias_or_name, name] for name in beneath]
    columns = [(item.alias_or_name, item.unalias()) for item in select.expressions]
    return [
        alias
        for alias, column in columns
        if isinstance(column, exp.Column) and [part.name for part in column.parts] in ways
    ]


def follow(memory: Memory, how: RowWise, table: Table, sql: str, old: Version) -> Content | None:
    """Makes the rows of changed ids anew in a table that was made of the same SQL; returns its content then.

    None when it is not known which rows have changed since it was made. Runs inside the caller's transaction.
    """
    con = memory.con
    for version, ids in changes_since(con, how.source, memory.known[how.source].version):
        if memory.recipe(sql, {how.source: version}) == old.built_from:
            return _replace_rows(con, how, table, ids, content_of(con, table, old.version))
    return None


def _replace_rows(
    con: duckdb.DuckDBPyConnection, how: RowWise, table: Table, ids: list[str], content: Content
) -> Content:
    kind = (con.execute(f"SELECT {how.id} FROM {named(how.source)} LIMIT 0").description or [])[0][1]  # noqa: S608
    # Written out, so that DuckDB skips all parts of the tables in which none of them lies.
    listed = ", ".join(f"{quoted(each)}::{kind}" for each in ids)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE followed AS FROM {named(how.source)} WHERE {identifier(how.id)} IN ({listed})"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE followed_anew AS {how.reading('followed')}")
    where = f"{named(table)} WHERE {identifier(how.key)} IN ({listed})"
    now = content.changed(con, without=f"SELECT * FROM {where}", with_="SELECT * FROM followed_anew")  # noqa: S608
    con.execute(f"DELETE FROM {where}")  # noqa: S608
    con.execute(f"INSERT INTO {named(table)} SELECT * FROM followed_anew")  # noqa: S608
    con.execute("DROP TABLE followed; DROP TABLE followed_anew")
    return now
