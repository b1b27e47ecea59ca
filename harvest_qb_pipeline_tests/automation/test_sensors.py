"""Sensors, evaluated for real on a ledger or on a Dagster instance with a run in it."""

import json
from datetime import timedelta

import dagster as dg
import pytest

from harvest_qb_pipeline.automation.sensors import (
    alert_on_failed_checks,
    alert_on_failure,
    publish_when_changed,
    push_when_ready,
)
from harvest_qb_pipeline.ledger import reading, sending
from harvest_qb_pipeline.settings import utc_now
from harvest_qb_pipeline_tests.ledger.books import Books, bill
from harvest_qb_pipeline_tests.stories.firm import Firm

KEY = "invoice/client-1/2026-10"


def look(books: Books) -> dg.SkipReason | dg.RunRequest:
    context = dg.build_sensor_context(resources={"ledger": books.ledger})
    found = push_when_ready(context)
    assert isinstance(found, dg.SkipReason | dg.RunRequest)
    return found


def test_nothing_is_pushed_while_nothing_is_approved(books: Books):
    assert isinstance(look(books), dg.SkipReason)
    books.plan(bill())
    skipped = look(books)
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == "Nothing is approved and nothing uncertain is due."


def test_an_approval_asks_for_one_push_however_often_the_sensor_looks(books: Books):
    books.plan(bill())
    books.approve(KEY)
    first, second = look(books), look(books)
    assert isinstance(first, dg.RunRequest)
    assert isinstance(second, dg.RunRequest)
    assert first.run_key == second.run_key
    assert f"-{reading.last_decision(books.ledger)}-" in (first.run_key or "")


def test_another_approval_is_another_push(books: Books):
    books.plan(bill(), bill(2, entries=(3,)))
    books.approve(KEY)
    first = look(books)
    books.approve("invoice/client-2/2026-10")
    second = look(books)
    assert isinstance(first, dg.RunRequest)
    assert isinstance(second, dg.RunRequest)
    assert first.run_key != second.run_key


@pytest.mark.parametrize(("minutes", "is_due"), [(10, False), (-1, True)])
def test_an_uncertain_posting_is_pushed_when_it_is_due_and_not_before(books: Books, minutes: int, is_due: bool):
    books.plan(bill())
    books.approve(KEY)
    begun = books.begin("twin/client-1/2026-10")
    due = utc_now() + timedelta(minutes=minutes)
    sending.mark_uncertain(books.ledger, begun.posting_id, "run-1", error="No answer.", next_attempt_at=due)
    assert isinstance(look(books), dg.RunRequest if is_due else dg.SkipReason)


def test_a_failed_run_leaves_one_line_for_people_and_no_secret(firm: Firm):
    secret = firm.company["env"]["HARVEST_ACCESS_TOKEN"]
    firm.control("POST", "/faults", {"method": "GET", "path": "/users/me", "kind": "status", "status": 503, "times": 9})
    with dg.DagsterInstance.ephemeral() as instance:
        result = firm.job("sync", instance=instance, may_fail=True)
        with firm.at_work():
            context = dg.build_run_status_sensor_context(
                sensor_name="alert_on_failure",
                dagster_event=result.get_run_failure_event(),
                dagster_instance=instance,
                dagster_run=instance.get_run_by_id(result.run_id),
            ).for_run_failure()
            alert_on_failure(context)
    (line,) = (firm.home / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    alert = json.loads(line)
    assert (alert["job"], alert["run_id"]) == ("sync", result.run_id)
    assert "503" in alert["message"]
    assert "Traceback" not in line
    for variable, value in firm.company["env"].items():
        if "TOKEN" in variable and "URL" not in variable:
            assert value not in line
    assert secret not in line
    assert alert["message"] in firm.type("status").out


def test_a_command_that_failed_leaves_its_line_too_and_the_daemon_adds_no_second(firm: Firm):
    firm.control(
        "POST", "/faults", {"method": "GET", "path": "/users/me", "kind": "status", "status": 502, "times": 99}
    )
    typed = firm.type("sync")
    assert typed.code == 1
    (line,) = (firm.home / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    alert = json.loads(line)
    assert (alert["job"], alert["run_id"] in typed.err, alert["message"] in typed.err) == ("sync", True, True)
    with firm.at_work(), dg.DagsterInstance.from_config(str(firm.home / "dagster")) as instance:
        run = instance.get_run_by_id(alert["run_id"])
        assert run is not None
        (failed,) = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE).records
        event = failed.event_log_entry.dagster_event
        assert event is not None
        context = dg.build_run_status_sensor_context("alert_on_failure", event, instance, run)
        alert_on_failure(context.for_run_failure())
    assert (firm.home / "alerts.jsonl").read_text(encoding="utf-8").splitlines() == [line]


def test_a_push_that_met_a_refusal_leaves_an_alert_although_its_run_went_through(firm: Firm):
    acme = firm.client("Acme Ltd")
    firm.log(firm.project(acme, "Website"), "2026-10-05", "1")
    firm.draw_up()
    firm.approve(f"invoice/client-{acme}/2026-10")
    firm.in_quickbooks("PATCH", "Preferences/1", AccountingInfoPrefs={"BookCloseDate": "2026-10-31"})
    with dg.DagsterInstance.ephemeral() as instance:
        result = firm.job("push", instance=instance)
        with firm.at_work():
            context = dg.build_run_status_sensor_context(
                sensor_name="alert_on_failed_checks",
                dagster_event=result.get_run_success_event(),
                dagster_instance=instance,
                dagster_run=instance.get_run_by_id(result.run_id),
            )
            alert_on_failed_checks(context)
    (line,) = (firm.home / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    alert = json.loads(line)
    assert (alert["job"], alert["run_id"]) == ("push", result.run_id)
    said = alert["message"]
    assert said.startswith("billing/posted_invoices, check nothing_refused: Acme Ltd, Oct 2026, 100.00 USD: held. ")
    assert "The books are closed" in said
    assert said.endswith(f"When that is mended, plan again and approve invoice/client-{acme}/2026-10.")


def test_what_could_not_be_sent_is_pushed_again_every_few_minutes_only(books: Books):
    books.plan(bill())
    books.approve(KEY)
    first = look(books)
    claimed = books.claim(KEY.replace("invoice", "twin"))
    sending.release(books.ledger, claimed.posting_id, "run-1", error="refused connection")
    second = look(books)
    assert isinstance(first, dg.RunRequest)
    assert isinstance(second, dg.RunRequest)
    assert first.run_key == second.run_key


def test_a_finished_plan_asks_for_a_new_copy_once(firm: Firm):
    with dg.DagsterInstance.ephemeral() as instance:
        result = firm.job("push", instance=instance)
        context = dg.build_run_status_sensor_context(
            sensor_name="publish_when_changed",
            dagster_event=result.get_run_success_event(),
            dagster_instance=instance,
            dagster_run=instance.get_run_by_id(result.run_id),
        )
        (request,) = publish_when_changed(context)
        assert isinstance(request, dg.RunRequest)
        assert request.run_key == f"publish-after-{result.run_id}"
        firm.job("publish", instance=instance)
        (skipped,) = publish_when_changed(context)
    assert isinstance(skipped, dg.SkipReason)
