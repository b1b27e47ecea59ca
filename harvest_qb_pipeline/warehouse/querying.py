"""Asking the analysts' copy: one statement that reads, its rows as data frames in which money stays exact.

Belongs here: reading the copy and what a person is told when that fails. Must not be here: how rows are printed, or the
live warehouse. Everything heavy is imported when it is asked for.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

BATCH_ROWS = 50_000


class CannotAnswer(Exception):  # noqa: N818 - reads as what happened
    """There is no copy yet, or DuckDB refused the statement. The message has its words."""


class NotReading(Exception):  # noqa: N818 - reads as what happened
    """The text is no statement, several, or one that does more than read."""


def frames(copy: Path, sql: str) -> "Iterator[pd.DataFrame]":
    """The rows that `sql` reads from the copy, in frames of at most `BATCH_ROWS`; at least one, which may be empty.

    Columns are backed by Arrow, so that a DECIMAL is never a float; a name that comes twice gets a number. Raises
    `NotReading` before, and `CannotAnswer` also between frames, since rows are computed as they are asked for.
    """
    import duckdb
    import pandas as pd
    import pyarrow as pa

    if not copy.exists():
        raise CannotAnswer(f"There is no {copy} yet: run `harvest-qb sync`, which publishes it.")
    try:
        with duckdb.connect(str(copy), read_only=True) as con:
            con.execute("SET TimeZone = 'UTC'")
            reader = con.execute(_reading(con, sql)).to_arrow_reader(BATCH_ROWS)
            names = _told_apart(reader.schema.names)
            empty = reader.schema.empty_table().rename_columns(names)
            yield empty.to_pandas(types_mapper=pd.ArrowDtype)
            for batch in reader:
                yield batch.rename_columns(names).to_pandas(types_mapper=pd.ArrowDtype)
    except duckdb.IOException as error:
        words = str(error).splitlines()[0]
        raise CannotAnswer(f"{copy} cannot be read ({words}). The next `harvest-qb sync` publishes it anew.") from None
    except duckdb.CatalogException as error:
        raise CannotAnswer(f"{error}{_where_else(sql)}") from None
    except (duckdb.Error, pa.ArrowException) as error:
        raise CannotAnswer(str(error)) from None


def _where_else(sql: str) -> str:
    """What to say of a table that is in the warehouse and not in the copy; empty for any other."""
    if re.search(r"\bconfidential\.", sql, re.IGNORECASE):
        return (
            "\nWhat people cost stays in the warehouse. Whoever decides on that may say "
            'cost_rates = "analysts" in the policy; the next sync then publishes it too.'
        )
    if re.search(r"\braw_(harvest|quickbooks)\.", sql, re.IGNORECASE):
        return "\nLanded payloads stay in the warehouse; harvest.* and quickbooks.* have what can be read of them."
    return ""


def _reading(con: "duckdb.DuckDBPyConnection", sql: str) -> "duckdb.Statement":
    """The one statement of a text, if reading is all it does."""
    import duckdb

    statements = con.extract_statements(sql)
    if len(statements) != 1:
        raise NotReading(f"One statement is answered at a time; this text has {len(statements)}.")
    (statement,) = statements
    if statement.type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise NotReading(f"Only what reads is answered (SELECT and its like); this is {statement.type.name}.")
    return statement


def _told_apart(names: Sequence[str]) -> list[str]:
    """Column names without doubles, as DuckDB tells them apart itself: `id`, `id_1`."""
    seen: Counter[str] = Counter()
    told: list[str] = []
    for name in names:
        unique = name
        while unique in told or (unique != name and unique in names):
            seen[name] += 1
            unique = f"{name}_{seen[name]}"
        told.append(unique)
    return told
