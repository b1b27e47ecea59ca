"""Answers given for a `requestid` before, and when they are given again.

Belongs here: remembering and recalling. Must not be here: HTTP, or what a write does.
Source: QuickBooks Online API, "Request id"; retention and changed bodies are undocumented, hence a switch.
"""

import hashlib
from dataclasses import asdict, dataclass

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.http import ApiResponse
from harvest_qb_pipeline.sandbox.quickbooks import faults
from harvest_qb_pipeline.sandbox.switches import Switches

LONGEST = 50
LOWEST_FAULT = 400


@dataclass(frozen=True)
class RememberedAnswer:
    """An answer as it went out; `digest` tells the request it was for."""

    digest: str
    status: int
    media_type: str
    content: str


class Replays:
    """The answers of one company's request ids, the first of each id first."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._answers: dict[str, list[RememberedAnswer]] = {}

    def recall(self, request_id: str, target: str, body: bytes) -> RememberedAnswer | None:
        """The answer to give again, or None when the request is to be carried out. Raises faults 2130 and 600."""
        if not 1 <= len(request_id) <= LONGEST:
            raise faults.bad_request_id()
        mode, answers = self._switches.requestid, self._answers.get(request_id, [])
        if mode == "forgotten":
            return None
        if mode != "replays_faults":
            answers = [one for one in answers if one.status < LOWEST_FAULT]
        digest = _digest(target, body)
        same = [one for one in answers if one.digest == digest]
        if not same and answers and mode == "checks_body":
            raise faults.duplicate_request_id(request_id)
        return next(iter(answers if mode == "ignores_body" else same), None)

    def remember(self, request_id: str, target: str, body: bytes, response: ApiResponse) -> None:
        """Keep the answer a request got."""
        answer = RememberedAnswer(
            _digest(target, body), response.status, response.media_type, response.content().decode()
        )
        self._answers.setdefault(request_id, []).append(answer)

    def to_state(self) -> JsonObject:
        return {request_id: [asdict(one) for one in answers] for request_id, answers in self._answers.items()}

    def load_state(self, state: JsonObject) -> None:
        self._answers = {
            request_id: [RememberedAnswer(**one) for one in answers] for request_id, answers in state.items()
        }


def _digest(target: str, body: bytes) -> str:
    return hashlib.sha256(target.encode() + b"\0" + body).hexdigest()
