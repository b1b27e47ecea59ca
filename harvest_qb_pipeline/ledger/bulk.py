"""Inserting very many rows at once.

Belongs here: the way around SQLAlchemy's work per row, which would be most of the time of a large plan. Must not be
here: which rows.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert


def insert_many(con: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows given as tuples in the order of the table's columns, with the column types' own conversions."""
    if not rows:
        return
    names = [column.name for column in table.columns]
    if con.dialect.name != "sqlite":
        con.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    converters = _converters(table, con.dialect)
    converted = [_converted(row, converters) for row in rows] if converters else list(rows)
    con.exec_driver_sql(str(insert(table).compile(dialect=con.dialect, column_keys=names)), converted)


def _converters(table: Table, dialect: Dialect) -> list[tuple[int, Callable[[Any], Any]]]:
    found = ((n, column.type.dialect_impl(dialect).bind_processor(dialect)) for n, column in enumerate(table.columns))
    return [(n, convert) for n, convert in found if convert is not None]


def _converted(row: tuple[Any, ...], converters: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    values = list(row)
    for n, convert in converters:
        values[n] = convert(values[n])
    return tuple(values)
