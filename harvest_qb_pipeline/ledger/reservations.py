"""What belongs to one document only: the sources it consumes (one live document per purpose) and its number (rule 26).

Belongs here: finding who holds a source and reserving it, allotting and retiring numbers; primary keys refuse what this
misses. Must not be here: deciding which documents are live, or what numbers look like (the policy says).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import TypeAlias

from sqlalchemy import Connection, func, insert, select, update

from harvest_qb_pipeline.ledger import rows, tables
from harvest_qb_pipeline.ledger.events import Chain
from harvest_qb_pipeline.ledger.model import Document, Hold, NumberFormat, Source
from harvest_qb_pipeline.ledger.rows import insert_many

SourceKey: TypeAlias = tuple[str, str, str]
LONGEST = 21
"""Characters QuickBooks keeps of a DocNumber (rule 26)."""
_SHOWN = 5
_GATHERED = 20_000
"""Reservations that are kept in memory before they are inserted."""


def source_key(source: Source) -> SourceKey:
    return (source.purpose, source.type, source.id)


def reserve(con: Connection, documents: Sequence[Document]) -> dict[str, Hold]:
    """Reserve the sources of these documents, earlier ones first; returns the hold of each that got none.

    A document gets all its sources or none. All releases of the same transaction must have been made before.
    """
    owners = _owners(con, (source_key(source) for document in documents for source in document.sources))
    refused: dict[str, Hold] = {}
    granted: list[tuple[str, str, str, str]] = []
    for document in documents:
        wanted = [source_key(source) for source in document.sources]
        hold = _twice(document, wanted) or _conflict(document, wanted, owners)
        if hold is not None:
            refused[document.key] = hold
            continue
        owners |= dict.fromkeys(wanted, document.key)
        granted += [(*key, document.key) for key in wanted]
        if len(granted) >= _GATHERED:
            insert_many(con, tables.reservations, granted)
            granted.clear()
    insert_many(con, tables.reservations, granted)
    return refused


def _owners(con: Connection, wanted: Iterable[SourceKey]) -> dict[SourceKey, str]:
    table = tables.reservations
    by_sort: dict[tuple[str, str], list[str]] = defaultdict(list)
    for purpose, kind, source_id in wanted:
        by_sort[purpose, kind].append(source_id)
    found: dict[SourceKey, str] = {}
    for (purpose, kind), ids in by_sort.items():
        for batch in rows.batches(ids):
            same_sort = (table.c.purpose == purpose, table.c.source_type == kind)
            query = select(table.c.source_id, table.c.document).where(*same_sort, table.c.source_id.in_(batch))
            found |= {(purpose, kind, row.source_id): row.document for row in con.execute(query)}
    return found


def _conflict(document: Document, wanted: Sequence[SourceKey], owners: dict[SourceKey, str]) -> Hold | None:
    taken = [key for key in wanted if owners.get(key, document.key) != document.key]
    if not taken:
        return None
    others = sorted({owners[key] for key in taken})
    return Hold(
        "already_reserved",
        f"{len(taken)} of the {len(wanted)} entries are already in {' and '.join(others[:_SHOWN])}: {_named(taken)}. "
        "Cancel or finish that document first; an entry is billed once.",
    )


def _twice(document: Document, wanted: Sequence[SourceKey]) -> Hold | None:
    if len(set(wanted)) == len(wanted):
        return None
    seen: set[SourceKey] = set()
    double = [key for key in wanted if key in seen or seen.add(key)]
    return Hold("source_twice", f"{document.key} names the same entry twice: {_named(double)}.")


def _named(keys: Sequence[SourceKey]) -> str:
    names = ", ".join(f"{kind} {source_id}" for _, kind, source_id in keys[:_SHOWN])
    return names + (f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else "")


class NumberBook:
    """Numbers during one plan: what is bound, what others use, and what comes next. Lives inside a transaction."""

    def __init__(self, chain: Chain, taken: Collection[str], document_keys: Collection[str]) -> None:
        self._chain = chain
        self._taken = taken if isinstance(taken, set | frozenset) else set(taken)
        self._next: dict[str, int] = {}
        self._bound = _bound(chain.con, document_keys)

    def of(self, document: str) -> str | None:
        """The number bound to a document, if any."""
        return self._bound.get(document)

    def is_taken(self, number: str) -> bool:
        """Whether one of the two systems already uses the number."""
        return number in self._taken

    def allot(self, document: str, number_format: NumberFormat) -> str:
        """The document's number: the one bound to it, else the next; a bound one that others use is retired first."""
        bound = self._bound.get(document)
        if bound is not None and not self.is_taken(bound):
            return bound
        if bound is not None:
            _retire(self._chain, bound, document, "another document in Harvest or QuickBooks uses it")
        counter = self._counter(number_format.prefix)
        number = format_number(number_format, counter)
        self._next[number_format.prefix] = counter + 1
        event_id = self._chain.append("number allotted", document, after={"number": number})
        self._chain.con.execute(
            insert(tables.document_numbers).values(
                number=number,
                prefix=number_format.prefix,
                counter=counter,
                document=document,
                allotted_at=self._chain.at,
                event_id=event_id,
            )
        )
        self._bound[document] = number
        return number

    def upcoming(self, number_format: NumberFormat) -> str:
        """The number `allot` would give next."""
        return format_number(number_format, self._counter(number_format.prefix))

    def _counter(self, prefix: str) -> int:
        if prefix not in self._next:
            table = tables.document_numbers
            highest = self._chain.con.execute(
                select(func.max(table.c.counter)).where(table.c.prefix == prefix)
            ).scalar()
            others = (int(tail) for tail in _tails(self._taken, prefix) if tail.isascii() and tail.isdigit())
            self._next[prefix] = max(highest or 0, max(others, default=0)) + 1
        return self._next[prefix]


def format_number(number_format: NumberFormat, counter: int) -> str:
    """`H2610-` and 42 with 4 digits make `H2610-0042`."""
    return f"{number_format.prefix}{counter:0{number_format.digits}d}"


def _bound(con: Connection, document_keys: Collection[str]) -> dict[str, str]:
    table = tables.document_numbers
    return {
        row.document: row.number
        for batch in rows.batches(document_keys)
        for row in con.execute(
            select(table.c.document, table.c.number).where(
                table.c.document.in_(batch), table.c.retired_because.is_(None)
            )
        )
    }


def _retire(chain: Chain, number: str, document: str, reason: str) -> None:
    event_id = chain.append("number retired", document, before={"number": number}, detail={"reason": reason})
    chain.con.execute(
        update(tables.document_numbers)
        .where(tables.document_numbers.c.number == number)
        .values(retired_because=reason, event_id=event_id)
    )


def _tails(numbers: Collection[str], prefix: str) -> list[str]:
    return [number[len(prefix) :] for number in numbers if number.startswith(prefix)]
