"""How results are printed: tables for people, one JSON document with `--json`.

Belongs here: formatting. Must not be here: fetching what is shown.
"""

import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal

import click
from rich import box
from rich.console import Console
from rich.table import Table

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json


class Failed(Exception):  # noqa: N818  (it is the exit code, not an error of the program)
    """Something failed or was rejected (exit code 1). The message says what to do."""


def console() -> Console:
    """Standard output; a fixed width where it is no terminal, so that tables never break mid-word."""
    return Console(width=None if sys.stdout.isatty() else 132, highlight=False, soft_wrap=False)


def money(amount: Decimal, currency: str) -> str:
    """`$1,234.50`, in the currency's own form."""
    # Imported here: most of what is printed names no amount.
    from babel.numbers import format_currency

    return format_currency(amount, currency, locale="en_US")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> Table:
    """A table with its columns; those named in `right` hold numbers."""
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made


def print_remark(who: str, text: str) -> None:
    """A sentence about somebody or something, wrapped and indented so that a list of them stays readable."""
    click.echo(click.wrap_text(f"{who}: {text}", width=124, initial_indent="  - ", subsequent_indent="    "))


def print_json(value: Json) -> None:
    """One JSON document on standard output and nothing else."""
    click.echo(jsontext.dumps(value))


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
