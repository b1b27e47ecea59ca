"""A sandbox inside the present process, for tests: real HTTP on a free port, served by a thread.

Belongs here: starting, stopping and talking to it. Must not be here: anything only one test needs.
"""

import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Self

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.http import encode
from harvest_qb_pipeline.sandbox.registry import Registry
from harvest_qb_pipeline.sandbox.server import listen, new_server
from harvest_qb_pipeline.sandbox.state import StateFile

LONGEST_START_SECONDS = 10.0
LONGEST_CALL_SECONDS = 300.0


class ControlError(AssertionError):
    """The control API refused; the message carries its sentence."""


class RunningSandbox:
    """A running sandbox without companies. `with RunningSandbox() as sandbox: sandbox.create_company(size="small")`.

    With `state_file` it takes up what was saved there, and saves as `serve` does.
    """

    def __init__(self, state_file: Path | None = None, port: int = 0) -> None:
        self.registry = Registry()
        self._state = StateFile(state_file, self.registry) if state_file else None
        if self._state:
            self._state.load()
            self._state.start()
        self._start(port)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`, the same while it is stopped."""
        return f"http://127.0.0.1:{self.port}"

    def create_company(self, **body: Json) -> JsonObject:
        """A new company, described as the control API does; an empty one unless `size` says otherwise."""
        return self.control("POST", "/companies", body)

    def control(self, method: str, path: str, body: Json = None) -> Json:
        """One call of the control API, `path` below `/sandbox`. Raises `ControlError` unless it answers 2xx."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=LONGEST_CALL_SECONDS)
        try:
            connection.request(method, f"/sandbox{path}", None if body is None else encode(body))
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise ControlError(f"{method} /sandbox{path}: {answer.status} {text.decode()}")
        return jsontext.loads(text)

    def stop(self) -> None:
        """Stop serving: connections are refused from now on. The companies stay."""
        if self._thread.is_alive():
            self._server.should_exit = True
            self._thread.join()
        self._listener.close()

    def restart_on_same_port(self) -> None:
        """Serve the same companies again at the same address."""
        self.stop()
        self._start(self.port)

    def close(self) -> None:
        """Stop for good, saving the state file if there is one."""
        self.stop()
        if self._state:
            self._state.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, port: int) -> None:
        self._listener = listen(port)
        self.port: int = self._listener.getsockname()[1]
        self._server = new_server(self.registry)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="sandbox", daemon=True
        )
        self._thread.start()
        give_up_at = time.monotonic() + LONGEST_START_SECONDS
        while not self._server.started:
            if time.monotonic() > give_up_at or not self._thread.is_alive():
                raise RuntimeError("The sandbox did not start.")
            time.sleep(0.005)
