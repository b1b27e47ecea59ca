"""What a QuickBooks company holds in memory, indexed: records by id, names, numbers, deletions and sequences.

Belongs here: storing and finding records, and how they are shown. Must not be here: rules about what may be stored.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_name

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.owner import Owner
from harvest_qb_pipeline.sandbox.quickbooks.properties import Property, Shape, mask
from harvest_qb_pipeline.sandbox.quickbooks.schema_company import ENTITIES
from harvest_qb_pipeline.sandbox.switches import Switches

FAMILIES = {"Accounts": "Account", "Items": "Item", "Terms": "Term", "Names": "Customer"}
"""QuickBooks' word for a list, and the entity a reference into it means here."""

FIRST_NUMBER = 1001
_CURRENCY_NAMES = {"USD": "United States Dollar", "GBP": "British Pound Sterling"}


@dataclass(slots=True)
class Record:
    """One object: `data` holds its properties in the API's shape, references without names, amounts as `Decimal`.

    Times are exact, for the lags; what clients see and compare are whole seconds.
    """

    entity: str
    id: str
    data: JsonObject
    created_at: datetime
    updated_at: datetime
    sync_token: int = 0

    @property
    def is_active(self) -> bool:
        return self.data.get("Active", True) is True


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A transaction that was deleted; by switch also a name that was merged with another."""

    entity: str
    id: str
    deleted_at: datetime


@dataclass
class Store:
    """All records of one company. Every change goes through `add`, `put`, `touch` and `remove`, which keep the indexes.

    `moment` overrides the clock while old records are put in place.
    """

    owner: Owner
    tables: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in ENTITIES})
    tombstones: list[Tombstone] = field(default_factory=list[Tombstone])
    moment: datetime | None = None
    _names: dict[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])
    _children: dict[tuple[str, str], dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    _numbers: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    _last_ids: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _last_number: int = FIRST_NUMBER - 1

    @property
    def switches(self) -> Switches:
        return self.owner.switches

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.owner.timezone)

    def now(self) -> datetime:
        """The moment it is, exact."""
        return self.moment or self.owner.clock.now(exact=True)

    def today(self) -> date:
        """The day it is where the company is."""
        return self.now().astimezone(self.zone).date()

    def preference(self, section: str, name: str) -> Json:
        """A setting of the company, None when it has none."""
        return self.tables["Preferences"]["1"].data.get(section, {}).get(name)

    @property
    def home_currency(self) -> str:
        return self.preference("CurrencyPrefs", "HomeCurrency")["value"]

    @property
    def is_multicurrency(self) -> bool:
        return self.preference("CurrencyPrefs", "MultiCurrencyEnabled") is True

    # Finding

    def get(self, entity: str, record_id: str) -> Record | None:
        return self.tables[entity].get(record_id)

    def children(self, record: Record) -> list[Record]:
        """Direct sub-customers, sub-accounts or sub-items."""
        return [self.tables[record.entity][one] for one in self._children.get((record.entity, record.id), ())]

    def ancestors(self, record: Record) -> Iterator[Record]:
        """Parent, its parent, and so on."""
        while parent := record.data.get("ParentRef"):
            record = self.tables[record.entity][parent["value"]]
            yield record

    def name_owner(self, key: tuple[str, ...]) -> str | None:
        """The id of the record that uses a name; keys as `name_key` makes them."""
        return self._names.get(key)

    def number_owners(self, number: str) -> list[str]:
        """Ids of the invoices with a DocNumber, oldest first."""
        return list(self._numbers.get(number, ()))

    def next_number(self) -> str:
        """The number QuickBooks gives the next invoice: one above the highest so far."""
        while str(self._last_number + 1) in self._numbers:
            self._last_number += 1
        return str(self._last_number + 1)

    def new_id(self, sequence: str) -> str:
        self._last_ids[sequence] += 1
        return str(self._last_ids[sequence])

    # Changing

    def add(self, entity: str, data: JsonObject) -> Record:
        """A new record with the next id of its sequence."""
        now = self.now()
        record = Record(entity, self.new_id(ENTITIES[entity].ids), data, now, now)
        self.tables[entity][record.id] = record
        self._index(record)
        self.owner.changed()
        return record

    def put(self, record: Record, data: JsonObject) -> None:
        """Replace the properties of a record: a new SyncToken."""
        self._unindex(record)
        record.data = data
        self._index(record)
        record.sync_token += 1
        self.touch(record)

    def touch(self, record: Record) -> None:
        """Note that something derived of the record changed: a new LastUpdatedTime, the SyncToken stays."""
        record.updated_at = self.now()
        self.owner.changed()

    def rename(self, record: Record, changes: JsonObject) -> None:
        """Change derived properties, indexes included, without a new SyncToken."""
        self._unindex(record)
        record.data.update(changes)
        self._index(record)
        self.touch(record)

    def remove(self, record: Record, *, is_reported: bool = True) -> None:
        """Delete for good; a tombstone is left where change data capture is to report it."""
        self._unindex(record)
        del self.tables[record.entity][record.id]
        if is_reported:
            self.tombstones.append(Tombstone(record.entity, record.id, self.now()))
        self.owner.changed()

    def restore(self, record: Record) -> None:
        """Put a record of a saved state in place."""
        self.tables[record.entity][record.id] = record
        self._index(record)

    def sequences(self) -> JsonObject:
        return {"ids": dict(self._last_ids), "number": self._last_number}

    def set_sequences(self, state: JsonObject) -> None:
        self._last_ids.update({name: int(last) for name, last in state["ids"].items()})
        self._last_number = int(state["number"])

    def _index(self, record: Record) -> None:
        if key := name_key(record.entity, record.data):
            self._names[key] = record.id
        if parent := record.data.get("ParentRef"):
            self._children[record.entity, parent["value"]][record.id] = None
        number = record.data.get("DocNumber")
        if number:
            self._numbers[number][record.id] = None
            if number.isascii() and number.isdigit():
                self._last_number = max(self._last_number, int(number))

    def _unindex(self, record: Record) -> None:
        key = name_key(record.entity, record.data)
        if key and self._names.get(key) == record.id:
            del self._names[key]
        if parent := record.data.get("ParentRef"):
            self._children[record.entity, parent["value"]].pop(record.id, None)
        if number := record.data.get("DocNumber"):
            self._numbers[number].pop(record.id, None)
            if not self._numbers[number]:
                del self._numbers[number]

    # Showing

    def render(self, record: Record) -> JsonObject:
        """The object as the API shows it."""
        return {
            **self._render_shape(ENTITIES[record.entity].shape, record.data),
            "domain": "QBO",
            "sparse": False,
            "Id": record.id,
            "SyncToken": str(record.sync_token),
            "MetaData": {
                "CreateTime": self.timestamp(record.created_at),
                "LastUpdatedTime": self.timestamp(record.updated_at),
            },
        }

    def timestamp(self, moment: datetime) -> str:
        """`2026-10-31T09:00:00-07:00`, at the company's offset."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")

    def _render_shape(self, shape: Shape, data: JsonObject) -> JsonObject:
        shown = dict(data)
        for name in shape.masked:
            if name in shown:
                shown[name] = mask(shown[name])
        for known in shape.referring:
            value = data.get(known.name)
            if value is None:
                continue
            if known.is_reference:
                shown[known.name] = self._render_reference(known, value)
            elif known.shape and known.is_array:
                shown[known.name] = [self._render_shape(known.shape, one) for one in value]
            elif known.shape:
                shown[known.name] = self._render_shape(known.shape, value)
        return shown

    def _render_reference(self, known: Property, value: JsonObject) -> JsonObject:
        name = self._reference_name(known, value["value"])
        return {"value": value["value"], "name": name} if name else {"value": value["value"]}

    def _reference_name(self, known: Property, reference: str) -> str | None:
        if known.kind == "currency":
            return _CURRENCY_NAMES.get(reference) or get_currency_name(reference, locale="en_US")
        entity = FAMILIES.get(known.family)
        record = self.tables[entity].get(reference) if entity else None
        return record.data.get(ENTITIES[record.entity].label) if record else None


def name_key(entity: str, data: JsonObject) -> tuple[str, ...] | None:
    """What must be unique about a name: over customers, vendors and employees together, else within a parent."""
    if ENTITIES[entity].ids == "names":
        name = data.get("DisplayName")
        return ("names", name.casefold()) if name else None
    name = data.get("Name")
    if not name:
        return None
    parent = data.get("ParentRef")
    return (entity, parent["value"] if parent else "", name.casefold())
