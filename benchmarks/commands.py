"""Commands that only read: how long a person waits for a listing of a home that is full; and for the sandbox to start.

Belongs here: running them. Must not be here: commands that run a job (`following`).
"""

import json
from collections.abc import Iterator
from statistics import median

from benchmarks.measuring import Result, measure, timed
from benchmarks.results import Line
from benchmarks.stage import Home, Stage
from harvest_qb_pipeline.sandbox.testing import RunningSandbox

TIMES = 5


def lines(stage: Stage) -> Iterator[Line]:
    """The median of several runs of each, in processes of their own: in an agency's home, then in a large firm's.

    A large firm's listings take what it takes to lay out so many lines, which has no aim.
    """
    yield from _lines(stage.agency_home, aim=0.4)
    yield from _lines(stage.firm_home, aim=None)
    started = measure(sandbox_starts).seconds
    yield Line("sandbox, seconds until it answers", f"{started:.2f} s", "", started, aim=1.0)


def _lines(home: Home, aim: float | None) -> Iterator[Line]:
    postings = json.loads(home.harvest_qb("postings", "--json").printed)
    # The one with most to tell.
    key = max(postings, key=lambda posting: (posting["kind"] == "invoice", float(posting["amount"] or 0)))["key"]
    for words in (("status",), ("postings",), ("links",), ("show", key)):
        runs = [home.harvest_qb(*words) for _ in range(TIMES)]
        worked, waited = median(run.processor_seconds for run in runs), median(run.seconds for run in runs)
        what = f"`{words[0]}` of {len(postings):,} postings, seconds of processor time"
        yield Line(what, f"{worked:.2f} s ({waited:.2f} s in all)", "", worked, aim=aim)


def sandbox_starts() -> Result:
    """Starting a sandbox that has no companies yet."""
    with timed() as taken, RunningSandbox():
        pass
    return taken["seconds"], {}
