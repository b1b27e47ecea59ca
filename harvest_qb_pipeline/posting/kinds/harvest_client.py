"""Clients in Harvest (`client`): created once for a customer of QuickBooks, or adopted where the very same one exists.

Whether names of clients are unique is not documented: a second one is looked for. Rules 12 (one currency) and 49
(links by id).
"""

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.posting.kind import Completed, Context, Result
from harvest_qb_pipeline.posting.kinds.fields import flags_of
from harvest_qb_pipeline.posting.kinds.harvest import HarvestCreation, same_name


class ClientKind(HarvestCreation):
    """One Harvest client; posting it also links the client to the customer it was made for."""

    pair = ("customer", "client")
    mend = "Restore or rename it in Harvest, or link the right client with `harvest-qb links`, then plan again."

    def like(self, context: Context) -> list[JsonObject]:
        """Clients of this name, whatever its capitals: Harvest takes such names for the same."""
        found = context.harvest.list("/clients", "clients")
        return [client for client in found if same_name(client, self.content(context))]

    def differences(self, context: Context, record: JsonObject) -> list[str]:
        there, wanted = record.get("currency"), self.content(context)["currency"]
        return [] if there == wanted else [f"its currency is {there}, the customer's is {wanted}"]

    def compared(self, context: Context, stored: JsonObject) -> Result:
        wanted, client_id = self.content(context), str(stored["id"])
        flags = flags_of(
            name_differs=same_name(stored, wanted), currency_differs=stored.get("currency") == wanted["currency"]
        )  # fmt: skip
        detail = f"{stored['name']}, {stored['currency']}"
        return Completed(client_id, flags=flags, detail=detail, links=self.links(context, client_id))


KIND = ClientKind
