"""A definite no is not an unknown: it waits for a person, in words, and is sent again once the cause is mended."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from harvest_qb_pipeline.ledger import approval
from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.redrawing import redraw
from harvest_qb_pipeline_tests.simulation.faulting import FAULTS, LATE, Call, arm, assert_met
from harvest_qb_pipeline_tests.simulation.scene import Scene

Stage = Callable[..., Scene]

REQUEST_IDS = ("replay", "forgotten", "replays_faults", "ignores_body", "checks_body")
FORBIDDEN = {"kind": "status", "status": 403, "body": {"message": "Not allowed"}}
HARVEST_WRITES = (
    Call("POST", "/invoices", 2),
    Call("PATCH", "/invoices/{id}", 0),
    Call("POST", "/invoices/{id}/messages", 4),
)
COMMITTED_AND_REFUSED = {
    "kind": "status",
    "status": 400,
    "body": '{"Fault":{"Error":[{"Message":"A business validation error has occurred while processing your request",'
    '"Detail":"Business Validation Error: Unexpected Internal Error. (-30003)","code":"6000"}],'
    '"type":"ValidationFault"}}',
    "headers": {"Content-Type": "application/json"},
}
"""What QuickBooks has answered to an invoice that it had made."""
UNPROCESSABLE = {"kind": "status", "status": 422, "body": {"message": "Subject is too long"}}


def close_books(scene: Scene, day: str | None) -> None:
    body = {"AccountingInfoPrefs": {"BookCloseDate": day}}
    scene.control("PATCH", "/quickbooks/Preferences/1", body)


def invoice_with_our_number(scene: Scene) -> str:
    """A person's own invoice in QuickBooks; its id."""
    customer = scene.posting("customer").external_id
    line = {
        "Amount": 5,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": scene.bill.item_id}, "Qty": 1, "UnitPrice": 5},
    }
    body = {"CustomerRef": {"value": customer}, "DocNumber": scene.posting("twin").doc_number, "Line": [line]}
    return scene.control("POST", "/quickbooks/Invoice", body)["Id"]


def use_item(scene: Scene, *, is_active: bool) -> None:
    scene.control("PATCH", f"/quickbooks/Item/{scene.bill.item_id}", {"Active": is_active})


CAUSES: dict[str, tuple[Callable[[Scene], Any], Callable[[Scene, Any], Any], str, str]] = {
    "closed books": (
        lambda scene: close_books(scene, "2026-10-31"), lambda scene, _: close_books(scene, None), "6210", "closed"
    ),
    "a number that is taken": (
        invoice_with_our_number,
        lambda scene, made: scene.control("PATCH", f"/quickbooks/Invoice/{made}", {"DocNumber": "7"}),
        "6140",
        "number",
    ),
    "an inactive item": (
        lambda scene: use_item(scene, is_active=False), lambda scene, _: use_item(scene, is_active=True), "610", "item"
    ),
}  # fmt: skip


@pytest.mark.parametrize("request_ids", REQUEST_IDS)
@pytest.mark.parametrize("cause", CAUSES)
def test_what_quickbooks_refuses_waits_in_words_and_is_sent_when_the_cause_is_mended(
    stage: Stage, cause: str, request_ids: str
) -> None:
    scene = stage(switches={"requestid": request_ids})
    break_it, mend, code, word = CAUSES[cause]
    made: list[Any] = []
    scene.before_write["POST", "/invoice"] = lambda: made.append(break_it(scene))
    report = scene.push()
    refused = scene.posting("invoice")
    assert (refused.state, refused.extra["error_code"]) == ("rejected", code)
    assert word in (refused.error or "")
    assert [row.reason for row in report.rows if row.kind == "invoice"] == [refused.error]
    writes = scene.writes()
    scene.push_until_rest()
    assert scene.writes() == writes, "nothing is tried again by itself"
    mend(scene, made[0])
    assert approval.retry_rejected(scene.ledger, scene.key, by="Bea") == (scene.bill.member("invoice"),)
    scene.push_until_rest()
    scene.assert_billed_once()


@pytest.mark.parametrize("call", HARVEST_WRITES, ids=str)
def test_what_harvest_refuses_is_sent_when_the_cause_is_mended(stage: Stage, call: Call) -> None:
    scene = stage()
    arm(scene, call, UNPROCESSABLE)
    scene.push_until_rest()
    assert_met(scene, call)
    (refused,) = [key for key, state in scene.states().items() if state == "rejected"]
    approval.retry_rejected(scene.ledger, refused, by="Bea")
    scene.push_until_rest()
    scene.assert_billed_once()


@pytest.mark.parametrize("earlier", range(16))
def test_a_refused_read_rejects_nothing(stage: Stage, earlier: int) -> None:
    scene = stage()
    scene.company.faults.arm({"method": "GET", "skip": earlier, **FORBIDDEN})
    scene.push()
    assert "rejected" not in scene.states().values()
    scene.push_until_rest()
    scene.assert_billed_once()


