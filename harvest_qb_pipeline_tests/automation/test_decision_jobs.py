"""What an approver can do on the command line, done in the Dagster UI: undo, adjust, ask for a bill, clear a flag."""

import dagster as dg
import pytest

from harvest_qb_pipeline.cli.main import cli
from harvest_qb_pipeline.ledger import adjustments, reading, requests
from harvest_qb_pipeline_tests.ledger.books import flag
from harvest_qb_pipeline_tests.stories.firm import D, Firm

CLIENT = "Acme Ltd"


def planned(firm: Firm) -> str:
    client = firm.client(CLIENT)
    firm.log(firm.project(client, "Website"), "2026-10-05", "2")
    firm.draw_up()
    return f"invoice/client-{client}/2026-10"


def decide(firm: Firm, job: str, op: str, **config: object) -> dg.ExecuteInProcessResult:
    return firm.job(job, {"ops": {op: {"config": config}}}, may_fail=True)


def why(result: dg.ExecuteInProcessResult) -> str:
    """The sentence with which a job failed."""
    (failure,) = result.get_step_failure_events()
    description = failure.step_failure_data.user_failure_data
    assert description is not None
    return description.description or ""


def seen(firm: Firm, key: str) -> str:
    """The document as a page shows it: its key, and the beginning of its hash."""
    return f"{key}@{firm.document(key).sha256[:12]}"


def actors(firm: Firm, key: str, what: str) -> list[tuple[str, object]]:
    events = firm.ledger(lambda ledger: reading.events_of(ledger, key))
    return [(event.actor, event.detail.get("reason")) for event in events if event.what == what]


def test_a_bill_that_stopped_halfway_is_undone_from_the_ui_and_its_hours_are_billed_anew(firm: Firm):
    key = planned(firm)
    firm.approve(key)
    firm.refuse_an_invoice()
    firm.push()
    (twin,) = firm.harvest("invoices")

    for _ in range(2):
        done = decide(
            firm, "unwind", "unwind_documents", documents=[seen(firm, key)], reason="Other terms", unwound_by="Cleo"
        )
        assert done.success
    assert actors(firm, key, "unwinding") == [("Cleo", "Other terms")]
    firm.push()
    assert [row["id"] for row in firm.harvest("invoices")] != [twin["id"]]

    firm.draw_up()
    firm.bill(key)
    assert firm.both(key) == (D(200), D(200))


def test_what_was_not_begun_cannot_be_undone_and_the_others_are(firm: Firm):
    key = planned(firm)
    result = decide(firm, "unwind", "unwind_documents", documents=[seen(firm, key)], reason="Wrong", unwound_by="Cleo")
    assert not result.success
    assert f"{key} has nothing in Harvest or QuickBooks to undo. `harvest-qb cancel` ends what was not begun." in why(
        result
    )


def test_a_discount_is_given_and_taken_back_in_the_ui(firm: Firm):
    key = planned(firm)
    given = {"documents": [seen(firm, key)], "reason": "Goodwill", "adjusted_by": "Cleo"}
    assert decide(firm, "adjust", "adjust_documents", amount="-50", **given).success
    firm.draw_up()
    assert firm.posting(key).amount == D(150)
    (made,) = firm.ledger(adjustments.adjustments)
    assert (made.reason, made.made_by) == ("Goodwill", "Cleo")

    taken = decide(firm, "remove_adjustments", "take_back", numbers=[made.adjustment_id], removed_by="Cleo")
    assert taken.success
    firm.draw_up()
    assert firm.posting(key).amount == D(200)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("many", "'many' is not an amount such as -250 or 40.00."),
        ("NaN", "needs an amount other than zero and a reason"),
        ("-Infinity", "needs an amount other than zero and a reason"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_sentence(firm: Firm, amount: str, said: str):
    key = "invoice/client-1/2026-10"
    given = {"documents": [f"{key}@1f3870be"], "reason": "Goodwill", "adjusted_by": "Cleo"}
    assert said in why(decide(firm, "adjust", "adjust_documents", amount=amount, **given))
    if amount != "many":
        assert said in firm.type("adjust", key, f"--amount={amount}", "--reason", "Goodwill").err


def test_a_bill_on_demand_is_asked_for_in_the_ui(firm: Firm):
    pine = firm.client("Pine Ltd")
    firm.policy(rest=f'[[clients]]\nclient = {pine}\ncadence = "on_demand"')
    firm.log(firm.project(pine, "Website"), "2026-10-05", "2")
    firm.draw_up()
    assert firm.postings("invoice") == []
    wrong = decide(firm, "bill", "request_bills", clients=[pine], to_on="soon", requested_by="Cleo")
    assert "'soon' is not a day such as 2026-10-31." in why(wrong)
    assert decide(firm, "bill", "request_bills", clients=[pine], to_on="2026-10-31", requested_by="Cleo").success
    assert [asked.requested_by for asked in firm.ledger(requests.billing_requests)] == ["Cleo"]
    firm.draw_up()
    assert [posting.amount for posting in firm.postings("invoice")] == [D(200)]


def test_a_flag_is_cleared_in_the_ui_or_by_command_once_somebody_has_compared(firm: Firm):
    key = planned(firm)
    firm.bill(key)
    firm.ledger(lambda ledger: flag(ledger, key, "total_differs", "terms_differ"))
    told = firm.type("postings", "--kind", "invoice").out
    assert f"`harvest-qb clear {key} total_differs --reason WHY`" in " ".join(told.split())

    given = {"reason": "One cent of tax", "cleared_by": "Cleo"}
    assert decide(firm, "clear_flag", "clear_flags", keys=[seen(firm, key)], flag="total_differs", **given).success
    assert firm.posting(key).flags == ("terms_differ",)
    again = decide(firm, "clear_flag", "clear_flags", keys=[seen(firm, key)], flag="total_differs", **given)
    assert f"{key} does not carry the flag 'total_differs'." in why(again)

    assert firm.type("clear", key, "terms_differ", "--reason", " ").code == 2
    typed = firm.type("clear", key, "terms_differ", "--reason", "Agreed by phone", "--by", "Bea")
    assert (typed.code, typed.out.strip()) == (0, f"{key}: flag terms_differ cleared.")
    assert firm.posting(key).flags == ()
    assert actors(firm, key, "flag cleared") == [("Cleo", "One cent of tax"), ("Bea", "Agreed by phone")]
    assert firm.type("clear", key, "terms_differ", "--reason", "Again").code == 1


def test_a_launchpad_left_as_it_opens_decides_nothing(firm: Firm):
    jobs = ["approve", "cancel", "retry", "unwind", "adjust", "remove_adjustments", "bill", "clear_flag"]
    for name in jobs:
        result = firm.job(name, may_fail=True)
        assert "Nothing was done: fill in every field of the configuration." in why(result), name


def test_everything_an_approver_can_type_has_its_job(firm: Firm):
    jobs = {job.name for job in firm.definitions.resolve_all_job_defs()}
    typed = {"approve", "cancel", "retry", "unwind", "adjust", "bill", "clear"}
    assert typed <= set(cli.commands)
    assert {"clear_flag" if name == "clear" else name for name in typed} <= jobs
