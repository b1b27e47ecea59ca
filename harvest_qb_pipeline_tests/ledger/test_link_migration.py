"""A ledger from before links were one to one, brought up to date with all it holds."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from harvest_qb_pipeline.ledger import links, store
from harvest_qb_pipeline.ledger.landing import LANDED, land_ledger
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline_tests.ledger.books import Books, put_link

MIGRATIONS = Path(store.__file__).parent / "migrations"
CREATED, MATCHED, STATED = "customer/client-1", "customer/client-2", "customer/client-3"
OLDER, YOUNGER, REMOVED, TWIN = "customer/client-9", "customer/client-4", "customer/client-5", "twin/client-1/2026-10"
OLD_LINKS = [
    # key, system, external id, by, minute, removed
    (CREATED, "quickbooks", "58", "push", "01", 0),
    (MATCHED, "quickbooks", "59", "equal name", "02", 0),
    (STATED, "quickbooks", "60", "policy", "03", 0),
    (OLDER, "quickbooks", "61", "equal name", "04", 0),
    (YOUNGER, "quickbooks", "61", "equal name", "05", 0),
    (REMOVED, "quickbooks", "59", "equal name", "00", 1),
    (TWIN, "harvest", "58", "push", "06", 0),
]


def make_old(path: Path) -> None:
    """A store at 0001, its rows written as the program of that day did."""
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as con:
        config.attributes["connection"] = con
        command.upgrade(config, "0001")
        for key, system, external_id, by, minute, removed in OLD_LINKS:
            con.execute(
                text("INSERT INTO links VALUES (:key, :system, :id, :by, :at, :removed, 1)"),
                {
                    "key": key,
                    "system": system,
                    "id": external_id,
                    "by": by,
                    "at": f"2026-10-01T10:{minute}:00.000000Z",
                    "removed": removed,
                },
            )
        con.execute(
            text(
                "INSERT INTO documents VALUES (1, :key, 1, 1, 'Acme', 'c', 'o', 's', NULL, 0, NULL, 'p',"
                " '2026-10-01T10:00:00.000000Z', 1, 1)"
            ),
            {"key": CREATED},
        )
        for posting_id, (key, state) in enumerate(
            [(CREATED, "posted"), (MATCHED, "planned"), (TWIN, "posted")], start=1
        ):
            con.execute(
                text(
                    "INSERT INTO postings (posting_id, document_id, document, key, revision, is_newest, position, kind,"
                    " target, operation, state, payload, payload_sha256, amount, currency, occurs_on, summary,"
                    " depends_on, hold_reasons, flags, request_n, attempts, is_in_flight, unknown_attempts,"
                    " recorded_at, event_id) VALUES (:id, 1, :key, :key, 1, 1, 0, 'customer', 'quickbooks', 'create',"
                    " :state, '{}', 'h', '0', 'USD', '2026-10-01', 'New', '[]', '[]', '[]', 0, 1, 0, 0,"
                    " '2026-10-01T10:00:00.000000Z', 1)"
                ),
                {"id": posting_id, "key": key, "state": state},
            )
    engine.dispose()


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    path = tmp_path / "ledger.sqlite"
    make_old(path)
    books = Books(path)
    yield books
    assert books.holds() == []
    books.ledger.close()


def test_every_link_is_kept_and_says_how_it_came_to_be(books: Books) -> None:
    with books.ledger.reading() as con:
        assert con.execute(text("SELECT version_num FROM alembic_version")).scalar() == store.NEWEST
        found = con.execute(
            text("SELECT key, system, external_id, made_by, substr(made_at, 15, 2), is_removed FROM links")
        ).all()
    assert sorted(map(tuple, found)) == sorted(OLD_LINKS)
    assert {link.key: (link.how, link.rule) for link in links.links(books.ledger)} == {
        CREATED: ("created", ""),
        MATCHED: ("matched", "exact name"),
        STATED: ("confirmed", "policy look-up"),
        OLDER: ("matched", "exact name"),
        YOUNGER: ("matched", "exact name"),
        TWIN: ("created", ""),
    }
    assert links.decisions(books.ledger) == []


def test_of_two_links_that_share_a_record_only_the_older_claims_it(books: Books) -> None:
    with books.ledger.reading() as con:
        claims = dict(con.execute(text("SELECT key, exclusive FROM links")).all())
    assert claims == {
        CREATED: "quickbooks:Customer:58",
        MATCHED: "quickbooks:Customer:59",
        STATED: "quickbooks:Customer:60",
        OLDER: "quickbooks:Customer:61",
        YOUNGER: None,
        REMOVED: None,
        TWIN: None,
    }


def test_a_record_that_two_share_is_free_only_when_both_have_let_go(books: Books) -> None:
    with pytest.raises(NotAllowed, match=f"id 61 is linked to {OLDER} already"):
        links.confirm_link(books.ledger, REMOVED, "61", by="Bea")
    links.unlink(books.ledger, OLDER, by="Bea", reason="the other is right")
    with pytest.raises(NotAllowed, match=f"id 61 is linked to {YOUNGER} already"):
        links.confirm_link(books.ledger, OLDER, "61", by="Bea")
    links.confirm_link(books.ledger, YOUNGER, "61", by="Bea")
    links.unlink(books.ledger, YOUNGER, by="Bea", reason="neither is")
    links.confirm_link(books.ledger, REMOVED, "61", by="Bea")
    assert links.resolve(books.ledger, REMOVED) == "61"


def test_a_key_removed_long_ago_is_linked_like_any_other(books: Books) -> None:
    with pytest.raises(NotAllowed, match=f"id 59 is linked to {MATCHED} already"):
        links.confirm_link(books.ledger, REMOVED, "59", by="Bea")
    links.set_link(books.ledger, MATCHED, "70", by="Bea", reason="seen on paper")
    links.confirm_link(books.ledger, REMOVED, "59", by="Bea")
    assert links.resolve_all(books.ledger, [MATCHED, REMOVED]) == {MATCHED: "70", REMOVED: "59"}


def test_a_copy_landed_before_the_upgrade_is_made_anew_with_what_links_say_now(books: Books) -> None:
    with duckdb.connect() as con:
        put_link(books.ledger, "customer/client-6", "62", by="Bea", how="confirmed")
        land_ledger(books.ledger, con)
        newer = ("how", "rule", "baseline")
        for name in newer:
            con.execute(f"ALTER TABLE ledger.links DROP COLUMN {name}")
        con.execute("DROP TABLE ledger.link_decisions")
        land_ledger(books.ledger, con)
        hows = con.execute("SELECT how, count(*) FROM ledger.links GROUP BY how ORDER BY how").fetchall()
        assert hows == [("confirmed", 2), ("created", 2), ("matched", 4)]
        columns = [row[0] for row in con.execute("DESCRIBE ledger.links").fetchall()]
        assert columns == list(next(table for table in LANDED if table.name == "links").columns)
        assert sum(land_ledger(books.ledger, con).values()) == 0
