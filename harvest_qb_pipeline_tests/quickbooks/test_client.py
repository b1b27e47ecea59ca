import json
import logging
import re
from datetime import UTC, datetime

import pytest

from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.writer import QuickBooksWriter
from harvest_qb_pipeline.transport.faults import (
    Fault,
    NotFound,
    NotSent,
    Refused,
    Throttled,
    Unauthorised,
    Unknown,
)
from harvest_qb_pipeline.transport.http import HttpOptions
from harvest_qb_pipeline_tests.quickbooks.stores import MemoryStore
from harvest_qb_pipeline_tests.transport.stub import Asked, Reply, Stub, closed_port

EXPIRED = Reply(401, {"fault": {"error": [{"message": "m", "detail": "Token expired", "code": "3200"}]}})
WRONG_COMPANY = Reply(401, {"Fault": {"Error": [{"Message": "General Authentication Error", "code": "100"}]}})
SECRETS = ("refresh-token", "client-secret", "access-token")


class Company:
    """The token endpoint, and behind it the replies a test scripts for the company's own addresses."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.tokens = 0
        self.seen: list[Asked] = []
        self.token_replies: list[Reply] = []

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/bearer":
            if self.token_replies:
                return self.token_replies.pop(0)
            self.tokens += 1
            return Reply(
                body={"access_token": f"access-token-{self.tokens}", "refresh_token": f"refresh-token-{self.tokens}"}
            )
        self.seen.append(asked)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def client(server: Stub, *, token_url: str | None = None, **options: object) -> QuickBooksClient:
    options = {"sleep": lambda seconds: None, **options}
    return QuickBooksClient(
        f"{server.url}/quickbooks/",
        token_url or f"{server.url}/bearer",
        "913",
        "client-id",
        "client-secret",
        "refresh-token-of-the-environment",
        MemoryStore(),
        HttpOptions(**options),  # type: ignore[arg-type]
    )


def invoice(number: str = "12") -> Reply:
    return Reply(body={"Invoice": {"Id": number, "SyncToken": "0"}, "time": "x"})


def test_a_record_is_read_without_its_envelope_by_the_address_of_its_company() -> None:
    company = Company(invoice())
    with Stub(company) as server:
        assert client(server).get("/invoice/12") == {"Id": "12", "SyncToken": "0"}
    asked = company.seen[0]
    assert (asked.method, asked.path) == ("GET", "/quickbooks/v3/company/913/invoice/12")
    assert asked.params == {"minorversion": "75"}
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["authorization"] == "Bearer access-token-1"


def test_a_refused_token_is_renewed_once_and_the_read_repeated() -> None:
    company = Company(EXPIRED, invoice())
    with Stub(company) as server:
        assert client(server).get("/invoice/12")["Id"] == "12"
    assert [asked.headers["authorization"] for asked in company.seen] == [
        "Bearer access-token-1",
        "Bearer access-token-2",
    ]


def test_a_token_refused_twice_is_not_renewed_for_ever() -> None:
    company = Company(EXPIRED)
    with Stub(company) as server, pytest.raises(Unauthorised):
        client(server).get("/invoice/12")
    assert len(company.seen) == 2


def test_a_connection_to_another_company_is_not_mended_by_a_new_token() -> None:
    company = Company(WRONG_COMPANY)
    with Stub(company) as server, pytest.raises(Unauthorised, match="QUICKBOOKS_REALM_ID"):
        client(server).get("/invoice/12")
    assert company.tokens == 1


def test_a_write_sends_its_bytes_once_under_its_request_id() -> None:
    company = Company(invoice("130"))
    with Stub(company) as server:
        made = QuickBooksWriter(client(server)).write(
            "/invoice", b'{"Line":[]}', request_id="r-1", params={"operation": "delete"}
        )
    assert made == {"Id": "130", "SyncToken": "0"}
    asked = company.seen[0]
    assert (asked.method, asked.path, asked.body) == ("POST", "/quickbooks/v3/company/913/invoice", b'{"Line":[]}')
    assert asked.params == {"minorversion": "75", "operation": "delete", "requestid": "r-1"}
    assert asked.headers["content-type"] == "application/json"


def test_a_write_refused_for_its_token_goes_again_with_the_same_bytes_and_request_id() -> None:
    company = Company(EXPIRED, invoice())
    with Stub(company) as server:
        QuickBooksWriter(client(server)).write("/invoice", b'{"a":1}', request_id="r-1")
    first, second = company.seen
    assert (first.body, first.params) == (second.body, second.params)
    assert second.headers["authorization"] == "Bearer access-token-2"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(cut=-1), Unknown),
        (Reply(500), Unknown),
        (Reply(503, b"<html>"), Unknown),
        (Reply(200, b""), Unknown),
        (Reply(200, b'{"Invoice": {"Id"'), Unknown),
        (Reply(429), Throttled),
        (Reply(400, {"Fault": {"Error": [{"Message": "m", "Detail": "d", "code": "6140"}]}}), Refused),
        (Reply(400, {"Fault": {"Error": [{"Message": "m", "Detail": "d", "code": "610"}]}}), NotFound),
    ],
)
def test_a_failed_write_says_what_it_proves_and_is_not_repeated(reply: Reply, kind: type[Fault]) -> None:
    company = Company(reply)
    with Stub(company) as server, pytest.raises(Fault) as fault:
        QuickBooksWriter(client(server)).write("/invoice", b"{}", request_id="r-1")
    assert type(fault.value) is kind
    assert len(company.seen) == 1


def test_a_write_that_never_got_a_token_was_not_sent() -> None:
    company = Company(invoice())
    with Stub(company) as server:
        unreachable = f"http://127.0.0.1:{closed_port()}/bearer"
        with pytest.raises(NotSent, match="there is no access token"):
            QuickBooksWriter(client(server, token_url=unreachable, attempts=1)).write(
                "/invoice", b"{}", request_id="r-1"
            )
        company.token_replies = [Reply(503), Reply(503)]
        with pytest.raises(NotSent):
            QuickBooksWriter(client(server, attempts=2)).write("/invoice", b"{}", request_id="r-1")
        company.token_replies = [Reply(400, {"error": "invalid_grant"})]
        with pytest.raises(Unauthorised, match="harvest-qb connect"):
            QuickBooksWriter(client(server)).write("/invoice", b"{}", request_id="r-1")
    assert company.seen == []


def test_a_write_whose_new_token_could_not_be_had_is_not_unknown() -> None:
    company = Company(EXPIRED)
    with Stub(company) as server:
        quickbooks = client(server, attempts=1)
        quickbooks.tokens.access_token()
        company.token_replies = [Reply(503)]
        with pytest.raises(NotSent):
            QuickBooksWriter(quickbooks).write("/invoice", b"{}", request_id="r-1")


class Customers(Company):
    """So many customers, answered as the query's page asks."""

    def __init__(self, count: int) -> None:
        super().__init__(invoice())
        self.count = count
        self.statements: list[str] = []

    def __call__(self, asked: Asked) -> Reply:
        if not asked.path.endswith("/query"):
            return super().__call__(asked)
        statement = asked.params.get("query") or asked.body.decode()
        self.seen.append(asked)
        self.statements.append(statement)
        if "COUNT(*)" in statement:
            return Reply(body={"QueryResponse": {"totalCount": self.count}, "time": "x"})
        page = re.search(r"STARTPOSITION (\d+) MAXRESULTS (\d+)", statement)
        start, most = (int(number) for number in page.groups()) if page else (1, 100)
        rows = [{"Id": str(n)} for n in range(start, min(start + most, self.count + 1))]
        inside = {"Customer": rows, "startPosition": start, "maxResults": len(rows)} if rows else {}
        return Reply(body={"QueryResponse": inside, "time": "x"})


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (999, 1), (1000, 2), (1001, 2), (2500, 3)])
def test_a_query_reads_every_page_and_no_row_twice(count: int, pages: int) -> None:
    customers = Customers(count)
    with Stub(customers) as server:
        rows = client(server).query("SELECT * FROM Customer WHERE Active IN (true, false)")
    assert [row["Id"] for row in rows] == [str(n) for n in range(1, count + 1)]
    assert len(customers.statements) == pages
    assert customers.statements[0].endswith(" ORDERBY Id STARTPOSITION 1 MAXRESULTS 1000")


