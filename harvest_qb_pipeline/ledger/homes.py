"""Which pair of accounts this ledger belongs to: written at first use, any other is refused.

Belongs here: that binding, and opening the ledger of a home with it. Must not be here: where the names come from.
"""

from dataclasses import replace

from sqlalchemy import insert, select

from harvest_qb_pipeline.ledger import tables
from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.identity import ledger_id
from harvest_qb_pipeline.ledger.store import Ledger, open_ledger
from harvest_qb_pipeline.settings import ConfigurationError, Settings

_NAMES = {
    "harvest_account_id": "HARVEST_ACCOUNT_ID",
    "realm_id": "QUICKBOOKS_REALM_ID",
    "harvest_base_url": "HARVEST_BASE_URL",
    "quickbooks_base_url": "QUICKBOOKS_BASE_URL",
}


def open_home_ledger(settings: Settings, *, actor: str, run_id: str | None = None) -> Ledger:
    """The ledger of this home, bound to its accounts. Raises `ConfigurationError` for a home of other accounts."""
    settings.home.mkdir(parents=True, exist_ok=True)
    ledger = replace(open_ledger(settings.ledger_url, actor=actor, run_id=run_id), anchors=settings.anchor_files)
    bind_home(
        ledger,
        harvest_account_id=settings.harvest_account_id,
        realm_id=settings.quickbooks_realm_id,
        harvest_base_url=settings.harvest_base_url,
        quickbooks_base_url=settings.quickbooks_base_url,
    )
    return ledger


def bind_home(
    ledger: Ledger, *, harvest_account_id: str, realm_id: str, harvest_base_url: str, quickbooks_base_url: str
) -> None:
    """Bind the ledger to this pair of accounts, or see that it is bound to it.

    Raises `ConfigurationError` naming what differs: documents of two companies must never meet in one ledger.
    """
    given = {
        "harvest_account_id": harvest_account_id,
        "realm_id": realm_id,
        "harvest_base_url": harvest_base_url.rstrip("/"),
        "quickbooks_base_url": quickbooks_base_url.rstrip("/"),
    }
    bound = _bound(ledger)
    if bound is None:
        with changing(ledger) as chain:
            if chain.con.execute(select(tables.homes.c.home_id)).first() is None:
                chain.append("home bound", "home", after={**given, "ledger_id": ledger_id(chain.con)})
                chain.con.execute(insert(tables.homes).values(home_id=1, bound_at=chain.at, **given))
                return
        bound = _bound(ledger) or {}
    different = [
        f"{_NAMES[name]} is {value!r}, this home belongs to {bound[name]!r}"
        for name, value in given.items()
        if bound[name] != value
    ]
    if different:
        raise ConfigurationError(
            "This home belongs to another pair of accounts: "
            + "; ".join(different)
            + ". Set HARVEST_QB_HOME to another directory for another company, or correct the connection."
        )


def _bound(ledger: Ledger) -> dict[str, str] | None:
    with ledger.reading() as con:
        row = con.execute(select(tables.homes)).mappings().first()
        return None if row is None else {name: row[name] for name in _NAMES}
