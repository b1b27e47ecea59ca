"""Telling a person: every failed run leaves one line in `alerts.jsonl` in the home, which `status` shows.

Belongs here: what an alert says. Must not be here: secrets, payloads, tracebacks (those are in the run's own log).
"""

import json
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Alert:
    """One thing a person should look at."""

    at: str
    job: str
    run_id: str
    message: str


def record_alert(home: Path, alert: Alert) -> None:
    """Append one alert; the file is made on first use."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "alerts.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(alert), ensure_ascii=False) + "\n")


def alerts_of_run(home: Path, run_id: str) -> list[Alert]:
    """What was left of this run already."""
    path = home / "alerts.jsonl"
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return [Alert(**json.loads(line)) for line in file if run_id in line]


def recent_alerts(home: Path, count: int = 5) -> list[Alert]:
    """The last alerts, newest last."""
    path = home / "alerts.jsonl"
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return [Alert(**json.loads(line)) for line in deque(file, maxlen=count)]
