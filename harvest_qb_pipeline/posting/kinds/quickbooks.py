"""What kinds that write to QuickBooks stand on: a record made under a request id, found again, and read back.

Belongs here: what follows from the API, whatever the record: request ids, SyncTokens, creation times, names that are
unique in a list, the closing date. Must not be here: what one kind looks like.
"""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import ClassVar

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Blocked, Completed, Context, Finding, Kind, Present, ReadContext, Result
from harvest_qb_pipeline.posting.kinds.fields import own_name, quickbooks_differences
from harvest_qb_pipeline.posting.markers import find_marked
from harvest_qb_pipeline.posting.references import dead_reference
from harvest_qb_pipeline.quickbooks import sentences
from harvest_qb_pipeline.transport.faults import NotFound, NotSent, Refused, Stale

_MARGIN = timedelta(minutes=10)
_ROUNDS = 3


class QuickBooksRecord(Kind):
    """One record of an entity. A kind says how it is found and what has to agree when it is read back.

    `name_field` holds the name of a record of a list, `note_field` the marker. One that is not `Active` any more counts
    as gone, unless `may_be_inactive`.
    """

    name_field: ClassVar[str] = "DisplayName"
    note_field: ClassVar[str] = "PrivateNote"
    may_be_inactive: ClassVar[bool] = False

    @property
    def entity(self) -> str:
        """What the API calls such a record."""
        return self.row.record

    @property
    def noun(self) -> str:
        """What people call such a record."""
        return self.entity.lower()

    @property
    def path(self) -> str:
        return f"/{self.entity.lower()}"

    def preflight(self, look: ReadContext) -> Hold | None:
        """Nothing is dated in a period that is closed (rule 1), and all that it refers to can be used."""
        return self._closed(look) or dead_reference(look.payload, look.reads.references, self.noun)

    def foresee(self, look: ReadContext) -> None:
        look.reads.references.expect(look.payload)

    def _closed(self, look: ReadContext) -> Hold | None:
        day = look.payload.get("TxnDate")
        closed_on = look.reads.book_close_on() if day else None
        if closed_on is None or str(day) > closed_on:
            return None
        return Hold(
            "books_closed",
            f"The books are closed through {closed_on} and this {self.noun} is dated {day}. "
            "Reopen the period in QuickBooks, or let the policy date it on the next open day, then plan again.",
        )

    def create(self, context: Context) -> str:
        made = context.door.quickbooks_create(self.path, context.payload, lambda made: self.is_planned(context, made))
        return str(made["Id"])

    def is_planned(self, context: Context, record: JsonObject) -> bool:
        """Whether a record is the planned one and nobody else's, by what it says of itself: here, its name."""
        return _folded(record.get(self.name_field)) == _folded(context.payload.get(self.name_field))

    def find_refused(self, context: Context, refused: Refused) -> Finding:
        """Where the number is taken, QuickBooks names by whom: it may be ourselves, before any query shows it."""
        named = sentences.owner_of_number(refused.detail)
        if named and named[0] == self.entity:
            try:
                found = self.marked(context, [self.read(context, named[1])])
            except NotFound:
                found = None
            if isinstance(found, Present):
                return found
        return self.find(context)

    def verify(self, context: Context, external_id: str) -> Result:
        try:
            stored = self.read(context, external_id)
        except NotFound:
            return Blocked(self.gone(context, external_id))
        if not self.may_be_inactive and not stored.get("Active", True):
            return Blocked(self.gone(context, external_id))
        return self.compared(context, stored)

    @abstractmethod
    def compared(self, context: Context, stored: JsonObject) -> Result:
        """What was read back, and how it differs from what was planned."""

    def gone(self, context: Context, external_id: str) -> Hold:
        """The hold of a record that somebody deleted, merged or made inactive."""
        return gone(f"{self.entity} {context.payload[self.name_field]!r}", external_id)

    def read(self, context: Context, external_id: str) -> JsonObject:
        """A record as it is now. Raises `NotFound`."""
        return context.quickbooks.get(f"{self.path}/{external_id}")

    def named(self, context: Context) -> JsonObject | None:
        """The record of the list with the planned name, inactive ones too: names are unique in a list."""
        name = context.quickbooks.quote(str(context.payload[self.name_field]))
        found = context.quickbooks.query(
            f"select * from {self.entity} where {self.name_field} = {name} and Active in (true, false)"
        )
        # An answer to another question is none: only this name is what was asked for.
        wanted = _folded(context.payload[self.name_field])
        named = ((record, {_folded(record.get(self.name_field)), _folded(own_name(record))}) for record in found)
        return next((record for record, names in named if wanted in names), None)

    def marked(self, context: Context, records: list[JsonObject]) -> Finding:
        """The one of these that has our marker (rule 27)."""
        return find_marked(context.posting.key, records, entity=self.noun, note_field=self.note_field)

    def recent(self, context: Context, also: str = "") -> list[JsonObject]:
        """Records created since ten minutes before our first attempt; none before any.

        `MetaData.CreateTime` is filterable on every entity while notes are not, so the marker is matched locally.
        """
        since = first_attempt_at(context, _MARGIN)
        if since is None:
            return []
        where = f"MetaData.CreateTime >= '{since:%Y-%m-%dT%H:%M:%SZ}'" + (f" and {also}" if also else "")
        return context.quickbooks.query(f"select * from {self.entity} where {where}")

    def change(self, context: Context, external_id: str, fields: JsonObject) -> None:
        """One sparse update with the SyncToken just read: nobody's edit in between is overwritten unseen.

        Where somebody was faster it is read again, and sent again only if it still differs. Raises `NotFound`, and
        `NotSent` when that does not end.
        """
        for _ in range(_ROUNDS):
            stored = self.read(context, external_id)
            if not quickbooks_differences(fields, stored):
                return
            token = str(stored["SyncToken"])
            content: JsonObject = {**fields, "Id": external_id, "SyncToken": token, "sparse": True}
            try:
                context.door.quickbooks_change(self.path, content, request_part=token)
            except Stale:
                continue
            return
        raise NotSent(
            f"Somebody kept changing {self.noun} {external_id} in QuickBooks while we were updating it ({_ROUNDS} "
            "tries). It is tried again with the next push.",
            system="quickbooks",
        )


def _folded(name: Json) -> str:
    return " ".join(str(name or "").split()).casefold()


def completed(stored: JsonObject, detail: str, flags: tuple[str, ...] = (), doc_number: str | None = None) -> Completed:
    """A record as it was read back, with the SyncToken that it has now."""
    return Completed(str(stored["Id"]), str(stored["SyncToken"]), doc_number, flags, detail)


def reference(record: JsonObject, name: str) -> str | None:
    """The id inside a reference field (`{"value": id, "name": text}`), or None."""
    value = record.get(name)
    return str(value["value"]) if value and value.get("value") not in (None, "") else None


def first_attempt_at(context: Context, margin: timedelta) -> datetime | None:
    """When we may first have made it, less `margin`, by QuickBooks' own clock; None before any attempt."""
    first = context.door.first_attempt_at
    return None if first is None else first + context.reads.clock_skew() - margin


def gone(what: str, external_id: str) -> Hold:
    """The hold of a record that somebody deleted, merged or made inactive. `what` names it and begins the sentence."""
    return Hold(
        "deleted_elsewhere",
        f"{what} (id {external_id}) was made inactive in QuickBooks by somebody, or merged with another. Make it "
        "active again there, or link the one that took its place with `harvest-qb links`. Then sync and plan again.",
    )
