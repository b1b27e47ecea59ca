"""Every outbound call of a bill meets every fault, under every truth the references leave open: billed exactly once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.scene import Scene, make_scene

EXPIRED = {
    "status": 401,
    "body": '{"fault":{"error":[{"message":"message=AuthenticationFailed; errorCode=003200; statusCode=401",'
    '"detail":"Token expired","code":"3200"}],"type":"AUTHENTICATION"}}',
    "headers": {"Content-Type": "application/json"},
}
FAULTS: dict[str, dict[str, Any]] = {
    "time-out before it is committed": {"kind": "drop_before_commit"},
    "time-out after it is committed": {"kind": "drop_after_commit"},
    "committed only after our look-up": {"kind": "commit_late", "seconds": 0.12},
    "500 and not committed": {"kind": "status", "status": 500, "body": "<html>oops</html>"},
    "500 after it was committed": {"kind": "status", "status": 500, "body": "<html>oops</html>", "commit": True},
    "throttled": {"kind": "status", "status": 429, "body": "", "headers": {"Retry-After": "0"}},
    "expired token": {"kind": "status", **EXPIRED},
    "slower than we wait": {"kind": "delay", "seconds": 1.2},
}
WRITES = (
    ("POST", "/customer"),
    ("POST", "/harvest/v2/invoices"),
    ("PATCH", "/invoices/{id}"),
    ("POST", "/invoice"),
    ("POST", "/messages"),
)
SWITCHES: tuple[dict[str, Any], ...] = (
    {},
    {"requestid": "forgotten"},
    {"requestid": "replays_faults"},
    {"requestid": "ignores_body"},
    {"requestid": "checks_body"},
    {"duplicate_doc_numbers": "accepted", "requestid": "forgotten"},
    {"query_lag_seconds": 0.2},
    {"import_rates": "averaged"},
    {"import_rates": "split"},
    {"invoice_number_unique": False},
    {"delete_invoice_frees_entries": False},
    {"rotate_refresh_token": "always"},
    {"old_refresh_token_grace": True, "rotate_refresh_token": "always"},
    {"rates_move_updated_at": True},
    {"retry_after_header": False},
)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        yield running


def planned(server: RunningSandbox, folder: Path, switches: dict[str, Any] | None = None) -> Scene:
    scene = make_scene(server, folder, switches=switches or {})
    scene.plan()
    scene.approve()
    return scene


def calls_of(scene: Scene) -> list[tuple[str, str]]:
    """Method and path of what was asked so far, except of the control API."""
    return [(call["method"], call["path"]) for call in scene.control("GET", "/calls")]


def test_without_faults_a_bill_is_sent_once_and_sent_again_changes_nothing(
    server: RunningSandbox, tmp_path: Path
) -> None:
    scene = planned(server, tmp_path)
    report = scene.push()
    assert {row.state for row in report.rows} == {"posted"}
    scene.assert_billed_once()
    before = len([call for call in calls_of(scene) if call[0] != "GET"])
    assert not scene.push().rows
    scene.plan()
    scene.push()
    assert len([call for call in calls_of(scene) if call[0] != "GET"]) == before


def outbound_calls(server: RunningSandbox, folder: Path) -> list[tuple[str, str, int]]:
    """Every call of one clean bill as (method, tail of its path, how many of the same came before)."""
    scene = planned(server, folder)
    scene.control("DELETE", "/calls")
    scene.push()
    seen: dict[tuple[str, str], int] = {}
    found: list[tuple[str, str, int]] = []
    for method, path in calls_of(scene):
        tail = "/" + path.rstrip("/").rsplit("/", 1)[-1]
        tail = "" if tail[1:].isdigit() else tail
        found.append((method, tail, seen.get((method, tail), 0)))
        seen[method, tail] = seen.get((method, tail), 0) + 1
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_happens_to_any_call_the_bill_is_sent_once(server: RunningSandbox, tmp_path: Path, fault: str) -> None:
    for index, (method, tail, skip) in enumerate(outbound_calls(server, _folder(tmp_path, "clean"))):
        scene = planned(server, _folder(tmp_path, f"call-{index}"))
        armed = {"method": method, "path": tail, "skip": skip, "times": 1, **FAULTS[fault]}
        scene.control("POST", "/faults", armed)
        scene.push_until_rest()
        scene.assert_billed_once()


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
@pytest.mark.parametrize("fault", ["time-out after it is committed", "committed only after our look-up"])
def test_writes_that_got_no_answer_are_sent_once_under_every_truth(
    server: RunningSandbox, tmp_path: Path, switches: dict[str, Any], fault: str
) -> None:
    for index, (method, tail) in enumerate(
        (("POST", "/customer"), ("POST", "/invoices"), ("PATCH", ""), ("POST", "/invoice"), ("POST", "/messages"))
    ):
        scene = planned(server, _folder(tmp_path, str(index)), switches)
        scene.control("POST", "/faults", {"method": method, "path": tail, "times": 1, **FAULTS[fault]})
        scene.push_until_rest()
        scene.assert_billed_once()


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder
