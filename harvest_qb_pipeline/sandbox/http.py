"""Requests and responses as the handlers of both twins see them: plain values, no server, no sockets.

Belongs here: `ApiRequest`, `ApiResponse`, `ApiError` and JSON encoding. Must not be here: anything that knows Harvest,
QuickBooks, companies or faults, and which handler answers (`routing`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
XML = "application/xml; charset=utf-8"


@dataclass(slots=True)
class ApiRequest:
    """One request, already found to belong to a company.

    `path` is the path below the product's prefix (`/time_entries/7`), `params` the query in the order sent, `headers`
    have lower-case names, `path_params` are the strings (or ints) the route took from the path, `base_url` is the
    prefix as the client addressed it (`http://127.0.0.1:8765/harvest/v2`), `actor` is `administrator` or `member`.
    """

    method: str
    path: str
    params: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    path_params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    base_url: str = ""
    actor: str = "administrator"

    def param(self, name: str, default: str | None = None) -> str | None:
        """The last value of a query parameter, or `default`."""
        return dict(self.params).get(name, default)

    def json(self) -> Json:
        """The body's JSON value, decimals as `Decimal`. Raises `ValueError` when it is not JSON."""
        return jsontext.loads(self.body)


@dataclass(slots=True)
class ApiResponse:
    """Status, body (bytes as they are, anything else is printed as JSON), extra headers and the media type."""

    status: int = 200
    body: Json = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    media_type: str = JSON

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else encode(self.body)


class ApiError(Exception):
    """Raised by a handler, from any depth and before it changed anything, to answer with `response`."""

    def __init__(self, response: ApiResponse) -> None:
        super().__init__(f"answered with status {response.status}")
        self.response = response


class _NotExactError(Exception):
    """A decimal has more digits than a float can carry."""


def encode(value: Json) -> bytes:
    """JSON text of a value; a `Decimal` becomes a JSON number of the same value (`76.9`), a tuple a list."""
    try:
        return json.dumps(value, default=_number, ensure_ascii=False, separators=(",", ":")).encode()
    except _NotExactError:
        return jsontext.dumps(value).encode()


def _number(value: object) -> float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} cannot be printed as JSON")
    number = float(value)
    if Decimal(repr(number)) != value:
        raise _NotExactError
    return number
