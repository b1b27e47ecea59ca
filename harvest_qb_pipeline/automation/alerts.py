"""Telling a person: every failed run leaves one line in `alerts.jsonl` in the home, which `status` shows until somebody
has seen it.

Belongs here: what an alert says, which are open, and which have the same cause. Must not be here: secrets, payloads,
tracebacks (those are in the run's own log).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Alert:
    """One thing a person should look at."""

    at: str
    job: str
    run_id: str
    message: str


@dataclass(frozen=True)
class AlertCause:
    """Alerts that say the same, of whatever runs: how many, and the last of them."""

    last: Alert
    count: int
    jobs: tuple[str, ...]


@dataclass(frozen=True)
class OpenAlerts:
    """The alerts that nobody has acknowledged, oldest first; `seen` is how many lines the file had then."""

    alerts: tuple[Alert, ...]
    seen: int

    @property
    def causes(self) -> list[AlertCause]:
        """Each cause once, the one that was met last comes last."""
        together: dict[str, list[Alert]] = {}
        for alert in self.alerts:
            together.setdefault(alert.message, []).append(alert)
        found = [
            AlertCause(alerts[-1], len(alerts), tuple(dict.fromkeys(alert.job for alert in alerts)))
            for alerts in together.values()
        ]
        return sorted(found, key=lambda cause: cause.last.at)


def record_alert(home: Path, alert: Alert) -> None:
    """Append one alert; the file is made on first use."""
    _append(home, asdict(alert))


def alerts_of_run(home: Path, run_id: str) -> list[Alert]:
    """What was left of this run already, seen or not."""
    return [alert for alert in _alerts(_values(home)) if alert.run_id == run_id]


def open_alerts(home: Path) -> OpenAlerts:
    """The alerts since somebody acknowledged those they saw; a line that is none is left out (`damage` tells)."""
    values = _values(home)
    acknowledged = max((_acknowledged(value) for value in values), default=0)
    return OpenAlerts(tuple(_alerts(values[acknowledged:])), len(values))


def damage(home: Path) -> str | None:
    """That lines of the file cannot be read, as a sentence with its remedy; None where all can."""
    damaged = sum(not value for value in _values(home))
    if not damaged:
        return None
    return f"{_file(home)} is damaged: {damaged} of its lines are no alerts. Restore it from a backup, or move it away."


def acknowledge_alerts(home: Path, seen: OpenAlerts, *, at: str, by: str) -> None:
    """Those that were seen are not shown again, and stay in the file; one that came meanwhile stays open."""
    _append(home, {"at": at, "acknowledged_by": by, "lines": seen.seen})


def _alerts(values: Sequence[dict[str, Any]]) -> Iterable[Alert]:
    names = tuple(Alert.__dataclass_fields__)
    return (Alert(*(str(value[name]) for name in names)) for value in values if all(name in value for name in names))


def _acknowledged(value: dict[str, Any]) -> int:
    """How many lines of the file somebody had seen who wrote this one."""
    lines = value.get("lines")
    return lines if "acknowledged_by" in value and isinstance(lines, int) else 0


def _values(home: Path) -> list[dict[str, Any]]:
    """What each line of the file says; nothing for one that is damaged."""
    path = _file(home)
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return [_value(line) for line in text.split("\n") if line]


def _value(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _append(home: Path, value: dict[str, Any]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    with _file(home).open("a", encoding="utf-8") as file:
        file.write(json.dumps(value, ensure_ascii=False) + "\n")


def _file(home: Path) -> Path:
    return home / "alerts.jsonl"
