"""Landing Harvest from the sandbox over real HTTP: nothing lost, nothing invented, nothing half done."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from harvest_qb_pipeline.harvest.landing import open_window
from harvest_qb_pipeline.harvest.streams import DESCRIPTIONS
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline.settings import ConfigurationError
from harvest_qb_pipeline.transport.faults import Fault
from harvest_qb_pipeline.warehouse.raw import LandingError
from harvest_qb_pipeline_tests.harvest.landings import TODAY, Firm, firm, small_pages

STREAMS = [
    "users",
    "clients",
    "contacts",
    "projects",
    "tasks",
    "task_assignments",
    "invoice_item_categories",
    "time_entries",
    "expenses",
    "invoices",
]


@pytest.fixture
def books(sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Firm]:
    with firm(sandbox, tmp_path) as books:
        yield books


def calls(books: Firm) -> Counter[str]:
    served = books.sandbox.control("GET", f"/companies/{books.company['id']}/calls?system=harvest")
    return Counter(call["path"].rpartition("/")[2] for call in served)


def forget_calls(books: Firm) -> None:
    books.sandbox.control("DELETE", f"/companies/{books.company['id']}/calls")


def some_entry(books: Firm) -> int:
    """An October entry that nobody has billed."""
    return next(
        entry["id"]
        for entry in books.there("time_entries").values()
        if entry["spent_date"].startswith("2026-10") and not entry["is_billed"] and not entry["is_running"]
    )


def test_every_record_is_landed_value_for_value(books: Firm) -> None:
    landed = books.land()
    assert list(landed) == list(DESCRIPTIONS)
    for stream in STREAMS:
        assert books.live(stream) == books.there(stream), stream
        assert landed[stream].new == len(books.live(stream)) > 0


def test_a_sync_without_changes_takes_at_most_one_request_per_stream_and_changes_nothing(books: Firm) -> None:
    books.land()
    before = books.rows("SELECT id, payload FROM raw_harvest.projects ORDER BY id")
    forget_calls(books)
    landed = books.land()
    assert max(calls(books).values()) == 1
    assert sum(calls(books).values()) <= len(DESCRIPTIONS)
    # The running timer's hours grow; nothing else does.
    assert {stream: (n.new, n.changed) for stream, n in landed.items() if n.changed} in (
        {},
        {"time_entries": (0, 1)},
    )
    assert books.rows("SELECT id, payload FROM raw_harvest.projects ORDER BY id") == before


def test_a_changed_record_replaces_the_old_one_which_is_kept(books: Firm) -> None:
    books.land("clients")
    client_id, was = next(iter(books.live("clients").items()))
    books.sandbox.control("POST", f"/companies/{books.company['id']}/clock", {"hours": 1})
    books.act("PATCH", f"clients/{client_id}", {"name": "Renamed & Co"})
    assert books.land("clients")["clients"].changed == 1
    assert books.live("clients")[client_id]["name"] == "Renamed & Co"
    kept = books.rows("SELECT stream, id, payload->>'$.name' AS name, reason FROM raw_harvest.replaced")
    assert kept == [{"stream": "clients", "id": client_id, "name": was["name"], "reason": "changed"}]


def test_a_deletion_leaves_no_trace_for_an_incremental_sync_and_is_found_by_a_full_one(books: Firm) -> None:
    books.land("time_entries")
    gone = some_entry(books)
    books.act("DELETE", f"time_entries/{gone}")
    assert books.land("time_entries")["time_entries"].deleted == 0
    assert gone in books.live("time_entries")
    assert books.land("time_entries", full=True)["time_entries"].deleted == 1
    assert books.live("time_entries").keys() == books.there("time_entries").keys()


def test_sweeping_an_open_period_finds_deletions_and_silent_changes_there_and_says_that_it_did(books: Firm) -> None:
    books.land()
    gone = some_entry(books)
    books.act("DELETE", f"time_entries/{gone}")
    books.act("PATCH", "company/1", {"time_rounding": "up_30"})
    silent = [i for i, entry in books.there("time_entries").items() if entry["rounded_hours"] != entry["hours"]]
    assert silent
    landed = books.sweep()["time_entries"]
    assert landed.deleted == 1
    assert landed.changed > 0
    october = {i: e for i, e in books.there("time_entries").items() if e["spent_date"] >= "2026-10-01"}
    assert {i: e for i, e in books.live("time_entries").items() if e["spent_date"] >= "2026-10-01"} == october
    swept = books.rows("SELECT from_on, to_on FROM raw_harvest.swept_windows WHERE stream = 'time_entries'")
    assert {"from_on": date(2026, 10, 1), "to_on": TODAY} in swept


def test_an_entry_that_was_moved_out_of_the_swept_days_is_not_taken_for_deleted(books: Firm) -> None:
    books.land()
    moved = some_entry(books)
    books.sandbox.control("POST", f"/companies/{books.company['id']}/clock", {"hours": 1})
    books.act("PATCH", f"time_entries/{moved}", {"spent_date": "2026-09-15"})
    books.sweep()
    assert books.live("time_entries")[moved]["spent_date"] == "2026-09-15"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "times": None},
        {"status": 200, "body": "<html>maintenance</html>", "times": None},
        {"status": 200, "body": '{"time_entries":[{"id":1},{"id":', "times": None},
        {"kind": "drop_before_commit", "times": None},
    ],
    ids=["server error", "a page of HTML", "truncated JSON", "a dropped connection"],
)
def test_a_landing_that_fails_on_its_second_page_leaves_everything_as_it_was_and_the_next_catches_up(
    books: Firm, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object]
) -> None:
    books.land("time_entries")
    before = books.rows("SELECT * FROM raw_harvest.time_entries ORDER BY id")
    marks = books.rows("SELECT * FROM raw_harvest.watermarks")
    gone = some_entry(books)
    books.act("DELETE", f"time_entries/{gone}")
    small_pages(monkeypatch)
    books.arm(**{"method": "GET", "path": "/time_entries", "kind": "status", "skip": 4, **fault})  # type: ignore[arg-type]
    with pytest.raises((Fault, LandingError)):
        books.land("time_entries", full=True)
    assert books.rows("SELECT * FROM raw_harvest.time_entries ORDER BY id") == before
    assert books.rows("SELECT * FROM raw_harvest.watermarks") == marks
    assert list(books.warehouse.spool_directory.iterdir()) == []
    books.sandbox.control("DELETE", f"/companies/{books.company['id']}/faults")
    assert books.land("time_entries", full=True)["time_entries"].deleted == 1


def test_the_first_landing_that_fails_lands_nothing_and_the_next_one_everything(books: Firm) -> None:
    books.arm(
        method="GET", path="/time_entries", kind="status", status=200, body='{"time_entries": [{"id": 1', times=None
    )
    with pytest.raises((Fault, LandingError)):
        books.land("time_entries")
    assert books.rows("SELECT * FROM raw_harvest.time_entries") == []
    books.sandbox.control("DELETE", f"/companies/{books.company['id']}/faults")
    books.land("time_entries")
    assert books.live("time_entries") == books.there("time_entries")


def test_an_answer_without_its_list_is_an_error_and_never_an_empty_list(books: Firm) -> None:
    books.land("clients")
    before = books.live("clients")
    books.arm(method="GET", path="/clients", kind="status", status=200, body={"message": "soon"}, times=None)
    with pytest.raises((Fault, LandingError)):
        books.land("clients", full=True)
    assert books.live("clients") == before != {}


def test_records_that_slip_between_pages_while_people_work_are_not_lost(
    books: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One record is deleted and one added at the far end while pages are read: totals stay the same all the time."""
    small_pages(monkeypatch)
    entries = sorted(books.there("time_entries").values(), key=lambda entry: entry["spent_date"])
    newest = next(e for e in reversed(entries) if not e["is_running"] and not e["is_billed"])
    oldest = entries[0]
    pages = 0

    def meanwhile(method: str, path: str, status: int | None, seconds: float) -> None:
        nonlocal pages
        if path.endswith("/time_entries"):
            pages += 1
            if pages == 8:
                add = {key: newest[key]["id"] for key in ("project", "task", "user")}
                books.act("DELETE", f"time_entries/{newest['id']}")
                books.act(
                    "POST",
                    "time_entries",
                    {**{f"{k}_id": v for k, v in add.items()}, "spent_date": oldest["spent_date"], "hours": 1},
                )

    books.land("time_entries", client=books.client(on_call=meanwhile))
    assert any("moved while" in line for line in books.said)
    assert books.live("time_entries").keys() == books.there("time_entries").keys()


