"""What is measured on: one sandbox in a process of its own, its companies, and homes that were filled from them.

Belongs here: making these once, when the first measurement needs them. Must not be here: measuring anything.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.measuring import Spent, command, measure
from benchmarks.warehouses import fill

TODAY = "2026-11-05"
_PATIENCE_SECONDS = 30
_LONGEST_CALL_SECONDS = 600
_POLICY = (
    'timezone = "America/New_York"\ncutover_on = {}\nnative_copy = "off"\nauto_reminders = "off"\n'
    '[billing]\ncadence = "monthly"\nterms = "Net 30"\n[items]\ndefault = "Services"\n[tax]\nservices = "NON"\n'
)
_EVERYTHING = "2020-01-01"
_UNBILLED_FROM = "2026-10-01"
"""Days from which on we bill: everything there is, or what comes after the last month that was billed by hand."""


@dataclass(frozen=True)
class Sizes:
    """How large everything is. `entries` is the plain size; a large firm has two and a half times as many entries."""

    entries: int
    parties: int
    bills: tuple[int, ...]
    rounds: int

    @property
    def fewer(self) -> int:
        return self.entries // 4

    @property
    def firm(self) -> int:
        return self.entries * 5 // 2

    @property
    def most(self) -> int:
        return self.entries * 10


@dataclass(frozen=True)
class Company:
    """A company of a sandbox: how to connect to it, and what its users do, or the sandbox has seen."""

    sandbox: str
    id: str
    env: dict[str, str]

    def control(self, method: str, path: str = "", body: object = None) -> Any:
        """A call of the sandbox's control API about this company."""
        return _control(self.sandbox, method, f"/companies/{self.id}{path}", body)


@dataclass(frozen=True)
class Home:
    """A folder that `harvest-qb` works in, connected to a company."""

    folder: Path
    company: Company

    @property
    def env(self) -> dict[str, str]:
        here = {"HARVEST_QB_HOME": str(self.folder), "HARVEST_QB_POLICY": str(self.folder / "policy.toml")}
        return self.company.env | here

    def harvest_qb(self, *words: str) -> Spent:
        """A command in this home, as if the last one were long ago: no rate limit holds it back."""
        (self.folder / "rate-limits.sqlite").unlink(missing_ok=True)
        return command(*words, env=self.env, folder=self.folder)


class Stage:
    """One sandbox at `url`, and a folder for homes. Each company and home is made when it is first asked for."""

    def __init__(self, url: str, folder: Path, sizes: Sizes) -> None:
        self._url = url
        self._folder = folder
        self.sizes = sizes

    @cached_property
    def large(self) -> Company:
        """So many entries of two years, all of them unbilled."""
        return company(self._url, entries=self.sizes.entries, old_invoices=False)

    @cached_property
    def small(self) -> Company:
        """A quarter of them."""
        return company(self._url, entries=self.sizes.fewer, old_invoices=False)

    @cached_property
    def large_home(self) -> Home:
        return self._filled("large", self.large)

    @cached_property
    def small_home(self) -> Home:
        return self._filled("small", self.small)

    @cached_property
    def agency_home(self) -> Home:
        """An agency's month, landed and planned."""
        home = self._home("agency", company(self._url, size="small", months=3), cutover_on=_UNBILLED_FROM)
        home.harvest_qb("run")
        return home

    @cached_property
    def firm_home(self) -> Home:
        """A large firm of two years, billed but for the last five weeks; twice run, so that nothing is new to it."""
        home = self._home("firm", company(self._url, entries=self.sizes.firm), cutover_on=_UNBILLED_FROM)
        for _ in range(2):
            home.harvest_qb("run")
        return home

    @cached_property
    def unbilled_firm_home(self) -> Home:
        """As large a firm that never billed anything."""
        return self._filled("unbilled", company(self._url, entries=self.sizes.firm, old_invoices=False))

    def folder(self, name: str) -> Path:
        """A new empty folder."""
        path = self._folder / name
        path.mkdir()
        return path

    def _filled(self, name: str, of: Company) -> Home:
        home = self._home(name, of)
        measure(fill, home.env)
        return home

    def _home(self, name: str, of: Company, cutover_on: str = _EVERYTHING) -> Home:
        home = Home(self.folder(name), of)
        (home.folder / "policy.toml").write_text(_POLICY.format(cutover_on))
        return home


def company(url: str, **wishes: Any) -> Company:
    """A new company without rate limits, whose clock stands still."""
    fixed = {"size": "large", "today": TODAY, "seed": 1, "months": 24, "rate_limits": False, "frozen": True}
    made = _control(url, "POST", "/companies", fixed | wishes)
    return Company(url, made["id"], made["env"])


@contextmanager
def sandbox() -> Generator[str]:
    """A sandbox in a process of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    words = [sys.executable, "-m", "harvest_qb_pipeline.cli", "sandbox", "--port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(url, process)
            yield url
        finally:
            process.terminate()


def _control(url: str, method: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/sandbox{path}", data=data, method=method)
    with urllib.request.urlopen(request, timeout=_LONGEST_CALL_SECONDS) as response:
        return json.load(response)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/sandbox/companies", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            if process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError("The sandbox did not start.") from None
            time.sleep(0.05)
