"""Contacts of a client in Harvest (`contact`): created once, or adopted where the person is there already.

No field of a contact is unique: the person is looked for by e-mail, then by name.
"""

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.posting.kind import Completed, Context, Result
from harvest_qb_pipeline.posting.kinds.fields import harvest_differences
from harvest_qb_pipeline.posting.kinds.harvest import HarvestCreation


class ContactKind(HarvestCreation):
    """One person at a client."""

    where = " at this client"
    keep = "Delete all but the first"

    def like(self, context: Context) -> list[JsonObject]:
        """Contacts with the e-mail; where there are none, those with the name and no other e-mail."""
        wanted, seen = self.content(context), self._of_client(context)
        email, name = _email(wanted), self.called(wanted).casefold()
        by_mail = [contact for contact in seen if email and _email(contact) == email]
        return by_mail or [
            contact
            for contact in seen
            if self.called(contact).casefold() == name and not (email and _email(contact))
        ]  # fmt: skip

    def like_ours(self, context: Context) -> list[JsonObject]:
        """What an attempt of ours made is equal in everything."""
        return [contact for contact in self._of_client(context) if not self._differences(context, contact)]

    def compared(self, context: Context, stored: JsonObject) -> Result:
        differs = context.door.has_tried and bool(self._differences(context, stored))
        flags = ("fields_differ",) if differs else ()
        return Completed(str(stored["id"]), flags=flags, detail=self.called(stored))

    def called(self, record: JsonObject) -> str:
        return " ".join(f"{record.get('first_name') or ''} {record.get('last_name') or ''}".split())

    def _of_client(self, context: Context) -> list[JsonObject]:
        return context.harvest.list("/contacts", "contacts", {"client_id": self.content(context)["client_id"]})

    def _differences(self, context: Context, contact: JsonObject) -> tuple[str, ...]:
        wanted = {name: value for name, value in self.content(context).items() if name != "client_id"}
        return harvest_differences(wanted, contact)


def _email(contact: JsonObject) -> str:
    return str(contact.get("email") or "").strip().casefold()


KIND = ContactKind
