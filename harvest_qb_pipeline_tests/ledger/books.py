"""A ledger in a temporary file and small documents to plan, written as a bookkeeper would say them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger import approval, events, identity, links, reading, sending, tables
from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.links import How, NewLink
from harvest_qb_pipeline.ledger.model import (
    Document,
    Hold,
    NumberFormat,
    Posting,
    Reversal,
    Source,
    StoredPosting,
    System,
)
from harvest_qb_pipeline.ledger.plans import PlanResult, record_plan
from harvest_qb_pipeline.ledger.readiness import newest_row
from harvest_qb_pipeline.ledger.reading import Event
from harvest_qb_pipeline.ledger.rows import value_of
from harvest_qb_pipeline.ledger.states import NotAllowed, move
from harvest_qb_pipeline.ledger.store import Ledger, open_ledger

KINDS = ("customer", "job", "twin", "invoice", "twin_open")
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
UNAPPROVED = Hold("unapproved_time", "2 entries are not approved yet.")


def entry(number: int, hours: str = "1.50") -> Source:
    return Source(
        "bill",
        "time_entry",
        str(number),
        "2026-10-31T10:00:00Z",
        day=date(2026, 10, 5),
        person="Ada",
        project="Site",
        task="Design",
        hours=Decimal(hours),
        rate=Decimal("100.00"),
        amount=Decimal(hours) * 100,
        line=1,
    )


def twin_deleted(posting: StoredPosting) -> Reversal | None:
    """What undoes a twin, as its kind says it; nothing else can be undone."""
    if posting.kind != "twin":
        return None
    payload: JsonObject = {"invoice_id": posting.external_id, "invoice": posting.payload["invoice"]}
    return Reversal("twin", "delete", payload, f"Delete the draft twin {posting.external_id}", "deletes it")


def customer(client: int = 1, name: str = "Acme", holds: Sequence[Hold] = ()) -> Document:
    key = f"customer/client-{client}"
    posting = Posting(
        key,
        "customer",
        "quickbooks",
        "create",
        {"DisplayName": name},
        Decimal(0),
        "USD",
        date(2026, 10, 31),
        f"New {name}",
    )
    return Document(key, name, (posting,), hold_reasons=tuple(holds))


def bill(
    client: int = 1,
    entries: Sequence[int | Source] = (1, 2),
    *,
    period: str = "2026-10",
    amount: str = "300.00",
    holds: Sequence[Hold] = (),
    new_customer: bool = False,
    currency: str = "USD",
) -> Document:
    """One month of one client: twin, invoice, twin_open."""
    name = f"client-{client}/{period}"
    who = {"$link": f"customer/client-{client}"} if new_customer else "58"

    def posting(kind: str, target: str, operation: str, payload: dict, *needs: str) -> Posting:
        return Posting(
            f"{kind}/{name}",
            kind,
            target,
            operation,
            payload,
            Decimal(amount),
            currency,
            date(2026, 10, 31),
            name,
            needs,
        )

    needs_customer = (f"customer/client-{client}",) if new_customer else ()
    return Document(
        f"invoice/{name}",
        f"Client {client}, {period}",
        (
            posting("twin", "harvest", "create", {"invoice": {"number": {"$number": True}}, "total": Decimal(amount)}),
            posting(
                "invoice",
                "quickbooks",
                "create",
                {
                    "DocNumber": {"$number": True},
                    "PrivateNote": {"$marker": "Oct 2026"},
                    "CustomerRef": {"value": who},
                    "Line": [{"Amount": Decimal(amount)}],
                },
                f"twin/{name}",
                *needs_customer,
            ),
            posting("twin_open", "harvest", "create", {"invoice_id": {"$link": f"twin/{name}"}}, f"invoice/{name}"),
        ),
        tuple(entry(item) if isinstance(item, int) else item for item in entries),
        tuple(holds),
        NumberFormat("H2610-"),
    )


def record(
    ledger: Ledger, documents: Sequence[Document], *, kinds: Collection[str], numbers_taken: Collection[str] = ()
) -> PlanResult:
    """A plan of these documents, of whatever room, in a transaction of its own."""
    with changing(ledger) as chain:
        return record_plan(chain, documents, kinds=kinds, numbers_taken=numbers_taken, policy_sha256="test")


def put_links(ledger: Ledger, new: Sequence[NewLink], *, reason: str = "") -> list[tuple[NewLink, str]]:
    """Links as a plan makes them, in a transaction of their own."""
    with changing(ledger) as chain:
        return links.put_links(chain, new, reason=reason)


def put_link(
    ledger: Ledger,
    key: str,
    external_id: str,
    *,
    by: str,
    system: System = "quickbooks",
    how: How = "matched",
    rule: str = "",
) -> None:
    """Link the two as matching does. Raises `NotAllowed` when something contradicts."""
    for _, sentence in put_links(ledger, [NewLink(key, external_id, how, rule, by, system)]):
        raise NotAllowed(sentence)


def events_in(ledger: Ledger) -> list[Event]:
    """Every event, oldest first."""
    with ledger.reading() as con:
        return [value_of(Event, row) for row in con.execute(tables.events.select().order_by(tables.events.c.event_id))]


def ledger_id_of(ledger: Ledger) -> str:
    """The id that the markers of a ledger carry."""
    with ledger.reading() as con:
        return identity.ledger_id(con)


def flag(ledger: Ledger, key: str, *flags: str) -> None:
    """A posting stands otherwise than planned, as if it had been posted so."""
    with changing(ledger) as chain:
        row = newest_row(chain.con, key)
        assert row is not None
        move(chain, row, row.state, "flagged", flags=sorted(flags))


@dataclass
class Books:
    """A ledger with a clock that a test moves by hand."""

    path: Path | str
    now: datetime = NOON
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = open_ledger(self.path, actor="tests", run_id="run-1", clock=lambda: self.now)

    def plan(self, *documents: Document, taken: Sequence[str] = (), kinds: Sequence[str] = KINDS) -> PlanResult:
        return record(self.ledger, documents, kinds=kinds, numbers_taken=taken)

    def approve(self, key: str, sha256: str | None = None) -> approval.ApprovalResult:
        return approval.approve(self.ledger, key, by="Bea", sha256=sha256, via="cli")

    @property
    def ledger_id(self) -> str:
        return ledger_id_of(self.ledger)

    def states(self) -> dict[str, str]:
        """State of each newest posting, by key."""
        return {posting.key: posting.state for posting in reading.postings(self.ledger)}

    def state(self, key: str) -> str:
        found = reading.document(self.ledger, key)
        assert found is not None
        return found.state

    def reserved(self) -> dict[str, str]:
        """Which document holds each source, by source id."""
        with self.ledger.reading() as con:
            return {row.source_id: row.document for row in con.exec_driver_sql("SELECT * FROM reservations")}

    def ready(self) -> list[str]:
        return [posting.key for posting in sending.ready(self.ledger, self.now, limit=100)]

    def claim(self, key: str, owner: str = "run-1", seconds: float = 300) -> StoredPosting | None:
        posting = reading.posting(self.ledger, key)
        assert posting is not None
        return sending.claim(self.ledger, posting.posting_id, owner=owner, now=self.now, lease_seconds=seconds)

    def begin(self, key: str, owner: str = "run-1") -> StoredPosting:
        """Claim a posting and write down that its bytes leave."""
        claimed = self.claim(key, owner)
        assert claimed is not None, f"{key} could not be claimed"
        return sending.record_attempt(self.ledger, claimed.posting_id, owner, body=b"{}", request_id="r1", now=self.now)

    def post(self, key: str, external_id: str = "900", flags: Sequence[str] = ()) -> None:
        begun = self.begin(key)
        sending.mark_posted(
            self.ledger,
            begun.posting_id,
            "run-1",
            external_id=external_id,
            sync_token="0",
            doc_number=begun.doc_number,
            flags=flags,
        )

    def later(self, **amount: float) -> None:
        self.now += timedelta(**amount)

    def said(self, key: str) -> list[str]:
        """What the events tell of a document, oldest first."""
        return [event.what for event in reading.events_of(self.ledger, key)]

    def told(self) -> int:
        """How many events there are."""
        return len(events_in(self.ledger))

    def holds(self) -> list[events.Break]:
        return events.verify_chain(self.ledger)


def standing(books: Books) -> dict[str, str]:
    """The record that each key is linked to."""
    return {link.key: link.external_id for link in links.links(books.ledger)}


def everything(books: Books) -> tuple[object, ...]:
    """All that was ever written of links: equal before and after what must leave no trace."""
    with books.ledger.reading() as con:
        return tuple(
            con.execute(table.select()).all() for table in (tables.events, tables.links, tables.link_decisions)
        )


ACME, BEKO = "customer/client-1", "customer/client-2"

Change: TypeAlias = Callable[[Ledger], object]
CHANGES: dict[str, Change] = {
    "put": lambda to: put_link(to, ACME, "58", by="Bea", how="matched", rule="exact name"),
    "put many": lambda to: put_links(to, [NewLink(ACME, "58", "matched", "exact name", "matching")]),
    "confirm": lambda to: links.confirm_link(to, ACME, "58", by="Bea"),
    "reject": lambda to: links.reject_link(to, ACME, "58", by="Bea", reason="another firm"),
    "set": lambda to: links.set_link(to, ACME, "58", by="Bea", reason="seen on paper"),
    "unlink": lambda to: links.unlink(to, BEKO, by="Bea", reason="wrong firm"),
}
"""Every way in which a link of Acme may be made or refused, and one of Beko taken away."""
