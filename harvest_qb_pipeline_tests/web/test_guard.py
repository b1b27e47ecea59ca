"""What the guard in front of Dagster's pages lets through, request by request, on an application that only listens."""

import json
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from harvest_qb_pipeline.web.guard import OPEN_PATH, Guard
from harvest_qb_pipeline.web.sessions import Sessions

HOME = "http://127.0.0.1:4321"
SOCKET = "ws://127.0.0.1:4321/graphql"
KEY = "k" * 40
READ = "query Runs { runs { id } }"
CHANGE = 'mutation { launchRun(job: "approve") { id } }'
SNEAKY = f"{READ} {CHANGE}"


@dataclass
class Desk:
    """The guarded application, what reached it, and the sessions that hold there."""

    sessions: Sessions = field(default_factory=lambda: Sessions(KEY))
    reached: list[tuple[str, bytes]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def client(self, place: str = HOME) -> TestClient:
        async def take(request: Request) -> PlainTextResponse:
            self.reached.append((request.method, await request.body()))
            return PlainTextResponse("taken")

        async def listen(socket: WebSocket) -> None:
            await socket.accept()
            try:
                while True:
                    self.reached.append(("WS", (await socket.receive_text()).encode()))
                    await socket.send_text("told")
            except WebSocketDisconnect:
                return

        methods = ["GET", "POST", "PUT", "DELETE"]
        routes = [WebSocketRoute("/graphql", listen), Route("/{path:path}", take, methods=methods)]
        guard = Guard(Starlette(routes=routes), self.sessions, ["books.example"], lambda: self.links.append("next"))
        return TestClient(guard, base_url=place, follow_redirects=False)

    def known(self, place: str = HOME) -> TestClient:
        client = self.client(place)
        client.get(OPEN_PATH, params={"token": self.sessions.new_link()})
        assert self.sessions.cookie_name in client.cookies
        self.reached.clear()
        return client


@pytest.fixture
def desk() -> Desk:
    return Desk()


def asked(query: str) -> dict[str, object]:
    return {"json": {"query": query, "variables": {}}}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "", "10.0.0.7"])
def test_a_foreign_name_that_leads_here_is_not_answered(desk: Desk, host: str):
    client = desk.known()
    for send in (
        lambda: client.get("/runs", headers={"host": host}),
        lambda: client.post("/graphql", headers={"host": host, "origin": f"http://{host}"}, **asked(CHANGE)),
    ):
        assert send().status_code == 403
    assert desk.reached == []


@pytest.mark.parametrize("place", ["http://localhost:3000", "http://[::1]:3000", HOME, "https://books.example"])
def test_this_machine_and_the_names_that_are_configured_are_answered(desk: Desk, place: str):
    client = desk.known(place)
    assert client.get("/runs").status_code == 200
    assert client.post("/graphql", headers={"origin": place}, **asked(CHANGE)).status_code == 200
    assert [method for method, _ in desk.reached] == ["GET", "POST"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:4321", f"{HOME}.evil.example"]
)
def test_a_page_of_another_origin_changes_nothing_not_even_on_this_machine(desk: Desk, origin: str):
    """Cookies know no ports: a page of another program on this machine sends ours along."""
    client = desk.known()
    assert client.post("/graphql", headers={"origin": origin}, **asked(CHANGE)).status_code == 403
    assert client.post("/graphql", headers={"origin": origin}, **asked(READ)).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(SOCKET, headers={"origin": origin}):
        pass
    assert desk.reached == []


def test_what_a_browser_says_of_where_a_request_comes_from_is_believed(desk: Desk):
    client = desk.known()
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        assert client.post("/graphql", headers={"sec-fetch-site": site}, **asked(CHANGE)).status_code == status


