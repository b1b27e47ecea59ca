"""Every fault that an outbound call can meet, how to arm it, and the proof that it was met.

Belongs here: faults as the sandbox takes them. Must not be here: which calls there are (the sweeps know).
"""

import re
from collections import Counter
from dataclasses import replace
from typing import Any, NamedTuple

from harvest_qb_pipeline_tests.simulation.scene import Scene


class Call(NamedTuple):
    """One call in a known order of calls: its method, its path, and how many of that method come before it."""

    method: str
    path: str
    earlier: int

    def __str__(self) -> str:
        return f"{self.method} {self.path} after {self.earlier}"


EXPIRED = {
    "status": 401,
    "body": '{"fault":{"error":[{"message":"message=AuthenticationFailed; errorCode=003200; statusCode=401",'
    '"detail":"Token expired","code":"3200"}],"type":"AUTHENTICATION"}}',
    "headers": {"Content-Type": "application/json"},
}
PAGE = "<html>oops</html>"
LATE = {"kind": "commit_late", "seconds": 600}
"""Carried out when the scene lets late commits land, long before these seconds are over."""
FAULTS: dict[str, dict[str, Any]] = {
    "time-out before it is committed": {"kind": "drop_before_commit"},
    "time-out after it is committed": {"kind": "drop_after_commit"},
    "committed only after our look-up": LATE,
    "500 and not committed": {"kind": "status", "status": 500, "body": PAGE},
    "500 after it was committed": {"kind": "status", "status": 500, "body": PAGE, "commit": True},
    "2xx that cannot be read": {"kind": "status", "status": 200, "body": PAGE, "commit": True},
    "throttled": {"kind": "status", "status": 429, "body": "", "headers": {"Retry-After": "1"}},
    "throttled for longer than we wait": {
        "kind": "status", "status": 429, "body": "", "headers": {"Retry-After": "121"}, "times": 3,
    },
    "expired token": {"kind": "status", **EXPIRED},
    "slower than we wait": {"kind": "delay", "seconds": 1.5},
}  # fmt: skip
PATIENCE = 1
"""Seconds we wait for an answer where a fault is to be slower; on a busy machine, other answers may take some of it."""


def calls_of(scene: Scene) -> list[Call]:
    """Every call served so far, in order."""
    earlier: Counter[str] = Counter()
    found: list[Call] = []
    for call in scene.company.calls.list():
        found.append(Call(call["method"], tail_of(call["path"]), earlier[call["method"]]))
        earlier[call["method"]] += 1
    return found


def tail_of(path: str) -> str:
    """A path without what all have in common, and without ids: `/invoices/{id}/messages`, `/query`."""
    short = re.sub(r"^/(harvest/v2|quickbooks/v3/company/[0-9]+|quickbooks)", "", path)
    return re.sub(r"/[0-9]+", "/{id}", short)


def arm(scene: Scene, call: Call, fault: dict[str, Any]) -> None:
    """Let this call meet `fault`, and nothing else."""
    scene.company.faults.arm({"method": call.method, "skip": call.earlier, **fault})


def impatient(scene: Scene) -> None:
    """Make the scene give up early, before its clients are made."""
    scene.read_seconds = PATIENCE
    scene.options = replace(scene.options, timeout_seconds=PATIENCE)


def assert_met(scene: Scene, call: Call) -> None:
    """The fault that was armed has met just this call, as often as it should: the test has tested something."""
    (fault,) = scene.company.faults.list()
    assert fault["met"] == fault["times"], f"the fault was not met: {fault}"
    met = [tail_of(served["path"]) for served in scene.company.calls.list() if served["fault"] == fault["kind"]]
    assert met[0] == call.path
