"""`query`: SQL on the analysts' copy, as a table, CSV, Parquet or JSON, with every cent as it is in the warehouse.

Belongs here: where the statement comes from and how its rows are printed. Must not be here: reading the copy
(`warehouse/querying.py`).
"""

import math
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvest_qb_pipeline.cli.output import Failed, json_option, note, print_csv, print_json, print_table, say
from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.settings import load_settings
from harvest_qb_pipeline.showing import shown_in_cell
from harvest_qb_pipeline.warehouse.querying import CannotAnswer, NotReading, frames

if TYPE_CHECKING:
    import pandas as pd


_NUMBERS = ("decimal", "double", "float", "int", "uint")
"""How the names of Arrow's number types begin."""


# A statement may begin with a comment, which looks like an option.
@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("sql")
@click.option("--csv", "as_csv", is_flag=True, help="Print all rows as CSV on standard output.")
@click.option("--parquet", type=click.Path(path_type=Path, dir_okay=False), help="Write all rows into this file.")
@json_option
@click.option("--rows", default=50, show_default=True, type=click.IntRange(1), help="Most rows of a printed table.")
def query(sql: str, as_csv: bool, parquet: Path | None, as_json: bool, rows: int) -> None:
    """Ask the published copy of the warehouse: harvest-qb query "SELECT ..." (or a file ending in .sql, or - for
    standard input). It only reads, and never waits for a run.
    """
    if sum((as_csv, parquet is not None, as_json)) > 1:
        raise click.UsageError("Choose one of --csv, --parquet and --json.")
    with _in_words():
        answer = frames(load_settings().analytics_path, _statement(sql))
        if as_csv:
            _print_csv(answer)
        elif parquet is not None:
            _write_parquet(answer, parquet)
        elif as_json:
            print_json([_json(row) for frame in answer for row in _records(frame)])
        else:
            _print_table(answer, rows)


def _statement(given: str) -> str:
    """The text to run: as typed, of the file that is named, or from standard input."""
    if given == "-":
        return sys.stdin.read()
    if not given.endswith(".sql"):
        return given
    try:
        return Path(given).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{given} cannot be read: {error}") from None


@contextmanager
def _in_words() -> Generator[None]:
    try:
        yield
    except CannotAnswer as error:
        raise Failed(str(error)) from None
    except NotReading as error:
        raise click.UsageError(str(error)) from None


def _print_csv(answer: "Iterator[pd.DataFrame]") -> None:
    for number, frame in enumerate(answer):
        told = frame.rename(columns=shown_in_cell)
        for name, of in zip(told.columns, frame.dtypes, strict=True):
            if not str(of).startswith(_NUMBERS):
                told[name] = told[name].map(_csv_cell, na_action="ignore")
        print_csv(told.to_csv(index=False, header=number == 0))


def _write_parquet(answer: "Iterator[pd.DataFrame]", target: Path) -> None:
    import pandas as pd

    frame = pd.concat(list(answer), ignore_index=True)
    try:
        frame.to_parquet(target, engine="pyarrow", index=False)
    except OSError as error:
        raise Failed(f"{target} cannot be written: {error}") from None
    note(f"Wrote {len(frame):,} rows to {target}")


def _print_table(answer: "Iterator[pd.DataFrame]", most: int) -> None:
    """The first rows, and how many more there are: those are counted, not kept."""
    shown: list[Sequence[str]] = []
    count = 0
    names: list[str] = []
    numeric: list[str] = []
    for frame in answer:
        names = [str(name) for name in frame.columns]
        numeric = [name for name, of in zip(names, frame.dtypes, strict=True) if str(of).startswith(_NUMBERS)]
        shown += [[_shown(value) for value in row.values()] for row in _records(frame.head(most - len(shown)))]
        count += len(frame)
    say("1 row" if count == 1 else f"{count:,} rows")
    print_table("", names, shown, right=numeric, states=())
    if count > len(shown):
        say(f"... and {count - len(shown):,} more; --rows {count} shows them, --csv or --parquet takes all.")


def _records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Plain Python values by column, row by row; what is missing is None."""
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False).to_pylist()


def _csv_cell(value: Any) -> Any:
    """Text so that nothing in it works in a spreadsheet or a terminal; what is no text cannot."""
    return shown_in_cell(value) if isinstance(value, str) else value


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _json(value: Any) -> Json:
    """A value as JSON has it: money keeps its digits, times are ISO, what JSON does not know is its text."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_json(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str | Decimal) else str(value)
