"""`python -m benchmarks [--entries 200000] [--parties 20000]`: each aim of speed and memory, against its floor.

Prints a table; exit code 1 when an aim is missed. Rate limits are off: what is measured is us, not the limit.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.measuring import Measured, company, fastest, measure, sandbox
from benchmarks.pushing import push_bills
from harvest_qb_pipeline.harvest.client import GENERAL_ALLOWANCE

TODAY = "2026-11-05"
SHARED_PATHS = ("/users/me", "/bearer")
"""Calls that belong to no stream: whose token it is, and QuickBooks' token."""

LOOKED_UP_ONCE = 2
"""Requests to each system that serve all bills of a push, and so are no bill's: look-ups, and when books closed."""

NOTES = """\
Landing's floor: the same pages to disk with as many requests at once, one read_json into one table, a checkpoint.
Drafts' floor: one aggregation of the same landed entries to client, project, task, month and rate. Ours also types
every column, and writes each entry's verdict, its share of each line's cents, and every reason to wait.
Matching's floor: rapidfuzz over the names of all pairs, nothing else; where it says so only some rows of it, scaled up.
Memory: the peak of a process of its own, compared with that at a quarter of the entries."""


@dataclass(frozen=True)
class Line:
    """One line of the table; without an `aim` it is only for information."""

    what: str
    ours: str
    floor: str
    ratio: float
    aim: float | None = None

    @property
    def is_missed(self) -> bool:
        return self.aim is not None and self.ratio > self.aim


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--entries", type=int, default=200_000, help="time entries of the larger company")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the fastest counts")
    parser.add_argument("--parties", type=int, default=20_000, help="clients, and as many customers, to match")
    parser.add_argument("--bills", type=int, nargs="*", default=[8, 200], help="pushes of so many bills; none: no push")
    asked = parser.parse_args()
    small = asked.entries // 4
    console = Console()
    began = time.monotonic()
    wishes = {"size": "large", "today": TODAY, "seed": 1, "months": 24, "old_invoices": False}
    with sandbox() as url, TemporaryDirectory() as large_home, TemporaryDirectory() as small_home:
        with console.status("Making two companies ..."):
            large_env = company(url, entries=asked.entries, **wishes)
            small_env = company(url, entries=small, **wishes)
        console.print(f"Companies of about {asked.entries:,} and {small:,} time entries; fastest of {asked.rounds}.")
        with console.status("Landing ..."):
            lines = landing_lines(large_env, small_env, asked.rounds)
        with console.status("Syncing again ..."):
            lines += unchanged_lines(small_env)
        with console.status("Making drafts ..."):
            for home, env in ((large_home, large_env), (small_home, small_env)):
                measure("prepare_drafts", env=env, folder=home, policy=str(_policy(Path(home))))
            lines += draft_lines(large_home, small_home, asked.rounds)
        with console.status("Matching names ..."):
            lines += matching_lines(asked.parties, asked.rounds)
    with console.status("Pushing bills ..."):
        lines += push_lines(asked.bills)
    console.print(_table(lines))
    console.print(NOTES, highlight=False)
    console.print(f"Took {time.monotonic() - began:.0f} s.", highlight=False)
    missed = [line.what for line in lines if line.is_missed]
    console.print(f"Missed: {', '.join(missed)}." if missed else "Every aim is met.")
    return 1 if missed else 0


def landing_lines(large_env: dict[str, str], small_env: dict[str, str], rounds: int) -> list[Line]:
    """Landing against the floor, and its memory at a quarter of the entries."""
    measure("floor_landing", env=large_env)  # the sandbox makes each page once; whoever comes second would gain
    measure("floor_landing", env=small_env)
    floor, ours = fastest(
        partial(measure, "floor_landing", env=large_env), partial(measure, "landing", env=large_env), rounds=rounds
    )
    less = measure("landing", env=small_env)
    fetch: float = floor.said["fetch_seconds"]
    rows = f"{ours.said['rows']:,} entries"
    if ours.said["rows"] != floor.said["rows"]:
        raise RuntimeError(
            f"landing has {ours.said['rows']} rows and the floor {floor.said['rows']}: not the same work"
        )
    return [
        _speed(f"landing {rows}", ours, floor, aim=1.0),
        Line(
            "landing, beyond the floor's fetch",
            f"{ours.seconds - fetch:.2f} s",
            f"{floor.seconds - fetch:.2f} s",
            (ours.seconds - fetch) / (floor.seconds - fetch),
        ),
        _memory("landing, memory", ours, less, aim=1.3),
        _compared("landing, memory against the floor's", ours, floor),
    ]


def unchanged_lines(env: dict[str, str]) -> list[Line]:
    """Requests of a sync that finds nothing new."""
    done = measure("unchanged_sync", env=env)
    calls = {path: n for path, n in done.said["calls"].items() if not path.endswith(SHARED_PATHS)}
    streams = len(done.said["requests"])
    most = max(done.said["requests"])
    total = sum(calls.values())
    worked: float = done.said["processor_seconds"]
    built: int = done.said["tables_built"]
    return [
        Line("no-change sync, most requests of a stream", f"{most}", "1", float(most), aim=1.0),
        Line(f"no-change sync of {streams} streams, requests", f"{total}", f"{streams}", total / streams, aim=1.0),
        Line("no-change sync, tables built", f"{built}", "0", float(built), aim=0.0),
        Line("no-change sync, processor seconds", f"{worked:.2f} s", "", worked, aim=2.0),
        Line("no-change sync, seconds", f"{done.seconds:.2f} s", "", 0.0),
    ]


