"""Where each column of a SELECT comes from: the columns of tables whose values it is made of.

Belongs here: the walk over a SELECT's sources, through CTEs, joins, unions and sub-queries. Must not be here: Dagster,
or which tables there are.

A column comes from what its expression names, windows and filters of aggregates included. Conditions that only choose
rows (WHERE, ON, HAVING) are no origin, except inside EXISTS, whose answer is nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlglot import exp

from harvest_qb_pipeline.warehouse.parsing import ModelError, Table, tree_of

Origin: TypeAlias = tuple[str, str, str]
"""Schema, table, column."""
Origins: TypeAlias = frozenset[Origin]
Outputs: TypeAlias = list[tuple[str, Origins]]
"""Columns in order: name in lower case, origins. A name may come twice, as in DuckDB."""

_NOTHING: Origins = frozenset()
_ANY_OTHER = "*"
"""The column of a function that makes rows, whose columns' names are not told."""


def column_origins(sql: str, columns: Mapping[Table, Sequence[str]]) -> dict[str, Origins]:
    """Of each output column, the columns of tables that it comes from.

    `columns` names those of every table that is read. Raises `ModelError` for a column that none of them has.
    """
    return dict(_Walk(columns).query(tree_of(sql), {}))


@dataclass
class _Scope:
    """What an expression may name: columns of sources by alias, aliases of earlier outputs, what is around it.

    Sources of SEMI and ANTI joins are `hidden`: their columns need their alias. `shared` are the columns of USING.
    """

    ctes: Mapping[str, Outputs]
    outer: "_Scope | None" = None
    sources: dict[str, Outputs] = field(default_factory=dict[str, Outputs])
    hidden: set[str] = field(default_factory=set[str])
    shared: set[str] = field(default_factory=set[str])
    aliases: dict[str, Origins] = field(default_factory=dict[str, Origins])
    windows: dict[str, exp.Expr] = field(default_factory=dict[str, exp.Expr])

    def shown(self) -> list[Outputs]:
        return [outputs for alias, outputs in self.sources.items() if alias not in self.hidden]

    def named(self, parts: Sequence[str]) -> Origins | None:
        """What a dotted name means here: a source's column, a bare one with fields behind it, or an earlier alias."""
        name, *rest = parts
        if rest and name in self.sources:
            found = _column_of(self.sources[name], rest[0])
            if found is not None:
                return found
        # In several sources only after USING: then it is either side's.
        having = [found for outputs in self.shown() if (found := _column_of(outputs, name, strictly=True)) is not None]
        if having:
            return _all(having)
        if name in self.aliases:
            return self.aliases[name]
        if name in self.sources and not rest:
            return _all(origins for _, origins in self.sources[name])
        open_ended = [found for outputs in self.shown() if (found := _column_of(outputs, name)) is not None]
        return open_ended[0] if open_ended else None