@pytest.mark.parametrize(
    "query", [CHANGE, SNEAKY, "mutation A { a } ", "mutation", "{ a", "query A { a } mutation B { b }"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_nothing_is_changed_by_get_whoever_asks(desk: Desk, query: str, method: str):
    client = desk.known()
    for path in (f"/graphql?query={quote(query)}", f"/graphql?query={quote(READ)}&query={quote(query)}"):
        assert client.request(method, path).status_code == 405
    assert desk.reached == []


def test_a_plain_read_needs_no_session(desk: Desk):
    client = desk.client()
    assert client.get("/").status_code == 200
    assert client.get("/graphql", params={"query": READ}).status_code == 200
    assert client.post("/graphql", **asked(READ)).status_code == 200
    assert desk.reached[-1] == ("POST", json.dumps(asked(READ)["json"], separators=(",", ":")).encode())


@pytest.mark.parametrize("query", [CHANGE, SNEAKY, "mutation", ""])
def test_a_change_needs_a_session_or_the_homes_key(desk: Desk, query: str):
    client = desk.client()
    refused = client.post("/graphql", **asked(query))
    assert refused.status_code == 403
    assert "open the link that `harvest-qb dev` printed" in refused.json()["errors"][0]["message"]
    assert client.post("/graphql", headers={"authorization": f"Bearer {KEY}x"}, **asked(query)).status_code == 403
    assert desk.reached == []
    assert client.post("/graphql", headers={"authorization": f"Bearer {KEY}"}, **asked(query)).status_code == 200
    assert desk.known().post("/graphql", **asked(query)).status_code == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{", b'[{"query": "{ a }"}]', b'{"query": ["mutation"]}'])
def test_what_cannot_be_read_needs_a_session_too(desk: Desk, body: bytes):
    headers = {"content-type": "application/json"}
    assert desk.client().post("/graphql", content=body, headers=headers).status_code == 403
    assert desk.reached == []


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "text/plain; a=application/json", "application/x-www-form-urlencoded", "multipart/form-data", ""],
)
def test_what_any_pages_form_can_send_is_not_taken(desk: Desk, kind: str):
    client = desk.known()
    body = json.dumps(asked(CHANGE)["json"])
    for path in ("/graphql", f"/graphql?query={quote(CHANGE)}", "/report_asset_materialization/billing/invoice_lines"):
        assert client.post(path, content=body, headers={"content-type": kind}).status_code == 415
    assert desk.reached == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_no_other_place_takes_changes_from_whoever_is_not_known(desk: Desk, method: str):
    path = "/report_asset_check/billing/invoice_lines"
    assert desk.client().request(method, path, **asked(READ)).status_code == 403
    assert desk.known().request(method, path, **asked(READ)).status_code == 200


def test_a_websocket_only_reads(desk: Desk):
    for message, is_taken in (
        ({"type": "connection_init"}, True),
        ({"type": "start", "id": "1", "payload": {"query": "subscription { logs { id } }"}}, True),
        ({"type": "start", "id": "2", "payload": {"query": CHANGE}}, False),
        ({"type": "start", "id": "3", "payload": {"query": SNEAKY}}, False),
        ({"type": "start", "id": "4"}, False),
        ([], False),
    ):
        desk.reached.clear()
        with desk.client().websocket_connect(SOCKET, headers={"origin": HOME}) as socket:
            socket.send_text(json.dumps(message))
            if is_taken:
                assert socket.receive_text() == "told"
        assert bool(desk.reached) == is_taken, message


def test_a_link_works_once_and_the_next_one_is_told(desk: Desk):
    client, link = desk.client(), desk.sessions.new_link()
    assert client.head(OPEN_PATH, params={"token": link}).status_code == 403, "a look ahead does not use it up"
    opened = client.get(OPEN_PATH, params={"token": link})
    assert (opened.status_code, opened.headers["location"], desk.links) == (303, "/", ["next"])
    cookie = opened.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age="))
    assert "Secure" not in cookie
    for token in (link, "", "guess"):
        again = desk.client().get(OPEN_PATH, params={"token": token})
        assert (again.status_code, "set-cookie" in again.headers) == (403, False)


def test_behind_a_proxy_with_tls_the_cookie_never_leaves_it(desk: Desk):
    client = desk.client("https://books.example")
    assert "Secure" in client.get(OPEN_PATH, params={"token": desk.sessions.new_link()}).headers["set-cookie"]


def test_nobody_shows_these_pages_within_theirs(desk: Desk):
    headers = desk.client().get("/").headers
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_body_beyond_reason_is_not_read_to_its_end(desk: Desk):
    huge = b'{"query": "' + b" " * (33 * 1024 * 1024)
    sent = desk.known().post("/graphql", content=huge, headers={"content-type": "application/json"})
    assert (sent.status_code, desk.reached) == (413, [])