def test_pages_that_hold_still_are_read_once(books: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages(monkeypatch)
    pages = -(-len(books.there("time_entries")) // 100)
    landed = books.land("time_entries")["time_entries"]
    assert landed.requests <= pages + 6
    assert books.live("time_entries") == books.there("time_entries")
    assert books.rows("SELECT id FROM raw_harvest.time_entries GROUP BY id HAVING count(*) > 1") == []


def test_somebody_who_is_no_administrator_is_refused_before_anything_is_read(books: Firm) -> None:
    books.token = books.company["harvest_member_token"]
    forget_calls(books)
    with pytest.raises(ConfigurationError, match="not an administrator"):
        books.land()
    assert calls(books) == Counter({"me": 1})


def test_a_module_that_is_switched_off_is_skipped_with_a_word_and_its_rows_stay(books: Firm) -> None:
    books.land()
    before = books.live("expenses")
    books.act("PATCH", "company/1", {"expense_feature": False})
    forget_calls(books)
    landed = books.land(full=True)
    assert "expense_feature is switched off" in landed["expenses"].note
    assert landed["expenses"].note in books.said
    assert calls(books)["expenses"] == 0
    assert books.live("expenses") == before != {}


def test_rates_say_whose_they_are_and_are_read_again_only_for_people_who_changed(books: Firm) -> None:
    books.land()
    assert {rate["user_id"] for rate in books.live("user_billable_rates").values()} <= set(books.live("users"))
    person = next(iter(books.live("users")))
    books.sandbox.control("POST", f"/companies/{books.company['id']}/clock", {"hours": 1})
    books.act("PATCH", f"users/{person}", {"first_name": "Renamed"})
    assert books.land()["user_billable_rates"].requests == 1


def test_the_uninvoiced_report_is_the_last_one_and_spans_at_most_a_year(books: Firm) -> None:
    books.land()
    landed = books.land()["uninvoiced"]
    books.typed()
    assert landed.read == len(books.rows("SELECT * FROM harvest.uninvoiced")) > 0
    (span,) = books.rows("SELECT DISTINCT from_on, to_on FROM harvest.uninvoiced")
    assert (span["to_on"] - span["from_on"]).days == 364
    assert span["to_on"] == TODAY


def test_typed_tables_hold_exactly_the_money_and_hours_of_the_payloads(books: Firm) -> None:
    books.land()
    gone = some_entry(books)
    books.act("DELETE", f"time_entries/{gone}")
    books.sweep()
    books.typed()
    entries = books.live("time_entries")
    typed = books.rows("SELECT * FROM harvest.time_entries")
    assert {row["time_entry_id_harvest"] for row in typed} == set(entries)
    for row in typed:
        entry = entries[row["time_entry_id_harvest"]]
        assert row["hours_rounded"] == entry["rounded_hours"]
        assert row["billable_rate"] == entry["billable_rate"]
        assert row["spent_on"].isoformat() == entry["spent_date"]
        assert row["is_billed"] is entry["is_billed"]
    (total,) = books.rows("SELECT sum(hours_worked) AS hours FROM harvest.time_entries")
    assert total["hours"] == sum((Decimal(entry["hours"]) for entry in entries.values()), Decimal(0))
    (lines,) = books.rows(
        "SELECT count(*) AS wrong FROM harvest.invoices AS i WHERE amount <>"
        " (SELECT sum(l.amount) FROM harvest.invoice_lines AS l WHERE l.invoice_id_harvest = i.invoice_id_harvest)"
    )
    assert lines == {"wrong": 0}


def test_the_open_window_reaches_from_the_first_unbilled_day_but_not_behind_the_cutover(books: Firm) -> None:
    books.land("time_entries", "projects")
    con = books.warehouse.connection
    fixed = {project["id"] for project in books.live("projects").values() if project["is_fixed_fee"]}
    waiting = [e for e in books.live("time_entries").values() if e["billable"] and not e["is_billed"]]
    days = [date.fromisoformat(e["spent_date"]) for e in waiting if e["project"]["id"] not in fixed]
    two_months_ago = TODAY - timedelta(days=62)
    assert open_window(con, cutover_on=date(2020, 1, 1), today=TODAY) == (min(*days, two_months_ago), TODAY)
    assert open_window(con, cutover_on=date(2026, 10, 1), today=TODAY) == (date(2026, 10, 1), TODAY)


def test_a_home_that_was_synced_before_a_stream_was_added_reads_it_in_full(books: Firm) -> None:
    books.land(*(name for name in DESCRIPTIONS if name != "invoice_item_categories"))
    landed = books.land()["invoice_item_categories"]
    assert landed.note == "read in full"
    books.typed()
    typed = books.rows(
        "SELECT category_id_harvest, category_name, is_used_for_time FROM harvest.invoice_item_categories"
    )
    there = books.there("invoice_item_categories").values()
    assert {tuple(row.values()) for row in typed} == {(c["id"], c["name"], c["use_as_service"]) for c in there}
    assert landed.new == len(typed) > 0
