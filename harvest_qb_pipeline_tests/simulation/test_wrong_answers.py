"""What was carried out and answered wrongly is made once all the same, and nobody else's is taken for it.

"Wrong" is a refusal of each known code, a firewall's page, an id that is none, or another record's answer. A person who
reads such a refusal retries; QuickBooks' queries are slow and it takes a number twice.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harvest_qb_pipeline.ledger import approval, reading
from harvest_qb_pipeline.posting.reversing import unwind
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.long_tests import is_long
from harvest_qb_pipeline_tests.simulation.cases import CASES
from harvest_qb_pipeline_tests.simulation.faulting import Call, arm, assert_met
from harvest_qb_pipeline_tests.simulation.hall import Hall
from harvest_qb_pipeline_tests.simulation.scene import Scene
from harvest_qb_pipeline_tests.simulation.test_fault_sweep import WRITES
from harvest_qb_pipeline_tests.simulation.wrong_answers import (
    OF,
    OF_QUICKBOOKS,
    SLOW_AND_LENIENT,
    TYPICAL,
    refused_by_quickbooks,
)

Stage = Callable[..., Scene]
OF_A_BILL = [
    pytest.param(call, name, id=f"{call.path}-{name}")
    for call in WRITES
    for name in OF["quickbooks" if call.path in ("/customer", "/invoice") else "harvest"]
    if is_long() or call.path in ("/invoice", "/invoices") or name in TYPICAL
]
OF_PARTIES = [
    pytest.param(name, call, fault, id=f"{name}-{call.path}-{fault}")
    for name, case in CASES.items()
    for call in case.sent[:1]
    for fault in OF["quickbooks" if call.path in ("/customer", "/vendor") else "harvest"]
    if is_long() or fault in TYPICAL
]
INVOICE = next(call for call in WRITES if call.path == "/invoice")
ENTITIES = {"/customer": "Customer", "/invoice": "Invoice", "/vendor": "Vendor"}


def dressed(fault: dict[str, Any], path: str) -> dict[str, Any]:
    """The fault with the sort of record that this path answers with."""
    body = fault["body"]
    return {**fault, "body": body % ENTITIES[path] if "%s" in body else body}


def send_on(scene: Scene) -> None:
    """Until rest; a person retries what is said to be refused, at once."""
    scene.push_until_rest()
    for key in [key for key, state in scene.states().items() if state == "rejected"]:
        approval.retry_rejected(scene.ledger, key, by="Bea")
    scene.push_until_rest()


@pytest.fixture(scope="module")
def hall(sandbox: RunningSandbox, blank_ledger: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    hall = Hall(sandbox, blank_ledger, tmp_path_factory.mktemp("hall"))
    yield hall
    hall.close()


@pytest.mark.parametrize(("call", "name"), OF_A_BILL)
def test_whatever_is_answered_to_a_write_of_a_bill_it_is_made_once(stage: Stage, call: Call, name: str) -> None:
    scene = stage(switches=SLOW_AND_LENIENT)
    system = "quickbooks" if call.path in ENTITIES else "harvest"
    arm(scene, call, dressed(OF[system][name], call.path))
    send_on(scene)
    assert_met(scene, call)
    scene.assert_billed_once()


@pytest.mark.parametrize(("name", "call", "fault"), OF_PARTIES)
def test_whatever_is_answered_to_a_write_of_a_party_it_is_made_once(
    hall: Hall, name: str, call: Call, fault: str
) -> None:
    scene = hall(name, query_lag_seconds=120, requestid="forgotten")
    system = "quickbooks" if call.path in ENTITIES else "harvest"
    arm(scene, call, dressed(OF[system][fault], call.path))
    send_on(scene)
    assert_met(scene, call)
    scene.assert_all_posted()
    CASES[name].check(scene)


def test_a_number_that_our_own_invoice_has_is_ours(stage: Stage) -> None:
    """docs/apis.md Q8: at once, by reading what the refusal names, although no query shows it yet."""
    scene = stage(switches=SLOW_AND_LENIENT)
    named = "DocNumber=H2610-0001 is assigned to TxnType=Invoice with TxnId=1"
    arm(scene, INVOICE, refused_by_quickbooks("6140", named))
    scene.push()
    assert scene.posting("invoice").state == "posted"
    scene.assert_billed_once()


def test_a_refusal_that_is_none_is_not_undone_over_the_invoice_it_made(stage: Stage) -> None:
    """Its hours are billed: freeing them would bill them twice."""
    scene = stage(switches=SLOW_AND_LENIENT)
    arm(scene, INVOICE, dressed(OF_QUICKBOOKS["6210"], "/invoice"))
    scene.push()
    assert scene.posting("invoice").state == "rejected"
    unwind(scene.ledger, scene.key, by="Bea", reason="wrong client")
    scene.push()
    assert [twin["state"] for twin in scene.twins()] == ["draft"], "nothing is undone while nobody can know"
    scene.wait(400)
    scene.push()
    (reversal,) = [one for one in reading.postings(scene.ledger) if one.reverses]
    assert [hold.code for hold in reversal.hold_reasons] == ["stands_all_the_same"]
    assert [twin["state"] for twin in scene.twins()] == ["draft"]
    assert len(scene.invoices()) == 1


def test_what_was_answered_is_kept_with_the_words_and_the_id_that_support_asks_for(stage: Stage) -> None:
    scene = stage()
    for name in ("6000 (-300xx)", "2500"):
        fault = {**OF_QUICKBOOKS[name], "commit": False}
        fault["headers"] = {**fault["headers"], "intuit_tid": f"1-{name[:4]}"}
        scene.company.faults.arm({"method": "POST", "path": "/invoice", **fault})
    scene.push_until_rest()
    told = [
        event for event in reading.events_of(scene.ledger, scene.bill.member("invoice")) if "answer" in event.detail
    ]
    answers = {event.what: event.detail["answer"] for event in told}
    assert answers["silence"] == answers["uncertain"]
    assert answers["uncertain"]["said"] == "Business Validation Error: Unexpected Internal Error. (-30034)"
    assert {name: answers["uncertain"][name] for name in ("status", "code", "trace")} == {
        "status": 400, "code": "6000", "trace": "1-6000",
    }  # fmt: skip
    assert (answers["rejected"]["code"], answers["rejected"]["trace"]) == ("2500", "1-2500")


CROSSED = ("/customer", "/invoices", "/invoice", "/messages")


@pytest.mark.parametrize("path", CROSSED)
def test_another_bills_answer_is_not_taken_for_ones_own(stage: Stage, path: str) -> None:
    scene = stage(clients=2, switches=SLOW_AND_LENIENT)
    scene.company.faults.arm({"kind": "crossed", "method": "POST", "path": path, "skip": 1})
    scene.push_until_rest()
    (fault,) = scene.company.faults.list()
    assert fault["met"] == 1
    assert "DELETE" not in [method for method, _ in scene.writes()]
    scene.assert_billed_once()


@pytest.mark.parametrize("path", ["/customer/1", "/invoice/1", "/customer/2", "/invoice/2"])
def test_another_records_answer_to_a_read_is_not_taken_for_the_one_asked_for(stage: Stage, path: str) -> None:
    scene = stage(clients=2)
    scene.company.faults.arm({"kind": "crossed", "method": "GET", "path": path})
    scene.push_until_rest()
    (fault,) = scene.company.faults.list()
    assert fault["met"] == 1
    scene.assert_billed_once()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.is_creation and case.sent])
def test_another_partys_answer_is_not_taken_for_ones_own(hall: Hall, name: str) -> None:
    scene = hall(name)
    call = CASES[name].sent[0]
    arm(scene, call, {"kind": "crossed"})
    scene.push_until_rest()
    assert_met(scene, call)
    scene.assert_all_posted()
    CASES[name].check(scene)
