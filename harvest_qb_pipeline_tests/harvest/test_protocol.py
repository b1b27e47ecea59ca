import json
from decimal import Decimal

import pytest

from harvest_qb_pipeline.harvest import protocol
from harvest_qb_pipeline.transport.faults import Fault, Forbidden, NotFound, Refused, Throttled, Unauthorised, Unknown
from harvest_qb_pipeline.transport.http import Answer

HTML_404 = b"""<!DOCTYPE html><html><head><title>HARVEST: Can't find page</title><style>p {color: red}</style></head>
<body><h1>Sorry, we can't find that page.</h1></body></html>"""
EXPIRED = "The access token provided is expired, revoked, malformed or invalid for other reasons."


def said(message: str) -> bytes:
    return json.dumps({"message": message}).encode()


FAULTS: list[tuple[int, bytes, type[Fault], str, str]] = [
    (400, said('Invalid updated_since datetime provided: "2020"'), Refused, 'datetime provided: "2020"', ""),
    (400, said("Invalid timeframe: must not exceed 1 year"), Refused, "at most 365 days", ""),
    (
        401,
        json.dumps({"error": "invalid_token", "error_description": EXPIRED}).encode(),
        Unauthorised,
        "_ACCESS_TOKEN and HARVEST_ACCOUNT_ID",
        "invalid_token",
    ),
    (401, b"", Unauthorised, "HARVEST_ACCESS_TOKEN", ""),
    (403, said("Not authorized!"), Forbidden, "administrator", ""),
    (404, b'{"status":404,"error":"Not Found"}', NotFound, "sync and plan again", ""),
    (404, HTML_404, Unknown, "Sorry, we can't find that page", ""),
    (404, HTML_404, Unknown, "HARVEST_BASE_URL", ""),
    (404, b"", Unknown, "status 404", ""),
    (404, b"[]", Unknown, "status 404", ""),
    (403, b"<html><h1>Blocked by policy 7</h1></html>", Unknown, '(status 403: "Blocked by policy 7")', ""),
    (403, b"", Unknown, "status 403", ""),
    (401, b"<html>Sign in to the guest network</html>", Unknown, "a firewall", ""),
    (410, b"<html>gone</html>", Unknown, "status 410", ""),
    (405, b"", Unknown, "status 405", ""),
    (422, said("Project can't be blank, Task can't be blank"), Refused, "Task can't be blank\". Fill in", ""),
    (422, said("This client is not removable. It still has projects and/or invoices."), Refused, "Archive it", ""),
    (422, said("Event type can't be send unless invoice is a draft"), Refused, "changed the invoice's state", ""),
    (422, said("Number has already been taken"), Refused, "Use another one", ""),
    (422, said("Something nobody has seen."), Refused, '"Something nobody has seen". Correct it', ""),
    (413, b"<html>too large</html>", Unknown, "status 413", ""),
    (400, b"<html>Bad Request</html>", Unknown, "cannot read", ""),
    (422, b"", Unknown, "cannot read", ""),
    (302, b"", Unknown, "cannot read", ""),
    (500, b"", Unknown, "problem of its own", ""),
    (500, said("Internal error"), Unknown, "problem of its own", ""),
    (502, b"<html><body>Bad gateway</body></html>", Unknown, "problem of its own", ""),
]


@pytest.mark.parametrize(("status", "body", "kind", "sentence", "code"), FAULTS)
def test_every_error_dialect_becomes_a_typed_fault_with_advice(
    status: int, body: bytes, kind: type[Fault], sentence: str, code: str
) -> None:
    fault = protocol.fault(Answer(status, {"x-request-id": "r-1"}, body))
    assert type(fault) is kind
    assert sentence in fault.message
    assert (fault.system, fault.status, fault.code, fault.trace) == ("harvest", status, code, "r-1")
    with pytest.raises(kind):
        protocol.data(Answer(status, {}, body))


def test_the_words_of_the_other_side_are_kept_as_detail() -> None:
    assert protocol.fault(Answer(422, {}, said("Email a@b.c is taken"))).detail == "Email a@b.c is taken"
    assert protocol.fault(Answer(404, {}, HTML_404)).detail == "Sorry, we can't find that page."
    assert protocol.fault(Answer(422, {"hint": "Not now"}, b"")).detail == "Not now"


@pytest.mark.parametrize(
    ("headers", "seconds", "is_told"),
    [({"retry-after": "11"}, 11, True), ({}, 15, False), ({"retry-after": "nonsense"}, 15, False)],
)
def test_a_429_waits_as_told_or_fifteen_seconds(headers: dict[str, str], seconds: float, is_told: bool) -> None:
    fault = protocol.fault(Answer(429, headers, b""))
    assert isinstance(fault, Throttled)
    assert (fault.retry_after, fault.is_told) == (seconds, is_told)


