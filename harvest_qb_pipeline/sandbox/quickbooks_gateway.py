"""The front of QuickBooks Online: realm and access token, throttling, and the faults of Intuit's gateway.

Belongs here: what Intuit answers before it looks at a record, and the token endpoint. Must not be here: records
(`sandbox/quickbooks`). Source: QuickBooks Online API, OAuth 2.0, limits and gateway faults.
"""

import base64
import binascii
import re
import uuid
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.gateways import bearer
from harvest_qb_pipeline.sandbox.http import HTML, XML, ApiRequest, ApiResponse
from harvest_qb_pipeline.sandbox.quickbooks.routes import routes
from harvest_qb_pipeline.sandbox.registry import Registry

SHORTEST_TOKEN = 16
REALM = re.compile(r"^/(?P<realm>[^/]+)(?P<rest>/.*)$")
NOT_FOUND_PAGE = b"<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>"


class QuickBooksGateway:
    system = "quickbooks"
    prefix = "/quickbooks/v3/company"

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._routes = routes()

    def company_of(self, request: ApiRequest) -> Company | ApiResponse:
        """By realm, else by access token."""
        realm, _ = _split(request.path)
        by_realm = self._registry.find(lambda company: company.credentials.realm_id == realm)
        return by_realm or self._owner(bearer(request)) or gateway_fault(None, 401, None)

    def throttle(self, company: Company, request: ApiRequest) -> ApiResponse | None:  # noqa: ARG002
        """500 requests a minute and 10 a second; the 429 has no `Retry-After`."""
        if company.limits.take("quickbooks", "quickbooks_burst") is None:
            return None
        message = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
        return service_fault(company, message, "The request limit was reached.  Try again later")

    def answer(self, company: Company, request: ApiRequest) -> ApiResponse:
        realm, path = _split(request.path)
        token = bearer(request)
        state = company.tokens.access_state(token or "")
        if realm != company.credentials.realm_id or (state == "unknown" and self._owner(token) is not None):
            return _wrong_realm(company)
        if state != "good":
            return gateway_fault(company, 401, _why_unauthorised(token, state))
        if not company.switches.app_connected:
            return gateway_fault(company, 403, None)
        request.base_url = f"{request.base_url}/{realm}"
        answer = self._routes.answer(company.quickbooks, request, path)
        return answer or ApiResponse(404, NOT_FOUND_PAGE, media_type=HTML)

    def headers(self, company: Company | None) -> dict[str, str]:  # noqa: ARG002
        return {"intuit_tid": f"1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}", "QBO-Version": "1975.140"}

    def _owner(self, token: str | None) -> Company | None:
        return self._registry.find(lambda company: company.tokens.access_state(token or "") != "unknown")


class OAuthGateway:
    """The token endpoint: Basic client authentication, `grant_type=refresh_token`."""

    system = "oauth"
    prefix = "/quickbooks/oauth2/v1/tokens"

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def company_of(self, request: ApiRequest) -> Company | ApiResponse:
        """By client id, else by refresh token."""
        client_id, _ = _basic(request)
        refresh_token = _form(request).get("refresh_token", "")
        return (
            self._registry.find(lambda company: company.credentials.client_id == client_id)
            or self._registry.find(lambda company: company.tokens.knows(refresh_token))
            or ApiResponse(401, {"error": "invalid_client"})
        )

    def throttle(self, company: Company, request: ApiRequest) -> ApiResponse | None:  # noqa: ARG002
        return None

    def answer(self, company: Company, request: ApiRequest) -> ApiResponse:
        if request.method != "POST" or request.path != "/bearer":
            return ApiResponse(404, NOT_FOUND_PAGE, media_type=HTML)
        if _basic(request) != (company.credentials.client_id, company.credentials.client_secret):
            return ApiResponse(401, {"error": "invalid_client"})
        form = _form(request)
        if not form.get("grant_type"):
            return ApiResponse(400, {"error": "invalid_request"})
        if form["grant_type"] != "refresh_token":
            return ApiResponse(400, {"error": "unsupported_grant_type"})
        reply = company.tokens.refresh(form.get("refresh_token", "")) if company.switches.app_connected else None
        if reply is None:
            text = "Incorrect or invalid refresh token"
            return ApiResponse(400, {"error": "invalid_grant", "error_description": text})
        return ApiResponse(200, reply, {"Cache-Control": "no-cache, no-store"})

    def headers(self, company: Company | None) -> dict[str, str]:  # noqa: ARG002
        return {"intuit_tid": f"1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}"}


