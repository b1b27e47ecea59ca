"""What a document of QuickBooks refers to, and who else has its number: looked up together for a whole push.

Belongs here: reading records by id and invoices by number, many at once, and what a dead reference means. Must not be
here: what else has to agree (`kinds/`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.keys import marked_ledgers
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.transport.faults import NotFound

FRESH = timedelta(seconds=15)
"""How old a list may be that is to tell of somebody else's work. What it misses is seen after the write."""
_TOGETHER = 100
"""How many are asked for at once: a query is a URL, which must not grow without end."""
_RECENT = "select * from Invoice orderby MetaData.CreateTime desc maxresults 200"
"""Enough to see whether somebody else bills this company now. Whole records: naming parts of objects may be refused."""
_ENTITIES = {
    "CustomerRef": "Customer",
    "ParentRef": "Customer",
    "ItemRef": "Item",
    "ItemAccountRef": "Account",
    "SalesTermRef": "Term",
}
"""What the reference fields of our documents lead to. Tax codes `NON` and `TAX` are no records in the US."""


class References:
    """Records that documents of a push refer to, and invoices that have their numbers. One instance serves one push."""

    def __init__(self, quickbooks: QuickBooksClient, now: Callable[[], datetime]) -> None:
        self._quickbooks = quickbooks
        self._records = {
            entity: _Looked(_reader(quickbooks, entity, "Id", " and Active in (true, false)"), "Id", now)
            for entity in set(_ENTITIES.values())
        }
        self._recent: list[list[JsonObject]] = []
        self._recent_lock = Lock()
        self._numbers = _Looked(_reader(quickbooks, "Invoice", "DocNumber"), "DocNumber", now)

    def expect(self, payload: JsonObject) -> None:
        """A document that will be looked at soon: what it needs is read with what the next one needs."""
        for entity, record_id in references_in(payload):
            self._records[entity].expect(record_id)
        if isinstance(payload.get("DocNumber"), str):
            self._numbers.expect(payload["DocNumber"])

    def record(self, entity: str, record_id: str) -> JsonObject | None:
        """A record as it is now, active or not; None where there is none.

        A list lags behind: only the record itself, asked for by its id, may say that it is not there.
        """
        listed = self._records[entity].found(record_id)
        if listed:
            return listed[0]
        try:
            return self._quickbooks.get(f"/{entity.lower()}/{record_id}")
        except NotFound:
            return None

    def of_other_ledgers(self, own: frozenset[str]) -> list[JsonObject]:
        """The newest invoices that ledgers other than `own` have marked (rule 27), newest first; read once a push."""
        with self._recent_lock:
            if not self._recent:
                self._recent.append(self._quickbooks.query(_RECENT))
        return [row for row in self._recent[0] if not own.issuperset(marked_ledgers(row.get("PrivateNote")))]

    def numbered(self, number: str) -> list[JsonObject]:
        """Every invoice that has this number now."""
        return self._numbers.found(number)


def references_in(payload: Json) -> Iterator[tuple[str, str]]:
    """Entity and id of each reference in a payload, as far as the id is known."""
    if isinstance(payload, list):
        for item in payload:
            yield from references_in(item)
    if isinstance(payload, dict):
        for name, value in payload.items():
            entity, inside = _ENTITIES.get(name), value.get("value") if isinstance(value, dict) else None
            if entity and isinstance(inside, str):
                yield entity, inside
            else:
                yield from references_in(value)


def other_ledger(references: References, own: frozenset[str]) -> str | None:
    """That another ledger bills this company, as a sentence with its remedy; None where only `own` ones do."""
    theirs = references.of_other_ledgers(own)
    if not theirs:
        return None
    newest = theirs[0]
    name = next(one for one in marked_ledgers(newest.get("PrivateNote")) if one not in own)
    made = str((newest.get("MetaData") or {}).get("CreateTime", ""))[:10]
    return (
        f"Another ledger, {name}, bills this QuickBooks company: invoice {newest.get('DocNumber')} (id {newest['Id']}) "
        f"of {made} is its newest. Two ledgers would bill the same hours twice: go on with one of the two homes. If "
        f"that ledger is lost for good, say so: `harvest-qb take-over {name} --reason ...`."
    )


def dead_reference(payload: JsonObject, references: References, noun: str) -> Hold | None:
    """Why a document cannot be made: something it refers to is gone or was made inactive since it was planned."""
    for entity, record_id in dict.fromkeys(references_in(payload)):
        record = references.record(entity, record_id)
        if record is None or not record.get("Active", True):
            name = (record or {}).get("DisplayName") or (record or {}).get("Name")
            called = f"{entity.lower()} {record_id}" + (f" ({name})" if name else "")
            state = "is inactive or was merged with another" if record else "does not exist"
            return Hold(
                "reference_gone",
                f"QuickBooks' {called}, which this {noun} names, {state}. Nothing was sent. Make it active again, or "
                "name another in the policy or with `harvest-qb links`; then sync and plan again.",
            )
    return None


@dataclass
class _Looked:
    """Records by one property, many read at once and remembered for a moment."""

    read: Callable[[list[str]], list[JsonObject]]
    name: str
    now: Callable[[], datetime]
    expected: dict[str, None] = field(default_factory=dict[str, None])
    known: dict[str, tuple[datetime, list[JsonObject]]] = field(
        default_factory=dict[str, tuple[datetime, list[JsonObject]]]
    )
    lock: Lock = field(default_factory=Lock)

    def expect(self, value: str) -> None:
        with self.lock:
            self.expected[value] = None

    def found(self, value: str) -> list[JsonObject]:
        with self.lock:
            if not self._is_known(value):
                others = [other for other in self.expected if other != value and not self._is_known(other)]
                self._look_up([value, *others[: _TOGETHER - 1]])
            self.expected.pop(value, None)
            return self.known[value][1]

    def _is_known(self, value: str) -> bool:
        return value in self.known and self.now() - self.known[value][0] <= FRESH

    def _look_up(self, values: list[str]) -> None:
        at, records = self.now(), self.read(values)
        for value in values:
            self.known[value] = (at, [record for record in records if str(record.get(self.name)) == value])


def _reader(
    quickbooks: QuickBooksClient, entity: str, name: str, also: str = ""
) -> Callable[[list[str]], list[JsonObject]]:  # fmt: skip
    def read(values: list[str]) -> list[JsonObject]:
        listed = ", ".join(quickbooks.quote(value) for value in values)
        return quickbooks.query(f"select * from {entity} where {name} in ({listed}){also}")

    return read
