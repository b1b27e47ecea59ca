"""`status`: the state of this home on one page, from the ledger and the home's files; never the live warehouse."""

from collections.abc import Mapping, Sequence

import click

from harvest_qb_pipeline.automation.alerts import AlertCause, acknowledge_alerts, damage, open_alerts
from harvest_qb_pipeline.automation.landed import landed as landed_at
from harvest_qb_pipeline.cli.listing import posting_json, print_outcome
from harvest_qb_pipeline.cli.opening import by_option, home_ledger
from harvest_qb_pipeline.cli.output import json_option, print_json, print_table, say
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.half_sent import HalfSent, half_sent
from harvest_qb_pipeline.ledger.model import StoredPosting
from harvest_qb_pipeline.settings import Settings, load_settings, utc_now

_SHOWN_CAUSES = 5
_NEXT = {
    "held": "read the reasons: `harvest-qb postings --state held`",
    "planned": "look and approve: `harvest-qb approve KEY` or `--all`",
    "approved": "`harvest-qb push` sends them",
    "sending": "a push is at work, or died; the next one looks them up",
    "uncertain": "`harvest-qb push` looks up whether they arrived",
    "rejected": "mend the cause, then `harvest-qb retry KEY`",
}


@click.command()
@click.option("--ack", is_flag=True, help="Show the alerts for the last time: you have seen them.")
@by_option
@json_option
def status(as_json: bool, ack: bool, by: str) -> None:
    """Show what is held, planned, sent and failing, and when both systems were last landed."""
    settings = load_settings()
    with home_ledger(settings) as ledger:
        counts = reading.counts_by_state(ledger)
        halves = half_sent(ledger)
        attention = [*reading.postings(ledger, state="rejected"), *reading.postings(ledger, state="uncertain")]
        attention += reading.flagged(ledger)
    landed, alerts = landed_at(settings.home), open_alerts(settings.home)
    if as_json:
        print_json(
            {
                "half_sent": [_half_json(half) for half in halves],
                "home": str(settings.home),
                "is_sandbox": settings.is_sandbox,
                "counts": counts,
                "landed": dict(landed),
                "attention": [posting_json(posting) for posting in attention],
                "alerts": [_cause_json(cause) for cause in alerts.causes],
            }
        )
    else:
        _print_status(settings, counts, halves, attention, landed)
        for cause in alerts.causes[-_SHOWN_CAUSES:]:
            _print_cause(cause)
        if sentence := damage(settings.home):
            say(f"  {sentence}")
        if alerts.alerts and not ack:
            say("  `harvest-qb status --ack` when you have seen these alerts.")
    if ack and alerts.alerts:
        acknowledge_alerts(settings.home, alerts, at=utc_now().isoformat(timespec="seconds"), by=by)


def _print_status(
    settings: Settings,
    counts: dict[str, int],
    halves: Sequence[HalfSent],
    attention: list[StoredPosting],
    landed: Mapping[str, str | None],
) -> None:
    for half in halves:
        say(f"HALF-SENT  {half.sentence}")
    where = "the sandbox" if settings.is_sandbox else f"Harvest {settings.harvest_account_id}"
    say(f"Home {settings.home}, on {where} and QuickBooks company {settings.quickbooks_realm_id}")
    for system, at in landed.items():
        say(f"  {system} last landed {at or 'never: run `harvest-qb sync`'}")
    waiting = sum(member.state == "approved" for half in halves for member in half.document.members)
    counts["approved"] = counts.get("approved", 0) - waiting
    rows = [(state, str(count), _NEXT.get(state, "")) for state, count in sorted(counts.items()) if count]
    if waiting:
        rows.append(("waiting", str(waiting), "for what is half-sent, above"))
    print_table("Postings", ("State", "Count", "What to do"), rows, right=("Count",))
    if attention:
        print_outcome(attention)


def _print_cause(cause: AlertCause) -> None:
    """What happened once for all runs it happened to."""
    times = f", {cause.count} times" if cause.count > 1 else ""
    say(f"  alert {cause.last.at} {', '.join(cause.jobs)}{times}: {cause.last.message}")


def _cause_json(cause: AlertCause) -> JsonObject:
    """The last alert of a cause, and of how many."""
    return {**vars(cause.last), "count": cause.count, "jobs": list(cause.jobs)}


def _half_json(half: HalfSent) -> JsonObject:
    return {
        "document": half.document.key,
        "label": half.document.label,
        "stands": [posting_json(posting) for posting in half.stands],
        "stopped": [posting_json(posting) for posting in half.stopped],
        "sentence": half.sentence,
        "finish": half.finish,
        "take_back": half.take_back,
    }
