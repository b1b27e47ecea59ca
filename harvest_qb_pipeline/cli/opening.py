"""What commands open: settings, policy, and the ledger in the name of whoever types."""

import getpass
from collections.abc import Generator
from contextlib import contextmanager

from harvest_qb_pipeline.ledger.homes import open_home_ledger
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.settings import Settings, load_settings


def person() -> str:
    """Who is at the keyboard, for the audit chain."""
    return getpass.getuser()


@contextmanager
def home_ledger(settings: Settings | None = None, *, actor: str | None = None) -> Generator[Ledger]:
    """The ledger of this home, bound to its accounts; closed at the end. Never imports dagster."""
    ledger = open_home_ledger(settings or load_settings(), actor=actor or person())
    try:
        yield ledger
    finally:
        ledger.close()
