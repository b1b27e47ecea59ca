"""`links`: who in Harvest is who in QuickBooks; listing it, deciding on it, and the same as a spreadsheet.

Belongs here: the commands. Must not be here: whether a decision may be made (`decisions` and the ledger), or what
matches whom (`plan`).
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import get_args

import click

from harvest_qb_pipeline.automation.landed import landed
from harvest_qb_pipeline.cli import link_files
from harvest_qb_pipeline.cli.deciding import commands
from harvest_qb_pipeline.cli.link_files import Unreadable
from harvest_qb_pipeline.cli.link_listing import counted, needs_person, print_links, row_json
from harvest_qb_pipeline.cli.opening import by_option, home_ledger, person
from harvest_qb_pipeline.cli.output import Failed, json_option, print_json, print_table, say
from harvest_qb_pipeline.decisions.batch import Decided, carry_out, problems
from harvest_qb_pipeline.decisions.decision import Decider
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.ledger.who_is_who import LinkState, LinkType, Match, is_known, who_is_who
from harvest_qb_pipeline.settings import load_settings

_FEW, _MANY, _WRONG_SHOWN = 20, 200, 50
_NEXT = "`harvest-qb plan` goes on from here."

type_option = click.option(
    "--type", "link_type", type=click.Choice(get_args(LinkType)), help="Only links of this type."
)
state_option = click.option("--state", type=click.Choice(get_args(LinkState)), help="Only those in this state.")


@click.group(invoke_without_command=True, commands=dict(commands("links")))
@type_option
@state_option
@click.option("--limit", type=click.IntRange(min=0), help="How many of each to show; 0 shows all.")
@json_option
@click.pass_context
def links(
    context: click.Context, link_type: LinkType | None, state: LinkState | None, limit: int | None, as_json: bool
) -> None:
    """List who is who: linked, suggested, conflicting, or unmatched; and decide on it.

    Without --state, counts of all and what needs you. Keys are customer/client-ID, job/project-ID, employee/user-ID,
    vendor/user-ID, item/task-ID and item/category-ID with ids of Harvest; they are linked with ids of QuickBooks.
    """
    if context.invoked_subcommand is not None:
        return
    with _planned_ledger(person()) as ledger:
        rows = _chosen(who_is_who(ledger), link_type, None)
    shown = [row for row in rows if state in (None, row.state)]
    if as_json:
        print_json({"counts": counted(rows), "links": [row_json(row) for row in shown]})
        return
    if state is None:
        shown = [row for row in shown if needs_person(row)]
    limit = (_MANY if state else _FEW) if limit is None else limit
    print_links(rows, shown, limit=limit or None)


@links.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@type_option
@state_option
@click.option("--overwrite", is_flag=True, help="Replace the file, with whatever was decided in it.")
def export(file: Path, link_type: LinkType | None, state: LinkState | None, overwrite: bool) -> None:
    """Write who is who to FILE, a CSV for a spreadsheet.

    Fill the column `decision` with confirm, reject or unlink, or change a quickbooks_id, then `links import` it.
    """
    if file.exists() and not overwrite:
        raise Failed(f"{file} exists, perhaps with decisions in it. Name another file, or say --overwrite.")
    with _planned_ledger(person()) as ledger:
        rows = _chosen(who_is_who(ledger), link_type, state)
    _write(file, link_files.written(rows))
    say(f"{file}: {len(rows):,} lines. Decide in it, then `harvest-qb links import {file}`.")


def _write(file: Path, text: str) -> None:
    """All of it or nothing: what somebody has decided in a file is not lost on a full disk."""
    made = file.with_name(f".{file.name}.new")
    try:
        made.write_text(text, encoding="utf-8-sig", newline="")
        made.replace(file)
    except OSError as error:
        with suppress(OSError):
            made.unlink()
        raise Failed(f"{file} cannot be written: {error.strerror}.") from None


@links.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every line and show what would be done.")
@click.option("--reason", help="For lines that give none. Default: the name of the file.")
@by_option
def import_(file: Path, dry_run: bool, reason: str | None, by: str) -> None:
    """Do what was decided in FILE, a CSV as `links export` writes it.

    Every line is checked before the first is done; lines that were left as they were exported do nothing.
    """
    with _planned_ledger(by) as ledger:
        try:
            wishes = link_files.read(file, who_is_who(ledger))
        except Unreadable as unreadable:
            raise _nothing_done(unreadable.sentences) from None
        if wrong := problems(ledger, wishes):
            raise _nothing_done(wrong)
        if dry_run:
            outcomes = [Decided(wish, "would be done") for wish in wishes]
        else:
            why = reason or f"decided in {file.name}"
            outcomes = carry_out(ledger, wishes, reason=why, by=Decider(by, "cli"))
    _print_outcomes(outcomes)
    refused = sum(outcome.is_refused for outcome in outcomes)
    if refused:
        raise Failed(f"{refused} of {len(wishes)} were refused, the others are done.")
    if wishes:
        say("Nothing was done: leave out --dry-run to do it." if dry_run else _NEXT)


def _print_outcomes(outcomes: Sequence[Decided]) -> None:
    if not outcomes:
        say("Nothing is decided in it that is not so already.")
        return
    rows = [
        (str(one.wish.line), one.wish.action, one.wish.key, one.wish.external_id, one.said)
        for one in sorted(outcomes, key=lambda each: each.wish.line)
    ]
    title = f"{len(rows):,} decision{'' if len(rows) == 1 else 's'}"
    print_table(title, ("Line", "Decision", "Key", "Id", "Outcome"), rows, right=("Line",))


def _nothing_done(sentences: Sequence[str]) -> Failed:
    more = len(sentences) - _WRONG_SHOWN
    said = [*sentences[:_WRONG_SHOWN], *([f"and {more:,} lines more."] if more > 0 else [])]
    return Failed(*said, "Nothing was done.")


def _chosen(rows: Sequence[Match], link_type: LinkType | None, state: LinkState | None) -> list[Match]:
    return [row for row in rows if link_type in (None, row.link_type) and state in (None, row.state)]


@contextmanager
def _planned_ledger(by: str) -> Generator[Ledger]:
    """The ledger of this home, for `by` to decide in, once a plan has told it who is who."""
    settings = load_settings()
    with home_ledger(settings, actor=by) as ledger:
        if not is_known(ledger):
            if any(landed(settings.home).values()):
                raise Failed("What is landed has not been matched yet: run `harvest-qb plan`.")
            raise Failed("Nothing has been landed yet: run `harvest-qb sync` and then `harvest-qb plan`.")
        yield ledger
