import json
from decimal import Decimal

import pytest

from harvest_qb_pipeline.quickbooks import protocol
from harvest_qb_pipeline.transport.faults import Refused, Unknown
from harvest_qb_pipeline.transport.http import Answer


def ok(body: object) -> Answer:
    return Answer(200, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


def test_the_envelope_is_taken_off_a_record() -> None:
    body = b'{"Invoice":{"Id":"12","TotalAmt":362.07},"time":"2015-07-24T10:33:39.11-07:00"}'
    assert protocol.entity(ok(body)) == {"Id": "12", "TotalAmt": Decimal("362.07")}
    deleted = {"Invoice": {"status": "Deleted", "domain": "QBO", "Id": "33"}, "time": "x"}
    assert protocol.entity(ok(deleted)) == deleted["Invoice"]
    warned = {"Invoice": {"Id": "1"}, "Warnings": {"Warning": []}, "time": "x"}
    assert protocol.entity(ok(warned)) == {"Id": "1"}


def test_an_answer_without_envelope_is_returned_whole() -> None:
    body = {"TaxCode": "A", "TaxCodeId": "7", "TaxRateDetails": []}
    assert protocol.entity(ok(body)) == body


@pytest.mark.parametrize("body", [b"", b"{}", b'{"time":"x"}', b"[1]", b"<html>", b'{"Invoice": {"Id"'])
def test_a_good_status_with_an_unreadable_body_is_unknown(body: bytes) -> None:
    with pytest.raises(Unknown):
        protocol.entity(ok(body))


BAD_IDS = (
    *(b"null", b'"req-8f3c"', b"NaN", b'["7"]', b"{}", b"true", b"1.5"),
    *(b'""', b'"0"', b'"-3"', b'"7 "', b'"07"', b"12"),
    *(b'"1.5"', b"Infinity", '"\u0661"'.encode()),
)  # fmt: skip


@pytest.mark.parametrize("value", BAD_IDS)
def test_a_record_without_an_id_that_is_one_is_unknown(value: bytes) -> None:
    with pytest.raises(Unknown):
        protocol.record(ok(b'{"Invoice": {"Id": %s, "DocNumber": "H-1"}, "time": "x"}' % value))


@pytest.mark.parametrize(
    "body",
    [
        *(b"null", b"[]", b'{"Invoice": null}', b'{"Invoice": []}', b'{"Invoice": {}}', b'{"Invoice": [{"Id": "7"}]}'),
        *(b'{"Invoice": {"Id": "7", "Id": "8"}}', b'{"Invoice": {"Id": "7", "TotalAmt": NaN}}'),
        *(b'{"Invoice": {"Id": "7"}, "Bill": {"Id": "8"}}', b'{"Invoice": {"Id": "7", "TotalAmt": 1e999}}'),
    ],
)
def test_what_is_no_record_is_unknown(body: bytes) -> None:
    with pytest.raises(Unknown):
        protocol.record(ok(body))


def test_the_record_that_was_asked_for_is_told_from_another() -> None:
    assert protocol.record(ok({"Invoice": {"Id": "7"}}), "7") == {"Id": "7"}
    with pytest.raises(Unknown):
        protocol.record(ok({"Invoice": {"Id": "70"}}), "7")


def test_a_fault_that_comes_with_status_200_is_a_fault() -> None:
    fault = {"Fault": {"Error": [{"Message": "m", "Detail": "d", "code": "2020"}], "type": "ValidationFault"}}
    for understand in (protocol.entity, protocol.page, protocol.total, protocol.changes):
        with pytest.raises(Refused):
            understand(ok(fault))


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (
            {
                "QueryResponse": {"Customer": [{"Id": "1"}, {"Id": "2"}], "startPosition": 1, "maxResults": 2},
                "time": "x",
            },
            2,
        ),
        ({"QueryResponse": {"startPosition": 1, "maxResults": 1, "totalCount": 1, "Customer": [{"Id": "1"}]}}, 1),
        ({"QueryResponse": {"Customer": [{"Id": "1"}, {"Id": "2"}, {"Id": "3"}]}}, 3),
        ({"QueryResponse": {"Customer": [{"Id": str(n), "Notes": '"maxResults":9'} for n in range(300)]}}, 300),
        ({"QueryResponse": {}, "time": "x"}, 0),
    ],
)
def test_a_page_knows_how_many_rows_it_has(body: object, count: int) -> None:
    page = protocol.page(ok(body))
    assert page.rows == count
    assert len(protocol.rows(page.body)) == count


def test_a_page_that_is_none_is_unknown() -> None:
    for body in (b"<html>maintenance</html>", b"{}", b""):
        with pytest.raises(Unknown):
            protocol.page(ok(body))


def test_a_count_is_a_number() -> None:
    assert protocol.total(ok({"QueryResponse": {"totalCount": 123}, "time": "x"})) == 123
    with pytest.raises(Unknown):
        protocol.total(ok({"QueryResponse": {}}))


def test_change_data_is_returned_as_it_came() -> None:
    body = b'{"CDCResponse":[{"QueryResponse":[{}]}],"time":"x"}'
    assert protocol.changes(ok(body)) == body
    with pytest.raises(Unknown):
        protocol.changes(ok({"QueryResponse": {}}))


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Acme", "'Acme'"),
        ("O'Brien", r"'O\'Brien'"),
        ("back\\slash", r"'back\\slash'"),
        ("\\'", r"'\\\''"),
        ("", "''"),
    ],
)
def test_values_are_quoted_as_the_query_language_wants(text: str, quoted: str) -> None:
    assert protocol.quote(text) == quoted


@pytest.mark.parametrize(
    ("statement", "paged"),
    [
        ("SELECT * FROM Customer", "SELECT * FROM Customer ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000"),
        (
            "select * from Invoice order by TxnDate",
            "select * from Invoice order by TxnDate STARTPOSITION 1001 MAXRESULTS 1000",
        ),
        (
            "SELECT * FROM Item WHERE Name = 'ORDERBY \\' x'",
            "SELECT * FROM Item WHERE Name = 'ORDERBY \\' x' ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000",
        ),
    ],
)
def test_pages_are_asked_for_in_a_stable_order(statement: str, paged: str) -> None:
    assert protocol.paged(statement, 1001) == paged


@pytest.mark.parametrize(
    ("statement", "whole"),
    [
        ("SELECT * FROM Customer MAXRESULTS 1", True),
        ("select * from Customer startposition 3", True),
        ("SELECT COUNT(*) FROM Customer", True),
        ("SELECT * FROM Customer WHERE DisplayName = 'MAXRESULTS 1'", False),
    ],
)
def test_a_statement_that_names_its_page_is_left_as_it_is(statement: str, whole: bool) -> None:
    assert protocol.is_whole(statement) is whole