def push_lines(counts: Sequence[int]) -> list[Line]:
    """Requests for each bill, and the time of a push that Harvest's rate limit holds back against what it lets pass."""
    lines: list[Line] = []
    for bills in counts:
        done = push_bills(bills)
        for system, count, per_bill, constant in (
            ("Harvest", done.harvest, 7, 2),
            ("QuickBooks", done.quickbooks, 2, 2),
        ):
            # What is looked up once for all bills of a push is not a bill's.
            each = (count - constant) / bills
            lines.append(Line(f"push of {bills}, requests to {system} per bill", f"{each:.2f}", "", each, aim=per_bill))
        # A push that the allowance lets pass at once has no floor to be measured against.
        is_held_back = done.harvest > GENERAL_ALLOWANCE[0].requests
        lines.append(
            Line(
                f"push of {bills}",
                f"{done.seconds:.1f} s",
                f"{done.floor:.1f} s",
                done.seconds / done.floor,
                aim=1.1 if is_held_back else None,
            )
        )
    return lines


def draft_lines(large_home: str, small_home: str, rounds: int) -> list[Line]:
    """Drafts against bare aggregations of the same rows, and their memory at a quarter of the entries."""
    floor, ours, typed_floor, typed = fastest(
        *(
            partial(measure, piece, folder=large_home)
            for piece in ("floor_drafts", "drafts", "floor_of_typed_rows", "drafts_of_typed_rows")
        ),
        rounds=rounds,
    )
    less = measure("drafts", folder=small_home)
    made = f"{ours.said['drafts']:,} drafts, {ours.said['lines']:,} lines"
    return [
        _speed(f"drafts from landed entries ({made})", ours, floor, aim=3.0),
        _speed("of it beyond the typed table, against typed rows", typed, typed_floor, aim=None),
        _memory("drafts, memory", ours, less, aim=1.5),
    ]


def matching_lines(parties: int, rounds: int) -> list[Line]:
    """Who is who against comparing all pairs; how much is found; its memory at a quarter of the parties."""
    sample = max(1, parties // 200)
    floor, ratios, ours, known = fastest(
        partial(measure, "floor_matching", parties=parties, rows=sample, scorer="WRatio"),
        partial(measure, "floor_matching", parties=parties, rows=parties, scorer="ratio"),
        partial(measure, "matching", parties=parties),
        partial(measure, "matching", parties=parties, linked=0.95),
        rounds=rounds,
    )
    less = measure("matching", parties=parties // 4)
    links, right, seen, true = (ours.said[what] for what in ("links", "right", "seen", "open"))
    size = f"{parties:,} x {parties:,}"
    return [
        _speed(f"matching {size} (floor: WRatio of {sample} rows, scaled)", ours, floor, aim=0.02),
        _speed("matching, against one bare ratio of all pairs", ours, ratios, aim=None),
        _speed("matching with 95 % linked, against none linked", known, ours, aim=0.7),
        Line("matching, links made / that are right", f"{links:,}", f"{right:,}", links / right, aim=1.0),
        Line("matching, true pairs / linked or suggested", f"{true:,}", f"{seen:,}", true / seen, aim=1.02),
        Line(
            "matching, memory at four times the parties",
            f"{ours.peak_megabytes:.0f} MB",
            f"{less.peak_megabytes:.0f} MB",
            ours.peak_megabytes / less.peak_megabytes,
            aim=4.0,
        ),
    ]


def _speed(what: str, ours: Measured, floor: Measured, *, aim: float | None) -> Line:
    return Line(what, f"{ours.seconds:.2f} s", f"{floor.seconds:.2f} s", ours.seconds / floor.seconds, aim)


def _memory(what: str, ours: Measured, less: Measured, *, aim: float) -> Line:
    """Four times the entries should not take more memory."""
    return Line(
        f"{what} at four times the entries",
        f"{ours.peak_megabytes:.0f} MB",
        f"{less.peak_megabytes:.0f} MB",
        ours.peak_megabytes / less.peak_megabytes,
        aim,
    )


def _compared(what: str, ours: Measured, floor: Measured) -> Line:
    ratio = ours.peak_megabytes / floor.peak_megabytes
    return Line(what, f"{ours.peak_megabytes:.0f} MB", f"{floor.peak_megabytes:.0f} MB", ratio)


def _policy(folder: Path) -> Path:
    """A policy that bills everything there is."""
    path = folder / "policy.toml"
    path.write_text(
        'timezone = "America/New_York"\ncutover_on = 2020-01-01\nnative_copy = "off"\nauto_reminders = "off"\n'
        '[billing]\ncadence = "monthly"\nterms = "Net 30"\n[items]\ndefault = "Services"\n[tax]\nservices = "NON"\n'
    )
    return path


def _table(lines: list[Line]) -> Table:
    table = Table("", "ours", "floor", "ratio", "aim", "")
    for line in lines:
        ratio = f"{line.ratio:.2f}" if line.ratio else ""
        aim = "" if line.aim is None else f"≤ {line.aim:g}"
        table.add_row(
            line.what, line.ours, line.floor, ratio, aim, "" if line.aim is None else "✗" if line.is_missed else "✓"
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
