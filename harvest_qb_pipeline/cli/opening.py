"""What commands open: settings, policy, and the ledger in the name of whoever types; and what a refusal becomes."""

import getpass
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

import click

from harvest_qb_pipeline.cli.output import Failed
from harvest_qb_pipeline.ledger.homes import open_home_ledger
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.settings import Settings, load_settings

T = TypeVar("T")


def person() -> str:
    """Who is at the keyboard, for the audit chain."""
    return getpass.getuser()


by_option = click.option("--by", default=person, show_default="you", help="Who decides; kept in the audit chain.")


def or_fail(decide: Callable[[], T]) -> T:
    """A refusal of the ledger is the person's answer (exit code 1), not a traceback."""
    try:
        return decide()
    except NotAllowed as refused:
        raise Failed(str(refused)) from None


@contextmanager
def home_ledger(settings: Settings | None = None, *, actor: str | None = None) -> Generator[Ledger]:
    """The ledger of this home, bound to its accounts; closed at the end. Never imports dagster."""
    ledger = open_home_ledger(settings or load_settings(), actor=actor or person())
    try:
        yield ledger
    finally:
        ledger.close()
