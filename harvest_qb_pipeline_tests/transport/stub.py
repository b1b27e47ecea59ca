"""A tiny HTTP server on this machine that answers as a test scripts it, for what happens on the wire itself."""

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One request as the server read it."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class Reply:
    """What to answer. `cut` closes the connection after that many bytes of the body (-1: before any answer); `drip` is
    the pause after each byte."""

    status: int = 200
    body: object = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None
    drip: float = 0.0

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Stub:
    """Answers each request by `answer(asked)`; a list is answered in order, its last reply for ever."""

    def __init__(self, answer: Callable[[Asked], Reply] | list[Reply]) -> None:
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._open = 0
        self._answer = answer
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                address = urlsplit(self.path)
                asked = Asked(
                    self.command,
                    address.path,
                    dict(parse_qsl(address.query)),
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                    self.client_address[1],
                )
                reply = stub.reply_to(asked)
                time.sleep(reply.delay)
                stub.let_go()
                if reply.cut == -1:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.raw)))
                self.end_headers()
                if reply.drip:
                    self._write_slowly(reply)
                    return
                self.wfile.write(reply.raw[: reply.cut])
                if reply.cut is not None:
                    self.close_connection = True

            def _write_slowly(self, reply: Reply) -> None:
                self.close_connection = True
                with suppress(OSError):  # who listens has gone
                    for byte in reply.raw:
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        time.sleep(reply.drip)

            do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._lock = threading.Lock()

    def reply_to(self, asked: Asked) -> Reply:
        with self._lock:
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
            self.asked.append(asked)
            if callable(self._answer):
                return self._answer(asked)
            return self._answer.pop(0) if len(self._answer) > 1 else self._answer[0]

    def let_go(self) -> None:
        """A reply is on its way: its request is not open any more."""
        with self._lock:
            self._open -= 1

    def __enter__(self) -> "Stub":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
