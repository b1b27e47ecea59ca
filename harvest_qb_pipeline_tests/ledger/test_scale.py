"""Large documents and a long history stay cheap."""

import time

import duckdb
import pytest

from harvest_qb_pipeline.ledger import reading, sending
from harvest_qb_pipeline.ledger.landing import land_ledger
from harvest_qb_pipeline_tests.ledger.books import Books, bill


@pytest.mark.slow
def test_two_hundred_thousand_sources_are_planned_in_seconds(books: Books) -> None:
    bills = [bill(n, range(n * 2000, n * 2000 + 2000)) for n in range(100)]
    began = time.process_time()
    assert books.plan(*bills).new == 100
    first = time.process_time() - began
    began = time.process_time()
    assert books.plan(*bills).unchanged == 100
    again = time.process_time() - began
    assert len(books.reserved()) == 200_000
    assert first < 20, f"planning 200,000 sources took {first:.1f} s"
    assert again < 10, f"planning them again took {again:.1f} s"
    with duckdb.connect() as con:
        began = time.process_time()
        assert land_ledger(books.ledger, con)["sources"] == 200_000
        landed = time.process_time() - began
        assert landed < 10, f"landing them took {landed:.1f} s"


def test_what_is_ready_is_found_by_index_and_not_by_reading_history(books: Books) -> None:
    books.plan(bill())
    with books.ledger.reading() as con:
        for where in (
            "state IN ('approved', 'sending', 'uncertain')",
            "state IN ('held', 'planned', 'approved', 'rejected') AND kind IN ('twin', 'invoice')",
        ):
            plan = con.exec_driver_sql(f"EXPLAIN QUERY PLAN SELECT * FROM postings WHERE {where}").all()
            assert "USING INDEX ix_postings_state" in str(plan)


def test_the_cost_of_a_look_for_work_follows_what_is_open(books: Books) -> None:
    names = [f"invoice/client-{n}/2026-10" for n in range(30)]
    books.plan(*(bill(n, (n,)) for n in range(30)))
    for key in names[:-1]:
        books.approve(key)
        books.post(key.replace("invoice/", "twin/"))
        books.post(key)
        books.post(key.replace("invoice/", "twin_open/"))
    books.approve(names[-1])
    assert books.ready() == ["twin/client-29/2026-10"]
    assert reading.counts_by_state(books.ledger) == {"posted": 87, "approved": 3}
    assert [p.key for p in sending.ready(books.ledger, books.now, limit=1)] == ["twin/client-29/2026-10"]
