"""Bills that a person asks for, for clients who are billed on demand (rule 5).

Belongs here: who asked, for which client, up to which day. Must not be here: what such a bill holds.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select

from harvest_qb_pipeline.ledger import readiness, rows, tables
from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger


@dataclass(frozen=True)
class BillingRequest:
    """Bill this client for everything up to and with `to_on`."""

    request_id: int
    client_id_harvest: str
    to_on: date
    requested_by: str
    requested_at: datetime


def request_billing(ledger: Ledger, *, client_id_harvest: str, to_on: date, by: str) -> BillingRequest:
    """Ask for a bill; asking the same again returns the first request."""
    table = tables.billing_requests
    with changing(ledger) as chain:
        same = (table.c.client_id_harvest == client_id_harvest, table.c.to_on == to_on, table.c.withdrawn_by.is_(None))
        row = chain.con.execute(select(table).where(*same)).first()
        if row is not None:
            return rows.value_of(BillingRequest, row)
        request_id = readiness.next_id(chain.con, table.c.request_id)
        after = {"request_id": request_id, "to_on": to_on.isoformat()}
        event_id = chain.append("billing requested", f"client-{client_id_harvest}", after=after, actor=by)
        chain.con.execute(
            insert(table).values(
                request_id=request_id,
                client_id_harvest=client_id_harvest,
                to_on=to_on,
                requested_by=by,
                requested_at=chain.at,
                event_id=event_id,
            )
        )
        return BillingRequest(request_id, client_id_harvest, to_on, by, chain.at)


def billing_requests(ledger: Ledger) -> list[BillingRequest]:
    """Standing requests, oldest first."""
    table = tables.billing_requests
    with ledger.reading() as con:
        found = con.execute(select(table).where(table.c.withdrawn_by.is_(None)).order_by(table.c.request_id))
        return [rows.value_of(BillingRequest, row) for row in found]


def withdraw_request(ledger: Ledger, request_id: int, *, by: str) -> None:
    """Take a request back; repeating is a no-op. Raises `NotAllowed` when there is none of this number."""
    table = tables.billing_requests
    with changing(ledger) as chain:
        row = chain.con.execute(select(table).where(table.c.request_id == request_id)).first()
        if row is None:
            raise NotAllowed(f"There is no billing request number {request_id}.")
        if row.withdrawn_by is None:
            before = {"request_id": request_id, "to_on": row.to_on.isoformat()}
            event_id = chain.append(
                "billing request withdrawn", f"client-{row.client_id_harvest}", before=before, actor=by
            )
            chain.con.execute(
                table.update().where(table.c.request_id == request_id).values(withdrawn_by=by, event_id=event_id)
            )