@dataclass(frozen=True)
class _Walk:
    columns: Mapping[Table, Sequence[str]]

    def query(self, node: exp.Expr, ctes: Mapping[str, Outputs], outer: _Scope | None = None) -> Outputs:
        """The output columns of a SELECT, a union of some, VALUES, or any of these in brackets."""
        inner = dict(ctes)
        with_ = node.args.get("with_")
        for cte in with_.expressions if with_ is not None else ():
            self._bind(cte, inner, outer)
        if isinstance(node, exp.Subquery):
            return self.query(node.this, inner, outer)
        if isinstance(node, exp.SetOperation):
            return self._set(node, inner, outer)
        if isinstance(node, exp.Select):
            return self._select(node, inner, outer)
        if isinstance(node, exp.Values):
            return [(f"col{place}", _NOTHING) for place, _ in enumerate(node.expressions[0].expressions)]
        raise ModelError(f"Where the columns of {type(node).__name__} come from is not known.")

    def _bind(self, cte: exp.CTE, ctes: dict[str, Outputs], outer: _Scope | None) -> None:
        name, body = cte.alias.lower(), cte.this
        if isinstance(body, exp.SetOperation) and any(table.name.lower() == name for table in body.find_all(exp.Table)):
            # It reads itself: first what it begins with, then round until nothing new comes of it.
            ctes[name] = _renamed(self.query(body.this, ctes, outer), cte)
            while (found := _renamed(self.query(body, ctes, outer), cte)) != ctes[name]:
                ctes[name] = found
        else:
            ctes[name] = _renamed(self.query(body, ctes, outer), cte)

    def _set(self, node: exp.SetOperation, ctes: Mapping[str, Outputs], outer: _Scope | None) -> Outputs:
        left, right = self.query(node.this, ctes, outer), self.query(node.expression, ctes, outer)
        if not node.args.get("by_name"):
            return [(name, mine | theirs) for (name, mine), (_, theirs) in zip(left, right, strict=True)]
        ours, theirs = dict(left), dict(right)
        return [(name, ours.get(name, _NOTHING) | theirs.get(name, _NOTHING)) for name in ours | theirs]

    def _select(self, node: exp.Select, ctes: Mapping[str, Outputs], outer: _Scope | None) -> Outputs:
        scope = self._scope(node, ctes, outer)
        outputs: Outputs = []
        for place, item in enumerate(node.expressions):
            if item.is_star:
                outputs += self._star(item, scope)
            elif isinstance(item, exp.Explode):
                outputs += self._made_rows(item, scope)
            else:
                name = item.alias_or_name.lower() or f"column {place}"
                scope.aliases[name] = self.expression(item, scope)
                outputs.append((name, scope.aliases[name]))
        return outputs

    def _scope(self, node: exp.Select, ctes: Mapping[str, Outputs], outer: _Scope | None) -> _Scope:
        scope = _Scope(ctes, outer)
        scope.windows = {window.this.name.lower(): window for window in node.args.get("windows") or ()}
        first = node.args.get("from_")
        if first is not None:
            self._add(first.this, scope)
        self._join(node, scope)
        for lateral in node.args.get("laterals") or ():
            self._add(lateral, scope)
        return scope

    def _join(self, node: exp.Expr, scope: _Scope) -> None:
        for join in node.args.get("joins") or ():
            alias = self._add(join.this, scope)
            scope.shared |= {column.name.lower() for column in join.args.get("using") or ()}
            if "SEMI" in (join.kind, join.side) or "ANTI" in (join.kind, join.side):
                scope.hidden.add(alias)

    def _add(self, source: exp.Expr, scope: _Scope) -> str:
        alias = source.alias_or_name.lower() or f"source {len(scope.sources)}"
        scope.sources[alias] = _renamed(self._source(source, scope), source)
        self._join(source, scope)
        return alias

    def _source(self, source: exp.Expr, scope: _Scope) -> Outputs:
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            if not source.db and source.name.lower() in scope.ctes:
                return scope.ctes[source.name.lower()]
            table = (source.db, source.name)
            if table not in self.columns:
                raise ModelError(f"{'.'.join(table)} is read, but nobody knows its columns.")
            return [(name.lower(), frozenset({(*table, name)})) for name in self.columns[table]]
        if isinstance(source, exp.Lateral):
            return self._source(source.this, scope)
        if isinstance(source, (exp.Subquery, exp.Query, exp.Values)):
            return self.query(source, scope.ctes, scope)
        return self._made_rows(source, scope)

    def _made_rows(self, function: exp.Expr, scope: _Scope) -> Outputs:
        """Columns of a function such as unnest: the fields of structures written in it, else one from all of it."""
        fields: dict[str, Origins] = {}
        for pair in function.find_all(exp.PropertyEQ):
            if not isinstance(pair.parent, exp.Struct):
                continue
            name = pair.this.name.lower()
            fields[name] = fields.get(name, _NOTHING) | self.expression(pair.expression, scope)
        return list(fields.items()) or [(_ANY_OTHER, self._within(function, scope))]

    def _star(self, item: exp.Expr, scope: _Scope) -> Outputs:
        star = item.this if isinstance(item, exp.Column) else item
        left_out = {one.name.lower() for one in star.args.get("except_") or ()}
        replaced = {one.alias.lower(): self.expression(one, scope) for one in star.args.get("replace") or ()}
        of = item.table.lower() if isinstance(item, exp.Column) else ""
        found: Outputs = []
        for outputs in [scope.sources[of]] if of else scope.shown():
            for name, origins in outputs:
                if name in left_out or (not of and name in scope.shared and name in dict(found)):
                    continue
                is_shared = not of and name in scope.shared
                whole = scope.named([name]) if is_shared else None
                found.append((name, replaced.get(name, whole or origins)))
        return found

    def expression(self, node: exp.Expr, scope: _Scope) -> Origins:
        """What an expression is made of."""
        if isinstance(node, exp.Column):
            return self._column(node, scope)
        if isinstance(node, exp.Exists):
            return self._condition(node.this.unnest(), scope)
        if isinstance(node, (exp.Subquery, exp.Query)):
            return _all(origins for _, origins in self.query(node, scope.ctes, scope))
        if isinstance(node, exp.Comprehension):
            each = {node.args["expression"].name.lower(): self.expression(node.args["iterator"], scope)}
            return self._within(node, _Scope(scope.ctes, scope, aliases=each))
        found = self._within(node, scope)
        if isinstance(node, exp.Window) and node.alias.lower() in scope.windows:
            found |= self._within(scope.windows[node.alias.lower()], scope)
        if isinstance(node, exp.Lambda):
            found |= self._arrow(node, scope)
        return found

    def _within(self, node: exp.Expr, scope: _Scope) -> Origins:
        return _all(self.expression(child, scope) for child in node.iter_expressions())

    def _arrow(self, node: exp.Lambda, scope: _Scope) -> Origins:
        """`payload->'$.x'` among arguments is read as a function of `payload`, which its body then does not name."""
        used = {name.name for name in node.this.find_all(exp.Identifier)}
        columns = [name.name.lower() for name in node.expressions if name.name not in used]
        return _all(scope.named([name]) or _NOTHING for name in columns)

    def _condition(self, query: exp.Expr, scope: _Scope) -> Origins:
        """What the answer of EXISTS depends on."""
        where = query.args.get("where")
        if not isinstance(query, exp.Select) or where is None:
            return _all(origins for _, origins in self.query(query, scope.ctes, scope))
        return self._within(where, self._scope(query, scope.ctes, scope))

    def _column(self, column: exp.Column, scope: _Scope) -> Origins:
        parts = [part.name.lower() for part in column.parts]
        around: _Scope | None = scope
        while around is not None:
            found = around.named(parts)
            if found is not None:
                return found
            around = around.outer
        raise ModelError(f"{column.sql(dialect='duckdb')} is a column of no table that is read.")


def _column_of(outputs: Outputs, name: str, *, strictly: bool = False) -> Origins | None:
    """The first column of that name; unless `strictly`, also what a function makes under names that are not told."""
    found = next((origins for own, origins in outputs if own == name), None)
    if found is None and not strictly:
        return next((origins for own, origins in outputs if own == _ANY_OTHER), None)
    return found


def _renamed(outputs: Outputs, node: exp.Expr) -> Outputs:
    """With the names in the brackets behind an alias, if there are some."""
    alias = node.args.get("alias")
    names = [column.name.lower() for column in alias.columns] if isinstance(alias, exp.TableAlias) else []
    return [(name, origins) for name, (_, origins) in zip(names, outputs, strict=False)] + outputs[len(names) :]


def _all(many: Iterable[Origins]) -> Origins:
    return frozenset[Origin]().union(*many)
