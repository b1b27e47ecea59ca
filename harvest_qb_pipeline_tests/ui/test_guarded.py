"""A page of another origin, shown by the same browser that decides here, decides nothing; the real pages still do.

The foreign page does what such pages do: an image, a form, scripts that send without being allowed to read, a frame, a
websocket, and a name of its own that leads to this machine.
"""

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

JOB = "/locations/harvest_qb_pipeline/jobs/cancel/playground"
LAUNCH = """mutation { launchRun(executionParams: {mode: "default", selector: {jobName: "cancel",
repositoryName: "__repository__", repositoryLocationName: "harvest_qb_pipeline"}, runConfigData:
"ops: {cancel_documents: {config: {documents: [invoice/client-1/2026-10@12345678], reason: Why, cancelled_by: Eve}}}"})
{ __typename } }"""
PAGE = Path(__file__).with_name("foreign.html")


@pytest.fixture
def foreign(address: str) -> Iterator[str]:
    """A page of another program on this machine: another origin, though the same site as far as cookies go."""
    page = PAGE.read_text(encoding="utf-8")
    page = page.replace("at = AT", f"at = {json.dumps(address)}").replace("= QUERY", f"= {json.dumps(LAUNCH)}")

    class Foreign(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    with ThreadingHTTPServer(("127.0.0.1", 0), Foreign) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def runs(page: Page, address: str) -> int:
    """How many runs there are."""
    asked = page.request.post(f"{address}/graphql", data={"query": "{ runsOrError { ... on Runs { count } } }"})
    return asked.json()["data"]["runsOrError"]["count"]


def status_of(address: str, host: str, body: bytes) -> int:
    place = urlsplit(address)
    connection = HTTPConnection("127.0.0.1", place.port or 80, timeout=10)
    headers = {"Host": host, "Origin": f"http://{host}", "Content-Type": "application/json"}
    connection.request("POST", "/graphql", body, headers)
    return connection.getresponse().status


def test_nobody_else_on_the_machine_reads_what_commands_and_pages_wrote(
    environment: dict[str, str], address: str
) -> None:
    home = Path(environment["HARVEST_QB_HOME"])
    files = {path: path.lstat().st_mode & 0o077 for path in (home, *home.rglob("*"))}
    assert {"runs.db", "ledger.sqlite", "analytics.duckdb", "ui.key"} <= {path.name for path in files}
    assert [str(path) for path, others in files.items() if others] == []


def test_a_foreign_page_decides_nothing_and_the_real_pages_still_do(
    tab: Page, address: str, link: str, foreign: str
) -> None:
    tab.goto(address + JOB)
    tab.get_by_role("button", name="Launch Run").wait_for(timeout=60_000)
    told = tab.request.post(f"{address}/graphql", data={"query": LAUNCH})
    assert "open the link that `harvest-qb dev` printed" in told.text(), "nobody has opened the link yet"
    tab.get_by_role("button", name="Launch Run").click(timeout=60_000)
    tab.get_by_text("View error info").click(timeout=20_000)
    expect(tab.locator("body")).to_contain_text("open the link that `harvest-qb dev` printed", timeout=20_000)

    tab.goto(link)
    tab.wait_for_url(f"{address}/**")
    assert "token" not in tab.url
    (cookie,) = [each for each in tab.context.cookies(address) if each["name"].startswith("harvest_qb_")]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    launched = tab.request.post(f"{address}/graphql", data={"query": LAUNCH}).json()
    assert launched == {"data": {"launchRun": {"__typename": "LaunchRunSuccess"}}}, "what is tried below works here"
    before = runs(tab, address)

    # As `127.0.0.1` and as `localhost`: with the cookie, and from another site.
    for page in (foreign, foreign.replace("127.0.0.1", "localhost")):
        tab.goto(page)
        tab.get_by_text("tried everything").wait_for(timeout=30_000)
        assert tab.title() == "A page of somebody else"
    port = urlsplit(address).port
    assert status_of(address, f"rebound.example:{port}", json.dumps({"query": "{ __typename }"}).encode()) == 403
    assert runs(tab, address) == before

    tab.goto(address + JOB)
    launch = tab.get_by_role("button", name="Launch Run")
    expect(launch).to_be_enabled(timeout=60_000)
    launch.click()
    tab.wait_for_url("**/runs/*", timeout=60_000)
    assert runs(tab, address) == before + 1
