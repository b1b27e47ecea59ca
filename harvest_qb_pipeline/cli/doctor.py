"""`doctor`: is everything in place to bill correctly? It reads both systems, changes nothing, and says what to do.

Belongs here: what is looked at and in which order. Must not be here: rules; a finding only names where to mend it.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

import click

from harvest_qb_pipeline.cli import auditing
from harvest_qb_pipeline.cli.local_sandbox import require_sandbox
from harvest_qb_pipeline.cli.opening import home_ledger
from harvest_qb_pipeline.cli.output import Failed, json_option, print_json, say
from harvest_qb_pipeline.cli.rights import loose_rights
from harvest_qb_pipeline.cli.running import prepare
from harvest_qb_pipeline.clients import make_harvest, make_quickbooks
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.ledger import events, reading
from harvest_qb_pipeline.ledger.identity import own_ids
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.posting.references import References, other_ledger
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.settings import ConfigurationError, Settings, load_settings, utc_now
from harvest_qb_pipeline.transport.faults import Fault

Level: TypeAlias = Literal["ok", "warning", "problem"]
_TOLD = 10
"""Faults of the ledger that are told one by one."""
_SIGNS = {"ok": "✓", "warning": "!", "problem": "✗"}


@dataclass(frozen=True)
class Diagnosis:
    """One thing looked at. `sentence` says what is, and what to do if it should be otherwise."""

    level: Level
    what: str
    sentence: str


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check accounts, policy, references and the ledger; change nothing."""
    settings = load_settings()
    require_sandbox(settings)
    prepare(settings)
    with home_ledger(settings) as ledger:
        findings = list(_examine(settings, ledger))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            say(f" {_SIGNS[finding.level]} {finding.what:<12} {finding.sentence}")
    problems = sum(finding.level == "problem" for finding in findings)
    if problems:
        raise Failed(f"{problems} problems found.")


def _examine(settings: Settings, ledger: Ledger) -> Iterator[Diagnosis]:
    policy = load_policy(settings.harvest_qb_policy)
    place = "the local sandbox" if settings.is_sandbox else settings.harvest_base_url
    yield Diagnosis("ok", "connection", f"Working on {place}; home {settings.home}.")
    if loose := loose_rights(settings):
        yield Diagnosis("warning", "rights", loose)
    yield from _policy(policy)
    yield from _ledger(settings, ledger)
    yield from (Diagnosis("problem", "files", sentence) for sentence in auditing.damaged_files(settings))
    harvest, quickbooks = make_harvest(settings), make_quickbooks(settings, ledger)
    try:
        reads_harvest = yield from _reachable("harvest", lambda: _harvest(harvest))
        reads_quickbooks = yield from _reachable("quickbooks", lambda: _quickbooks(quickbooks, ledger))
        if reads_harvest and reads_quickbooks:
            yield from _reachable("policy", lambda: _names(harvest, quickbooks, policy))
        else:
            yield Diagnosis("warning", "policy", "What it names was not looked up, since one of the two was not read.")
    finally:
        harvest.close()
        quickbooks.close()


def _policy(policy: Policy) -> Iterator[Diagnosis]:
    yield Diagnosis(
        "ok", "policy", f"Valid. Time zone {policy.timezone}; nothing before {policy.cutover_on} is billed."
    )
    if policy.tax.services is None:
        sentence = 'Services have no tax line, so every draft is held: say [tax] services = "NON" if none is due.'
        yield Diagnosis("warning", "policy", sentence)
    if policy.twin == "none":
        yield Diagnosis("warning", "policy", 'twin = "none": only the ledger guards against billing hours twice.')
    elif not policy.opens_twins:
        yield Diagnosis(
            "warning",
            "policy",
            'Twins stay drafts in Harvest until native_copy = "off" and auto_reminders = "off" are stated.',
        )


def _ledger(settings: Settings, ledger: Ledger) -> Iterator[Diagnosis]:
    breaks = [*(found.sentence for found in events.verify_chain(ledger)), *auditing.contradictions(settings, ledger)]
    if not breaks:
        count = reading.last_event_id(ledger)
        sentence = f"Audit chain intact, {count} events; rows and noted heads agree with it. Keep backups of it."
        yield Diagnosis("ok", "ledger", sentence)
        return
    for sentence in breaks[:_TOLD]:
        yield Diagnosis("problem", "ledger", sentence)
    more = f" {len(breaks) - _TOLD} more were found." if len(breaks) > _TOLD else ""
    yield Diagnosis("problem", "ledger", f"Restore it from a backup before sending anything.{more}")


def _harvest(harvest: HarvestClient) -> Iterator[Diagnosis]:
    company = harvest.get("/company")
    person = harvest.require_administrator()
    name = f"{person['first_name']} {person['last_name']}"
    yield Diagnosis("ok", "harvest", f"{company['name']}, as {name} (administrator).")
    if not company.get("invoice_feature"):
        yield Diagnosis("problem", "harvest", 'The invoice module is off: switch it on, or set twin = "none".')
    if not company.get("approval_feature"):
        yield Diagnosis("warning", "harvest", "Timesheet approval is off: unapproved time is billed like any other.")


def _quickbooks(quickbooks: QuickBooksClient, ledger: Ledger) -> Iterator[Diagnosis]:
    company = quickbooks.get(f"/companyinfo/{quickbooks.realm_id}")
    preferences = quickbooks.get("/preferences")
    currency = preferences["CurrencyPrefs"]["HomeCurrency"]["value"]
    yield Diagnosis("ok", "quickbooks", f"{company['CompanyName']} ({company.get('Country')}), books in {currency}.")
    if not (preferences.get("SalesFormsPrefs") or {}).get("CustomTxnNumbers"):
        yield Diagnosis(
            "problem",
            "quickbooks",
            "Custom transaction numbers are off, so QuickBooks may replace ours: switch them on in Account and "
            "settings, Sales.",
        )
    others = other_ledger(References(quickbooks, utc_now), own_ids(ledger))
    if others:
        yield Diagnosis("problem", "quickbooks", others)
    closed_on = (preferences.get("AccountingInfoPrefs") or {}).get("BookCloseDate")
    if closed_on:
        yield Diagnosis("ok", "quickbooks", f"Books are closed through {closed_on}; nothing is dated before.")


def _names(harvest: HarvestClient, quickbooks: QuickBooksClient, policy: Policy) -> Iterator[Diagnosis]:
    """What the policy names has to be there, once; else its rule holds for nobody, or what needs it is held."""
    from harvest_qb_pipeline.cli.policy_names import look_up

    named = look_up(policy, harvest, quickbooks)
    for sentence in named.unresolved:
        yield Diagnosis("problem", "policy", sentence)
    if not named.unresolved:
        yield Diagnosis("ok", "policy", f"All {named.count} records that it names are in Harvest and QuickBooks.")


def _reachable(system: str, look: Callable[[], Iterator[Diagnosis]]) -> Generator[Diagnosis, None, bool]:
    """What cannot be reached or is refused is a finding like any other, not the end of the examination.

    Returns whether everything was read.
    """
    try:
        yield from look()
    except (Fault, ConfigurationError) as error:
        yield Diagnosis("problem", system, str(error))
        return False
    return True
