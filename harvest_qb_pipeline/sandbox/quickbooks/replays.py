"""Answers given for a `requestid` before, and when they are given again.

Belongs here: remembering and recalling. Must not be here: HTTP, or what a write does.
Source: QuickBooks Online API, "Request id"; retention and changed bodies are undocumented, hence a switch.
"""

import hashlib
from dataclasses import asdict, dataclass

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.quickbooks import faults
from harvest_qb_pipeline.sandbox.switches import Switches

LONGEST = 50


@dataclass(frozen=True)
class Answer:
    """An answer as it went out; `digest` tells the request it was for."""

    digest: str
    status: int
    content: str


class Replays:
    """The first answers of one company's request ids."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._answers: dict[str, Answer] = {}

    def recall(self, request_id: str, target: str, body: bytes) -> Answer | None:
        """The answer to give again, or None when the request is to be carried out. Raises faults 2130 and 600."""
        if not 1 <= len(request_id) <= LONGEST:
            raise faults.bad_request_id()
        before = self._answers.get(request_id)
        mode = self._switches.requestid
        if before is None or mode == "forgotten":
            return None
        is_same = before.digest == _digest(target, body)
        if not is_same and mode == "checks_body":
            raise faults.duplicate_request_id(request_id)
        if not is_same and mode != "ignores_body":
            return None
        return before if before.status < 400 or mode == "replays_faults" else None

    def remember(self, request_id: str, target: str, body: bytes, status: int, content: bytes) -> None:
        """Keep an answer; a success is never replaced by a later fault."""
        before = self._answers.get(request_id)
        if before is None or before.status >= 400:
            self._answers[request_id] = Answer(_digest(target, body), status, content.decode())

    def to_state(self) -> JsonObject:
        return {request_id: asdict(answer) for request_id, answer in self._answers.items()}

    def load_state(self, state: JsonObject) -> None:
        self._answers = {request_id: Answer(**answer) for request_id, answer in state.items()}


def _digest(target: str, body: bytes) -> str:
    return hashlib.sha256(target.encode() + b"\0" + body).hexdigest()
