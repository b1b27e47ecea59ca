"""What both sides have in common by our doing is noted on a link when it is posted; old payloads are read once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, insert, select, text

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.ledger import links, sending, store, tables
from harvest_qb_pipeline.ledger.links import NewLink
from harvest_qb_pipeline.ledger.model import Document
from harvest_qb_pipeline_tests.ledger.books import NOON, Books, customer, put_links

ACME = "customer/client-1"
MIGRATIONS = Path(store.__file__).parent / "migrations"


def saying(document: Document, agrees: dict[str, str], on: str | None = None, key: str | None = None) -> Document:
    (posting,) = document.postings
    posting = replace(posting, agrees=agrees, agrees_on=on, key=key or posting.key)
    return replace(document, key=posting.key, postings=(posting,))


def change(number: int, agrees: dict[str, str]) -> Document:
    document = saying(customer(), agrees, on=ACME, key=f"customer_update/client-1/{number}")
    return replace(document, postings=(replace(document.postings[0], kind="customer_update", operation="update"),))


def sent(books: Books, key: str = ACME) -> dict[str, str]:
    (link,) = [link for link in links.links(books.ledger) if link.key == key]
    return {name: told["value"] for name, told in (link.baseline or {}).get("sent", {}).items()}


def post(books: Books, document: Document) -> None:
    books.plan(document)
    books.approve(document.key)
    books.post(document.key, "58")


def test_a_creation_notes_what_it_sent_on_its_link(books: Books) -> None:
    post(books, saying(customer(), {"name": "Acme", "email": "a@acme.example"}))
    assert sent(books) == {"name": "Acme", "email": "a@acme.example"}


def test_an_update_notes_the_new_values_beside_what_was_noted_before_and_when(books: Books) -> None:
    both = {"harvest": {"name": "Acme"}, "quickbooks": {"name": "ACME"}}
    put_links(books.ledger, [NewLink(ACME, "58", "matched", "exact name", "matching", baseline=both)])
    post(books, change(1, {"name": "Acme Ltd", "phone": "1"}))
    books.later(hours=1)
    post(books, change(2, {"phone": "2"}))
    (link,) = links.links(books.ledger)
    later = books.now.isoformat()
    assert link.baseline == {
        **both,
        "sent": {"name": {"value": "Acme Ltd", "at": NOON.isoformat()}, "phone": {"value": "2", "at": later}},
    }


def test_what_is_not_posted_is_not_agreed(books: Books) -> None:
    links.confirm_link(books.ledger, ACME, "58", by="Bea")
    document = change(1, {"name": "Acme Ltd"})
    books.plan(document)
    books.approve(document.key)
    begun = books.begin(document.key)
    sending.mark_rejected(books.ledger, begun.posting_id, "run-1", error="Closed.")
    assert sent(books) == {}


def test_an_update_of_a_pair_that_was_taken_apart_meanwhile_is_posted_and_noted_nowhere(books: Books) -> None:
    links.confirm_link(books.ledger, ACME, "58", by="Bea")
    books.plan(change(1, {"name": "Acme Ltd"}))
    books.approve("customer_update/client-1/1")
    links.unlink(books.ledger, ACME, by="Bea", reason="wrong firm")
    books.post("customer_update/client-1/1", "58")
    assert books.state("customer_update/client-1/1") == "posted"
    assert links.links(books.ledger) == []


def test_what_was_agreed_of_a_pair_is_agreed_still_when_it_is_linked_again_and_of_no_other(books: Books) -> None:
    post(books, saying(customer(), {"name": "Acme"}))
    links.unlink(books.ledger, ACME, by="Bea", reason="wrong firm")
    links.confirm_link(books.ledger, ACME, "58", by="Bea")
    assert sent(books) == {"name": "Acme"}
    links.set_link(books.ledger, ACME, "59", by="Bea", reason="seen on paper")
    assert sent(books) == {}


OLD = [
    # key, kind, state, posted at, payload
    (ACME, "customer", "posted", "2026-10-01T10:00:00.000000Z", {
        "DisplayName": "Acme", "CompanyName": "Acme", "PrimaryEmailAddr": {"Address": "a@acme.example"},
        "Mobile": {"FreeFormNumber": "1"}, "BillAddr": {"Line1": "1 High St", "Line2": "Town"},
        "SalesTermRef": {"value": "3"}, "Taxable": False}),
    ("customer_update/client-1/1", "customer_update", "posted", "2026-10-02T10:00:00.000000Z", {
        "id": "58", "fields": {"PrimaryEmailAddr": {"Address": "b@acme.example"}}}),
    ("customer_update/client-1/active/1", "customer_update", "posted", "2026-10-03T10:00:00.000000Z", {
        "id": "58", "fields": {"Active": False}}),
    ("contact_update/client-1/1", "contact_update", "posted", "2026-10-04T10:00:00.000000Z", {
        "contact_id": 7, "fields": {"phone_office": "555"}}),
    ("customer_update/client-1/2", "customer_update", "approved", None, {
        "id": "58", "fields": {"DisplayName": "Acme Ltd"}}),
    ("client/customer-60", "client", "posted", "2026-10-05T10:00:00.000000Z", {
        "client": {"name": "Beko", "address": "2 Low Rd", "currency": "USD"}, "customer_id": "60"}),
    ("contact/customer-60", "contact", "posted", "2026-10-05T10:00:01.000000Z", {
        "contact": {"client_id": {"$link": "client/customer-60"}, "first_name": "Bo", "email": "bo@beko.example",
                    "phone_mobile": "9"}}),
    ("job/project-3", "job", "superseded", None, {"DisplayName": "Site"}),
]  # fmt: skip


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Books]:
    """A store at 0004 with what was posted then, opened by the program of today."""
    path = tmp_path / "ledger.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as con:
        config.attributes["connection"] = con
        command.upgrade(config, "0004")
        con.execute(
            text(
                "INSERT INTO documents VALUES (1, 'd', 1, 1, 'Acme', 'c', 'o', 's', NULL, 0, NULL, 'p',"
                " '2026-10-01T10:00:00.000000Z', 1, 1)"
            )
        )
        for number, (key, kind, state, posted_at, payload) in enumerate(OLD, start=1):
            con.execute(
                text(
                    "INSERT INTO postings (posting_id, document_id, document, key, revision, is_newest, position, kind,"
                    " target, operation, state, payload, payload_sha256, amount, currency, occurs_on, summary,"
                    " depends_on, hold_reasons, flags, request_n, attempts, is_in_flight, unknown_attempts,"
                    " posted_at, recorded_at, event_id) VALUES (:id, 1, :key, :key, 1, 1, 0, :kind, 'quickbooks',"
                    " 'create', :state, :payload, 'h', '0', 'USD', '2026-10-01', 'New', '[]', '[]', '[]', 0, 1, 0, 0,"
                    " :at, '2026-10-01T10:00:00.000000Z', 1)"
                ),
                {"id": number, "key": key, "kind": kind, "state": state, "at": posted_at}
                | {"payload": jsontext.dumps(payload)},
            )
        link: dict[str, Any] = {"made_by": "push", "made_at": NOON, "how": "created", "rule": "", "is_removed": False}
        for key, system, external_id in ((ACME, "quickbooks", "58"), ("client/customer-60", "harvest", "2")):
            con.execute(
                insert(tables.links).values(**link, key=key, system=system, external_id=external_id, event_id=1)
            )
    engine.dispose()
    books = Books(path)
    yield books
    books.ledger.close()


def test_an_old_ledger_learns_from_its_payloads_what_was_made_equal_last(upgraded: Books) -> None:
    assert sent(upgraded) == {
        "name": "Acme",
        "email": "b@acme.example",
        "phone": "555",
        "mobile": "1",
        "address": "1 High St\nTown",
        "active": "inactive",
        "terms": "3",
        "taxable": "false",
    }
    assert sent(upgraded, "client/customer-60") == {
        "name": "Beko",
        "address": "2 Low Rd",
        "active": "active",
        "email": "bo@beko.example",
        "mobile": "9",
    }
    (acme, *_) = links.links(upgraded.ledger, prefix=ACME)
    assert acme.baseline is not None
    assert acme.baseline["sent"]["email"]["at"] == "2026-10-02T10:00:00+00:00"


def test_what_an_old_ledger_has_not_sent_yet_is_noted_when_it_is(upgraded: Books) -> None:
    table = tables.postings
    with upgraded.ledger.reading() as con:
        rows = con.execute(select(table.c.key, table.c.agrees, table.c.agrees_on)).all()
    found = {row.key: (row.agrees, row.agrees_on) for row in rows}
    assert found["customer_update/client-1/2"] == ({"name": "Acme Ltd"}, ACME)
    assert found["contact/customer-60"] == ({"email": "bo@beko.example", "mobile": "9"}, "client/customer-60")
    assert found["job/project-3"] == (None, None)
