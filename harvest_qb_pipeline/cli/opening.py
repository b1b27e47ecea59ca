"""What commands open: settings, policy, and the ledger in the name of whoever types."""

import getpass
from collections.abc import Generator
from contextlib import contextmanager

from harvest_qb_pipeline.ledger.homes import bind_home
from harvest_qb_pipeline.ledger.store import Ledger, open_ledger
from harvest_qb_pipeline.settings import Settings, load_settings


def person() -> str:
    """Who is at the keyboard, for the audit chain."""
    return getpass.getuser()


@contextmanager
def home_ledger(settings: Settings | None = None, *, actor: str | None = None) -> Generator[Ledger]:
    """The ledger of this home, bound to its accounts; closed at the end. Never imports dagster."""
    settings = settings or load_settings()
    ledger = open_ledger(settings.ledger_url, actor=actor or person())
    try:
        bind_home(
            ledger,
            harvest_account_id=settings.harvest_account_id,
            realm_id=settings.quickbooks_realm_id,
            harvest_base_url=settings.harvest_base_url,
            quickbooks_base_url=settings.quickbooks_base_url,
        )
        yield ledger
    finally:
        ledger.close()
