"""The ledger's copy in the warehouse: exact, incremental, and never of another ledger."""

from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text

from harvest_qb_pipeline.ledger import adjustments, links, requests, sending
from harvest_qb_pipeline.ledger.columns import JsonText, Moment, Money, Small
from harvest_qb_pipeline.ledger.landing import LANDED, land_ledger, landed_table
from harvest_qb_pipeline.ledger.reversing import begin_reversal
from harvest_qb_pipeline_tests.ledger.books import NOON, Books, bill, customer, entry, twin_deleted

OCTOBER, TWIN = "invoice/client-1/2026-10", "twin/client-1/2026-10"


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        yield con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return con.execute(sql).fetchall()


def test_an_empty_ledger_makes_empty_tables_with_words_for_every_column(books: Books, con) -> None:
    assert set(land_ledger(books.ledger, con).values()) == {0}
    assert {name for (name,) in rows(con, "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'ledger'")} == {
        *(table.name for table in LANDED),
        "landed_up_to",
        "chain_heads",
    }
    silent = "SELECT table_name FROM duckdb_columns() WHERE schema_name = 'ledger' AND comment IS NULL"
    assert set(rows(con, silent)) == {("landed_up_to",), ("chain_heads",)}


def test_money_hours_days_and_times_arrive_exactly(books: Books, con) -> None:
    books.plan(bill(entries=[entry(1, "0.33"), entry(2, "7.10")], amount="743.07"))
    books.approve(OCTOBER)
    books.post(TWIN, "900")
    land_ledger(books.ledger, con)
    assert rows(
        con, "SELECT key, amount, occurs_on, state, external_id, posted_at FROM ledger.postings WHERE kind = 'twin'"
    ) == [(TWIN, Decimal("743.070"), date(2026, 10, 31), "posted", "900", NOON)]
    assert rows(con, "SELECT document, source_id, hours, rate, amount, day FROM ledger.sources ORDER BY ordinal") == [
        (OCTOBER, "1", Decimal("0.33"), Decimal("100.00000"), Decimal("33.000"), date(2026, 10, 5)),
        (OCTOBER, "2", Decimal("7.10"), Decimal("100.00000"), Decimal("710.000"), date(2026, 10, 5)),
    ]
    assert rows(con, "SELECT payload->>'$.DocNumber' FROM ledger.postings WHERE kind = 'invoice'") == [("H2610-0001",)]
    assert rows(con, "SELECT approved_by, void_because FROM ledger.approvals") == [("Bea", None)]
    assert rows(con, "SELECT key, external_id, is_removed FROM ledger.links") == [(TWIN, "900", False)]


def test_a_second_landing_brings_only_what_changed(books: Books, con) -> None:
    books.plan(bill(1, (1, 2)), bill(2, (3,)))
    land_ledger(books.ledger, con)
    assert sum(land_ledger(books.ledger, con).values()) == 0
    books.approve(OCTOBER)
    written = land_ledger(books.ledger, con)
    assert (written["postings"], written["sources"], written["approvals"]) == (3, 0, 1)
    assert rows(con, "SELECT state, count(*) FROM ledger.postings GROUP BY state ORDER BY state") == [
        ("approved", 3),
        ("planned", 3),
    ]


def test_the_copy_holds_the_sources_of_newest_revisions_only(books: Books, con) -> None:
    books.plan(bill(entries=(1, 2)))
    land_ledger(books.ledger, con)
    books.plan(bill(entries=(2, 3)))
    land_ledger(books.ledger, con)
    assert rows(con, "SELECT revision, source_id FROM ledger.sources ORDER BY source_id") == [(2, "2"), (2, "3")]
    assert rows(con, "SELECT revision, state FROM ledger.postings WHERE kind = 'twin' ORDER BY revision") == [
        (1, "superseded"),
        (2, "planned"),
    ]


