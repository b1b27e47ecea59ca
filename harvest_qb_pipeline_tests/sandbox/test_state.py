"""The state file: what a sandbox remembers over a restart, and that a killed one leaves a whole file."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.server import listen
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.sandbox.clients import harvest_client, quickbooks_client, refresh


def test_companies_survive_a_restart_with_books_tokens_clock_and_switches(tmp_path: Path):
    file = tmp_path / "state.json"
    with RunningSandbox(file) as sandbox:
        company = sandbox.create_company(today="2026-11-03", switches={"rotate_refresh_token": "always"})
        harvest_client(company).post("/clients", json={"name": "Aster"})
        with quickbooks_client(company) as quickbooks:
            quickbooks.post("/customer", json={"DisplayName": "Aster"})
        sandbox.control("POST", f"/companies/{company['id']}/clock", {"days": 1})
        before = sandbox.control("GET", f"/companies/{company['id']}")
        port = sandbox.port
    with RunningSandbox(file, port) as sandbox:
        after = sandbox.control("GET", f"/companies/{company['id']}")
        assert after | {"now": None} == before | {"now": None}
        assert [c["name"] for c in harvest_client(after).get("/clients").json()["clients"]] == ["Aster"]
        customers = sandbox.control("GET", f"/companies/{company['id']}/quickbooks/Customer")
        assert [customer["DisplayName"] for customer in customers] == ["Aster"]
        assert refresh(after, company["quickbooks_refresh_token"]).status_code == 400
        assert refresh(after, after["quickbooks_refresh_token"]).status_code == 200
        assert sandbox.create_company()["harvest_account_id"] != company["harvest_account_id"]


def test_a_change_is_on_disk_within_seconds_while_the_sandbox_runs(tmp_path: Path):
    file = tmp_path / "state.json"
    with RunningSandbox(file) as sandbox:
        company = sandbox.create_company()
        harvest_client(company).post("/clients", json={"name": "Aster"})
        give_up_at = time.monotonic() + 10
        while not (file.exists() and "Aster" in file.read_text()):
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
        assert json.loads(file.read_text())["companies"][0]["id"] == company["id"]


def test_reading_writes_nothing(tmp_path: Path):
    file = tmp_path / "state.json"
    with RunningSandbox(file) as sandbox:
        company = sandbox.create_company()
    saved = file.stat().st_mtime_ns
    with RunningSandbox(file) as sandbox:
        harvest_client(sandbox.control("GET", f"/companies/{company['id']}")).get("/clients")
    assert file.stat().st_mtime_ns == saved


def test_a_file_of_another_format_is_refused(tmp_path: Path):
    file = tmp_path / "state.json"
    file.write_text('{"format": 99}')
    with pytest.raises(ValueError, match="another version"):
        RunningSandbox(file)


def test_a_served_sandbox_has_a_demo_company_and_remembers_it_after_a_stop(tmp_path: Path):
    file = tmp_path / "state.json"
    port = free_port()
    with Served(port, file) as demo:
        assert demo.company()["harvest_access_token"] == "sandbox-harvest-token-demo"
        clients = len(demo.control("GET", "/companies/demo/harvest/clients"))
        assert clients > 0
        demo.control("POST", "/companies/demo/harvest/clients", {"name": "Newcomer"})
    with Served(port, file) as demo:
        assert len(demo.control("GET", "/companies/demo/harvest/clients")) == clients + 1


@pytest.mark.slow
def test_a_killed_sandbox_leaves_a_whole_file_that_the_next_one_takes_up(tmp_path: Path):
    file = tmp_path / "state.json"
    port = free_port()
    with Served(port, file) as demo:
        give_up_at = time.monotonic() + 20
        number = 0
        while not (file.exists() and "Client 1" in file.read_text()):
            number += 1
            demo.control("POST", "/companies/demo/harvest/clients", {"name": f"Client {number}"})
            assert time.monotonic() < give_up_at
        demo.process.kill()
        demo.process.wait()
    with Served(port, file) as demo:
        names = {client["name"] for client in demo.control("GET", "/companies/demo/harvest/clients")}
        assert "Client 1" in names


def test_a_port_that_is_taken_is_an_error_before_anything_is_made(tmp_path: Path):
    with RunningSandbox() as sandbox, pytest.raises(OSError, match="in use"):
        listen(sandbox.port)


def free_port() -> int:
    with listen(0) as listener:
        return listener.getsockname()[1]


class Served:
    """`serve` in a process of its own, ended as a terminal would."""

    def __init__(self, port: int, file: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        code = (
            "import sys, pathlib\n"
            "from harvest_qb_pipeline.sandbox.server import serve\n"
            "serve(int(sys.argv[1]), pathlib.Path(sys.argv[2]))"
        )
        self.process = subprocess.Popen([sys.executable, "-c", code, str(port), str(file)])

    def __enter__(self) -> "Served":
        give_up_at = time.monotonic() + 30
        while True:
            try:
                self.company()
            except (urllib.error.URLError, ConnectionError):
                assert self.process.poll() is None
                assert time.monotonic() < give_up_at
                time.sleep(0.05)
            else:
                return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)

    def company(self) -> JsonObject:
        return self.control("GET", "/companies/demo")

    def control(self, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/sandbox{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=20) as response:
            return json.load(response)
