"""Clients in Harvest (`client`): created once for a customer of QuickBooks, or adopted where the very same one exists.

Harvest has no idempotency, and whether names of clients are unique is not documented: a second one is looked for.
Rules 12 (one currency) and 49 (links by id).
"""

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Completed, Context, Finding, Kind, Present, Result
from harvest_qb_pipeline.posting.kinds.harvest import gone, same_name
from harvest_qb_pipeline.posting.kinds.linked import link_hold
from harvest_qb_pipeline.transport.faults import NotFound

_LINK = "customer/client-"


class ClientKind(Kind):
    """One Harvest client; posting it also links the client to the customer it was made for."""

    def find(self, context: Context) -> Finding:
        """By name among all clients, archived ones too; one of another currency, or put aside, is not ours."""
        if context.posting.external_id:
            return Present(context.posting.external_id)
        named = _named(context)
        if not named:
            return Absent()
        active = [client for client in named if client["is_active"]]
        if len(active) > 1:
            return Blocked(_twice(active))
        client = (active or named)[0]
        hold = _difference(context, client) or link_hold(context, _LINK, str(client["id"]), _customer_id(context))
        return Blocked(hold) if hold else Present(str(client["id"]))

    def prepare(self, context: Context) -> Hold | None:
        return link_hold(context, _LINK, None, _customer_id(context))

    def create(self, context: Context) -> str:
        return str(context.door.harvest_create("/clients", context.payload["client"])["id"])

    def complete(self, context: Context, external_id: str) -> Result:
        wanted = context.payload["client"]
        try:
            stored = context.harvest.get(f"/clients/{external_id}")
        except NotFound:
            return Blocked(gone(f"Client {wanted['name']}", external_id))
        # A second one of ours needs an attempt that seemed lost and was carried out after all.
        named = _named(context) if context.posting.first_attempt_at else []
        others = [client for client in named if client["is_active"] and str(client["id"]) != external_id]
        if others:
            return Blocked(_twice([stored, *others]))
        flags = tuple(
            flag
            for flag, agrees in (
                ("name_differs", same_name(stored, wanted)),
                ("currency_differs", stored.get("currency") == wanted["currency"]),
            )
            if not agrees
        )
        link = (f"{_LINK}{external_id}", "quickbooks", _customer_id(context))
        return Completed(external_id, flags=flags, detail=f"{stored['name']}, {stored['currency']}", links=(link,))


def _customer_id(context: Context) -> str:
    return str(context.payload["customer_id"])


def _named(context: Context) -> list[JsonObject]:
    """Clients of this name, whatever its capitals: Harvest takes such names for the same."""
    found = context.harvest.list("/clients", "clients")
    return [client for client in found if same_name(client, context.payload["client"])]


def _difference(context: Context, client: JsonObject) -> Hold | None:
    wanted = context.payload["client"]
    differences: list[str] = []
    if client.get("currency") != wanted["currency"]:
        differences.append(f"its currency is {client.get('currency')}, the customer's is {wanted['currency']}")
    if not client["is_active"]:
        differences.append("it is archived")
    if not differences:
        return None
    return Hold(
        "client_differs",
        f"Harvest has a client {client['name']!r} (id {client['id']}) that is not the one planned: "
        f"{'; '.join(differences)}. Restore or rename it in Harvest, or link the right client with `harvest-qb links`, "
        "then plan again.",
    )


def _twice(clients: list[JsonObject]) -> Hold:
    ids = ", ".join(str(client["id"]) for client in clients)
    return Hold(
        "client_twice",
        f"Harvest has {len(clients)} clients named {clients[0]['name']!r} (ids {ids}); one may come from an attempt of "
        f"ours that got no answer. Keep {clients[0]['id']} and delete or rename the others in Harvest, then retry.",
    )


KIND = ClientKind