def test_a_refused_look_up_does_not_turn_an_unknown_into_a_no(stage: Stage) -> None:
    """The attempt without an answer stays unknown, and what it made late is found in the end."""
    scene = stage()
    twin = Call("POST", "/invoices", 2)
    arm(scene, twin, LATE)
    scene.push()
    scene.company.faults.arm({"method": "GET", "times": 3, **FORBIDDEN})
    scene.let_late_commits_land()
    scene.wait(400)
    scene.push()
    assert scene.states()[scene.bill.member("twin")] == "uncertain"
    assert scene.posting("twin").request_n == 0
    scene.wait(400)
    scene.push_until_rest()
    scene.assert_billed_once()


@pytest.mark.parametrize(("path", "refusal"), [("/invoice", COMMITTED_AND_REFUSED), ("/invoices", UNPROCESSABLE)])
def test_a_no_to_what_was_made_all_the_same_is_looked_up_and_not_believed(
    stage: Stage, path: str, refusal: dict[str, Any]
) -> None:
    """Rule 53; docs/apis.md Q8."""
    scene = stage()
    scene.company.faults.arm({"method": "POST", "path": path, **refusal, "commit": True})
    scene.push_until_rest()
    assert scene.posting("invoice").state == "posted"
    scene.assert_billed_once()


@pytest.mark.parametrize("kind", ["/customer", "/invoices", "/invoice", "/invoices/14200001/messages"])
def test_tokens_that_expire_in_the_middle_are_refreshed(stage: Stage, kind: str) -> None:
    scene = stage(switches={"rotate_refresh_token": "always"})
    scene.before_write["POST", kind] = lambda: scene.control("POST", "/connection", {"action": "expire"})
    report = scene.push()
    assert [row.reason for row in report.rows if row.reason] == []
    scene.assert_billed_once()


def test_a_connection_that_was_cut_loses_nothing(stage: Stage) -> None:
    scene = stage()
    scene.before_write["POST", "/invoice"] = lambda: scene.control("POST", "/connection", {"action": "reconnect"})
    report = scene.push()
    (row,) = [row for row in report.rows if row.kind == "invoice"]
    assert (row.state, scene.invoices()) == ("approved", [])
    assert row.reason
    env = {**scene.made["env"], "QUICKBOOKS_REFRESH_TOKEN": scene.company.tokens.refresh_token}
    scene.close()
    scene.made = {**scene.made, "env": env}
    scene.push_until_rest()
    scene.assert_billed_once()


def test_attempts_without_an_answer_end_and_a_person_sends_on(stage: Stage) -> None:
    scene = stage()
    scene.options = replace(scene.options, max_attempts=2)
    scene.company.faults.arm({"method": "POST", "path": "/invoices", "times": None, **FAULTS["500 and not committed"]})
    scene.push_until_rest()
    assert scene.hold_codes("twin") == ["too_many_attempts"]
    assert len([path for _, path in scene.writes() if path.endswith("/invoices")]) == 3
    scene.company.faults.clear()
    approval.retry_rejected(scene.ledger, scene.key, by="Bea")
    scene.push_until_rest()
    scene.assert_billed_once()


def test_what_is_refused_or_breaks_keeps_nobody_else_from_being_billed(stage: Stage) -> None:
    scene = stage(clients=3)
    refused, broken, whole = scene.bills
    arm(scene, Call("POST", "/invoices", 4), UNPROCESSABLE)

    def fail() -> None:
        raise ZeroDivisionError("a mistake of ours")

    def fail_second() -> None:
        scene.before_write["POST", "/invoices"] = fail

    scene.before_write["POST", "/invoices"] = fail_second
    report = scene.push()
    states = scene.states()
    assert states[refused.member("twin")] == "rejected"
    assert states[broken.member("twin")] == "uncertain"
    assert [states[whole.member(kind)] for kind in ("twin", "invoice", "twin_open")] == ["posted"] * 3
    assert "a mistake of ours" in next(row.reason for row in report.rows if row.key == broken.member("twin"))
    approval.retry_rejected(scene.ledger, refused.key, by="Bea")
    scene.push_until_rest()
    scene.assert_billed_once()


REFUSED_ONCE = {
    "kind": "status",
    "status": 400,
    "body": {"Fault": {"Error": [{"Detail": "An item is inactive", "code": "610"}], "type": "ValidationFault"}},
}


def test_a_refused_invoice_may_name_other_records_and_bill_nothing_else(stage: Stage) -> None:
    scene = stage()
    arm(scene, Call("POST", "/invoice", 3), REFUSED_ONCE)
    scene.push()
    refused = scene.posting("invoice")
    assert refused.state == "rejected"
    other = next(row["Id"] for row in scene.company.quickbooks.dump("Item") if row["Id"] != scene.bill.item_id)

    def drawn(**detail: object) -> tuple[str, ...]:
        payload = deepcopy(refused.payload)
        payload["Line"][0]["SalesItemLineDetail"].update(detail)
        with changing(scene.ledger) as chain:
            return redraw(chain, {refused.key: payload})

    assert drawn(Qty=Decimal(40)) == ()
    assert drawn() == (), "nothing changed"
    assert drawn(ItemRef={"value": other}) == (scene.key,)
    assert drawn(ItemRef={"value": other}) == ()
    assert scene.push().rows == (), "what is drawn anew waits for approval"
    scene.approve()
    scene.push_until_rest()
    scene.assert_billed_once()
    assert scene.invoices()[0]["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"] == other
    assert drawn(ItemRef={"value": scene.bill.item_id}) == (), "what was accepted stays"
