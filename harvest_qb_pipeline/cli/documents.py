"""Commands that show documents: `postings` and `show`. They read the ledger and nothing else.

Belongs here: what the ledger holds, as a listing or as JSON. Must not be here: deciding on it (see `deciding`).
"""

from typing import get_args

import click

from harvest_qb_pipeline.cli.explaining import explain
from harvest_qb_pipeline.cli.listing import posting_json, print_postings
from harvest_qb_pipeline.cli.opening import home_ledger
from harvest_qb_pipeline.cli.output import Failed, json_option, print_json
from harvest_qb_pipeline.ledger import kinds, reading
from harvest_qb_pipeline.ledger.model import State


@click.command()
@click.option("--state", type=click.Choice(get_args(State)), help="Only postings in this state.")
@click.option("--kind", type=click.Choice(kinds.NAMES), help="Only postings of this kind.")
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
        explain(document, posting, events)
