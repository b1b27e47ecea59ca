"""The Harvest API v2 as pure functions: an answer becomes data or a typed fault, a page tells where the next one is.

Belongs here: what statuses, bodies and page links mean, and the sentence a person reads. Must not be here: the
network, waiting, repeating.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.transport.faults import Fault, Forbidden, NotFound, Refused, Throttled, Unauthorised, Unknown
from harvest_qb_pipeline.transport.http import Answer
from harvest_qb_pipeline.transport.retry import retry_after

SYSTEM = "harvest"
THROTTLE_SECONDS = 15.0
"""The window of the general limit: how long to wait when a 429 names no time."""

_ADVICE = (
    (re.compile(r"can't be blank"), "Fill in the missing field in Harvest."),
    (re.compile(r"has already been taken|already (?:in use|exists)"), "Use another one, or the record that has it."),
    (re.compile(r"not removable"), "Archive it in Harvest instead."),
    (
        re.compile(r"Event type can't be"),
        "Somebody has changed the invoice's state in Harvest meanwhile; look at it there.",
    ),
    (re.compile(r"(?i)locked|approved"), "Unlock it in Harvest (Timesheets or Invoices) if the change is wanted."),
    (re.compile(r"(?i)running"), "Stop the running timer in Harvest, then run again."),
    (re.compile(r"(?i)invalid timeframe"), "Ask for at most 365 days at once."),
)
_LINKS = re.compile(rb'"links"\s*:\s*(\{[^{}]*\})')
_TOTAL_PAGES = re.compile(rb'"total_pages"\s*:\s*(\d+)')
_ENVELOPE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class HarvestPage:
    """One page as it came, and the query that asks for the next one (None on the last)."""

    body: bytes
    next_params: tuple[tuple[str, str], ...] | None
    total_pages: int | None


def data(answer: Answer) -> JsonObject:
    """The object in a good answer; raises the fault that any other answer is. An empty 2xx is an `Unknown`."""
    check(answer)
    try:
        value: Json = jsontext.loads(answer.body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Unknown(
            "Harvest answered, but what it said cannot be read. It is tried again or looked up later.",
            system=SYSTEM,
            status=answer.status,
            detail=_words(answer.body),
            trace=_trace(answer),
        )
    return value  # pyright: ignore[reportUnknownVariableType]


def record(answer: Answer, record_id: str | None = None) -> JsonObject:
    """The record in the answer to a write (or to reading record `record_id`): with an id, a positive whole number.

    Without one, or with another's, nothing that was asked for was answered: `Unknown`.
    """
    value = data(answer)
    if not is_id(value.get("id")) or record_id not in (None, str(value["id"])):
        raise Unknown(
            f"Harvest answered with another record than was asked for (its id is {str(value.get('id'))[:40]}). It is "
            "tried again or looked up later.",
            system=SYSTEM,
            status=answer.status,
            detail=_words(answer.body),
            trace=_trace(answer),
        )
    return value


def is_id(value: Json) -> bool:
    """Whether this is an id of Harvest: a positive whole number."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def deletion(answer: Answer) -> JsonObject:
    """As `data`, for a DELETE: Harvest answers with the deleted object, the documentation promises only "200 OK"."""
    if 200 <= answer.status < 300 and not answer.body.strip():
        return {}
    return data(answer)


def page(answer: Answer) -> HarvestPage:
    """One page of a list. Its records are not parsed: the few envelope keys stand at the end (or start) of the body."""
    check(answer)
    body = answer.body
    for part in (body[-_ENVELOPE_BYTES:], body[:_ENVELOPE_BYTES]):
        links, total = _LINKS.findall(part), _TOTAL_PAGES.findall(part)
        if links and total and b'"first"' in links[-1]:
            return _page(body, jsontext.loads(links[-1]), int(total[-1]))
    envelope = data(answer)
    links = envelope.get("links")
    if not isinstance(links, dict) or "next" not in links:
        # Without its envelope a list would look as if this were its last page.
        raise Unknown("Harvest's answer is not the list it should be.", system=SYSTEM, status=answer.status)
    return _page(body, links, envelope.get("total_pages"))  # pyright: ignore[reportUnknownArgumentType]


def records(body: bytes, key: str) -> list[JsonObject]:
    """The records of one page, parsed. Raises `Unknown` when the page has no such list."""
    found = data(Answer(200, {}, body)).get(key)
    if not isinstance(found, list):
        raise Unknown(f"Harvest's answer has no list of {key}.", system=SYSTEM, status=200)
    return found  # pyright: ignore[reportUnknownVariableType]


