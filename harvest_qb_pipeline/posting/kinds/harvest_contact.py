"""Contacts of a client in Harvest (`contact`): created once, or adopted where the person is there already.

No field of a contact is unique and Harvest has no idempotency: the person is looked for by e-mail, then by name.
"""

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Completed, Context, Finding, Kind, Present, Result
from harvest_qb_pipeline.posting.kinds.fields import harvest_differences
from harvest_qb_pipeline.posting.kinds.harvest import gone
from harvest_qb_pipeline.transport.faults import NotFound


class ContactKind(Kind):
    """One person at a client."""

    def find(self, context: Context) -> Finding:
        if context.posting.external_id:
            return Present(context.posting.external_id)
        same = _same_person(context)
        if len(same) > 1:
            return Blocked(_twice(same))
        return Present(str(same[0]["id"])) if same else Absent()

    def prepare(self, context: Context) -> Hold | None:
        del context
        return None

    def create(self, context: Context) -> str:
        content: JsonObject = {**context.payload["contact"], "client_id": _client_id(context)}
        return str(context.door.harvest_create("/contacts", content)["id"])

    def complete(self, context: Context, external_id: str) -> Result:
        wanted = {name: value for name, value in context.payload["contact"].items() if name != "client_id"}
        try:
            stored = context.harvest.get(f"/contacts/{external_id}")
        except NotFound:
            return Blocked(gone(f"Contact {_name(wanted)}", external_id))
        # A second one of ours needs an attempt that seemed lost and was carried out after all: then all is equal.
        seen = _contacts(context) if context.posting.first_attempt_at else []
        others = [one for one in seen if str(one["id"]) != external_id and not harvest_differences(wanted, one)]
        if others:
            return Blocked(_twice([stored, *others]))
        differs = context.door.has_tried and bool(harvest_differences(wanted, stored))
        return Completed(external_id, flags=("fields_differ",) if differs else (), detail=_name(stored))


def _client_id(context: Context) -> int:
    return int(context.payload["contact"]["client_id"])


def _contacts(context: Context) -> list[JsonObject]:
    return context.harvest.list("/contacts", "contacts", {"client_id": _client_id(context)})


def _same_person(context: Context) -> list[JsonObject]:
    """Contacts with the e-mail; where there are none, those with the name and no other e-mail."""
    wanted, seen = context.payload["contact"], _contacts(context)
    email = _email(wanted)
    by_mail = [contact for contact in seen if email and _email(contact) == email]
    return by_mail or [
        contact
        for contact in seen
        if _name(contact).casefold() == _name(wanted).casefold() and not (email and _email(contact))
    ]


def _email(contact: JsonObject) -> str:
    return str(contact.get("email") or "").strip().casefold()


def _name(contact: JsonObject) -> str:
    return " ".join(f"{contact.get('first_name') or ''} {contact.get('last_name') or ''}".split())


def _twice(contacts: list[JsonObject]) -> Hold:
    ids = ", ".join(str(contact["id"]) for contact in contacts)
    return Hold(
        "contact_twice",
        f"Harvest has {len(contacts)} contacts {_name(contacts[0])!r} at this client (ids {ids}); one may come from an "
        "attempt of ours that got no answer. Delete all but the first in Harvest, then retry.",
    )


KIND = ContactKind
