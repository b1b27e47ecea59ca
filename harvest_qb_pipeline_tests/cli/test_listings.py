"""Listings: one JSON document with the promised keys and nothing else; words and reasons for people."""

from decimal import Decimal

import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline_tests.stories.october import October

POSTING = {
    "key", "revision", "kind", "state", "doc_number", "external_id", "amount", "currency", "summary", "hold_reasons",
}  # fmt: skip
SOURCE = {"purpose", "type", "id", "day", "person", "hours", "rate", "amount", "line"}


def document(october: October, *words: str) -> Json:
    typed = october.firm.type(*words, "--json")
    assert typed.code == 0, typed.err
    return jsontext.loads(typed.out)


def test_postings_have_the_promised_keys_and_exact_amounts(october: October):
    listed = document(october, "postings")
    assert isinstance(listed, list)
    assert all(posting.keys() >= POSTING for posting in listed)
    (acme,) = [posting for posting in listed if posting["key"] == october.key("Acme Ltd")]
    assert (acme["amount"], acme["currency"], acme["state"]) == (Decimal("301.33"), "USD", "posted")
    assert acme["external_id"] == october.firm.invoice(acme["key"])["Id"]


def test_postings_are_chosen_by_state_and_kind(october: October):
    held = document(october, "postings", "--state", "held", "--kind", "invoice")
    assert {(posting["state"], posting["kind"]) for posting in held} == {("held", "invoice")}
    (birch,) = [posting for posting in held if posting["key"] == october.key("Birch Ltd")]
    assert birch["hold_reasons"][0]["code"] == "unapproved_time"
    assert birch["hold_reasons"][0]["sentence"].startswith("3 entries, 11.5 h, by ")
    jobs = document(october, "postings", "--kind", "job")
    assert {job["summary"] for job in jobs} == {"New job Lark Ltd - App", "New job Lark Ltd - Store"}


def test_show_adds_payload_sources_and_events(october: October):
    key = october.key("Acme Ltd")
    shown = document(october, "show", key)
    assert shown.keys() >= POSTING | {"payload", "sources", "events"}
    assert shown["payload"]["Line"][0]["Amount"] == Decimal("51.33")
    assert all(source.keys() >= SOURCE for source in shown["sources"])
    assert [(s["day"], s["person"], s["hours"], s["rate"], s["amount"], s["line"]) for s in shown["sources"]] == [
        ("2026-10-06", "Ben Fox", Decimal("0.33"), Decimal("155.55"), Decimal("51.33"), 1),
        ("2026-10-05", "Ann Lee", Decimal("2.50"), Decimal("100.00"), Decimal("250.00"), 2),
    ]
    assert {"approved", "posted"} <= {event["what"] for event in shown["events"]}


def test_show_explains_to_people_down_to_the_exact_product(october: October):
    out = october.firm.type("show", october.key("Acme Ltd")).out
    assert "0.33 x 155.55 = $51.33" in out
    assert "51.3315" in out
    assert "approved" in out
    assert "Bea" in out


def test_status_counts_what_the_ledger_holds(october: October):
    status = document(october, "status")
    assert status.keys() >= {"home", "is_sandbox", "counts", "landed", "attention", "alerts"}
    states = list(october.firm.states().values())
    assert {state: status["counts"][state] for state in ("posted", "held")} == {
        state: states.count(state) for state in ("posted", "held")
    }
    assert status["attention"] == []


def test_the_doctor_finds_both_systems_and_every_name_of_the_policy(october: October):
    findings = document(october, "doctor")
    assert isinstance(findings, list)
    assert all(finding.keys() >= {"level", "what", "sentence"} for finding in findings)
    assert [finding for finding in findings if finding["level"] == "problem"] == []
    assert {"connection", "policy", "ledger", "harvest", "quickbooks"} <= {finding["what"] for finding in findings}


@pytest.mark.parametrize("words", [("postings",), ("postings", "--state", "held"), ("status",), ("doctor",)])
def test_listings_for_people_say_nothing_on_standard_error(october: October, words: tuple[str, ...]):
    typed = october.firm.type(*words)
    assert (typed.code, typed.err) == (0, "")
    assert typed.out.strip()


def test_held_postings_tell_people_why(october: October):
    out = october.firm.type("postings", "--state", "held").out
    assert "not approved yet: Ben Fox 9.5 h, Cleo Hart 2 h." in " ".join(out.split())
