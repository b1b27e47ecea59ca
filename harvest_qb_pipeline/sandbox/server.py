"""The server: one ASGI application for all companies, and the loop that serves it.

Belongs here: sockets, threads, the order log → limit → fault → answer, and the carrying out of faults. Must not be
here: what any product answers (gateways, books) and what the control API does.
"""

import logging
import signal
import socket
import threading
from collections.abc import Mapping
from email.utils import format_datetime
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import parse_qsl

import anyio
import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from harvest_qb_pipeline.sandbox.calls import ServedCall, readable
from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.control import Control
from harvest_qb_pipeline.sandbox.crossing import crossed
from harvest_qb_pipeline.sandbox.faults import ArmedFault
from harvest_qb_pipeline.sandbox.gateways import READING, Gateway
from harvest_qb_pipeline.sandbox.harvest_gateway import HarvestGateway
from harvest_qb_pipeline.sandbox.http import HTML, JSON, ApiRequest, ApiResponse, encode
from harvest_qb_pipeline.sandbox.quickbooks_gateway import OAuthGateway, QuickBooksGateway
from harvest_qb_pipeline.sandbox.registry import DEMO, CompanyWish, Registry
from harvest_qb_pipeline.sandbox.state import StateFile

log = logging.getLogger(__name__)

DEFAULT_PORT = 8765
TRANSPORT = "sandbox.transport"
GATEWAY_PAGE = b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center></body></html>"


class DroppableProtocol(HttpToolsProtocol):
    """Hands the connection to the application, which may close it instead of answering."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope.setdefault("state", {})[TRANSPORT] = self.transport


class Product:
    """The ASGI application of one product: everything but what it answers."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request, query = await _read(scope, receive, self._gateway.prefix)
        except ClientDisconnect:
            return
        found = self._gateway.company_of(request)
        if isinstance(found, ApiResponse):
            await self._send(send, None, found.status, found.content(), found)
            return
        call = found.calls.add(
            at=found.clock.now().isoformat(), system=self._gateway.system, method=request.method,
            path=scope["path"], query=query, params=request.params, headers=request.headers, body=request.body,
        )  # fmt: skip
        answer = self._gateway.throttle(found, request)
        fault = None if answer else found.faults.meet(request.method, scope["path"])
        if answer is None and fault is None:
            answer = await anyio.to_thread.run_sync(self._carry_out, found, request, call)
        elif fault is not None:
            call.fault = fault.kind
            answer = await self._carry_out_fault(fault, found, request, call)
        if answer is None:
            await _drop(scope, receive)
            return
        call.status = answer.status
        await self._send(send, found, answer.status, answer.content(), answer)

    def _carry_out(self, company: Company, request: ApiRequest, call: ServedCall) -> ApiResponse:
        """The product's answer, with its body already printed, because its records may change afterwards."""
        with company.lock:
            try:
                answer = self._gateway.answer(company, request)
                answer.body = answer.content()
            except Exception:
                log.exception("The sandbox failed on %s %s", request.method, call.path)
                answer = ApiResponse(500, GATEWAY_PAGE % (500, 500), media_type=HTML)
            if request.method not in READING:
                call.answer = readable(answer.content())
                company.changed()
        return answer

    async def _carry_out_fault(
        self, fault: ArmedFault, company: Company, request: ApiRequest, call: ServedCall
    ) -> ApiResponse | None:
        """The answer under a fault; None when the connection is to be closed without one."""
        if fault.kind == "drop_before_commit":
            return None
        if fault.kind == "commit_late":
            timer = threading.Timer(fault.seconds, self._carry_out, (company, request, call))
            timer.daemon = True
            timer.start()
            return None
        if fault.kind == "delay" and not fault.commit:
            await anyio.sleep(fault.seconds)
        answer = None
        if fault.kind != "status" or fault.commit:
            answer = await anyio.to_thread.run_sync(self._carry_out, company, request, call)
        if fault.kind == "drop_after_commit":
            return None
        if fault.kind == "status":
            return _told(fault)
        if fault.kind == "crossed" and answer is not None:
            with company.lock:
                return crossed(company, call.path, answer)
        if fault.commit:
            await anyio.sleep(fault.seconds)
        return answer

    async def _send(
        self, send: Send, company: Company | None, status: int, content: bytes, answer: ApiResponse
    ) -> None:
        headers = {"content-type": answer.media_type, "content-length": str(len(content))}
        if company is not None:
            headers["date"] = format_datetime(company.clock.now(), usegmt=True)
        headers |= self._gateway.headers(company) | answer.headers
        await _respond(send, status, headers, content)


