"""Commands about documents: `postings`, `show`, and an approver's decisions from `approve` to `clear`.

Belongs here: ledger functions offered on the command line. Must not be here: a decision of the ledger's own.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import get_args

import click

from harvest_qb_pipeline.cli.explaining import explain
from harvest_qb_pipeline.cli.listing import posting_json, print_postings
from harvest_qb_pipeline.cli.opening import by_option, home_ledger, or_fail
from harvest_qb_pipeline.cli.output import Failed, console, json_option, print_json
from harvest_qb_pipeline.ledger import adjustments, approval, kinds, reading, requests, sending, unwinding
from harvest_qb_pipeline.ledger.model import State
from harvest_qb_pipeline.ledger.store import Ledger


@click.command()
@click.option("--state", type=click.Choice(get_args(State)), help="Only postings in this state.")
@click.option("--kind", help=f"Only postings of this kind: {', '.join(kinds.NAMES)}.")
@json_option
def postings(state: State | None, kind: str | None, as_json: bool) -> None:
    """List postings: what is held, planned, approved, posted, rejected or uncertain."""
    with home_ledger() as ledger:
        found = [
            posting
            for posting in reading.postings(ledger, state=state, kind=kind)
            if state or posting.state != "superseded"
        ]
    if as_json:
        print_json([posting_json(posting) for posting in found])
    else:
        print_postings(found, title=f"{len(found)} postings")


@click.command()
@click.argument("key")
@json_option
def show(key: str, as_json: bool) -> None:
    """Explain a document down to its entries, rates, rounding, approval and events."""
    with home_ledger() as ledger:
        document = reading.document(ledger, key)
        posting = reading.posting(ledger, key)
        if document is None or posting is None:
            raise Failed(f"There is no posting {key}. `harvest-qb postings` lists them.")
        events = reading.events_of(ledger, key)
    if as_json:
        print_json(
            posting_json(posting)
            | {
                "document": document.key,
                "document_sha256": document.sha256,
                "payload": posting.payload,
                "sources": [
                    {
                        "purpose": source.purpose,
                        "type": source.type,
                        "id": source.id,
                        "day": str(source.day) if source.day else None,
                        "person": source.person,
                        "project": source.project,
                        "task": source.task,
                        "hours": source.hours,
                        "rate": source.rate,
                        "amount": source.amount,
                        "line": source.line,
                    }
                    for source in posting.sources
                ],
                "events": [
                    {
                        "event_id": event.event_id,
                        "at": event.at.isoformat(),
                        "actor": event.actor,
                        "run_id": event.run_id,
                        "what": event.what,
                        "subject": event.subject,
                        "detail": event.detail,
                    }
                    for event in events
                ],
            }
        )
    else:
        explain(console(), document, posting, events)


@click.command()
@click.argument("keys", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All planned creations of the plan that was shown.")
@click.option("--plan", "plan_id", help="With --all: the plan that was shown (default: the last one).")
@by_option
def approve(keys: tuple[str, ...], everything: bool, plan_id: str | None, by: str) -> None:
    """Approve documents: KEY, or KEY@HASH to approve exactly what you saw. Repeating is a no-op."""
    if bool(keys) == everything:
        raise click.UsageError("Name the documents to approve, or say --all.")
    with home_ledger(actor=by) as ledger:
        if everything:
            _approve_plan(ledger, plan_id, by)
        else:
            _approve_keys(ledger, keys, by)


@click.command()
@click.argument("key")
@click.option("--reason", required=True, help="Kept in the audit chain.")
@by_option
def cancel(key: str, reason: str, by: str) -> None:
    """Do not send a document. It stays away until what it would bill changes."""
    with home_ledger(actor=by) as ledger:
        or_fail(lambda: approval.cancel(ledger, key, by=by, reason=reason))
    click.echo(f"{key}: cancelled.")


@click.command()
@click.argument("key")
@by_option
def retry(key: str, by: str) -> None:
    """Send a rejected posting again once its cause is mended; what it would do is looked for first."""
    with home_ledger(actor=by) as ledger:
        again = or_fail(lambda: approval.retry_rejected(ledger, key, by=by))
    click.echo(f"{', '.join(again) or key}: {'approved again; push sends it.' if again else 'nothing to retry.'}")


@click.command()
@click.argument("key")
@click.option("--reason", required=True, help="Kept in the audit chain.")
@by_option
def unwind(key: str, reason: str, by: str) -> None:
    """Undo a bill that was begun but is not in QuickBooks: the next push deletes its draft twin and frees the hours."""
    with home_ledger(actor=by) as ledger:
        document, twin = or_fail(lambda: unwinding.unwind(ledger, key, by=by, reason=reason))
    click.echo(f"{document}: `harvest-qb push` deletes twin {twin}; then `plan` draws the hours up again.")


@click.command()
@click.argument("key")
@click.option("--amount", help="Signed amount, such as -250 or 40.00.")
@click.option("--reason", help="Printed on the invoice line and kept in the audit chain.")
@click.option("--remove", "number", type=int, help="Take an adjustment back, by its number.")
@by_option
def adjust(key: str, amount: str | None, reason: str | None, number: int | None, by: str) -> None:
    """Add a signed line to an invoice before it is sent: write-down, discount, minimum fee, rounding-off."""
    if (number is None) == (amount is None or reason is None):
        raise click.UsageError("Say --amount and --reason, or --remove with the number of an adjustment.")
    with home_ledger(actor=by) as ledger:
        if number is not None:
            or_fail(lambda: adjustments.remove_adjustment(ledger, number, by=by))
            click.echo(f"{key}: adjustment {number} taken back. `harvest-qb plan` draws it up again.")
            return
        value, why = _amount(amount or ""), reason or ""
        made = or_fail(lambda: adjustments.adjust(ledger, key, amount=value, reason=why, by=by))
    click.echo(f"{key}: adjustment {made.adjustment_id} of {amount} ({reason}). `harvest-qb plan` draws it up again.")


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise click.BadParameter(f"{text!r} is not an amount such as -250 or 40.00") from None


@click.command()
@click.argument("client_id", type=int)
@click.option("--to", "to_on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day to bill.")
@by_option
def bill(client_id: int, to_on: datetime, by: str) -> None:
    """Ask for the bill of a client whose cadence is on_demand, by its Harvest id, up to a day."""
    day = to_on.date()
    with home_ledger(actor=by) as ledger:
        or_fail(lambda: requests.request_billing(ledger, client_id_harvest=str(client_id), to_on=day, by=by))
    click.echo(f"Client {client_id} will be billed to {day}. `harvest-qb plan` draws it up.")


@click.command()
@click.argument("key")
@click.argument("flag")
@click.option("--reason", required=True, help="Kept in the audit chain.")
@by_option
def clear(key: str, flag: str, reason: str, by: str) -> None:
    """Clear a FLAG such as total_differs: you have compared what was posted with what was meant, and take it so."""
    if not reason.strip():
        raise click.UsageError("Say why in --reason.")
    with home_ledger(actor=by) as ledger:
        or_fail(lambda: sending.clear_flag(ledger, key, flag, by=by, reason=reason))
    click.echo(f"{key}: flag {flag} cleared.")


def _approve_plan(ledger: Ledger, plan_id: str | None, by: str) -> None:
    latest = (reading.latest_plan(ledger, kind) for kind in ("customer", "invoice"))
    plans = [plan_id] if plan_id else [found for found in latest if found]
    if not plans:
        raise Failed("There is no plan yet: `harvest-qb plan` makes one.")
    done = sum(_approve_one_plan(ledger, plan, by) for plan in plans)
    click.echo(f"{done} documents approved. `harvest-qb push` sends them.")


def _approve_one_plan(ledger: Ledger, plan_id: str, by: str) -> int:
    """How many documents were approved that were not before."""
    result = or_fail(lambda: approval.approve_all(ledger, by=by, plan_id=plan_id, via="cli"))
    for one in result.approved:
        if not one.is_repeated:
            click.echo(f"{', '.join(one.approved)}: approved by {by}.")
    for document, reason in result.refused:
        click.echo(f"{document}: left out. {reason}")
    return sum(not one.is_repeated for one in result.approved)


def _approve_keys(ledger: Ledger, keys: tuple[str, ...], by: str) -> None:
    for named in keys:
        key, _, sha256 = named.partition("@")
        result = or_fail(
            lambda key=key, sha256=sha256: approval.approve(ledger, key, by=by, sha256=sha256 or None, via="cli")
        )
        said = "was approved already" if result.is_repeated else f"approved by {by}: {', '.join(result.approved)}"
        click.echo(f"{result.document}: {said}.")


COMMANDS = (postings, show, approve, cancel, retry, unwind, adjust, bill, clear)
