"""What QuickBooks Online's errors mean, as pure functions: a body becomes faults, a code becomes a sentence.

Belongs here: the error dialects (capital and lower-case JSON, XML, HTML, nothing) and the translation table by code.
Must not be here: the network, tokens, repeating. The OAuth host has its own dialect, in `oauth`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.quickbooks.sentences import is_refusal, sentence_for
from harvest_qb_pipeline.transport.faults import (
    Fault,
    Forbidden,
    NotFound,
    Refused,
    Stale,
    Throttled,
    Unauthorised,
    Unknown,
)
from harvest_qb_pipeline.transport.http import Answer
from harvest_qb_pipeline.transport.retry import retry_after

SYSTEM = "quickbooks"
THROTTLE_SECONDS = 5.0
"""How long a write waits when a 429 names no time; the burst limit is per second, the other per minute."""

_UNKNOWN_CODES = {"10000", "600"}
_TROUBLE = re.compile(
    r"(?i)\bunexpected\b|\binternal error\b|\(-\d{3,}\)|\bwait (?:a|for a) |\btry again\b|\btimed? ?-?out\b"
)
"""Words of a system in trouble, which come under the code of a refusal too."""


@dataclass(frozen=True, slots=True)
class Error:
    """One `Error` of a `Fault`, whatever its spelling."""

    code: str
    message: str
    detail: str
    element: str

    @property
    def words(self) -> str:
        """QuickBooks' own words: the detail where there is one, since the message is only the name of the code."""
        return self.detail or self.message


def errors_in(body: bytes) -> list[Error]:
    """Every error of an error body: JSON with capital or lower-case keys, or XML. Empty for HTML, nothing, or data."""
    try:
        value: Json = jsontext.loads(body)
    except (ValueError, RecursionError):
        return _errors_in_xml(body)
    return errors_of(value)


def errors_of(value: Json) -> list[Error]:
    """As `errors_in`, for a parsed body or for one item of a batch answer (which may hold several errors)."""
    fault = _key(value, "fault")
    listed = _key(fault, "error")
    entries: list[Json] = listed if isinstance(listed, list) else [listed] if listed else []  # pyright: ignore[reportUnknownVariableType]
    return [
        _error(*(_text(_key(entry, name)) for name in ("code", "message", "detail", "element"))) for entry in entries
    ]


def _error(code: str, message: str, detail: str, element: str) -> Error:
    """One error; the gateway writes its own codes with leading zeros at times."""
    return Error(code.lstrip("0"), message, detail, element)


def fault(answer: Answer) -> Fault:
    """The typed fault of an answer that is not a usable 2xx."""
    return _fault(errors_in(answer.body), answer)


def unreadable(answer: Answer) -> Unknown:
    """The fault of a 2xx whose body is not what was asked for."""
    return Unknown(
        "QuickBooks answered, but what it said cannot be read. It is tried again or looked up later.",
        system=SYSTEM,
        status=answer.status,
        detail=visible_words(answer.body),
        trace=_trace(answer.headers),
    )


def visible_words(body: bytes) -> str:
    """The visible text of a body that is no JSON, shortened."""
    text = body[:20_000].decode("utf-8", "replace")
    text = re.sub(r"(?is)<(script|style|head)\b.*?</\1>|<[^>]*>", " ", text)
    return " ".join(text.split())[:300]


def _fault(errors: list[Error], answer: Answer) -> Fault:
    status, trace = answer.status, _trace(answer.headers)
    code = errors[0].code if errors else ""
    detail = "; ".join(error.words for error in errors) or visible_words(answer.body)
    if status == 429 or (status < 500 and any(error.code == "3001" for error in errors)):
        told = retry_after(answer.headers)
        return Throttled(
            "QuickBooks asks to slow down: its limit of calls for this company is used up.",
            system=SYSTEM,
            status=status,
            code=code,
            detail=detail,
            trace=trace,
            retry_after=THROTTLE_SECONDS if told is None else told,
            is_told=told is not None,
        )
    kind = _kind(errors, answer)
    return kind(
        _sentence(errors, kind, status, detail), system=SYSTEM, status=status, code=code, detail=detail, trace=trace
    )


def _kind(errors: list[Error], answer: Answer) -> type[Fault]:
    """What the answer proves: a refusal only where every code is known to be one, and its words are not of trouble."""
    status, codes = answer.status, {error.code for error in errors}
    if status >= 500:
        return Unknown  # whatever it says: what answers for a server in trouble does not know what the server did
    if "3200" in codes or (status == 401 and (errors or not answer.body.strip())):
        return Unauthorised
    if not errors:
        return Unknown  # from something in between, or a redirect: no word of QuickBooks' own was read
    if any(_is_doubtful(error) for error in errors):
        return Unknown
    if status == 403 or codes & {"120", "3100", "5020"}:
        return Forbidden
    if status == 404 or "610" in codes:
        return NotFound
    return Stale if "5010" in codes else Refused


def _is_doubtful(error: Error) -> bool:
    """6000 is a refusal for a reason, but also "unexpected error … please wait", after which the object may exist."""
    is_known = is_refusal(error.code) and error.code not in _UNKNOWN_CODES
    return not is_known or (error.code == "6000" and bool(_TROUBLE.search(error.words)))


def _sentence(errors: list[Error], kind: type[Fault], status: int, detail: str) -> str:
    if kind is Unknown and not errors and status < 500:
        said = f': "{detail}"' if detail else ""
        return (
            f"Something between here and QuickBooks (a proxy, a firewall) may have answered in its place (status "
            f"{status}{said}). What was asked is tried again later, after looking whether it has happened all the "
            "same; if it goes on, check QUICKBOOKS_BASE_URL, QUICKBOOKS_REALM_ID and the network."
        )
    if kind is Unknown:
        code, said = (f", code {errors[0].code}", f' It said: "{detail.rstrip(". ")}".') if errors else ("", "")
        return (
            f"QuickBooks had a problem of its own (status {status}{code}).{said} It is tried again later, after "
            "looking whether what was asked has happened all the same."
        )
    if not errors:
        return sentence_for("3200", "", "")
    told = [sentence_for(error.code, error.words, error.element) for error in errors]
    return " ".join(dict.fromkeys(told))


def _errors_in_xml(body: bytes) -> list[Error]:
    # Nothing but the gateway's small fault documents is parsed: no document type, so no entities to expand.
    if b"<Fault" not in body or b"<!DOCTYPE" in body or len(body) > 100_000:
        return []
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  (see above)
    except ElementTree.ParseError:
        return []
    found: list[Error] = []
    for entry in root.iter():
        if _local(entry.tag) == "Error":
            said = {_local(child.tag): (child.text or "").strip() for child in entry}
            found.append(
                _error(entry.get("code", ""), said.get("Message", ""), said.get("Detail", ""), entry.get("element", ""))
            )
    return found


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _key(value: Json, name: str) -> Json:
    """The value under a key, whatever its capitals."""
    if not isinstance(value, dict):
        return None
    return next((item for key, item in value.items() if str(key).lower() == name), None)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _text(value: Json) -> str:
    return "" if value is None else str(value).strip()


def _trace(headers: Mapping[str, str]) -> str:
    return headers.get("intuit_tid", "")
