"""What listings print: postings, the outcome of a push, a plan. For people as tables, for programs as JSON values.

Belongs here: laying out what the ledger holds. Must not be here: commands, or changing anything.
"""

from collections import Counter
from collections.abc import Collection
from decimal import Decimal
from itertools import chain

from harvest_qb_pipeline.cli.output import money, print_json, print_table, remark, say
from harvest_qb_pipeline.decisions.decision import Preview
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger import kinds, reading
from harvest_qb_pipeline.ledger.model import StoredPosting
from harvest_qb_pipeline.ledger.reading import StoredDocument
from harvest_qb_pipeline.ledger.store import Ledger

_ROOMS_OF_BILLS = {kind.room for kind in kinds.KINDS if kind.is_principal}
_TITLES = {"contacts": "Who is who"}
"""What heads the documents of a room; where nothing is said, its name does."""


def posting_json(posting: StoredPosting) -> JsonObject:
    """A posting as the interface promises it."""
    return {
        "key": posting.key,
        "document": posting.document,
        "revision": posting.revision,
        "kind": posting.kind,
        "target": posting.target,
        "operation": posting.operation,
        "state": posting.state,
        "doc_number": posting.doc_number,
        "external_id": posting.external_id,
        "amount": posting.amount,
        "currency": posting.currency,
        "occurs_on": posting.occurs_on.isoformat(),
        "summary": posting.summary,
        "hold_reasons": [{"code": hold.code, "sentence": hold.sentence} for hold in posting.hold_reasons],
        "flags": list(posting.flags),
        "error": posting.error,
        "plan_id": posting.plan_id,
    }


def print_postings(found: list[StoredPosting], *, title: str) -> None:
    """A table of postings, and under it why some of them wait."""
    rows = [
        (
            posting.key,
            posting.state + (" !" if posting.flags else ""),
            posting.doc_number or "",
            money(posting.amount, posting.currency),
            posting.external_id or "",
            posting.summary,
        )
        for posting in found
    ]
    columns = ("Posting", "State", "Number", "Amount", "Id", "What")
    print_table(title, columns, rows, right=("Amount",))
    print_reasons(found)


def print_outcome(found: list[StoredPosting]) -> None:
    """What became of each document of a push: a line each, whatever number of postings it has."""
    if not found:
        say("Nothing to send.")
        return
    members: dict[str, list[StoredPosting]] = {}
    for posting in found:
        members.setdefault(posting.document, []).append(posting)
    rows = [_outcome_row(document, members[document]) for document in members]
    columns = ("Document", "Number", "Amount", *kinds.COLUMNS)
    title = f"{len(rows)} document{'' if len(rows) == 1 else 's'}"
    print_table(title, columns, rows, right=("Amount",), states=kinds.COLUMNS)
    print_reasons(found)
    if remark := locked_remark(found):
        say(remark)


def locked_remark(found: list[StoredPosting]) -> str | None:
    """Harvest locks a project over the days of an import, for staff: said after each twin (rule 24)."""
    imports = [
        posting.payload["invoice"]["line_items_import"]
        for posting in found
        if (posting.operation, posting.state) == ("create", "posted")
        and "line_items_import" in posting.payload.get("invoice", {})
    ]
    if not imports:
        return None
    last = max(str(wanted["time"]["to"]) for wanted in imports)
    return (
        f"Harvest now refuses staff new time in the billed projects up to {last}; an administrator can still enter "
        "late work, which goes on the next invoice."
    )


def _outcome_row(document: str, members: list[StoredPosting]) -> tuple[str, ...]:
    first = max(members, key=lambda member: member.amount)
    # Of a client that was made with its contact and project, the client is shown.
    by_column = {kinds.kind_of(member).column: member for member in reversed(members)}
    cells = [by_column.get(column) for column in kinds.COLUMNS]
    amount = money(first.amount, first.currency) if first.amount else ""
    return (document, first.doc_number or "", amount, *(_cell(member) for member in cells))


def _cell(member: StoredPosting | None) -> str:
    if member is None:
        return ""
    if member.state != "posted":
        return member.state
    return (kinds.kind_of(member).done or f"id {member.external_id}") + (" !" if member.flags else "")


def print_reasons(found: list[StoredPosting]) -> None:
    """Why some of them wait or need a look, each reason once per document."""
    said = dict.fromkeys((posting.document, reason) for posting in found for reason in reasons(posting))
    for document, reason in said:
        remark(document, reason)


