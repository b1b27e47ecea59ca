"""The grammar of QuickBooks' queries, without any company."""

import pytest

from harvest_qb_pipeline.sandbox.quickbooks.faults import RefusalError
from harvest_qb_pipeline.sandbox.quickbooks.query_language import CURRENT_DATE, Condition, Query, parse


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("select * from Customer", Query("Customer")),
        ("SELECT * FROM customer", Query("customer")),
        ("select\n*\tfrom  Customer", Query("Customer")),
        ("select Id, DisplayName from Customer", Query("Customer", ("Id", "DisplayName"), has_star=False)),
        ("select *, Sku from Item", Query("Item", ("Sku",), has_star=True)),
        ("select count(*) from Invoice", Query("Invoice", is_count=True)),
        (
            "select * from Invoice where CustomerRef = '12' and TxnDate >= '2026-10-01'",
            Query(
                "Invoice",
                conditions=(Condition("CustomerRef", "=", ("12",)), Condition("TxnDate", ">=", ("2026-10-01",))),
            ),
        ),
        (
            "select * from Customer where Active IN (true, false)",
            Query("Customer", conditions=(Condition("Active", "IN", (True, False)),)),
        ),
        (
            "select * from Customer where DisplayName like 'A%'",
            Query("Customer", conditions=(Condition("DisplayName", "LIKE", ("A%",)),)),
        ),
        (
            "select * from Invoice where TxnDate < CURRENT_DATE",
            Query("Invoice", conditions=(Condition("TxnDate", "<", (CURRENT_DATE,)),)),
        ),
        (
            "select * from Invoice where MetaData.LastUpdatedTime>'2026-01-01T00:00:00-08:00' orderby Id",
            Query(
                "Invoice",
                conditions=(Condition("MetaData.LastUpdatedTime", ">", ("2026-01-01T00:00:00-08:00",)),),
                order=(("Id", False),),
            ),
        ),
        (
            "select * from Invoice order by TxnDate desc, Id asc startposition 101 maxresults 50",
            Query("Invoice", order=(("TxnDate", True), ("Id", False)), start=101, most=50),
        ),
        (
            "select * from Invoice ORDERBY DocNumber DESC MAXRESULTS 5",
            Query("Invoice", order=(("DocNumber", True),), most=5),
        ),
    ],
)
def test_a_statement_means_what_the_grammar_says(statement: str, expected: Query) -> None:
    assert parse(statement) == expected


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("''", ""),
        ("'plain'", "plain"),
        (r"'O\'Brien & Sons'", "O'Brien & Sons"),
        (r"'C:\\temp'", r"C:\temp"),
        (r"'\\\''", "\\'"),
        ("'Café “Zürich”'", "Café “Zürich”"),
        ("'select * from'", "select * from"),
        ("'two\nlines'", "two\nlines"),
    ],
)
def test_quotes_and_backslashes_are_escaped_with_a_backslash(literal: str, text: str) -> None:
    assert parse(f"select * from Customer where DisplayName = {literal}").conditions[0].values == (text,)


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "select",
        "select * Customer",
        "select * from",
        "select , from Customer",
        "select * from Customer where",
        "select * from Customer where DisplayName",
        "select * from Customer where DisplayName = Acme",
        "select * from Customer where Balance > 100",
        "select * from Customer where DisplayName = 'O'Brien'",
        "select * from Customer where DisplayName = 'O''Brien'",
        "select * from Customer where DisplayName = 'open",
        r"select * from Customer where DisplayName = 'bad \escape'",
        "select * from Customer where DisplayName = 'a' or DisplayName = 'b'",
        "select * from Customer where DisplayName != 'a'",
        "select * from Customer where DisplayName <> 'a'",
        "select * from Customer where (DisplayName = 'a')",
        "select * from Customer where not Active = true",
        "select * from Customer where Id in ()",
        "select * from Customer where Id in '1'",
        "select * from Customer orderby",
        "select * from Customer order DisplayName",
        "select * from Customer maxresults ten",
        "select * from Customer maxresults 10 startposition 1",
        "select * from Customer maxresults -1",
        "select * from Customer; drop",
        "select count(Id) from Customer",
        "select * from Customer group by DisplayName",
        "update Customer",
    ],
)
def test_what_the_grammar_does_not_know_is_fault_4000(statement: str) -> None:
    with pytest.raises(RefusalError) as refused:
        parse(statement)
    assert refused.value.code == "4000"
    assert refused.value.detail.startswith("QueryParserError: ")


def test_a_parse_error_names_the_column_and_what_was_expected() -> None:
    with pytest.raises(RefusalError) as refused:
        parse("select * from Invoice where DocNumber = 'A' R")
    assert refused.value.detail == (
        'QueryParserError: Encountered " <IDENTIFIER> "R "" at line 1, column 45.\nWas expecting one of:\n'
        '    <EOF>\n    <AND> ...\n    "maxresults" ...\n    "order" ...\n    "orderby" ...\n'
        '    "startposition" ...\n    '
    )


def test_a_character_outside_the_language_is_a_lexical_error() -> None:
    with pytest.raises(RefusalError) as refused:
        parse("select * from Item where Name = –")
    assert refused.value.detail == (
        'QueryParserError: Invalid content. Lexical error at line 1, column 33.  Encountered: "–" (8211), after : ""'
    )


@pytest.mark.parametrize("clause", ["startposition 0", "maxresults 0"])
def test_positions_are_counted_from_one(clause: str) -> None:
    with pytest.raises(RefusalError) as refused:
        parse(f"select * from Customer {clause}")
    assert (refused.value.code, refused.value.detail) == (
        "4001",
        "QueryValidationError: value 0 is too small. Min allowed value is 1",
    )