@pytest.mark.parametrize("pause", [True, False])
def test_landing_step_by_step_ends_where_landing_once_does(books: Books, con, pause: bool) -> None:
    def landed() -> None:
        if pause:
            land_ledger(books.ledger, con)

    books.plan(customer(), bill(new_customer=True), bill(2, (9,)))
    landed()
    books.approve(OCTOBER)
    landed()
    books.post("customer/client-1", "58")
    landed()
    begun = books.begin(TWIN)
    sending.mark_found(books.ledger, begun.posting_id, "run-1", "900")
    begin_reversal(books.ledger, OCTOBER, twin_deleted, reason="wrong set")
    landed()
    books.post("twin_delete/client-1/2026-10", "900")
    landed()
    books.plan(customer(), bill(new_customer=True, entries=(1, 2, 4)))
    adjusted = adjustments.adjust(books.ledger, OCTOBER, amount=Decimal("-25.50"), reason="goodwill", by="Bea")
    landed()
    adjustments.remove_adjustment(books.ledger, adjusted.adjustment_id, by="Bea")
    requests.request_billing(books.ledger, client_id_harvest="1", to_on=date(2026, 11, 15), by="Bea")
    links.reject_link(books.ledger, "customer/client-2", "59", by="Bea", reason="another firm")
    landed()
    links.confirm_link(books.ledger, "customer/client-2", "59", by="Bea")
    land_ledger(books.ledger, con)
    with duckdb.connect() as fresh:
        fresh.execute("SET TimeZone = 'UTC'")
        land_ledger(books.ledger, fresh)
        for table in LANDED:
            query = f"SELECT * FROM ledger.{table.name} ORDER BY ALL"
            assert rows(con, query) == rows(fresh, query), table.name
            assert rows(con, query), f"{table.name} is empty"


def test_another_ledger_replaces_the_copy_of_the_first(books: Books, con, tmp_path) -> None:
    books.plan(bill(1, (1, 2)))
    land_ledger(books.ledger, con)
    other = Books(tmp_path / "other.sqlite", now=datetime(2027, 1, 1, tzinfo=UTC))
    other.plan(bill(2, (7,)), bill(3, (8,)))
    land_ledger(other.ledger, con)
    assert rows(con, "SELECT DISTINCT document FROM ledger.postings ORDER BY 1") == [
        ("invoice/client-2/2026-10",),
        ("invoice/client-3/2026-10",),
    ]
    assert rows(con, "SELECT source_id FROM ledger.sources ORDER BY 1") == [("7",), ("8",)]


def test_a_column_is_landed_when_it_has_words_with_the_type_it_has_in_the_ledger() -> None:
    table = Table(
        "toys",
        MetaData(),
        Column("toy_id", Integer, primary_key=True, doc="Number of the toy"),
        Column("share", Money(9, 4), doc="Its share of all toys"),
        Column("pieces", Small, doc="How many pieces it has"),
        Column("bought_at", Moment, doc="When it was bought"),
        Column("makers", JsonText, doc="Who made it"),
        Column("is_new", Boolean, doc="Whether nobody has played with it"),
        Column("where_it_is_hidden", Text),
        info={"words": "Everything there is to play with."},
    )
    landed = landed_table(table)
    assert (landed.name, landed.description, landed.key) == ("toys", "Everything there is to play with.", "toy_id")
    assert landed.columns == {
        "toy_id": ("BIGINT", "Number of the toy"),
        "share": ("DECIMAL(9,4)", "Its share of all toys"),
        "pieces": ("INTEGER", "How many pieces it has"),
        "bought_at": ("TIMESTAMPTZ", "When it was bought"),
        "makers": ("JSON", "Who made it"),
        "is_new": ("BOOLEAN", "Whether nobody has played with it"),
    }


def test_no_secret_and_no_request_is_landed() -> None:
    assert {"oauth_tokens", "homes"}.isdisjoint(table.name for table in LANDED)
    landed = {column for table in LANDED for column in table.columns}
    assert {"sent_body", "sealed", "lease_owner", "request_id"} & landed == {"request_id"}, "of billing requests only"
    assert "request_id" not in next(table for table in LANDED if table.name == "postings").columns
