"""Which columns of each table a SELECT may look at, so that a change of the others does not concern it.

Belongs here: reading that from a parse tree, rather too many than too few. Must not be here: what a column is made of
(`lineage`), or what changed (`changes`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from sqlglot import exp

from harvest_qb_pipeline.warehouse.parsing import Table, tables_in, tree_of

Columns: TypeAlias = frozenset[str]
"""Names in lower case."""

_WHOLE_ROWS = (exp.Pivot, exp.Columns)


def columns_read(sql: str) -> Mapping[Table, Columns | None]:
    """For each table that is read, every column that the SELECT may name; None where it may take whole rows.

    A name with an alias before it belongs to whatever bears that alias anywhere in the file, one alone to every table.
    """
    tree = tree_of(sql)
    tables = {table for table in tables_in(tree) if table[0]}
    borne = _aliases(tree)
    whole = set[Table]()
    alone = set[str]()
    named: dict[str, set[str]] = {}
    if any(True for _ in tree.find_all(*_WHOLE_ROWS)) or any(join.method for join in tree.find_all(exp.Join)):
        return dict.fromkeys(tables)
    for select in tree.find_all(exp.Select):
        whole |= _with_star(select, borne)
    for column in tree.find_all(exp.Column):
        first, *others = [part.name.lower() for part in column.parts]
        if column.is_star:
            continue
        alone.add(first)
        if others:
            named.setdefault(first, set()).update(others)
        else:
            # An alias alone is a row of its table.
            whole |= borne.get(first, set())
    for join in tree.find_all(exp.Join):
        alone |= {column.name.lower() for column in join.args.get("using") or ()}
    for arrow in tree.find_all(exp.Lambda):
        alone |= {name.name.lower() for name in arrow.find_all(exp.Identifier)}
    return {
        table: None
        if table in whole
        else frozenset(alone.union(*(named.get(alias, ()) for alias, of in borne.items() if table in of)))
        for table in tables
    }


def _aliases(tree: exp.Expr) -> dict[str, set[Table]]:
    borne: dict[str, set[Table]] = {}
    for table in tree.find_all(exp.Table):
        if table.db:
            for alias in {table.alias_or_name.lower(), table.name.lower()}:
                borne.setdefault(alias, set()).add((table.db, table.name))
    return borne


def _with_star(select: exp.Select, borne: Mapping[str, set[Table]]) -> set[Table]:
    """Tables whose rows a SELECT takes as they are."""
    found = set[Table]()
    for item in select.expressions:
        if isinstance(item, exp.Column) and item.is_star:
            found |= borne.get(item.table.lower(), set())
        elif item.is_star:
            found |= {(one.db, one.name) for one in sources_of(select) if isinstance(one, exp.Table) and one.db}
    return found


def sources_of(select: exp.Select) -> Sequence[exp.Expr]:
    """What a SELECT reads from: tables, sub-queries and functions, in order."""
    first = select.args.get("from_")
    joins: Iterable[exp.Join] = select.args.get("joins") or ()
    laterals: Iterable[exp.Expr] = select.args.get("laterals") or ()
    return [*([first.this] if first is not None else []), *(join.this for join in joins), *laterals]