def test_a_query_that_names_its_page_is_asked_as_it_is() -> None:
    customers = Customers(7)
    with Stub(customers) as server:
        rows = client(server).query("SELECT * FROM Customer STARTPOSITION 2 MAXRESULTS 3")
    assert [row["Id"] for row in rows] == ["2", "3", "4"]
    assert len(customers.statements) == 1


def test_pages_come_raw_and_a_count_is_one_call() -> None:
    customers = Customers(1001)
    with Stub(customers) as server:
        quickbooks = client(server)
        pages = list(quickbooks.query_pages("Customer", "Active IN (true, false)"))
        assert quickbooks.count("Customer", "Active = true") == 1001
    assert [len(json.loads(page)["QueryResponse"]["Customer"]) for page in pages] == [1000, 1]
    assert customers.statements[-1] == "SELECT COUNT(*) FROM Customer WHERE Active = true"


def test_an_answer_that_never_ends_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harvest_qb_pipeline.quickbooks.client.MOST_PAGES", 3)
    with Stub(Customers(10_000)) as server, pytest.raises(Unknown, match="does not end"):
        client(server).query("SELECT * FROM Customer")


def test_a_long_statement_goes_in_the_body() -> None:
    customers = Customers(1)
    ids = ", ".join(f"'{n}'" for n in range(1000))
    with Stub(customers) as server:
        client(server).query(f"SELECT * FROM Customer WHERE Id IN ({ids})")
    asked = customers.seen[0]
    assert asked.method == "POST"
    assert asked.headers["content-type"] == "application/text"
    assert "query" not in asked.params


def test_changes_are_asked_for_since_a_moment_in_utc() -> None:
    company = Company(Reply(body={"CDCResponse": [{"QueryResponse": [{}, {}]}], "time": "x"}))
    with Stub(company) as server:
        quickbooks = client(server)
        assert b"CDCResponse" in quickbooks.cdc(["Customer", "Invoice"], datetime(2026, 11, 1, 8, 30, tzinfo=UTC))
        quickbooks.cdc(["Customer"], "2026-01-01T00:00:00-08:00")
    assert company.seen[0].params["entities"] == "Customer,Invoice"
    assert company.seen[0].params["changedSince"] == "2026-11-01T08:30:00Z"
    assert company.seen[1].params["changedSince"] == "2026-01-01T00:00:00-08:00"


def test_a_read_survives_throttling_without_a_named_time() -> None:
    pauses: list[float] = []
    with Stub(Company(Reply(429), Reply(429), invoice())) as server:
        assert client(server, sleep=pauses.append).get("/invoice/12")["Id"] == "12"
    assert len(pauses) == 2
    assert all(3 < pause < 10 for pause in pauses)


def test_no_log_or_fault_shows_a_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    company = Company(EXPIRED, Reply(400, b"<html>you sent access-token-2 and refresh-token-1</html>"))
    with Stub(company) as server:
        quickbooks = client(server)
        with pytest.raises(Unknown) as caught:
            quickbooks.get("/invoice/12")
    shown = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r} {quickbooks!r} {caplog.text}"
    assert not [secret for secret in SECRETS if secret in shown]
