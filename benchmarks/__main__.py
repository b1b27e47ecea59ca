"""`python -m benchmarks`: each aim of speed and memory, against its floor or its peer in the same run.

Prints each line as soon as it is known, and a table at the end; exit code 1 when an aim is missed. Belongs here: what
is measured in which order. Must not be here: measuring (a module for each), or aims (beside what is measured).
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks import commands, drafts, following, landing, matching, peer, planning, pushing
from benchmarks.results import Line, table
from benchmarks.stage import Sizes, Stage, sandbox

SECTIONS: Mapping[str, Callable[[Stage], Iterator[Line]]] = {
    "landing": landing.lines,
    "peer": peer.lines,
    "memory": landing.memory_lines,
    "drafts": drafts.lines,
    "matching": matching.lines,
    # Listings before anything is changed there.
    "commands": commands.lines,
    "following": following.lines,
    "planning": planning.lines,
    "pushing": pushing.lines,
}

NOTES = """\
Landing's floor: the same pages to disk with as many requests at once, one read_json into one table, a checkpoint.
dlt's landing: its normaliser and its DuckDB destination, merged on the id; the same pages from disk for both.
Drafts' floor: one aggregation of the same landed entries to client, project, task, month and rate. Ours also types
every column, and writes each entry's verdict, its share of each line's cents, and every reason to wait.
Matching's floor: rapidfuzz over the names of all pairs, nothing else; where it says so only some rows of it, scaled up.
Plan's floor: a firm that has the same unbilled entries and no others, and one aggregation of all entries.
Rate limits are off, except in pushes and `harvest-qb`. Memory: the peak of a process of its own."""


def main(words: Sequence[str] | None = None) -> int:
    """The benchmark that the words ask for, all of it without any; its exit code."""
    asked = _asked(words)
    sizes = Sizes(asked.entries, asked.parties, tuple(asked.bills), asked.rounds)
    console = Console(highlight=False, soft_wrap=True)
    began = time.monotonic()
    found: list[Line] = []
    with TemporaryDirectory() as folder, sandbox() as url:
        stage = Stage(url, Path(folder), sizes)
        for name in asked.only:
            console.print(f"[bold]{name}[/bold] ({time.monotonic() - began:.0f} s)")
            for line in SECTIONS[name](stage):
                found.append(line)
                console.print(f"  {line}", markup=False)
    console.print(table(found))
    console.print(NOTES)
    console.print(f"Took {time.monotonic() - began:.0f} s.")
    missed = [line.what for line in found if line.is_missed]
    console.print(f"Missed: {'; '.join(missed)}." if missed else "Every aim is met.", markup=False)
    return 1 if missed else 0


def _asked(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "--entries", type=int, default=200_000, help="time entries; a large firm has 2.5 times, memory takes 10 times"
    )
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the fastest counts")
    parser.add_argument("--parties", type=int, default=20_000, help="clients, and as many customers, to match")
    parser.add_argument("--bills", type=_numbers, default=(8, 200), help="pushes of so many bills, as in 8,200")
    parser.add_argument("--only", type=_sections, default=tuple(SECTIONS), help=f"some of {','.join(SECTIONS)}")
    return parser.parse_args(words)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def _sections(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in SECTIONS]:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}; known are {', '.join(SECTIONS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
