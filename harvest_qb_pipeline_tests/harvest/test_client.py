import logging
import time
from pathlib import Path

import pytest

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.endpoints import ENDPOINTS
from harvest_qb_pipeline.harvest.writer import HarvestWriter
from harvest_qb_pipeline.settings import ConfigurationError
from harvest_qb_pipeline.transport.faults import Refused, Throttled, Unauthorised, Unknown
from harvest_qb_pipeline.transport.http import HttpOptions
from harvest_qb_pipeline.transport.limits import Allowance
from harvest_qb_pipeline_tests.transport.stub import Asked, Reply, Stub

TOKEN = "1234567.pt.secret-harvest-token"


def client(server: Stub, **options: object) -> HarvestClient:
    return HarvestClient(f"{server.url}/v2/", "98765", TOKEN, HttpOptions(**{"sleep": lambda s: None, **options}))  # type: ignore[arg-type]


def page(ids: list[int], next_link: str | None, *, total_pages: int = 1, key: str = "clients") -> Reply:
    links = {"first": "x", "next": next_link, "previous": None, "last": "x"}
    return Reply(body={key: [{"id": n} for n in ids], "total_pages": total_pages, "page": None, "links": links})


def numbered(pages: int, *, key: str = "time_entries", delay: float = 0.0) -> object:
    """A page-only list of so many pages with one record each, page n holding record n."""

    def answer(asked: Asked) -> Reply:
        number = int(asked.params.get("page", "1"))
        following = f"https://api.harvestapp.com/v2/x?page={number + 1}&per_page=2000" if number < pages else None
        reply = page([number], following, total_pages=pages, key=key)
        reply.delay = delay
        return reply

    return answer


def ids(bodies: list[bytes], key: str) -> list[int]:
    from harvest_qb_pipeline.harvest.protocol import records

    return [record["id"] for body in bodies for record in records(body, key)]


def test_every_request_says_who_asks_and_for_which_account() -> None:
    with Stub([Reply(body={"name": "Agency"})]) as server:
        assert client(server).get("/company") == {"name": "Agency"}
    asked = server.asked[0]
    assert (asked.method, asked.path) == ("GET", "/v2/company")
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["harvest-account-id"] == "98765"
    assert asked.headers["user-agent"] == "harvest-qb-pipeline (Harvest account 98765)"
    assert asked.headers["accept"] == "application/json"


def test_a_cursor_list_is_followed_by_its_links_though_its_page_numbers_are_null() -> None:
    elsewhere = "https://api.harvestapp.com/v2/clients?cursor={}&per_page=2000&ref=next_cursor"
    replies = [page([1, 2], elsewhere.format("b")), page([3], elsewhere.format("c")), page([], None)]
    with Stub(replies) as server:
        assert client(server).list("/clients", "clients", {"is_active": True}) == [{"id": 1}, {"id": 2}, {"id": 3}]
    assert [asked.params for asked in server.asked] == [
        {"is_active": "true", "per_page": "2000"},
        {"cursor": "b", "per_page": "2000", "ref": "next_cursor"},
        {"cursor": "c", "per_page": "2000", "ref": "next_cursor"},
    ]


def test_a_list_that_leads_back_to_a_page_already_read_raises_instead_of_running_for_ever() -> None:
    there = "https://h/v2/clients?cursor=b&per_page=2000"
    back = "https://h/v2/clients?per_page=2000&cursor=b"
    with Stub([page([1], there), page([2], back)]) as server, pytest.raises(Unknown, match="/clients does not end"):
        list(client(server).pages("/clients"))
    assert len(server.asked) == 2


def test_a_list_with_ever_new_pages_ends_at_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harvest_qb_pipeline.harvest.client.MOST_PAGES", 7)
    with Stub(lambda asked: page([1], f"https://h/v2/clients?cursor={len(server.asked)}")) as server:  # noqa: SIM117
        with pytest.raises(Unknown, match="after 7 pages"):
            list(client(server).pages("/clients"))
    assert len(server.asked) == 7


def test_pages_with_numbers_come_in_order_while_several_are_fetched_at_once() -> None:
    with Stub(numbered(12, delay=0.1)) as server:  # type: ignore[arg-type]
        bodies = list(client(server).pages_at_once("/time_entries", {"from": "2026-10-01"}, workers=6))
    assert 3 <= server.most_at_once <= 6
    assert ids(bodies, "time_entries") == list(range(1, 13))
    assert all(asked.params["from"] == "2026-10-01" for asked in server.asked)