@pytest.mark.parametrize("body", [b"", b"[]", b'"ok"', b"<html></html>", b'{"id": 1', b"[" * 100_000])
def test_a_good_status_with_an_unreadable_body_is_unknown(body: bytes) -> None:
    with pytest.raises(Unknown) as fault:
        protocol.data(Answer(201, {}, body))
    assert fault.value.status == 201


def test_amounts_are_read_to_the_digit() -> None:
    assert protocol.data(Answer(200, {}, b'{"amount": 10700.10, "rate": 0.575}')) == {
        "amount": Decimal("10700.10"),
        "rate": Decimal("0.575"),
    }


BAD_IDS = (b"null", b'"req-8f3c"', b"NaN", b"[7]", b"{}", b"true", b"1.5", b'""', b"-3", b"0", b'"12"', b"1e400")


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("value", BAD_IDS)
def test_a_record_without_an_id_that_is_one_is_unknown(value: bytes, status: int) -> None:
    with pytest.raises(Unknown):
        protocol.record(Answer(status, {}, b'{"id": %s, "number": "H-1"}' % value))


@pytest.mark.parametrize("body", [b"null", b"[]", b"{}", b'{"number": "H-1"}', b'{"id": 7, "id": 8}', b'[{"id": 7}]'])
def test_what_is_no_record_is_unknown(body: bytes) -> None:
    with pytest.raises(Unknown):
        protocol.record(Answer(201, {}, body))


def test_the_record_that_was_asked_for_is_told_from_another() -> None:
    assert protocol.record(Answer(200, {}, b'{"id": 7}'), "7") == {"id": 7}
    with pytest.raises(Unknown, match="another record than was asked for"):
        protocol.record(Answer(200, {}, b'{"id": 70}'), "7")


def test_a_deletion_may_answer_with_the_object_or_with_nothing() -> None:
    assert protocol.deletion(Answer(200, {}, b'{"id":7}')) == {"id": 7}
    assert protocol.deletion(Answer(200, {}, b" ")) == {}
    with pytest.raises(NotFound):
        protocol.deletion(Answer(404, {}, b'{"status":404,"error":"Not Found"}'))


NEXT = "https://api.harvestapp.com/v2/clients?cursor=eyJhZnRlciI6eyJpZCI6MzAwN319&per_page=2000&ref=next_cursor"


def envelope(next_link: str | None, *, records: int = 1, links_first: bool = False) -> bytes:
    clients = {"clients": [{"id": n, "name": f'say "links": {{"next": "x"}} {n}'} for n in range(records)]}
    links = {
        "links": {"first": "https://h/v2/clients?page=1", "next": next_link, "previous": None, "last": "https://h/l"}
    }
    counts = {"per_page": 2000, "total_pages": 3, "total_entries": 5, "next_page": None, "page": None}
    return json.dumps({**links, **counts, **clients} if links_first else {**clients, **counts, **links}).encode()


@pytest.mark.parametrize("records", [0, 1, 300])
@pytest.mark.parametrize("links_first", [False, True])
def test_the_next_page_is_found_wherever_the_envelope_stands(records: int, links_first: bool) -> None:
    page = protocol.page(Answer(200, {}, envelope(NEXT, records=records, links_first=links_first)))
    assert dict(page.next_params or ()) == {
        "cursor": "eyJhZnRlciI6eyJpZCI6MzAwN319",
        "per_page": "2000",
        "ref": "next_cursor",
    }
    assert page.total_pages == 3
    assert protocol.page(Answer(200, {}, envelope(None, records=records, links_first=links_first))).next_params is None


def test_a_page_that_is_no_list_is_not_taken_for_a_last_one() -> None:
    with pytest.raises(Unknown):
        protocol.page(Answer(200, {}, b"<html>maintenance</html>"))
    with pytest.raises(Unknown):
        protocol.page(Answer(200, {}, said("hello")))
    with pytest.raises(Unknown, match="no list of clients"):
        protocol.records(b'{"projects":[]}', "clients")


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({"access_roles": ["administrator"]}, True),
        ({"access_roles": ["manager", "project_creator"]}, False),
        ({"access_roles": ["member"], "is_admin": True}, False),
        ({"is_admin": True}, True),
        ({"access_roles": None, "is_admin": False}, False),
        ({}, False),
    ],
)
def test_only_an_administrator_counts_as_one(user: dict[str, object], expected: bool) -> None:
    assert protocol.is_administrator(user) is expected
