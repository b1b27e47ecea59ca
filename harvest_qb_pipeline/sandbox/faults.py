"""Faults a test arms for requests to come: answers that are lost, late or wrong.

Belongs here: what is armed, which request it meets, and how it is described. Must not be here: carrying it out on a
connection (the server does), nor behaviour that lasts (those are switches).
"""

import threading
from dataclasses import dataclass, field
from typing import Literal, get_args

from harvest_qb_pipeline.jsontext import Json, JsonObject

FaultKind = Literal["drop_before_commit", "drop_after_commit", "commit_late", "delay", "status", "crossed"]


@dataclass
class ArmedFault:
    """One armed fault. It meets requests of `method` (None: any) whose path without query ends in `path`.

    - `drop_before_commit`: the connection closes without an answer and nothing was done.
    - `drop_after_commit`: the request is carried out, then the connection closes without an answer.
    - `commit_late`: the connection closes at once; `seconds` later the request is carried out after all.
    - `delay`: `seconds` pass, then the request is carried out and answered; with `commit` it is carried out at once
      and only the answer is late.
    - `status`: answered with `status`, `body` (text or JSON) and `headers`; with `commit` it is carried out first.

    - `crossed`: carried out, and answered with another record of the same sort (the newest that there is).

    The first `skip` requests it meets pass, the next `times` are met (None: all that follow).
    """

    id: str
    kind: FaultKind
    method: str | None = None
    path: str = ""
    status: int = 500
    body: Json = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    seconds: float = 0.0
    skip: int = 0
    times: int | None = 1
    commit: bool = False
    met: int = 0

    def matches(self, method: str, path: str) -> bool:
        return self.method in (None, method) and path.endswith(self.path)


class Faults:
    """The faults armed for one company, in the order armed; safe from any thread."""

    def __init__(self) -> None:
        self._armed: list[ArmedFault] = []
        self._count = 0
        self._lock = threading.Lock()

    def arm(self, description: JsonObject) -> ArmedFault:
        """Arm a fault. Raises `ValueError` saying what of the description cannot be used."""
        with self._lock:
            self._count += 1
            fault = _read(description, f"fault-{self._count}")
            self._armed.append(fault)
            return fault

    def meet(self, method: str, path: str) -> ArmedFault | None:
        """The fault this request meets, counting it; the first that is not skipping or used up."""
        with self._lock:
            for fault in self._armed:
                if not fault.matches(method, path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times is not None and fault.met >= fault.times:
                    continue
                fault.met += 1
                return fault
            return None

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def remove(self, fault_id: str) -> bool:
        with self._lock:
            before = len(self._armed)
            self._armed = [fault for fault in self._armed if fault.id != fault_id]
            return len(self._armed) < before

    def list(self) -> list[JsonObject]:
        with self._lock:
            return [vars(fault).copy() for fault in self._armed]


def _read(description: JsonObject, fault_id: str) -> ArmedFault:
    names = set(ArmedFault.__dataclass_fields__) - {"id", "met"}
    if unknown := set(description) - names:
        raise ValueError(f"A fault has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(names))}.")
    if description.get("kind") not in get_args(FaultKind):
        raise ValueError(f"kind is one of {', '.join(get_args(FaultKind))}, not {description.get('kind')!r}.")
    fault = ArmedFault(id=fault_id, **description)
    fault.method = fault.method.upper() if fault.method else None
    fault.seconds, fault.status, fault.skip = float(fault.seconds), int(fault.status), int(fault.skip)
    return fault
