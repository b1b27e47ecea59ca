"""The guard in front of Dagster's web server: who may ask, from which page, and who may change anything.

Belongs here: what is refused and in which words, and the exchange of a link for a cookie. Must not be here: Dagster, or
how sessions are made. Dagster itself asks nobody anything, takes changes by GET, and looks at neither Host nor Origin.

- *Host* must be a name of this machine or one that is configured, so that no foreign name leads here (DNS rebinding).
- *Origin* must be this server's own on everything that is not a plain read, and on websockets.
- Nothing is changed by GET, nor by the content types that a form of any page can send.
- Whoever changes something has a session (the cookie of a link that was opened), or shows the home's key.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harvest_qb_pipeline.web.operations import may_change, query_in, query_in_message
from harvest_qb_pipeline.web.sessions import SESSION_SECONDS, Sessions

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
OPEN_PATH = "/harvest-qb/open"
"""Where a link leads: `/harvest-qb/open?token=...`."""
_PLAIN = ("GET", "HEAD", "OPTIONS")
_GRAPHQL = "/graphql"
_LARGEST_BODY = 32 * 1024 * 1024
_POLICY_VIOLATION = 1008
_PROTECTIVE = {
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Nobody shows these pages within theirs, so that nobody's click is led astray."""
_NO_SESSION = (
    "This browser only reads so far. To change anything, open the link that `harvest-qb dev` printed in its terminal "
    "(it works once; after that a new one stands there)."
)


@dataclass(frozen=True)
class Refusal:
    """Why a request goes no further: the status, and a sentence for whoever sent it."""

    status: int
    sentence: str


class Guard:
    """An ASGI application around Dagster's. `names` are hosts it answers to besides the machine's own names.

    `on_opened` is called after a link was opened, so that the next can be printed.
    """

    def __init__(
        self,
        app: ASGIApp,
        sessions: Sessions,
        names: Collection[str] = (),
        on_opened: Callable[[], object] = lambda: None,
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._names = LOCAL_NAMES | {name.lower() for name in names}
        self._on_opened = on_opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        refusal = self.refused_sender(request.method, request.headers)
        if refusal is None and scope["path"] == OPEN_PATH:
            await self._opened(request)(scope, receive, send)
            return
        body = b""
        if refusal is None and request.method not in _PLAIN:
            body, refusal = await _whole(request)
        refusal = refusal or self._refused_request(request, body)
        if refusal:
            await _told(request, refusal)(scope, receive, send)
            return
        await self._app(scope, receive if request.method in _PLAIN else _again(body, receive), _protected(send))

    def refused_sender(self, method: str, headers: Headers) -> Refusal | None:
        """Why nobody's request from there may go on; None when it may."""
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or _name_of(host) not in self._names:
            return Refusal(
                403,
                f"This server does not answer to {host[:100]!r}. Open it as http://localhost with its port, or name "
                "the host in HARVEST_QB_UI_HOSTS if it stands behind a proxy.",
            )
        if method in _PLAIN:
            return None
        origins = headers.getlist("origin")
        is_own = all(_place_of(origin) == host.lower() for origin in origins)
        if not is_own or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return Refusal(403, f"Another page ({', '.join(origins) or 'unnamed'}) may not change anything here.")
        return None

    def _refused_request(self, request: Request, body: bytes) -> Refusal | None:
        if request.method in _PLAIN:
            return _refused_read(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return Refusal(415, "Requests that are not plain reads are taken as application/json only.")
        if request.scope["path"] == _GRAPHQL and not may_change(query_in(body)):
            return None
        return None if self._is_known(request) else Refusal(403, _NO_SESSION)

    def _is_known(self, request: Request) -> bool:
        """Whether the request brings a session, or the home's key."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._sessions.is_key(token.strip()):
            return True
        value = request.cookies.get(self._sessions.cookie_name, "")
        return bool(value) and self._sessions.is_session(value)

    def _opened(self, request: Request) -> Response:
        """A link is exchanged for a cookie that no other site's page can send along."""
        if request.method != "GET" or not self._sessions.redeem(request.query_params.get("token", "")):
            return PlainTextResponse(
                "This link was opened before, or is not the newest. The newest stands in the terminal of "
                "`harvest-qb dev`.",
                status_code=403,
            )
        response = RedirectResponse("/", status_code=303, headers={"Referrer-Policy": "no-referrer"})
        response.set_cookie(
            self._sessions.cookie_name,
            self._sessions.new_session(),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        self._on_opened()
        return response

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Judged like a change: what a page of another origin opens is read by it, unlike the answer to a plain read.
        if self.refused_sender("WEBSOCKET", Headers(scope=scope)):
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        await self._app(scope, _only_reading(receive), send)


def _refused_read(request: Request) -> Refusal | None:
    asked = request.query_params.getlist("query")
    if request.scope["path"] == _GRAPHQL and any(may_change(query) for query in asked):
        return Refusal(405, "Nothing is changed by GET.")
    return None


def _only_reading(receive: Receive) -> Receive:
    async def received() -> Message:
        message = await receive()
        text = message.get("text")
        if message["type"] == "websocket.receive" and (text is None or may_change(query_in_message(text))):
            return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}
        return message

    return received


async def _whole(request: Request) -> tuple[bytes, Refusal | None]:
    """The body, unless it is beyond reason."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            return b"", Refusal(413, "That is more than anything here has to say.")
    return body, None


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read already, then what comes after it."""
    told = False

    async def received() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return received


def _protected(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _PROTECTIVE.items():
                headers.append(name, value)
        await send(message)

    return sent


def _told(request: Request, refusal: Refusal) -> Response:
    """The sentence in the form that the asker reads: Dagster's pages show what GraphQL answers as an error."""
    if request.scope["path"] == _GRAPHQL:
        told: Mapping[str, object] = {"data": None, "errors": [{"message": refusal.sentence}]}
        return JSONResponse(told, status_code=refusal.status)
    return PlainTextResponse(refusal.sentence, status_code=refusal.status)


def _name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower() if not set(host) & set("/@?#\\ ") else ""
    except ValueError:
        return ""


def _place_of(origin: str) -> str:
    """Host and port of an Origin header; empty for `null` and whatever else is none."""
    scheme, _, place = origin.partition("://")
    return place.lower() if scheme.lower() in ("http", "https") else ""
