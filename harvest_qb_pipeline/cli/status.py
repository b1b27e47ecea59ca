"""`status`: the state of this home on one page, from the ledger and the home's files; never the live warehouse."""

import click

from harvest_qb_pipeline.automation.alerts import recent_alerts
from harvest_qb_pipeline.automation.landed import landed as landed_at
from harvest_qb_pipeline.cli.listing import posting_json, print_outcome
from harvest_qb_pipeline.cli.opening import home_ledger
from harvest_qb_pipeline.cli.output import json_option, print_json, print_table, say
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.half_sent import HalfSent, half_sent
from harvest_qb_pipeline.settings import load_settings

_NEXT = {
    "held": "read the reasons: `harvest-qb postings --state held`",
    "planned": "look and approve: `harvest-qb approve KEY` or `--all`",
    "approved": "`harvest-qb push` sends them",
    "sending": "a push is at work, or died; the next one looks them up",
    "uncertain": "`harvest-qb push` looks up whether they arrived",
    "rejected": "mend the cause, then `harvest-qb retry KEY`",
}


@click.command()
@json_option
def status(as_json: bool) -> None:
    """Show what is held, planned, sent and failing, and when both systems were last landed."""
    settings = load_settings()
    with home_ledger(settings) as ledger:
        counts = reading.counts_by_state(ledger)
        halves = half_sent(ledger)
        attention = [*reading.postings(ledger, state="rejected"), *reading.postings(ledger, state="uncertain")]
        attention += [posting for posting in reading.postings(ledger, state="posted") if posting.flags]
    landed, alerts = landed_at(settings.home), recent_alerts(settings.home)
    if as_json:
        print_json(
            {
                "half_sent": [_half_json(half) for half in halves],
                "home": str(settings.home),
                "is_sandbox": settings.is_sandbox,
                "counts": counts,
                "landed": dict(landed),
                "attention": [posting_json(posting) for posting in attention],
                "alerts": [alert.__dict__ for alert in alerts],
            }
        )
        return
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
    for alert in alerts:
        say(f"  alert {alert.at} {alert.job}: {alert.message}")


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
