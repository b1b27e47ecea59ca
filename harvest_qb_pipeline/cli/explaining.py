"""What `show` prints: one document, from its amount down to the single time entry, and what happened to it.

Belongs here: laying out what the ledger knows. It needs neither warehouse nor network: what was billed stands there.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from harvest_qb_pipeline.cli.output import money, print_table, say
from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.ledger import kinds
from harvest_qb_pipeline.ledger.model import Source, StoredPosting
from harvest_qb_pipeline.ledger.reading import Event, StoredDocument

_ANSWER = {"status": "status", "code": "code", "trace": "request id"}


def explain(document: StoredDocument, posting: StoredPosting, events: Sequence[Event]) -> None:
    """The whole story of a document on one page."""
    say(f"{document.label}  {document.key} revision {document.revision}", style="bold")
    say(f"  state    {document.state}")
    if document.doc_number:
        say(f"  number   {document.doc_number} (the same in both systems)")
    say(f"  amount   {money(posting.amount, posting.currency)}")
    say(f"  hash     {document.sha256}")
    for approval in document.approvals:
        void = f"; void: {approval.void_because}" if approval.void_because else ""
        say(
            f"  approved {approval.approved_at:%Y-%m-%d %H:%M} UTC by {approval.approved_by} via {approval.via}"
            f" (revision {approval.revision}, {approval.sha256[:8]}){void}"
        )
    for member in document.members:
        _explain_member(member)
    if posting.sources:
        _explain_lines(document, posting)
    print_table(
        "What happened",
        ("When (UTC)", "Who", "What", "To"),
        [(f"{event.at:%Y-%m-%d %H:%M:%S}", event.actor, _what(event), event.subject) for event in events],
    )


def _explain_member(member: StoredPosting) -> None:
    place = f", {member.target} id {member.external_id}" if member.external_id else ""
    say(f"  - {member.key}: {member.state}{place}. {member.summary}")
    for hold in member.hold_reasons if member.state == "held" else ():
        say(f"      held ({hold.code}): {hold.sentence}")
    if member.error and member.state != "posted":
        say(f"      {member.error}")
    if member.flags:
        say(f"      flags: {', '.join(member.flags)}")


def _explain_lines(document: StoredDocument, posting: StoredPosting) -> None:
    """Each line with the entries in it: hours x rate, before and after rounding, add up to the amount of the line."""
    invoice = kinds.principal(document.members)
    lines = (invoice.payload.get("Line") or []) if invoice else []
    for number, line in enumerate(lines, start=1):
        detail = line.get("SalesItemLineDetail") or {}
        title = (
            f"Line {number}: {line.get('Description', '')} = {detail.get('Qty')} x {detail.get('UnitPrice')}"
            f" = {money(Decimal(str(line['Amount'])), posting.currency)}"
        )
        sources = [source for source in posting.sources if source.line == number]
        if not sources:
            say(f"  {title} (no time behind it: an adjustment)")
            continue
        rows = [_source_row(source, posting.currency) for source in sources]
        columns = ("Day", "Person", "Task", "Entry", "Hours", "Rate", "Exact", "Billed")
        print_table(title, columns, rows, right=("Hours", "Rate", "Exact", "Billed"))


def _source_row(source: Source, currency: str) -> tuple[str, ...]:
    exact = source.hours * source.rate if source.hours is not None and source.rate is not None else None
    return (
        str(source.day or ""),
        source.person or "",
        source.task or "",
        source.id,
        str(source.hours if source.hours is not None else ""),
        f"{source.rate.normalize():f}" if source.rate is not None else "",
        f"{exact.normalize():f}" if exact is not None else "",
        money(source.amount, currency) if source.amount is not None else "",
    )


def _what(event: Event) -> str:
    said = event.detail.get("reason") or event.detail.get("stored") or event.detail.get("error")
    answer = _answered(event.detail.get("answer") or {})
    return ": ".join(filter(None, (event.what, said and str(said), answer)))


def _answered(answer: Mapping[str, Json]) -> str:
    """What the other system answered, with the id its support asks for."""
    known = [f"{label} {answer[name]}" for name, label in _ANSWER.items() if name in answer]
    said = f'"{answer["said"]}"' if "said" in answer else ""
    return " ".join(filter(None, (f"answered {', '.join(known)}" if known else "", said)))
