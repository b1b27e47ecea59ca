"""QuickBooks' HTTP interface: paths, headers, envelopes, JSON or XML, and `requestid`.

Belongs here: turning requests into calls of the books and answers into responses. Must not be here: rules.
Source: QuickBooks Online API, "REST API features"; XML unless the client accepts JSON.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from xml.etree import ElementTree

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.http import HTML, XML, ApiRequest, ApiResponse, encode
from harvest_qb_pipeline.sandbox.quickbooks import faults, requests
from harvest_qb_pipeline.sandbox.quickbooks.books import QuickBooksBooks
from harvest_qb_pipeline.sandbox.quickbooks.faults import RefusalError
from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType
from harvest_qb_pipeline.sandbox.quickbooks.schema_company import BY_PATH
from harvest_qb_pipeline.sandbox.routing import Handler, Routes

MEDIA_JSON = "application/json"
_NAMESPACE = "http://schema.intuit.com/finance/v3"
_JSON_UTF8 = "application/json;charset=UTF-8"


def routes() -> Routes[QuickBooksBooks]:
    """Below `/quickbooks/v3/company/{realm}`: query and change data capture, then every entity."""
    return Routes(
        (
            ("GET", "/query", _answering(_query)),
            ("POST", "/query", _answering(_query)),
            ("GET", "/cdc", _answering(_changes)),
            ("GET", "/{entity}", _answering(_read_only_one)),
            ("POST", "/{entity}", _writing),
            ("GET", "/{entity}/{id}", _answering(_read)),
        )
    )


Work = Callable[[QuickBooksBooks, ApiRequest], JsonObject]


def _answering(work: Work) -> Handler[QuickBooksBooks]:
    """A handler of something that gives the content of an envelope, or a fault."""

    def handler(books: QuickBooksBooks, request: ApiRequest) -> ApiResponse:
        return _respond(books, request, lambda: work(books, request))

    return handler


def _respond(books: QuickBooksBooks, request: ApiRequest, work: Callable[[], JsonObject]) -> ApiResponse:
    try:
        if not books.store.switches.user_has_access:
            raise faults.no_access()
        status, content = 200, work()
    except RefusalError as fault:
        status, content = fault.response.status, dict(fault.response.body)
    except _NoSuchPathError:
        return ApiResponse(404, b"<html><body>404 Not Found</body></html>", media_type=HTML)
    body = {**content, "time": _time(books)}
    if MEDIA_JSON in request.headers.get("accept", ""):
        return ApiResponse(status, encode(body), media_type=_JSON_UTF8)
    return ApiResponse(status, _xml(body), media_type=XML)


def _query(books: QuickBooksBooks, request: ApiRequest) -> JsonObject:
    statement = request.param("query") if request.method == "GET" else request.body.decode(errors="replace")
    if not statement or not statement.strip():
        raise faults.missing("query")
    return {"QueryResponse": books.query(statement)}


def _changes(books: QuickBooksBooks, request: ApiRequest) -> JsonObject:
    blocks = books.changes(request.param("entities"), request.param("changedSince"))
    return {"CDCResponse": [{"QueryResponse": blocks}]}


def _read_only_one(books: QuickBooksBooks, request: ApiRequest) -> JsonObject:
    """GET without an id: only Preferences, of which there is one."""
    entity = _entity(request)
    if entity.name != "Preferences":
        raise faults.unsupported_operation(f"read of {entity.name} without an id")
    return {entity.name: books.read(entity, "1")}


def _read(books: QuickBooksBooks, request: ApiRequest) -> JsonObject:
    entity = _entity(request)
    return {entity.name: books.read(entity, request.path_params["id"])}


def _writing(books: QuickBooksBooks, request: ApiRequest) -> ApiResponse:
    """A POST: answered as before when its `requestid` is to be replayed, else carried out and remembered."""
    request_id = request.param("requestid")
    if request_id is None:
        return _respond(books, request, lambda: _write(books, request))
    replays = books.replays
    target = f"{request.path.lower()}?{request.param('operation') or ''}"
    try:
        before = replays.recall(request_id, target, request.body)
    except RefusalError as refusal:
        return _respond(books, request, partial(_refuse, refusal))
    if before is not None:
        return ApiResponse(before.status, before.content.encode(), media_type=before.media_type)
    response = _respond(books, request, lambda: _write(books, request))
    replays.remember(request_id, target, request.body, response)
    return response


def _refuse(refusal: RefusalError) -> JsonObject:
    raise refusal


def _write(books: QuickBooksBooks, request: ApiRequest) -> JsonObject:
    entity = _entity(request)
    if not request.headers.get("content-type", "").startswith(MEDIA_JSON):
        raise faults.unsupported_operation("with this Content-Type")
    operation, include = request.param("operation"), (request.param("include") or "").lower()
    body = requests.read_body(request.body)
    return {entity.name: books.write(entity, operation and operation.lower(), body, include)}


class _NoSuchPathError(Exception):
    """Nothing answers at this path."""


def _entity(request: ApiRequest) -> EntityType:
    """The entity of a path, which is written in lower case."""
    entity = BY_PATH.get(request.path_params["entity"])
    if entity is None:
        raise _NoSuchPathError
    return entity


def _time(books: QuickBooksBooks) -> str:
    """`2026-10-31T09:00:00.12-07:00`: the moment of the answer with 1 to 3 digits, at the company's offset."""
    now = books.store.now().astimezone(books.store.zone)
    digits = f"{now.microsecond // 1000:03d}".rstrip("0") or "0"
    offset = datetime.isoformat(now)[-6:]
    return f"{now:%Y-%m-%dT%H:%M:%S}.{digits}{offset}"


def _xml(body: JsonObject) -> bytes:
    """The envelope as XML, what a client gets that does not ask for JSON."""
    root = ElementTree.Element("IntuitResponse", {"xmlns": _NAMESPACE, "time": body["time"]})
    for name, value in body.items():
        if name != "time":
            _add(root, name, value)
    return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _add(parent: ElementTree.Element, name: str, value: Json) -> None:
    if isinstance(value, list):
        for one in value:
            _add(parent, name, one)
        return
    element = ElementTree.SubElement(parent, name)
    if isinstance(value, dict):
        for key, one in value.items():
            if key in ("code", "type", "name", "element") and parent.tag in ("IntuitResponse", "Fault"):
                element.set(key, str(one))
            else:
                _add(element, key, one)
    elif isinstance(value, bool):
        element.text = str(value).lower()
    else:
        element.text = format(value, "f") if isinstance(value, Decimal) else str(value)
