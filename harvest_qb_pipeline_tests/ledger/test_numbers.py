"""Invoice numbers (rule 26): one document each, for ever."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from harvest_qb_pipeline.ledger import approval, reading, tables
from harvest_qb_pipeline.ledger.model import NumberFormat
from harvest_qb_pipeline_tests.ledger.books import Books, bill

OCTOBER = "invoice/client-1/2026-10"


def number_of(books: Books, key: str = OCTOBER) -> str | None:
    return reading.document(books.ledger, key).doc_number


def allotted(books: Books) -> Sequence[Row[Any]]:
    """Every number ever allotted, in order."""
    table = tables.document_numbers
    with books.ledger.reading() as con:
        return con.execute(table.select().order_by(table.c.prefix, table.c.counter)).all()


def test_the_next_number_is_past_the_highest_of_the_ledger_and_both_systems(books: Books) -> None:
    books.plan(bill(1, (1,)), taken=["H2610-0041", "H2610-0007", "1042", "H2610-draft", "H2610-"])
    assert number_of(books) == "H2610-0042"
    books.plan(bill(1, (1,)), bill(2, (2,)), taken=["H2610-0007"])
    assert number_of(books, "invoice/client-2/2026-10") == "H2610-0043"


def test_a_number_grows_past_its_places(books: Books) -> None:
    books.plan(bill(), taken=["H2610-9999"])
    assert number_of(books) == "H2610-10000"


def test_a_cancelled_number_is_never_given_to_another(books: Books) -> None:
    books.plan(bill(1, (1,)))
    approval.cancel(books.ledger, OCTOBER, by="Bea", reason="not billed")
    books.plan(bill(2, (2,)))
    assert number_of(books, "invoice/client-2/2026-10") == "H2610-0002"
    assert [(n.number, n.document) for n in allotted(books)] == [
        ("H2610-0001", OCTOBER),
        ("H2610-0002", "invoice/client-2/2026-10"),
    ]


def test_a_number_that_somebody_else_took_is_replaced_before_anything_exists(books: Books) -> None:
    books.plan(bill())
    books.approve(OCTOBER)
    books.plan(bill(), taken=["H2610-0001"])
    document = reading.document(books.ledger, OCTOBER)
    assert (document.doc_number, document.revision, document.state) == ("H2610-0002", 2, "planned")
    assert allotted(books)[0].retired_because


def test_the_number_of_a_begun_bill_stays_although_it_is_now_seen_in_harvest(books: Books) -> None:
    books.plan(bill())
    books.approve(OCTOBER)
    books.post("twin/client-1/2026-10")
    books.plan(bill(), taken=["H2610-0001"])
    assert number_of(books) == "H2610-0001"


def test_a_number_too_long_for_quickbooks_holds_the_bill(books: Books) -> None:
    (row,) = books.plan(replace(bill(), number_format=NumberFormat("INVOICE-OF-OUR-FIRM-", 4))).rows
    assert (row.state, row.hold_reasons[0].code, row.doc_number) == ("held", "number_too_long", None)
    assert "INVOICE-OF-OUR-FIRM-0001" in row.hold_reasons[0].sentence


def test_another_prefix_starts_its_own_count_and_keeps_numbers_already_bound(books: Books) -> None:
    books.plan(bill(1, (1,)))
    november = replace(bill(2, (2,)), number_format=NumberFormat("H2611-", 3))
    books.plan(replace(bill(1, (1,)), number_format=NumberFormat("H2611-", 3)), november)
    assert number_of(books) == "H2610-0001"
    assert number_of(books, november.key) == "H2611-001"
