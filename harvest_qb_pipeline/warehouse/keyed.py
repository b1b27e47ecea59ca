"""Which SELECTs can be followed by keys, proved from their parse trees.

Belongs here: the proof. Must not be here: following (`following`), or which columns matter (`columns`).

A file says `-- rows: KEY of schema.table, schema.other`: its rows of one value of KEY are made of those rows of these
tables that have the same value, and of whatever else is read, which may not change meanwhile. So everything that mixes
rows must keep the values apart: tables meet by KEY, groups and windows are within it, and it comes out as a column.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlglot import exp

from harvest_qb_pipeline.warehouse.columns import Columns, columns_read, sources_of
from harvest_qb_pipeline.warehouse.parsing import ModelError, Rows, Table, tree_of

KeyOutputs: TypeAlias = list[tuple[str, bool]]
"""Output columns in order, and whether each is the key; of a `*` only those that are."""
KeyName: TypeAlias = tuple[str, str]
"""Alias of a source (empty: no alias is needed) and column."""

_TAKEN = {
    "expressions",
    "from_",
    "where",
    "with_",
    "joins",
    "group",
    "having",
    "qualify",
    "distinct",
    "windows",
    "order",
}


@dataclass(frozen=True)
class Keyed:
    """How to follow: the key's column in the tables read, which columns of these matter, and its output column.

    `sql` is cut at each place where one of these tables is read.
    """

    column: str
    key: str
    tables: Mapping[Table, Columns | None]
    sql: str
    places: tuple[tuple[int, int, Table, str], ...]

    def reading(self, parts: Mapping[Table, str]) -> str:
        """The same SELECT over other tables of the same shapes."""
        text, end = "", 0
        for start, stop, table, alias in self.places:
            text += f"{self.sql[end:start]}{parts[table]}{alias}"
            end = stop
        return text + self.sql[end:]


def keyed(sql: str, rows: Rows, name: str) -> Keyed:
    """What `-- rows: …` promises, proved. Raises `ModelError`, which calls the file `name`."""
    tree = tree_of(sql)
    read = columns_read(sql)
    promise = f"{name} promises `rows: {rows}`, but"
    missing = [".".join(table) for table in rows.tables if table not in read]
    if missing:
        raise ModelError(f"{promise} does not read {', '.join(missing)}.")
    try:
        outputs = _Proof(rows.column.lower(), frozenset(rows.tables)).query(tree, {})
    except _UnprovedError as reason:
        raise ModelError(f"{promise} {reason} Take the header word out, or mend that.") from None
    key = next(column for column, is_key in outputs or () if is_key)
    return Keyed(
        column=rows.column,
        key=key,
        tables={table: read[table] for table in rows.tables},
        sql=sql,
        places=tuple(sorted(_places(tree, rows.tables))),
    )


def _places(tree: exp.Expr, tables: Iterable[Table]) -> Iterator[tuple[int, int, Table, str]]:
    for table in tree.find_all(exp.Table):
        if (table.db, table.name) in tables:
            start, end = table.args["db"].meta["start"], table.this.meta["end"] + 1
            yield start, end, (table.db, table.name), "" if table.alias else f" AS {table.name}"


class _UnprovedError(Exception):
    """Why the promise is not kept, or not seen to be."""


@dataclass
class _Sources:
    """What a SELECT reads: by alias the key columns of those sources that are followed; and all names of the key."""

    followed: dict[str, KeyOutputs] = field(default_factory=dict[str, KeyOutputs])
    hidden: set[str] = field(default_factory=set[str])
    names: set[KeyName] = field(default_factory=set[KeyName])

    def is_key(self, node: exp.Expr) -> bool:
        column = node.unalias()
        if not isinstance(column, exp.Column) or column.is_star:
            return False
        parts = [part.name.lower() for part in column.parts]
        if len(parts) == 1:
            return any(name == parts[0] and alias not in self.hidden for alias, name in self.names)
        return len(parts) == 2 and (parts[0], parts[1]) in self.names


@dataclass(frozen=True)
class _Proof:
    column: str
    tables: frozenset[Table]

    def query(self, node: exp.Expr, ctes: Mapping[str, KeyOutputs | None]) -> KeyOutputs | None:
        """Output columns of what follows the tables; None for what looks at none of them."""
        inner = dict(ctes)
        with_ = node.args.get("with_")
        for cte in with_.expressions if with_ is not None else ():
            inner[cte.alias.lower()] = self._cte(cte, inner)
        if isinstance(node, exp.Subquery):
            return self.query(node.this, inner)
        if isinstance(node, exp.Union):
            return self._union(node, inner)
        if isinstance(node, exp.Select):
            return self._select(node, inner)
        if self._looks(node, inner):
            raise _UnprovedError(f"{_said(node)} is not understood.")
        return None

    def _cte(self, cte: exp.CTE, ctes: Mapping[str, KeyOutputs | None]) -> KeyOutputs | None:
        reads_itself = any(not t.db and t.name.lower() == cte.alias.lower() for t in cte.this.find_all(exp.Table))
        if not self._looks(cte.this, ctes):
            return None
        if reads_itself or cte.args["alias"].columns:
            raise _UnprovedError(f"{cte.alias} reads itself, or renames its columns.")
        return self.query(cte.this, ctes)

    def _looks(self, node: exp.Expr, ctes: Mapping[str, KeyOutputs | None]) -> bool:
        """Whether anything in it reads a table that is followed."""
        return any(
            (t.db, t.name) in self.tables or (not t.db and ctes.get(t.name.lower()) is not None)
            for t in node.find_all(exp.Table)
        )

    def _union(self, node: exp.Union, ctes: Mapping[str, KeyOutputs | None]) -> KeyOutputs | None:
        left, right = self.query(node.this, ctes), self.query(node.expression, ctes)
        if left is None and right is None:
            return None
        if left is None or right is None:
            raise _UnprovedError("one side of a UNION has rows of no key.")
        if node.args.get("by_name"):
            theirs = {name for name, is_key in right if is_key}
            both = [(name, is_key and name in theirs) for name, is_key in left]
        elif len(left) == len(right) and not any(
            one.is_star for side in (node.this, node.expression) for one in side.selects
        ):
            both = [(name, mine and other) for (name, mine), (_, other) in zip(left, right, strict=True)]
        else:
            both = []
        return _with_key(both, node)

    def _select(self, node: exp.Select, ctes: Mapping[str, KeyOutputs | None]) -> KeyOutputs | None:
        if not self._looks(node, ctes):
            return None
        asked = {part for part, value in node.args.items() if value} - _TAKEN
        if asked:
            raise _UnprovedError(f"it has {', '.join(sorted(asked))} in a SELECT.")
        sources = self._sources(node, ctes)
        self._check_subqueries(node, ctes)
        self._check_groups(node, sources)
        outputs: KeyOutputs = []
        for item in node.expressions:
            if item.is_star:
                outputs += self._star(item, sources)
            else:
                outputs.append((item.alias_or_name.lower(), sources.is_key(item)))
        return _with_key(outputs, node)

    def _sources(self, node: exp.Select, ctes: Mapping[str, KeyOutputs | None]) -> _Sources:
        found = _Sources()
        first = node.args["from_"].this
        self._add(first, self._source(first, ctes), found)
        for join in node.args.get("joins") or ():
            outputs = self._source(join.this, ctes)
            if outputs is not None or not found.followed:
                self._check_join(join, outputs, found)
            if join.side in ("RIGHT", "FULL") or join.method:
                raise _UnprovedError(f"{_said(join)} may have rows of no key.")
            is_hidden = "SEMI" in (join.kind, join.side) or "ANTI" in (join.kind, join.side)
            if outputs is not None and not found.followed:
                self._add(join.this, outputs, found)
            elif outputs is not None:
                alias = join.this.alias_or_name.lower()
                found.followed[alias] = outputs
            if is_hidden:
                found.hidden.add(join.this.alias_or_name.lower())
            elif not join.side:
                self._learn(join, found)
        return found

    def _source(self, source: exp.Expr, ctes: Mapping[str, KeyOutputs | None]) -> KeyOutputs | None:
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            if source.args.get("joins"):
                raise _UnprovedError(f"{_said(source)} is not understood.")
            if source.db:
                return [(self.column, True)] if (source.db, source.name) in self.tables else None
            return ctes.get(source.name.lower())
        if not self._looks(source, ctes):
            return None
        if isinstance(source, exp.Subquery) and not source.args.get("joins"):
            return self.query(source, ctes)
        raise _UnprovedError(f"{_said(source)} is not understood.")

    def _add(self, source: exp.Expr, outputs: KeyOutputs | None, found: _Sources) -> None:
        """The first source that is followed gives the key its names."""
        if outputs is None:
            return
        alias = source.alias_or_name.lower()
        found.followed[alias] = outputs
        found.names |= {(alias, name) for name, is_key in outputs if is_key}

    def _check_join(self, join: exp.Join, outputs: KeyOutputs | None, found: _Sources) -> None:
        """Whatever is followed must meet by the key, or come first where nothing is kept without it."""
        if not found.followed:
            if outputs is not None and (join.side or join.kind not in ("", "INNER", "CROSS")):
                raise _UnprovedError(f"{_said(join)} may have rows of no key.")
            return
        alias = join.this.alias_or_name.lower()
        theirs = {name for name, is_key in outputs or () if is_key}
        for left, right in _equal(join):
            mine = [side for side in (left, right) if found.is_key(side)]
            other = [
                side
                for side in (left, right)
                if (side.table.lower(), side.name.lower()) in {(alias, n) for n in theirs}
            ]
            if mine and other:
                return
        if any(name in theirs and any(own == name for _, own in found.names) for name in _using(join)):
            return
        raise _UnprovedError(f"{_said(join)} does not meet by {self.column}.")

    def _learn(self, join: exp.Join, found: _Sources) -> None:
        """Other names of the key: what an inner join makes equal to it."""
        alias = join.this.alias_or_name.lower()
        for left, right in _equal(join):
            for one, other in ((left, right), (right, left)):
                if found.is_key(one) and other.table:
                    found.names.add((other.table.lower(), other.name.lower()))
        for name in _using(join):
            if any(own == name for _, own in found.names):
                found.names.add((alias, name))

    def _check_subqueries(self, node: exp.Select, ctes: Mapping[str, KeyOutputs | None]) -> None:
        own = {id(each) for each in sources_of(node)}
        for part in (*node.expressions, *(node.args.get(name) for name in ("where", "having", "qualify", "group"))):
            self._check_no_query(part, own, ctes)
        for join in node.args.get("joins") or ():
            self._check_no_query(join.args.get("on"), own, ctes)

    def _check_no_query(self, part: exp.Expr | None, own: set[int], ctes: Mapping[str, KeyOutputs | None]) -> None:
        for query in part.find_all(exp.Query, exp.Exists) if part is not None else ():
            if id(query) not in own and self._looks(query, ctes):
                raise _UnprovedError(f"{_said(query)} may look at rows of other keys.")

    def _check_groups(self, node: exp.Select, sources: _Sources) -> None:
        group = node.args.get("group")
        if group is not None:
            if any(group.args.get(way) for way in ("cube", "rollup", "grouping_sets")):
                raise _UnprovedError(f"{_said(group)} is not understood.")
            named = node.expressions if group.args.get("all") else group.expressions
            if not any(sources.is_key(one) for one in named):
                raise _UnprovedError(f"{_said(group)} mixes rows of several keys.")
        distinct = node.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            raise _UnprovedError(f"{_said(distinct)} is not understood.")
        shared = {window.this.name.lower(): window for window in node.args.get("windows") or () if window.this}
        for window in self._windows(node):
            spec = shared.get(window.alias.lower(), window) if window.alias else window
            if not any(sources.is_key(one) for one in spec.args.get("partition_by") or ()):
                raise _UnprovedError(f"{_said(window)} looks at rows of several keys.")

    def _windows(self, node: exp.Select) -> Iterator[exp.Window]:
        """Windows of this SELECT, not of those within it."""
        for part in (*node.expressions, node.args.get("qualify")):
            for window in part.find_all(exp.Window) if part is not None else ():
                if window.find_ancestor(exp.Select) is node:
                    yield window

    def _star(self, item: exp.Expr, sources: _Sources) -> KeyOutputs:
        star = item.this if isinstance(item, exp.Column) else item
        if star.args.get("except_") or star.args.get("replace") or star.args.get("rename"):
            raise _UnprovedError(f"{_said(item)} is not understood.")
        of = item.table.lower() if isinstance(item, exp.Column) else ""
        return [
            (name, True) for alias, name in sorted(sources.names) if alias not in sources.hidden and of in ("", alias)
        ]


def _with_key(outputs: KeyOutputs, node: exp.Expr) -> KeyOutputs:
    if not any(is_key for _, is_key in outputs):
        raise _UnprovedError(f"{_said(node)} has no output column that is just the key.")
    return outputs


def _equal(join: exp.Join) -> list[tuple[exp.Column, exp.Column]]:
    """Columns that the condition of a join makes equal."""
    on = join.args.get("on")
    parts = list(on.flatten()) if isinstance(on, exp.And) else [on] if on is not None else []
    return [
        (part.this, part.expression)
        for part in (one.unnest() for one in parts)
        if isinstance(part, exp.EQ) and isinstance(part.this, exp.Column) and isinstance(part.expression, exp.Column)
    ]


def _using(join: exp.Join) -> list[str]:
    return [column.name.lower() for column in join.args.get("using") or ()]


def _said(node: exp.Expr) -> str:
    text = node.sql(dialect="duckdb")
    return text if len(text) <= 60 else f"{text[:59]}…"
