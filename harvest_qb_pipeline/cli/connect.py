"""`connect`: a person's consent in the browser becomes a chain of QuickBooks tokens, kept encrypted in the ledger."""

import secrets
from urllib.parse import parse_qs, urlsplit

import click

from harvest_qb_pipeline.cli.opening import home_ledger
from harvest_qb_pipeline.cli.output import Failed, ask, say
from harvest_qb_pipeline.clients import make_quickbooks
from harvest_qb_pipeline.ledger.identity import own_ids
from harvest_qb_pipeline.posting.references import References, other_ledger
from harvest_qb_pipeline.quickbooks.oauth import authorization_url
from harvest_qb_pipeline.settings import ConfigurationError, load_settings, utc_now
from harvest_qb_pipeline.transport.faults import Fault


@click.command()
@click.option(
    "--redirect-uri",
    default="http://localhost:8000/callback",
    show_default=True,
    help="A redirect URI of your app; nothing needs to listen there.",
)
def connect(redirect_uri: str) -> None:
    """Connect (or reconnect) a QuickBooks company in the browser, instead of pasting a refresh token."""
    settings = load_settings()
    if settings.is_sandbox:
        raise ConfigurationError(
            "The sandbox needs no connecting. For a real company set the nine connection variables first "
            "(QUICKBOOKS_REFRESH_TOKEN may be any text until this command has run)."
        )
    state = secrets.token_urlsafe(16)
    say("Open this address, choose the company, and allow the connection:")
    say()
    say(f"  {authorization_url(settings.quickbooks_client_id, redirect_uri, state)}", whole=True)
    say()
    answer = ask("The browser ends at an address that does not load. Paste it here")
    code = code_in(answer, state=state, realm_id=settings.quickbooks_realm_id)
    with home_ledger(settings) as ledger:
        quickbooks = make_quickbooks(settings, ledger)
        try:
            quickbooks.tokens.connect(code, redirect_uri)
            company = quickbooks.get(f"/companyinfo/{quickbooks.realm_id}")
            others = other_ledger(References(quickbooks, utc_now), own_ids(ledger))
        except Fault as fault:
            raise Failed(str(fault)) from None
        finally:
            quickbooks.close()
    say(f"Connected to {company['CompanyName']}. The tokens are kept encrypted in the ledger.")
    if others:
        raise Failed(others)


def code_in(address: str, *, state: str, realm_id: str) -> str:
    """The authorization code in the address a browser was sent to. Raises `Failed` unless it answers our request."""
    fields = {name: values[0] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
    if "error" in fields:
        raise Failed(f"QuickBooks answered {fields['error']}: the connection was not allowed. Run this again.")
    if "code" not in fields:
        raise Failed("There is no code in that address. Paste the whole address, beginning with http.")
    if fields.get("state") != state:
        raise Failed("That address is the answer to another request. Run this again and use its own address.")
    if fields.get("realmId") not in (None, realm_id):
        raise Failed(
            f"You chose company {fields['realmId']}, but QUICKBOOKS_REALM_ID is {realm_id}. "
            "Choose that company, or change the variable in a home of its own."
        )
    return fields["code"]