def reasons(posting: StoredPosting) -> list[str]:
    """Why a posting waits or needs a look, as sentences."""
    said = [hold.sentence for hold in posting.hold_reasons] if posting.state == "held" else []
    for flag in posting.flags:
        clear = f"harvest-qb clear {posting.key} {flag} --reason WHY"
        said.append(f"Posted, but {flag.replace('_', ' ')}: compare the two, then `{clear}`.")
    if posting.error and posting.state in ("rejected", "uncertain", "approved"):
        said.append(posting.error)
    return said


def print_plan(ledger: Ledger, *, as_json: bool) -> None:
    """Bills, and what each room without bills makes or changes, planned or held now; what to type to approve them."""
    others = {room: _open_documents(ledger, kinds.of_room(room)) for room in kinds.ROOMS if room not in _ROOMS_OF_BILLS}
    bills = _open_documents(ledger, [kind.name for kind in kinds.KINDS if kind.is_principal])
    plan_id = reading.latest_plan(ledger)
    invoices = {bill.key: next(m for m in bill.members if kinds.is_principal(m)) for bill in bills}
    if as_json:
        print_json(
            {
                "plan_id": plan_id,
                "documents": [
                    posting_json(invoices[bill.key]) | {"document_sha256": bill.sha256, "label": bill.label}
                    for bill in bills
                ],
            }
            | {
                room: {
                    "plan_id": plan_id,
                    "documents": [
                        posting_json(one.members[0]) | {"document_sha256": one.sha256, "label": one.label}
                        for one in documents
                    ],
                }
                for room, documents in others.items()
            }
        )
        return
    for room, documents in others.items():
        if documents:
            _print_others(room, documents)
    rows = [
        (
            bill.label,
            bill.state,
            bill.doc_number or "",
            money(invoices[bill.key].amount, invoices[bill.key].currency),
            f"{bill.key}@{bill.sha256[:8]}",
        )
        for bill in bills
    ]
    counts = Counter(bill.state for bill in bills)
    title = f"Plan {plan_id}: " + (", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "empty")
    print_table(title, ("Bill", "State", "Number", "Amount", "Document"), rows, right=("Amount",))
    for bill in bills:
        for reason in dict.fromkeys(reasons(invoices[bill.key])):
            remark(bill.label, reason)
    if any(document.state == "planned" for document in chain(*others.values(), bills)):
        say(
            f"Approve with `harvest-qb approve DOCUMENT`, or `harvest-qb approve --all --plan {plan_id}` for all that "
            "is new."
        )


def _open_documents(ledger: Ledger, named: Collection[str]) -> list[StoredDocument]:
    """Documents with a posting of these kinds that waits for somebody."""
    keys = dict.fromkeys(
        posting.document
        for posting in reading.postings(ledger)
        if posting.kind in named and posting.state in ("held", "planned", "approved", "rejected")
    )
    found = (reading.document(ledger, key, with_sources=False) for key in keys)
    return [document for document in found if document is not None]


def _print_others(room: str, documents: list[StoredDocument]) -> None:
    rows = [(one.label, one.state, f"{one.key}@{one.sha256[:8]}") for one in documents]
    counts = ", ".join(f"{count} {state}" for state, count in sorted(Counter(one.state for one in documents).items()))
    title = f"{_TITLES.get(room, room.capitalize())}: {counts}"
    print_table(title, ("What", "State", "Document"), rows)
    for one in documents:
        for reason in dict.fromkeys(reason for member in one.members for reason in reasons(member)):
            remark(one.label, reason)
    if room == "contacts":
        say("`harvest-qb links` shows who is linked, and who could be.")


def print_preview(preview: Preview) -> None:
    """What a decision on many things is about, with its totals: one for each currency, for they do not add up."""
    totals: dict[str, Decimal] = {}
    for one in preview.things:
        if one.amount is not None:
            totals[one.currency] = totals.get(one.currency, Decimal(0)) + one.amount
    rows = [
        (
            one.label,
            money(one.amount, one.currency) if one.amount is not None else "",
            f"{one.document.key}@{(one.document.sha256 or '')[:8]}",
        )
        for one in preview.things
    ]
    rows += [(f"Total {currency}", money(total, currency), "") for currency, total in sorted(totals.items())]
    count = len(preview.things)
    title = f"{preview.title}: {count} document{'' if count == 1 else 's'} to approve"
    print_table(title, ("What", "Amount", "Document"), rows, right=("Amount",))


def push_rows(ledger: Ledger, run_id: str) -> list[StoredPosting]:
    """The postings a run touched, as they are now, and every one that still needs attention."""
    touched = reading.subjects_of_run(ledger, run_id)
    return [
        posting
        for posting in reading.postings(ledger)
        if posting.state in ("rejected", "uncertain") or posting.key in touched
    ]
