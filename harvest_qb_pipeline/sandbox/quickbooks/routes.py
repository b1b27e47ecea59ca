"""QuickBooks' HTTP interface: paths, headers, envelopes, JSON or XML, and `requestid`.

Belongs here: turning requests into calls of the books and answers into responses. Must not be here: rules.
Source: QuickBooks Online API, "REST API features"; XML unless the client accepts JSON.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from starlette.routing import Route

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.http import HTML, XML, ApiRequest, ApiResponse, encode, route
from harvest_qb_pipeline.sandbox.quickbooks import faults, requests
from harvest_qb_pipeline.sandbox.quickbooks.faults import RefusalError
from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType
from harvest_qb_pipeline.sandbox.quickbooks.schema_company import BY_PATH

if TYPE_CHECKING:
    from harvest_qb_pipeline.sandbox.company import Company

MEDIA_JSON = "application/json"
_NAMESPACE = "http://schema.intuit.com/finance/v3"
_JSON_UTF8 = "application/json;charset=UTF-8"


def routes() -> list[Route]:
    """Below `/quickbooks/v3/company/{realm}`: query and change data capture, then every entity."""
    return [
        route("/query", _answering(_query), "GET", "POST"),
        route("/cdc", _answering(_changes)),
        route("/{entity}", _answering(_read_only_one)),
        route("/{entity}", _writing, "POST"),
        route("/{entity}/{id}", _answering(_read)),
    ]


Work = Callable[["Company", ApiRequest], JsonObject]


def _answering(work: Work) -> Callable[["Company", ApiRequest], ApiResponse]:
    """A handler of something that gives the content of an envelope, or a fault."""

    def handler(company: "Company", request: ApiRequest) -> ApiResponse:
        return _respond(company, request, lambda: work(company, request))

    return handler


def _respond(company: "Company", request: ApiRequest, work: Callable[[], JsonObject]) -> ApiResponse:
    try:
        if not company.switches.user_has_access:
            raise faults.no_access()
        status, content = 200, work()
    except RefusalError as fault:
        status, content = fault.response.status, dict(fault.response.body)
    except _NoSuchPathError:
        return ApiResponse(404, b"<html><body>404 Not Found</body></html>", media_type=HTML)
    body = {**content, "time": _time(company)}
    if MEDIA_JSON in request.headers.get("accept", ""):
        return ApiResponse(status, encode(body), media_type=_JSON_UTF8)
    return ApiResponse(status, _xml(body), media_type=XML)


def _query(company: "Company", request: ApiRequest) -> JsonObject:
    statement = request.param("query") if request.method == "GET" else request.body.decode(errors="replace")
    if not statement or not statement.strip():
        raise faults.missing("query")
    return {"QueryResponse": company.quickbooks.query(statement)}


def _changes(company: "Company", request: ApiRequest) -> JsonObject:
    blocks = company.quickbooks.changes(request.param("entities"), request.param("changedSince"))
    return {"CDCResponse": [{"QueryResponse": blocks}]}


def _read_only_one(company: "Company", request: ApiRequest) -> JsonObject:
    """GET without an id: only Preferences, of which there is one."""
    entity = _entity(request)
    if entity.name != "Preferences":
        raise faults.unsupported_operation(f"read of {entity.name} without an id")
    return {entity.name: company.quickbooks.read(entity, "1")}


def _read(company: "Company", request: ApiRequest) -> JsonObject:
    entity = _entity(request)
    return {entity.name: company.quickbooks.read(entity, request.path_params["id"])}


def _writing(company: "Company", request: ApiRequest) -> ApiResponse:
    """A POST: answered as before when its `requestid` is to be replayed, else carried out and remembered."""
    request_id = request.param("requestid")
    if request_id is None:
        return _respond(company, request, lambda: _write(company, request))
    replays = company.quickbooks.replays
    target = f"{request.path.lower()}?{request.param('operation') or ''}"
    try:
        before = replays.recall(request_id, target, request.body)
    except RefusalError as refusal:
        return _respond(company, request, partial(_refuse, refusal))
    if before is not None:
        return ApiResponse(before.status, before.content.encode(), media_type=before.media_type)
    response = _respond(company, request, lambda: _write(company, request))
    replays.remember(request_id, target, request.body, response)
    return response


def _refuse(refusal: RefusalError) -> JsonObject:
    raise refusal


def _write(company: "Company", request: ApiRequest) -> JsonObject:
    entity = _entity(request)
    if not request.headers.get("content-type", "").startswith(MEDIA_JSON):
        raise faults.unsupported_operation("with this Content-Type")
    operation, include = request.param("operation"), (request.param("include") or "").lower()
    body = requests.read_body(request.body)
    return {entity.name: company.quickbooks.write(entity, operation and operation.lower(), body, include)}


class _NoSuchPathError(Exception):
    """Nothing answers at this path."""


def _entity(request: ApiRequest) -> EntityType:
    """The entity of a path, which is written in lower case."""
    entity = BY_PATH.get(request.path_params["entity"])
    if entity is None:
        raise _NoSuchPathError
    return entity


def _time(company: "Company") -> str:
    """`2026-10-31T09:00:00.12-07:00`: the moment of the answer with 1 to 3 digits, at the company's offset."""
    now = company.clock.now(exact=True).astimezone(company.quickbooks.store.zone)
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
