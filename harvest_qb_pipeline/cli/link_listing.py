"""What `links` prints: how many of each kind, then what needs a person, with what to type.

Belongs here: laying out rows of who is who. Must not be here: reading or deciding.
"""

from collections.abc import Callable, Iterable, Sequence

from harvest_qb_pipeline.cli.output import print_table, remark, say
from harvest_qb_pipeline.decisions.pairs import named
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.who_is_who import STATES, TYPES, LinkState, LinkType, Match

PLURALS: dict[LinkType, str] = {
    "client": "Clients and customers",
    "project": "Projects and jobs",
    "person": "People, employees and vendors",
    "item": "Tasks, categories and items",
}


def row_json(row: Match) -> JsonObject:
    """A row as the interface promises it: the columns of `contacts.who_is_who`."""
    return {
        **vars(row),
        "made_at": row.made_at.isoformat() if row.made_at else None,
        "score": None if row.score is None else round(row.score, 1),
        "reasons": list(row.reasons),
    }


def counted(rows: Iterable[Match]) -> dict[LinkType, dict[LinkState, int]]:
    """Rows by type and state, all of them, zeros included."""
    found: dict[LinkType, dict[LinkState, int]] = {each: dict.fromkeys(STATES, 0) for each in TYPES}
    for row in rows:
        found[row.link_type][row.state] += 1
    return found


def print_links(rows: Sequence[Match], shown: Sequence[Match], *, limit: int | None) -> None:
    """The counts of all `rows`, then those to be `shown`, at most `limit` of each type and state."""
    counts = counted(rows)
    lines = [
        (
            PLURALS[each],
            str(counts[each]["linked"]),
            str(counts[each]["suggested"]),
            str(counts[each]["conflicting"]),
            str(_alone(rows, each, in_harvest=True)),
            str(_alone(rows, each, in_harvest=False)),
        )
        for each in TYPES
        if any(counts[each].values())
    ]
    columns = ("Who is who", "Linked", "Suggested", "Conflicting", "Only in Harvest", "Only in QuickBooks")
    print_table("", columns, lines, right=columns[1:])
    for each in TYPES:
        of_type = [row for row in shown if row.link_type == each]
        for state, print_some in _SECTIONS.items():
            found = [row for row in of_type if row.state == state]
            if not found:
                continue
            say(f"{PLURALS[each]}, {state}:")
            print_some(found[:limit])
            if (more := len(found) - len(found[:limit])) > 0:
                say(f"  and {more:,} more: `harvest-qb links --type {each} --state {state} --limit 0`")
            say()


def needs_person(row: Match) -> bool:
    """Whether somebody has to decide or mend something; the others are linked, or a plan sees to them."""
    return row.state in ("suggested", "conflicting") or (row.state == "unmatched" and row.sentence is not None)


def ours(row: Match) -> str:
    """`Acme Ltd (client 12)`."""
    record = (row.link_key or row.link_type).rpartition("/")[2].partition("-")[0]
    return named(row.harvest_name, record, row.harvest_id)


def theirs(row: Match) -> str:
    """`Acme Limited (customer 58)`."""
    return named(row.quickbooks_name, row.quickbooks_type or "", row.quickbooks_id)


def _alone(rows: Sequence[Match], link_type: LinkType, *, in_harvest: bool) -> int:
    return sum(
        row.link_type == link_type and row.state == "unmatched" and (row.link_key is not None) == in_harvest
        for row in rows
    )


def _print_conflicts(rows: Sequence[Match]) -> None:
    """Each record of Harvest once, with the others it may be; the sentence is the same on all its lines."""
    by_key: dict[object, list[Match]] = {}
    for row in rows:
        by_key.setdefault(row.link_key or (row.quickbooks_type, row.quickbooks_id), []).append(row)
    for together in by_key.values():
        first = together[0]
        who = ours(first) if first.link_key else theirs(first)
        maybe = ", ".join(theirs(row) for row in together if first.link_key and row.quickbooks_id)
        sentence = first.sentence or "Somebody has to say who this is."
        remark(who, f"{sentence.rstrip('.')}." + (f" [{first.link_key}: {maybe}]" if maybe else ""))


def _print_suggestions(rows: Sequence[Match]) -> None:
    for row in rows:
        score = "" if row.score is None else f" {row.score:.0f} of 100"
        reasons = f": {', '.join(row.reasons)}" if row.reasons else ""
        say(f"  - {ours(row)} may be {theirs(row)},{score}{reasons}")
        say(f"      harvest-qb links confirm {row.link_key} {row.quickbooks_id}", whole=True)
        say(f"      harvest-qb links reject {row.link_key} {row.quickbooks_id}", whole=True)


def _print_unmatched(rows: Sequence[Match]) -> None:
    for row in rows:
        if row.link_key is None:
            say(f"  - {theirs(row)}, only in QuickBooks")
        elif row.sentence:
            remark(f"{ours(row)}, {row.link_key}", row.sentence)
        else:
            say(f"  - {ours(row)}, {row.link_key}, only in Harvest")


def _print_linked(rows: Sequence[Match]) -> None:
    lines = [
        (
            row.link_key or "",
            row.harvest_name or "not read yet",
            row.quickbooks_id or "",
            row.quickbooks_name or "not read yet",
            f"{row.how}, {row.rule}" if row.rule and row.rule != row.how else row.how or "",
            row.made_by or "by the last plan",
            f"{row.made_at:%Y-%m-%d}" if row.made_at else "",
        )
        for row in rows
    ]
    print_table("", ("Key", "Harvest", "Id", "QuickBooks", "How", "By", "On"), lines)


_SECTIONS: dict[LinkState, Callable[[Sequence[Match]], None]] = {
    "conflicting": _print_conflicts,
    "suggested": _print_suggestions,
    "unmatched": _print_unmatched,
    "linked": _print_linked,
}
