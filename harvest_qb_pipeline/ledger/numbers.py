"""Invoice numbers: bound to a document's key when it is planned, and never used for anything else (rule 26).

Belongs here: allotting and retiring numbers. Must not be here: what the numbers look like (the policy says).
"""

from collections.abc import Collection

from sqlalchemy import Connection, func, insert, select, update

from harvest_qb_pipeline.ledger import rows, tables
from harvest_qb_pipeline.ledger.events import Chain
from harvest_qb_pipeline.ledger.model import NumberFormat

LONGEST = 21
"""Characters QuickBooks keeps of a DocNumber (rule 26)."""


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
