"""Pages of lists: `per_page`, page numbers, cursors, links and the envelope around the rows.

Belongs here: the two kinds of pagination (reference of Harvest, section 4). Must not be here: which records a list has,
their order or shape. Rows are JSON texts, so that a large page is joined rather than built.
"""

import base64
import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.sandbox.harvest.errors import invalid
from harvest_qb_pipeline.sandbox.http import ApiRequest, ApiResponse, encode
from harvest_qb_pipeline.sandbox.switches import Switches

MOST_PER_PAGE = 2000
_OWN = ("page", "per_page", "cursor", "ref", "access_token", "account_id")

Listed = TypeVar("Listed")


@dataclass(frozen=True)
class Slice:
    """One page: rows `start` to `stop`, what to print as page numbers, and the links."""

    start: int
    stop: int
    page: int | None
    next_page: int | None
    previous_page: int | None
    links: dict[str, str | None]


def numbered(
    request: ApiRequest,
    switches: Switches,
    key: str,
    rows: Sequence[Listed],
    show: Callable[[Sequence[Listed]], list[str]],
) -> ApiResponse:
    """A page of a list that knows page numbers only. An unknown page is empty."""
    per_page, page = _per_page(request, switches), _page(request)
    pages = max(1, math.ceil(len(rows) / per_page))
    start = (page - 1) * per_page
    following = page + 1 if page < pages else None
    previous = page - 1 if page > 1 else None
    slice_ = Slice(
        start,
        start + per_page,
        page,
        following,
        previous,
        {
            "first": _link(request, page=1, per_page=per_page),
            "next": None if following is None else _link(request, page=following, per_page=per_page),
            "previous": None if previous is None else _link(request, page=previous, per_page=per_page),
            "last": _link(request, page=pages, per_page=per_page),
        },
    )
    return _envelope(key, show(rows[slice_.start : slice_.stop]), slice_, per_page, len(rows))


def by_cursor(
    request: ApiRequest,
    switches: Switches,
    key: str,
    rows: Sequence[Listed],
    place: Callable[[Listed], Sequence[Any]],
    show: Callable[[Sequence[Listed]], list[str]],
) -> ApiResponse:
    """A page of a cursor list. `rows` ascend by `place`; the cursor names the last (or first) row seen.

    Page numbers are null except on the first and the last page; `page` is still accepted, `cursor` wins over it.
    """
    per_page = _per_page(request, switches)
    pages = max(1, math.ceil(len(rows) / per_page))
    start, stop = _cursor_span(request, rows, place, per_page)
    shown = rows[start:stop]
    number = 1 if start <= 0 else pages if stop >= len(rows) else None
    more, before = stop < len(rows), start > 0 and bool(shown)
    slice_ = Slice(
        start,
        stop,
        number,
        2 if number == 1 and more else None,
        pages - 1 if number == pages and pages > 1 else None,
        {
            "first": _link(request, page=1, per_page=per_page, ref="first"),
            "next": _cursor_link(request, "after", place(shown[-1]), per_page) if more and shown else None,
            "previous": _cursor_link(request, "before", place(shown[0]), per_page) if before else None,
            "last": _link(request, page=pages, per_page=per_page, ref="last"),
        },
    )
    return _envelope(key, show(shown), slice_, per_page, len(rows))


def _cursor_span(
    request: ApiRequest, rows: Sequence[Listed], place: Callable[[Listed], Sequence[Any]], per_page: int
) -> tuple[int, int]:
    cursor = request.param("cursor")
    if not cursor:
        start = (_page(request) - 1) * per_page
        return start, min(start + per_page, max(len(rows), start))
    way, seen = _read_cursor(cursor)
    if way == "after":
        start = bisect_right(rows, seen, key=lambda row: list(place(row)))
        return start, min(start + per_page, len(rows))
    stop = bisect_left(rows, seen, key=lambda row: list(place(row)))
    return max(0, stop - per_page), stop


def _read_cursor(text: str) -> tuple[str, list[Json]]:
    try:
        ((way, seen),) = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))).items()
        place = list(seen["place"])
    except (ValueError, KeyError, TypeError, AttributeError):
        invalid("Invalid cursor parameter")
    return way, place


def _cursor_link(request: ApiRequest, way: str, seen: Sequence[Json], per_page: int) -> str:
    text = json.dumps({way: {"place": list(seen)}}, separators=(",", ":"))
    cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return _link(request, cursor=cursor, per_page=per_page, ref="next_cursor" if way == "after" else "previous_cursor")


def _per_page(request: ApiRequest, switches: Switches) -> int:
    text = request.param("per_page")
    if text is None or text == "":
        return switches.per_page_default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_PER_PAGE:
        invalid("Invalid per_page parameter")
    return int(text)


def _page(request: ApiRequest) -> int:
    text = request.param("page")
    if text is None or text == "":
        return 1
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        invalid("Invalid page parameter")
    return int(text)


def _link(request: ApiRequest, **own: str | int) -> str:
    """The request's address with its filters and these parameters, in alphabetical order."""
    filters = [(name, value) for name, value in request.params if name not in _OWN]
    query = sorted([*filters, *((name, str(value)) for name, value in own.items())])
    return f"{request.base_url}{request.path}?{urlencode(query)}"


def _envelope(key: str, rows: list[str], page: Slice, per_page: int, count: int) -> ApiResponse:
    rest = encode(
        {
            "per_page": per_page,
            "total_pages": max(1, math.ceil(count / per_page)),
            "total_entries": count,
            "next_page": page.next_page,
            "previous_page": page.previous_page,
            "page": page.page,
            "links": page.links,
        }
    ).decode()
    return ApiResponse(200, f'{{"{key}":[{",".join(rows)}],{rest[1:]}'.encode())
