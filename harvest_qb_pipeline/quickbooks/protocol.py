"""The QuickBooks Online API v3 as pure functions: answers to data or typed faults, and the query language's text.

Belongs here: envelopes, pages, statements and escaping (docs/apis.md Q1, Q9). Must not be here:
the network and tokens; what errors mean is in `faults`.
"""

import re
from dataclasses import dataclass

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.quickbooks import faults
from harvest_qb_pipeline.quickbooks.endpoints import MAX_RESULTS
from harvest_qb_pipeline.transport.http import Answer

_BESIDE_THE_ENTITY = {"time", "warnings"}
_ROWS = re.compile(rb'"maxResults"\s*:\s*(\d+)')
_ID = re.compile(r"[1-9][0-9]*")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'")
_ENVELOPE_BYTES = 1024


@dataclass(frozen=True, slots=True)
class QuickBooksPage:
    """One page of a query as it came, and how many rows it has."""

    body: bytes
    rows: int


def entity(answer: Answer) -> JsonObject:
    """The object inside the envelope `{"Invoice": {…}, "time": …}`; an answer without envelope is returned whole.

    Raises the fault that the answer is, also when it comes with status 200; `Unknown` for an unreadable 2xx.
    """
    value = _object(answer)
    inside = {key: item for key, item in value.items() if key.lower() not in _BESIDE_THE_ENTITY}
    if not inside:
        raise faults.unreadable(answer)
    only = next(iter(inside.values()))
    return only if len(inside) == 1 and isinstance(only, dict) else value  # pyright: ignore[reportUnknownVariableType]


def record(answer: Answer, record_id: str | None = None) -> JsonObject:
    """As `entity`, for the answer to a write (or to reading record `record_id`): with an id, a positive whole number.

    Without one, or with another's, nothing that was asked for was answered: `Unknown`.
    """
    value = entity(answer)
    if not is_id(value.get("Id")) or record_id not in (None, value["Id"]):
        raise faults.unreadable(answer)
    return value


def is_id(value: Json) -> bool:
    """Whether this is an id of QuickBooks: the text of a positive whole number."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def page(answer: Answer) -> QuickBooksPage:
    """One page of a query. Its rows are not parsed: QuickBooks says after them how many they are."""
    _check(answer)
    body = answer.body
    if b'"QueryResponse"' in body[:_ENVELOPE_BYTES]:
        for part in (body[-_ENVELOPE_BYTES:], body[:_ENVELOPE_BYTES]):
            if counts := _ROWS.findall(part):
                return QuickBooksPage(body, int(counts[-1]))
    return QuickBooksPage(body, len(_rows(answer)))


def rows(body: bytes) -> list[JsonObject]:
    """The rows of one page, parsed; empty when the answer names no entity (`{"QueryResponse": {}}`)."""
    return _rows(Answer(200, {}, body))


def total(answer: Answer) -> int:
    """The number that a `SELECT COUNT(*)` answers with."""
    count = _query_response(answer).get("totalCount")
    if not isinstance(count, int):
        raise faults.unreadable(answer)
    return count


def changes(answer: Answer) -> bytes:
    """The raw body of a change data capture answer."""
    _check(answer)
    if b'"CDCResponse"' not in answer.body:
        _object(answer)  # raises the fault when that is what it is
        raise faults.unreadable(answer)
    return answer.body


def quote(text: str) -> str:
    """`text` as a value of the query language: in single quotes, quotes and backslashes escaped by a backslash."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def select(name: str, where: str = "", *, what: str = "*") -> str:
    """`SELECT … FROM name [WHERE …]` in QuickBooks' query language; values in `where` have gone through `quote`."""
    return " ".join(["SELECT", what, "FROM", name, *(["WHERE", where] if where else [])])


def is_whole(statement: str) -> bool:
    """Whether the statement says itself which rows it wants (a page, or a count), so that none may be added."""
    bare = _QUOTED.sub("''", statement).upper()
    return "STARTPOSITION" in bare or "MAXRESULTS" in bare or "COUNT(" in bare.replace(" ", "")


def paged(statement: str, start: int, size: int = MAX_RESULTS) -> str:
    """The statement for the page of `size` rows from row `start` (from 1), in a stable order."""
    bare = _QUOTED.sub("''", statement).upper()
    order = "" if re.search(r"\bORDER ?BY\b", bare) else " ORDERBY Id"
    return f"{statement}{order} STARTPOSITION {start} MAXRESULTS {size}"


def _rows(answer: Answer) -> list[JsonObject]:
    listed = [item for item in _query_response(answer).values() if isinstance(item, list)]
    return listed[0] if listed else []  # pyright: ignore[reportUnknownVariableType]


def _query_response(answer: Answer) -> JsonObject:
    inside = _object(answer).get("QueryResponse")
    if not isinstance(inside, dict):
        raise faults.unreadable(answer)
    return inside  # pyright: ignore[reportUnknownVariableType]


def _object(answer: Answer) -> JsonObject:
    _check(answer)
    try:
        value: Json = jsontext.loads(answer.body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise faults.fault(answer) if faults.errors_in(answer.body) else faults.unreadable(answer)
    if faults.errors_of(value):
        raise faults.fault(answer)
    return value  # pyright: ignore[reportUnknownVariableType]


def _check(answer: Answer) -> None:
    if not 200 <= answer.status < 300:
        raise faults.fault(answer)