def check(answer: Answer) -> None:
    """Raise the fault that an answer is, unless it is a 2xx (docs/apis.md H4)."""
    if not 200 <= answer.status < 300:
        raise fault(answer)


def fault(answer: Answer) -> Fault:
    """The typed fault of an answer that is not a 2xx, for all body dialects: `{message}`, `{error,
    error_description}`, `{status, error}`. A page, or nothing at all, may be anybody's word: a proxy's, a firewall's.
    """
    status, trace = answer.status, _trace(answer)
    said, code = _said(answer)
    detail = said or _words(answer.body)
    if status == 429:
        told = retry_after(answer.headers)
        return Throttled(
            "Harvest asks to slow down: its rate limit (100 calls in 15 s, reports 100 in 15 min) is used up.",
            system=SYSTEM,
            status=status,
            detail=detail,
            trace=trace,
            retry_after=THROTTLE_SECONDS if told is None else told,
            is_told=told is not None,
        )
    kind, sentence = _meaning(status, said, detail)
    return kind(sentence, system=SYSTEM, status=status, code=code, detail=detail, trace=trace)


def is_administrator(user: JsonObject) -> bool:
    """Whether a user of `/users/me` sees the whole account; old accounts say `is_admin` instead of roles."""
    roles = user.get("access_roles")
    named: Sequence[object] = roles if isinstance(roles, list) else ()  # pyright: ignore[reportUnknownVariableType]
    return "administrator" in named or (not named and user.get("is_admin") is True)


def _meaning(status: int, said: str, detail: str) -> tuple[type[Fault], str]:
    if not said and detail and status in (401, 403, 404):
        return Unknown, (
            f"Something between here and Harvest (a proxy, a firewall) may have answered in its place (status {status}"
            f': "{detail}"). It is tried again or looked up later; if it goes on, check HARVEST_BASE_URL and the '
            "network."
        )
    if status == 401:
        return Unauthorised, (
            "Harvest does not accept the token for this account. Check HARVEST_ACCESS_TOKEN and HARVEST_ACCOUNT_ID "
            "(both are shown under Developers on id.getharvest.com; the token may have been revoked)."
        )
    if status == 403 and said:
        return Forbidden, (
            "Harvest does not allow this to the owner of the token. Use the token of an administrator of the account "
            "in HARVEST_ACCESS_TOKEN."
        )
    if status == 404 and said:
        return NotFound, (
            "Harvest does not have this record (any more), or the account in HARVEST_ACCOUNT_ID is not the token's. "
            "If it was deleted in Harvest, sync and plan again."
        )
    if 400 <= status < 500 and said:
        advice = next(
            (text for pattern, text in _ADVICE if pattern.search(said)), "Correct it in Harvest, then plan again."
        )
        return Refused, f'Harvest refused: "{said.rstrip(".")}". {advice}'
    if status >= 500:
        return Unknown, f"Harvest has a problem of its own (status {status}). It is tried again or looked up later."
    return Unknown, f"Harvest gave an answer we cannot read (status {status}). It is tried again or looked up later."


def _said(answer: Answer) -> tuple[str, str]:
    """Harvest's own words and its error name, from whichever dialect; empty when there are none."""
    try:
        body: Json = jsontext.loads(answer.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return answer.headers.get("hint", ""), ""
    message, error = body.get("message"), body.get("error")  # pyright: ignore[reportUnknownVariableType]
    description = body.get("error_description")  # pyright: ignore[reportUnknownVariableType]
    words = next((str(text) for text in (message, description, error) if text), "")  # pyright: ignore[reportUnknownArgumentType]
    return words or answer.headers.get("hint", ""), str(error) if description and error else ""


def _page(body: bytes, links: Json, total_pages: Json) -> HarvestPage:
    target = links.get("next") if isinstance(links, dict) else None  # pyright: ignore[reportUnknownVariableType]
    # Only the query of the link is used: the token never follows a link to another host.
    query = tuple(parse_qsl(urlsplit(str(target)).query, keep_blank_values=True)) if target else None  # pyright: ignore[reportUnknownArgumentType]
    return HarvestPage(body, query, total_pages if isinstance(total_pages, int) else None)


def _words(body: bytes) -> str:
    """The visible text of a body that is no JSON, shortened."""
    text = body[:20_000].decode("utf-8", "replace")
    text = re.sub(r"(?is)<(script|style|head)\b.*?</\1>|<[^>]*>", " ", text)
    return " ".join(text.split())[:300]


def _trace(answer: Answer) -> str:
    return answer.headers.get("x-request-id", "")
