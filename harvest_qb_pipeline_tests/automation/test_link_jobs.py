"""Who is who, decided in the Dagster UI: each pair by itself, with a sentence for each that was refused."""

import dagster as dg
import pytest

from harvest_qb_pipeline.ledger import links
from harvest_qb_pipeline_tests.contacts.copies import keep_plan
from harvest_qb_pipeline_tests.stories.firm import Firm

OPS = {
    "confirm_links": "confirm_pairs",
    "reject_links": "reject_pairs",
    "set_links": "set_pairs",
    "unlink": "unlink_keys",
}


@pytest.fixture
def home(firm: Firm) -> Firm:
    """A firm that has planned once: what was certain is linked."""
    firm.ledger(keep_plan)
    return firm


def decide(firm: Firm, job: str, *pairs: str, **config: str) -> str:
    """Why the job failed; nothing when it did not."""
    given = {"links": list(pairs), "decided_by": "Bea", **config}
    return failure(firm.job(job, {"ops": {OPS[job]: {"config": given}}}, may_fail=True))


def failure(result: dg.ExecuteInProcessResult) -> str:
    if result.success:
        return ""
    (event,) = result.get_step_failure_events()
    told = event.step_failure_data.user_failure_data
    assert told is not None
    return told.description or ""


def link(firm: Firm, key: str) -> str | None:
    return firm.ledger(lambda ledger: links.resolve(ledger, key))


def test_right_pairs_are_confirmed_and_each_wrong_one_gets_a_sentence(home: Firm):
    told = decide(
        home,
        "confirm_links",
        "customer/client-13 -> 59",
        "customer/client-15->62",
        "customer/client-14 61",
        "customer/client-14 -> 59",
        "item/task-21 -> 3",
    )
    assert "3 of 5 were refused, the others are done." in told
    assert "Dune (deleted) (customer 62) is inactive in QuickBooks" in told
    assert "'customer/client-14 61' is not a link. Write it as KEY -> ID" in told
    assert "Cedar GmbH (customer/client-14) is billed in EUR" in told
    assert [link(home, key) for key in ("customer/client-13", "item/task-21", "customer/client-14")] == [
        "59",
        "3",
        None,
    ]
    (made,) = [each for each in home.ledger(links.links) if each.key == "customer/client-13"]
    assert (made.how, made.made_by) == ("confirmed", "Bea")
    assert decide(home, "confirm_links", "customer/client-13 -> 59") == ""


def test_suggestions_are_rejected_and_links_set_and_taken_back(home: Firm):
    assert decide(home, "reject_links", "customer/client-13 -> 59", reason="Another one") == ""
    rejected = [each for each in home.ledger(links.decisions) if each.decision == "rejected"]
    assert [(each.key, each.external_id, each.decided_by, each.reason) for each in rejected] == [
        ("customer/client-13", "59", "Bea", "Another one")
    ]
    assert decide(home, "unlink", "customer/client-12", "employee/user-6 -> 8", reason="Mistaken") == ""
    assert (link(home, "customer/client-12"), link(home, "employee/user-6")) == (None, None)
    assert decide(home, "set_links", "customer/client-13 -> 58", reason="It took their name") == ""
    assert link(home, "customer/client-13") == "58"
    told = decide(home, "unlink", "customer/client-13 -> 59", reason="Mistaken")
    assert "customer/client-13 is linked with 58, not with 59." in told


def test_before_anything_is_published_the_job_says_what_to_run(firm: Firm):
    told = decide(firm, "confirm_links", "customer/client-13 -> 59")
    assert told == "Nothing was done. Nothing has been landed yet: run `harvest-qb sync` and then `harvest-qb plan`."


@pytest.mark.parametrize("job", list(OPS))
def test_a_launchpad_left_as_it_opens_decides_nothing(home: Firm, job: str):
    assert "fill in every field of the configuration" in failure(home.job(job, may_fail=True))


def test_what_is_set_or_taken_back_needs_a_reason_and_every_decision_somebody_who_makes_it(home: Firm):
    for job in ("set_links", "unlink", "reject_links"):
        assert "fill in every field" in decide(home, job, "customer/client-12 -> 58", reason=" ")
    assert "fill in every field" in decide(home, "confirm_links", "customer/client-13 -> 59", decided_by="")
    assert link(home, "customer/client-12") == "58"
