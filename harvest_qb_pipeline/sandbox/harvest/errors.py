"""What the Harvest twin answers when it refuses: the dialects of error bodies that Harvest uses.

Belongs here: statuses, bodies and headers of refusals. Must not be here: the rules that decide to refuse, and what the
server answers before a handler runs (401, 429, the HTML page of an unknown path).
"""

from typing import NoReturn

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.http import ApiError, ApiResponse


def malformed(message: str) -> NoReturn:
    """400: the request cannot be read."""
    _refuse(400, {"message": message})


def not_authorized() -> NoReturn:
    """403: the person's role does not allow it."""
    _refuse(403, {"message": "Not authorized!"}, {"Hint": "Not authorized!"})


def not_found() -> NoReturn:
    """404 for an unknown id on a known path."""
    _refuse(404, {"status": 404, "error": "Not Found"})


def invalid(*messages: str) -> NoReturn:
    """422: all the validation messages in one string, repeated in the header `Hint`."""
    text = ", ".join(messages)
    # A header carries plain characters only; names in a message may have others.
    hint = "".join(character if " " <= character <= "~" else "?" for character in text)
    _refuse(422, {"message": text}, {"Hint": hint})


def _refuse(status: int, body: JsonObject, headers: dict[str, str] | None = None) -> NoReturn:
    raise ApiError(ApiResponse(status, body, headers or {}))