def test_a_numbered_list_that_grew_while_it_was_read_is_followed_to_its_new_end() -> None:
    def answer(asked: Asked) -> Reply:
        number = int(asked.params.get("page", "1"))
        following = f"https://h/v2/x?page={number + 1}&per_page=2000" if number < 4 else None
        return page([number], following, total_pages=2 if number == 1 else 4, key="time_entries")

    with Stub(answer) as server:
        assert ids(list(client(server).pages_at_once("/time_entries")), "time_entries") == [1, 2, 3, 4]


def test_a_page_that_fails_for_good_fails_the_list() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.params.get("page") == "3":
            return Reply(422, {"message": "Invalid page parameter"})
        return numbered(5)(asked)  # type: ignore[operator]

    with Stub(answer) as server, pytest.raises(Refused, match="Invalid page parameter"):
        list(client(server).pages_at_once("/time_entries"))


def test_a_read_survives_throttling_and_trouble() -> None:
    replies = [Reply(429, headers={"Retry-After": "3"}), Reply(429), Reply(500), Reply(body={"id": 1})]
    pauses: list[float] = []
    with Stub(replies) as server:
        assert client(server, sleep=pauses.append).get("/company") == {"id": 1}
    assert 3 < pauses[0] < 4
    assert 11 < pauses[1] < 19


def test_a_write_goes_once_with_its_bytes_and_answers_with_the_object() -> None:
    with Stub([Reply(201, {"id": 5}), Reply(429), Reply(200, b"")]) as server:
        harvest = client(server)
        assert HarvestWriter(harvest).write("POST", "/invoices", b'{"client_id":1}') == {"id": 5}
        with pytest.raises(Throttled):
            HarvestWriter(harvest).write("PATCH", "/invoices/5", b"{}")
        assert HarvestWriter(harvest).write("DELETE", "/invoices/5", None) == {}
    assert [(asked.method, asked.path, asked.body) for asked in server.asked] == [
        ("POST", "/v2/invoices", b'{"client_id":1}'),
        ("PATCH", "/v2/invoices/5", b"{}"),
        ("DELETE", "/v2/invoices/5", b""),
    ]
    assert server.asked[0].headers["content-type"] == "application/json"


def test_a_created_object_that_cannot_be_read_is_unknown() -> None:
    with Stub([Reply(201, b"")]) as server, pytest.raises(Unknown):
        HarvestWriter(client(server)).write("POST", "/invoices", b"{}")


def test_a_token_of_somebody_who_is_no_administrator_is_refused_with_that_sentence() -> None:
    manager = {"id": 1, "first_name": "Kim", "last_name": "Allen", "access_roles": ["manager"]}
    with Stub([Reply(body=manager), Reply(body={**manager, "access_roles": ["administrator"]})]) as server:
        harvest = client(server)
        with pytest.raises(ConfigurationError, match="belongs to Kim Allen, who is not an administrator"):
            harvest.require_administrator()
        assert harvest.require_administrator()["id"] == 1


def test_reports_and_everything_else_have_limits_of_their_own(tmp_path: Path) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        time.sleep(seconds)

    with Stub([Reply(body={"id": 1})]) as server:
        harvest = HarvestClient(
            f"{server.url}/v2",
            "1",
            TOKEN,
            HttpOptions(limits_path=tmp_path / "limits.sqlite", sleep=sleep),
            general_allowance=(Allowance(50, 60),),
            report_allowance=(Allowance(1, 0.5),),
        )
        for _ in range(20):
            harvest.get("/company")
        assert pauses == []
        harvest.get(ENDPOINTS["uninvoiced"].path)
        harvest.get(ENDPOINTS["uninvoiced"].path)
        assert pauses
        harvest.close()


def test_no_log_or_fault_shows_the_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Stub([Reply(401, {"error": "invalid_token", "error_description": f"{TOKEN} is bad"})]) as server:
        harvest = client(server)
        with pytest.raises(Unauthorised) as caught:
            harvest.get("/company")
    assert TOKEN not in repr(caught.value)
    assert TOKEN not in caught.value.detail
    assert TOKEN not in repr(harvest)
    assert TOKEN not in caplog.text
