"""A home with a small agency in it, landed and planned; Dagster's web server on it, behind the guard; a browser.

Belongs here: starting these, and ending them after the last page: they would slow down all that comes after. Must not
be here: what a page has to show.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from harvest_qb_pipeline.cli.templates import TEMPLATES
from harvest_qb_pipeline.sandbox.testing import RunningSandbox

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)
LONGEST_START_SECONDS = 90


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser; where there is none, say so instead of failing."""
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(600))
            # One worker starts one web server, however many workers there are.
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(scope="package")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a home in which `run` has landed and planned, while its sandbox answers."""
    home = tmp_path_factory.mktemp("ui") / "home"
    with RunningSandbox() as sandbox:
        company = sandbox.create_company(size="small", seed=1, today="2026-11-05")
        given = {
            **os.environ,
            **company["env"],
            "HARVEST_QB_HOME": str(home),
            "HARVEST_QB_POLICY": str(TEMPLATES / "policy.toml"),
            "DAGSTER_HOME": str(home / "dagster"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "harvest_qb_pipeline.cli", "run"],
            env=given,
            cwd=TEMPLATES,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        yield given


@pytest.fixture(scope="package")
def address(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where Dagster's web server shows that home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("webserver") / "log.txt"
    workspace = str(TEMPLATES / "workspace.yaml")
    command = [sys.executable, "-m", "harvest_qb_pipeline.web.server", "--workspace", workspace, "--port", str(port)]
    with (
        log.open("w") as file,
        subprocess.Popen(command, env=environment, cwd=TEMPLATES, stdout=file, stderr=file) as process,
    ):
        try:
            give_up_at = time.monotonic() + LONGEST_START_SECONDS
            while not _answers(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < give_up_at, log.read_text()
                time.sleep(0.1)
            environment["LOG_OF_PAGES"] = str(log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture
def link(address: str, environment: dict[str, str]) -> str:
    """The newest link with which a browser may decide, as it stands in the terminal."""
    return re.findall(rf"{address}\S+token=\S+", Path(environment["LOG_OF_PAGES"]).read_text())[-1]


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/server_info")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@pytest.fixture(scope="package")
def tab() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield browser.new_page(viewport={"width": 1600, "height": 1400})
        browser.close()


@pytest.fixture
def open_page(tab: Page, address: str) -> Callable[[str, str], Page]:
    """Open a path and wait until a text is to be seen on it."""

    def opened(path: str, awaited: str) -> Page:
        tab.goto(address + path)
        tab.get_by_text(awaited).first.wait_for(timeout=60_000)
        return tab

    return opened
