"""How everything is printed: lines and tables for people, one JSON document with `--json`. Nothing goes past it.

Belongs here: formatting, and what a terminal, a pipe and `NO_COLOR` make of it. All text is data: no markup is read in
it, and what would steer a terminal is written out. Must not be here: fetching what is shown.
"""

import sys
import textwrap
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.showing import shown, shown_in_json

if TYPE_CHECKING:
    from rich.progress import Progress

_UNWRAPPED = 1_000_000
"""The width of what is no terminal: a program reads it, or somebody who looks for a key with `grep`."""
_GAP, _EDGES = 3, 2
"""What the box puts between two columns, and at both sides."""
_STYLES = {
    "held": "yellow",
    "planned": "cyan",
    "approved": "cyan",
    "sending": "yellow",
    "uncertain": "magenta",
    "rejected": "red",
    "posted": "green",
    "cancelled": "dim",
    "superseded": "dim",
    "linked": "green",
    "suggested": "cyan",
    "conflicting": "red",
    "unmatched": "yellow",
}
"""How states stand out on a terminal; `NO_COLOR` leaves it away."""


class Failed(Exception):  # noqa: N818  (it is the exit code, not an error of the program)
    """Something failed or was rejected (exit code 1). The message, perhaps of several lines, says what to do."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class NobodyReads(Exception):  # noqa: N818 - reads as what happened
    """Whoever read what is printed has gone, as `| head` does: no more need be said."""


def money(amount: Decimal, currency: str) -> str:
    """`$1,234.50`, in the currency's own form."""
    # Imported here: most of what is printed names no amount.
    from babel.numbers import format_currency

    return format_currency(amount, currency, locale="en_US")


def say(text: str = "", *, style: str = "", whole: bool = False) -> None:
    """One line on standard output. A terminal gets it wrapped between words, unless it stays `whole` to be copied."""
    _write(_laid_out(text, style=style, whole=whole))


def note(text: str) -> None:
    """A line on standard error, which never mixes with `--json`."""
    _write(f"{shown(text)}\n", err=True)


def remark(who: str, text: str) -> None:
    """A sentence about somebody or something, indented so that a list of them stays readable."""
    say(f"  - {who}: {text}")


def print_json(value: Json) -> None:
    """One JSON document on standard output and nothing else."""
    _write(f"{shown_in_json(jsontext.dumps(value))}\n")


def print_csv(text: str) -> None:
    """CSV on standard output, whose cells came out of `shown_in_cell`."""
    _write(text)


def is_seen() -> bool:
    """Whether somebody at a terminal sees what is printed, and can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str) -> str:
    """What somebody at the keyboard answers."""
    return click.prompt(shown(question))


def is_agreed(question: str) -> bool:
    """Whether somebody at the keyboard says yes."""
    return click.confirm(shown(question))


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
    states: Sequence[str] = ("State",),
) -> None:
    """A table with its columns; those in `right` hold numbers, those in `states` states.

    No word in it is ever broken, for it may be a key: on a terminal that is too narrow each row becomes a few lines.
    """
    cells = [[shown(cell) for cell in row] for row in rows]
    console = _console()
    widths = _widths([columns, *cells], console.width) if cells or columns else []
    if widths is None:
        _print_cards(title, columns, cells, states)
        return
    made = Table(
        title=Text(shown(title), style="bold") if title else None,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for column, width in zip(columns, widths, strict=True):
        made.add_column(Text(shown(column)), justify="right" if column in right else "left", width=width)
    for row in cells:
        made.add_row(*(_cell(column, cell, states) for column, cell in zip(columns, row, strict=True)))
    with console.capture() as captured:
        console.print(made)
    _write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def progress_bar() -> "Progress":
    """A bar on standard error that is gone in the end, for tasks whose words are ours."""
    # Imported here: only what takes long has a bar.
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    words = TextColumn("{task.description}", markup=False)
    columns = (words, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True, markup=False, emoji=False), transient=True)


def _console() -> Console:
    """Standard output: how wide, and whether it has colours. Markup, emoji codes and highlighting are off for all."""
    width = None if sys.stdout.isatty() else _UNWRAPPED
    return Console(width=width, highlight=False, markup=False, emoji=False)


def _cell(column: str, cell: str, states: Sequence[str]) -> Text:
    return Text(cell, style=_STYLES.get(cell.partition(" ")[0], "") if column in states else "")


def _widths(rows: Sequence[Sequence[str]], available: int) -> list[int] | None:
    """How wide each column is drawn so that all fit without a word being broken; None when they cannot."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    narrowest = [max(cell_len(word) for cell in column for word in [*cell.split(), ""]) for column in columns]
    available -= _GAP * (len(columns) - 1) + _EDGES
    if sum(narrowest) > available:
        return None
    while (excess := sum(widths) - available) > 0:
        at = max((at for at in range(len(widths)) if widths[at] > narrowest[at]), key=lambda at: widths[at])
        widths[at] = max(narrowest[at], widths[at] - excess)
    return widths


def _print_cards(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], states: Sequence[str]) -> None:
    """Each row as its first cell, and below it a line for each of the others that says something."""
    if title:
        say(title, style="bold")
    for first, *others in rows:
        say()
        say(first)
        for column, cell in zip(columns[1:], others, strict=True):
            if cell:
                style = _STYLES.get(cell.partition(" ")[0], "") if column in states else ""
                say(f"  {column}: {cell}", style=style)
    say()


def _laid_out(text: str, *, style: str, whole: bool) -> str:
    line = shown(text)
    if not sys.stdout.isatty():
        return f"{line}\n"
    console = _console()
    if not whole:
        indent = line[: len(line) - len(line.lstrip())]
        line = textwrap.fill(
            line, console.width, subsequent_indent=f"{indent}  ", break_long_words=False, break_on_hyphens=False
        )
    if not style:
        return f"{line}\n"
    with console.capture() as captured:
        console.print(Text(line, style=style), soft_wrap=True)
    return captured.get()


def _write(text: str, *, err: bool = False) -> None:
    """The only place that writes. Raises `NobodyReads` when the other end of a pipe is gone."""
    try:
        click.echo(text, nl=False, err=err)
    except BrokenPipeError:
        raise NobodyReads from None


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
