"""The state file: all companies as JSON on disk, so that a sandbox remembers over a restart.

Belongs here: when to save and how to save so that a killed server leaves a whole file. Must not be here: what a company
consists of (`Company.to_state`).
"""

import logging
import os
import threading
import time
from pathlib import Path

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.http import encode
from harvest_qb_pipeline.sandbox.registry import Registry

log = logging.getLogger(__name__)

QUIET_SECONDS = 0.5
LONGEST_UNSAVED_SECONDS = 5.0
FORMAT = 1


class StateFile:
    """Saves a registry to `path` in the background: half a second after the last change, at the latest after five.

    Both grow with what saving costs, so that a company of half a million entries is not busy being saved.
    """

    def __init__(self, path: Path, registry: Registry) -> None:
        self._path, self._registry = path, registry
        self._printed: dict[str, tuple[int, bytes]] = {}
        self._saved: dict[str, int] = {}
        self._cost_seconds = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="sandbox-state", daemon=True)

    def load(self) -> None:
        """Take in the companies of the file, if there is one. Raises `ValueError` when it is of another format."""
        if not self._path.exists():
            return
        state = jsontext.loads(self._path.read_bytes())
        if state.get("format") != FORMAT:
            raise ValueError(f"{self._path} was written by another version of the sandbox; move it away to start anew.")
        for company_state in state["companies"]:
            self._registry.add(Company.from_state(company_state))
        self._saved = self._versions()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop watching and save what is unsaved."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self.save()

    def save(self) -> None:
        """Write the file if anything changed: whole to a neighbour, then renamed over the old one."""
        versions = self._versions()
        if versions == self._saved and self._path.exists():
            return
        parts = [self._print(company) for company in self._registry.list()]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        neighbour = self._path.with_name(self._path.name + ".new")
        with neighbour.open("wb") as file:
            file.write(b'{"format":%d,"companies":[\n' % FORMAT + b",\n".join(parts) + b"\n]}\n")
            file.flush()
            os.fsync(file.fileno())
        neighbour.replace(self._path)
        self._saved = versions
        self._printed = {name: known for name, known in self._printed.items() if name in versions}

    def _print(self, company: Company) -> bytes:
        """A company's JSON, printed anew only when it has changed."""
        with company.lock:
            known = self._printed.get(company.id)
            if known is None or known[0] != company.version:
                known = (company.version, encode(company.to_state()))
                self._printed[company.id] = known
        return known[1]

    def _versions(self) -> dict[str, int]:
        return {company.id: company.version for company in self._registry.list()}

    def _watch(self) -> None:
        seen, quiet_since, saved_at = self._versions(), time.monotonic(), time.monotonic()
        while not self._over.wait(QUIET_SECONDS / 2):
            versions, now = self._versions(), time.monotonic()
            if versions != seen:
                seen, quiet_since = versions, now
            if versions == self._saved:
                saved_at = now
            elif self._is_time(now - quiet_since, now - saved_at):
                try:
                    self.save()
                except OSError:
                    log.exception("The sandbox cannot save its state to %s; it will try again", self._path)
                saved_at = time.monotonic()
                self._cost_seconds = saved_at - now

    def _is_time(self, quiet_seconds: float, unsaved_seconds: float) -> bool:
        is_quiet = quiet_seconds >= max(QUIET_SECONDS, self._cost_seconds)
        return is_quiet or unsaved_seconds >= max(LONGEST_UNSAVED_SECONDS, 10 * self._cost_seconds)