def gateway_fault(company: Company | None, status: int, detail: str | None) -> ApiResponse:
    """401/3200 or 403/3100 as Intuit's gateway says it: lower-case keys, or capitalised when the switch says so."""
    name, number, kind = {
        401: ("AuthenticationFailed", "3200", "AUTHENTICATION"),
        403: ("ApplicationAuthorizationFailed", "3100", "SERVICE"),
    }[status]
    message = f"message={name}; errorCode=00{number}; statusCode={status}"
    if company and company.switches.unauthorised_body == "capitalised":
        error = {"Message": message, "Detail": detail, "code": number}
        return ApiResponse(status, {"Fault": {"Error": [error], "type": kind}, "time": envelope_time(company)})
    error = {"message": message, "detail": detail, "code": number, "element": None}
    body: JsonObject = {"warnings": None, "intuitObject": None, "fault": {"error": [error], "type": kind}}
    body |= dict.fromkeys(("report", "queryResponse"))
    body |= {"batchItemResponse": [], "attachableResponse": [], "syncErrorResponse": None, "requestId": None}
    body |= {"time": _milliseconds(company), "status": None, "cdcresponse": []}
    return ApiResponse(status, body)


def service_fault(company: Company, message: str, detail: str) -> ApiResponse:
    """The 429 of Intuit's gateway, XML even for callers of JSON unless the switch says otherwise."""
    if company.switches.throttle_body == "json":
        error = {"Message": message, "Detail": detail, "code": "3001"}
        body = {"Fault": {"Error": [error], "type": "SERVICE"}, "time": envelope_time(company)}
        return ApiResponse(429, body)
    return _xml_fault(company, 429, "SERVICE", "3001", message, detail)


def envelope_time(company: Company) -> str:
    """`time` of an envelope: company time with milliseconds and Pacific offset."""
    return company.clock.now(exact=True).astimezone(ZoneInfo("America/Los_Angeles")).isoformat(timespec="milliseconds")


def _wrong_realm(company: Company) -> ApiResponse:
    detail = "AuthenticationErrorGeneral: SRV-110-Authentication Failure , statusCode: 401"
    return _xml_fault(company, 401, "AuthenticationFault", "100", "General Authentication Error", detail)


def _xml_fault(company: Company, status: int, kind: str, code: str, message: str, detail: str) -> ApiResponse:
    text = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<IntuitResponse time="{envelope_time(company)}" xmlns="http://schema.intuit.com/finance/v3">'
        f'<Fault type="{kind}"><Error code="{code}"><Message>{message}</Message><Detail>{detail}</Detail></Error>'
        "</Fault></IntuitResponse>\n"
    )
    return ApiResponse(status, text.encode(), media_type=XML)


def _why_unauthorised(token: str | None, state: str) -> str | None:
    if state == "expired":
        return "Token expired"
    if token is not None and len(token) < SHORTEST_TOKEN:
        return "Malformed bearer token: too short or too long"
    return None


def _milliseconds(company: Company | None) -> int | None:
    return int(company.clock.now(exact=True).timestamp() * 1000) if company else None


def _split(path: str) -> tuple[str, str]:
    match = REALM.match(path)
    return (match["realm"], match["rest"]) if match else (path.strip("/"), "/")


def _basic(request: ApiRequest) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


def _form(request: ApiRequest) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(request.body.decode(errors="replace")).items()}
