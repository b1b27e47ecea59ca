"""What kinds that write to Harvest stand on: a record made once, found by what it is, read back, or deleted.

Belongs here: what follows from the API, whatever the record. Harvest has no idempotency, so that what is there is
looked for before, and a second one after. Must not be here: what one kind looks like.
"""

from abc import abstractmethod
from typing import ClassVar

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.keys import key_prefix
from harvest_qb_pipeline.ledger.model import Hold, System
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Completed, Context, Finding, Kind, Present, Result
from harvest_qb_pipeline.posting.kinds.linked import link_hold
from harvest_qb_pipeline.transport.faults import NotFound


class HarvestRecord(Kind):
    """One record of Harvest, at `path`: made, changed or deleted."""

    @property
    def noun(self) -> str:
        """What the API and people call such a record."""
        return self.row.record

    @property
    def path(self) -> str:
        return f"/{self.noun}s"

    def record_id(self, context: Context) -> str:
        """The record that is changed or deleted."""
        return str(context.payload[f"{self.noun}_id"])

    def read(self, context: Context, external_id: str) -> JsonObject | None:
        """A record as it is now; None when it is gone."""
        try:
            return context.harvest.get(f"{self.path}/{external_id}")
        except NotFound:
            return None


class HarvestCreation(HarvestRecord):
    """Making a record. A kind says which others are `like` it, and what has to agree when it is read back.

    `pair` is the family and record of the link that is then true, to a record of QuickBooks that the payload has as
    `FAMILY_id`. `where` its name is looked for, `keep` and `mend` (what to do with several, or where one differs) are
    words of holds.
    """

    pair: ClassVar[tuple[str, str] | None] = None
    where: ClassVar[str] = ""
    keep: ClassVar[str] = "Keep {first} and delete or rename the others"
    mend: ClassVar[str] = ""

    def find(self, context: Context) -> Finding:
        """The one like it, archived ones too; which of several it is, or what to do where it differs, a person says."""
        if context.posting.external_id:
            return Present(context.posting.external_id)
        found = self.like(context)
        if not found:
            return Absent()
        active = [record for record in found if record.get("is_active", True)]
        if len(active) > 1:
            return Blocked(self._twice(active))
        record = (active or found)[0]
        hold = self._differs(context, record) or self._pair_hold(context, str(record["id"]))
        return Blocked(hold) if hold else Present(str(record["id"]))

    def prepare(self, context: Context) -> Hold | None:
        return self._pair_hold(context, None)

    def create(self, context: Context) -> str:
        content = self.content(context)
        made = context.door.harvest_create(self.path, content, lambda made: self._is_planned(content, made))
        return str(made["id"])

    def verify(self, context: Context, external_id: str) -> Result:
        stored = self.read(context, external_id)
        if stored is None:
            return Blocked(gone(f"{self.noun.capitalize()} {self.called(self.content(context))}", external_id))
        # A second one of ours needs an attempt that seemed lost and was carried out after all.
        seen = self.like_ours(context) if context.posting.first_attempt_at else []
        others = [one for one in seen if one.get("is_active", True) and str(one["id"]) != external_id]
        return Blocked(self._twice([stored, *others])) if others else self.compared(context, stored)

    def _is_planned(self, content: JsonObject, record: JsonObject) -> bool:
        """Whether a record is the planned one and nobody else's: by its name, and the client it stands below."""
        client: JsonObject = record.get("client") or {}
        is_below = "client_id" not in content or content["client_id"] == client.get("id")
        return is_below and _folded(self.called(record)) == _folded(self.called(content))

    @abstractmethod
    def like(self, context: Context) -> list[JsonObject]:
        """Records that may be the planned one already, by a list read now."""

    def like_ours(self, context: Context) -> list[JsonObject]:
        """Records that a lost attempt of ours may have made."""
        return self.like(context)

    def differences(self, context: Context, record: JsonObject) -> list[str]:
        """What makes one that is like it another one than planned, in words."""
        del context, record
        return []

    @abstractmethod
    def compared(self, context: Context, stored: JsonObject) -> Result:
        """What was read back, and how it differs from what was planned."""

    def content(self, context: Context) -> JsonObject:
        """What is planned of it. Ids that came from a link are numbers, as Harvest has them."""
        planned: JsonObject = context.payload[self.noun]
        return {name: int(value) if name.endswith("_id") else value for name, value in planned.items()}

    def called(self, record: JsonObject) -> str:
        """What people call one, planned or stored."""
        return str(record.get("name") or "")

    def links(self, context: Context, external_id: str) -> tuple[tuple[str, System, str], ...]:
        """The link to its pair, which is true from now on."""
        pair_id = self._pair_id(context)
        return ((f"{self._prefix}{external_id}", "quickbooks", pair_id),) if pair_id else ()

    @property
    def _prefix(self) -> str:
        return key_prefix(*self.pair) if self.pair else ""

    def _pair_id(self, context: Context) -> str | None:
        found = context.payload.get(f"{self.pair[0]}_id") if self.pair else None
        return str(found) if found else None

    def _pair_hold(self, context: Context, external_id: str | None) -> Hold | None:
        pair_id = self._pair_id(context)
        return link_hold(context, self._prefix, external_id, pair_id) if pair_id else None

    def _differs(self, context: Context, record: JsonObject) -> Hold | None:
        differences = self.differences(context, record)
        if not record.get("is_active", True):
            differences.append("it is archived")
        if not differences:
            return None
        return Hold(
            f"{self.noun}_differs",
            f"Harvest has a {self.noun} {self.called(record)!r} (id {record['id']}){self.where} that is not the one "
            f"planned: {'; '.join(differences)}. {self.mend}",
        )

    def _twice(self, records: list[JsonObject]) -> Hold:
        ids = [str(record["id"]) for record in records]
        those = f"{self.called(records[0])!r}{self.where}"
        return Hold(
            f"{self.noun}_twice",
            f"Harvest has {len(records)} {self.noun}s {those if self.where else f'named {those}'} (ids "
            f"{', '.join(ids)}); one may come from an attempt of ours that got no answer. "
            f"{self.keep.format(first=ids[0])} in Harvest, then retry.",
        )


class HarvestDeletion(HarvestRecord):
    """Deleting what a posting of ours made. A kind says when that is allowed, and what else has to be true then."""

    def find(self, context: Context) -> Finding:
        record_id = self.record_id(context)
        return Present(record_id) if self.read(context, record_id) is None else Absent()

    def create(self, context: Context) -> str:
        record_id = self.record_id(context)
        context.door.harvest_change("DELETE", f"{self.path}/{record_id}", None)
        return record_id

    def verify(self, context: Context, external_id: str) -> Result:
        """The answer to the deletion has said that it is gone, or looking for it has."""
        del context
        return Completed(external_id)


def same_name(one: JsonObject, other: JsonObject) -> bool:
    """Whether two records have one name, whatever its capitals and the blanks around it."""
    return str(one["name"]).strip().casefold() == str(other["name"]).strip().casefold()


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def gone(what: str, external_id: str) -> Hold:
    """The hold of a record that somebody deleted in Harvest. `what` names it and begins the sentence."""
    return Hold(
        "deleted_elsewhere",
        f"{what} (id {external_id}) was deleted in Harvest by somebody. If that was right, cancel this posting; else "
        "make it again there and link it with `harvest-qb links`. Then sync and plan again.",
    )