class ControlApp:
    """The ASGI application of the control API; faults and limits do not touch it."""

    def __init__(self, registry: Registry) -> None:
        self._control = Control(registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request, _ = await _read(scope, receive, "/sandbox")
        except ClientDisconnect:
            return
        answer = await anyio.to_thread.run_sync(self._control.answer, request)
        content = answer.content()
        headers = {"content-type": answer.media_type, "content-length": str(len(content))} | answer.headers
        await _respond(send, answer.status, headers, content)


def application(registry: Registry) -> Starlette:
    """The whole sandbox as one ASGI application."""
    gateways: list[Gateway] = [OAuthGateway(registry), QuickBooksGateway(registry), HarvestGateway(registry)]
    products = [Mount(gateway.prefix, app=Product(gateway)) for gateway in gateways]
    return Starlette(routes=[*products, Mount("/sandbox", app=ControlApp(registry))])


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `OSError` when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def new_server(registry: Registry) -> uvicorn.Server:
    """A uvicorn server of the sandbox that has not started; give it a socket of `listen`."""
    config = uvicorn.Config(
        application(registry),
        http=DroppableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def serve(port: int = DEFAULT_PORT, state_file: Path | None = None, host: str = "127.0.0.1") -> None:
    """Serve until interrupted, with the `demo` company in it. Raises `OSError` when the port is taken.

    With a state file the companies are those of the last time; they are saved as they change and at the end. Call it
    in the main thread: it takes SIGTERM and SIGINT as the end.
    """
    # uvicorn raises the signal that stopped it once more when it is done; SIGTERM would end us before we have saved.
    signal.signal(signal.SIGTERM, _end)
    listener = listen(port, host)
    registry = Registry()
    state = StateFile(state_file, registry) if state_file else None
    if state:
        state.load()
    if registry.get(DEMO) is None:
        registry.create(CompanyWish.read({"id": DEMO, "size": "small", "rate_limits": True}))
    if state:
        state.start()
    try:
        new_server(registry).run(sockets=[listener])
    except KeyboardInterrupt:
        log.info("The sandbox was interrupted")
    finally:
        if state:
            state.stop()


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise SystemExit(0)


async def _read(scope: Scope, receive: Receive, prefix: str) -> tuple[ApiRequest, str]:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    base_url = f"{scope['scheme']}://{headers.get('host', 'localhost')}{prefix}"
    path = scope["path"].removeprefix(prefix) or "/"
    body = await Request(scope, receive).body()
    params = parse_qsl(query, keep_blank_values=True)
    return ApiRequest(scope["method"], path, params, headers, body, base_url=base_url), query


async def _respond(send: Send, status: int, headers: Mapping[str, str], content: bytes) -> None:
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content})


async def _drop(scope: Scope, receive: Receive) -> None:
    """Close the connection without an answer, and wait until the server has noticed."""
    transport: Any = scope["state"][TRANSPORT]
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _told(fault: ArmedFault) -> ApiResponse:
    """The answer a `status` fault dictates; without a body it is the HTML page of a gateway."""
    headers = {name: str(value) for name, value in fault.headers.items()}
    kind = next((headers.pop(name) for name in list(headers) if name.lower() == "content-type"), None)
    if isinstance(fault.body, str):
        return ApiResponse(fault.status, fault.body.encode(), headers, kind or HTML)
    if fault.body is not None:
        return ApiResponse(fault.status, encode(fault.body), headers, kind or JSON)
    return ApiResponse(fault.status, GATEWAY_PAGE % (fault.status, fault.status), headers, kind or HTML)
