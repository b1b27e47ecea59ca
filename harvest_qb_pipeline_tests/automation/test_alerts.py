"""Alerts: each cause once, until somebody has seen it."""

from pathlib import Path

import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.automation.alerts import Alert, acknowledge_alerts, open_alerts, record_alert
from harvest_qb_pipeline_tests.stories.firm import Firm


def alert(minute: int, message: str, job: str = "plan") -> Alert:
    return Alert(f"2026-11-05T08:{minute:02}:00+00:00", job, f"run-{minute}", message)


def causes(home: Path) -> list[tuple[str, int, str]]:
    return [(cause.last.message, cause.count, cause.last.at[11:16]) for cause in open_alerts(home).causes]


def test_the_same_cause_is_told_once_with_its_count_and_its_last_time(tmp_path: Path):
    for minute, message in enumerate(("No token", "Closed", "No token", "No token")):
        record_alert(tmp_path, alert(minute, message, "run" if minute == 3 else "plan"))
    assert causes(tmp_path) == [("Closed", 1, "08:01"), ("No token", 3, "08:03")]
    assert open_alerts(tmp_path).causes[-1].jobs == ("plan", "run")


def test_what_somebody_has_seen_is_gone_and_what_came_meanwhile_stays(tmp_path: Path):
    record_alert(tmp_path, alert(1, "No token"))
    seen = open_alerts(tmp_path)
    record_alert(tmp_path, alert(2, "Closed"))
    acknowledge_alerts(tmp_path, seen, at="2026-11-05T09:00:00+00:00", by="Bea")
    assert causes(tmp_path) == [("Closed", 1, "08:02")]
    record_alert(tmp_path, alert(3, "No token"))
    assert causes(tmp_path) == [("Closed", 1, "08:02"), ("No token", 1, "08:03")]
    acknowledge_alerts(tmp_path, open_alerts(tmp_path), at="2026-11-05T09:01:00+00:00", by="Bea")
    assert causes(tmp_path) == []
    assert len((tmp_path / "alerts.jsonl").read_text().splitlines()) == 5, "nothing is taken out of the file"


@pytest.mark.parametrize(
    "line", ["", "{", "[]", "null", '{"at": 1}', '{"acknowledged_by": "Bea", "lines": "x"}', "\x00"]
)
def test_a_line_that_is_no_alert_hides_no_other(tmp_path: Path, line: str):
    record_alert(tmp_path, alert(1, "No token"))
    with (tmp_path / "alerts.jsonl").open("a") as file:
        file.write(f"{line}\n")
    record_alert(tmp_path, alert(2, "Closed"))
    assert causes(tmp_path) == [("No token", 1, "08:01"), ("Closed", 1, "08:02")]


def test_status_shows_each_cause_until_it_is_acknowledged(firm: Firm):
    assert firm.type("status").code == 0
    for minute in (1, 2, 3):
        record_alert(firm.home, alert(minute, "Harvest [/b] \x1b[2Jdid not answer."))
    out = firm.type("status").out
    assert "alert 2026-11-05T08:03:00+00:00 plan, 3 times: Harvest [/b] ␛[2Jdid not answer." in out
    assert "`harvest-qb status --ack`" in out
    (told,) = jsontext.loads(firm.type("status", "--json").out)["alerts"]
    assert (told["count"], told["run_id"], told["job"]) == (3, "run-3", "plan")
    assert "3 times" in firm.type("status", "--ack", "--by", "Bea").out
    assert "alert" not in firm.type("status").out
    assert '"acknowledged_by": "Bea"' in (firm.home / "alerts.jsonl").read_text()
