"""The clients of both systems, made from settings; the ledger keeps QuickBooks' tokens.

Belongs here: that construction, for all who call an API: Dagster's resources, the command line, benchmarks. Must not
be here: what a client does (its room), or Dagster, whose import most of them shall not pay for.
"""

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.ledger.tokens import LedgerTokenStore
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.settings import Settings
from harvest_qb_pipeline.transport.http import HttpOptions


def http_options(settings: Settings) -> HttpOptions:
    """How both clients behave: rate limits are shared by all processes through the home."""
    settings.home.mkdir(parents=True, exist_ok=True)
    return HttpOptions(limits_path=settings.home / "rate-limits.sqlite")


def make_harvest(settings: Settings, http: HttpOptions | None = None) -> HarvestClient:
    return HarvestClient(
        settings.harvest_base_url,
        settings.harvest_account_id,
        settings.harvest_access_token.get_secret_value(),
        http or http_options(settings),
    )


def make_quickbooks(settings: Settings, ledger: Ledger, http: HttpOptions | None = None) -> QuickBooksClient:
    key = settings.harvest_qb_key.get_secret_value() if settings.harvest_qb_key else None
    return QuickBooksClient(
        settings.quickbooks_base_url,
        settings.quickbooks_token_url,
        settings.quickbooks_realm_id,
        settings.quickbooks_client_id,
        settings.quickbooks_client_secret.get_secret_value(),
        settings.quickbooks_refresh_token.get_secret_value(),
        LedgerTokenStore(ledger, home=settings.home, key=key),
        http or http_options(settings),
    )
