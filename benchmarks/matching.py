"""Who is who: against comparing all pairs of names, how much of it is found, and memory at a quarter of the parties.

Belongs here: these lines and the pieces behind them. Must not be here: making the parties up (`companies`).
"""

from collections.abc import Iterator
from functools import partial

from rapidfuzz import fuzz, process, utils

from benchmarks.companies import companies
from benchmarks.measuring import Result, fastest, measure, timed
from benchmarks.results import Line, memory, speed
from benchmarks.stage import Stage
from harvest_qb_pipeline.contacts.matching import match


def lines(stage: Stage) -> Iterator[Line]:
    """Speed, with nothing and with almost everything linked; what is found, and what of it is right; memory."""
    parties = stage.sizes.parties
    sample = max(1, parties // 200)
    floor, ratios, ours, known = fastest(
        partial(measure, all_pairs, parties=parties, rows=sample, scorer="WRatio"),
        partial(measure, all_pairs, parties=parties, rows=parties, scorer="ratio"),
        partial(measure, matching, parties=parties),
        partial(measure, matching, parties=parties, linked=0.95),
        rounds=stage.sizes.rounds,
    )
    links, right, seen, true = (ours.said[what] for what in ("links", "right", "seen", "open"))
    size = f"{parties:,} x {parties:,}"
    yield speed(f"matching {size} (floor: WRatio of {sample} rows, scaled)", ours, floor, aim=0.02)
    yield speed("matching, against one bare ratio of all pairs", ours, ratios)
    yield speed("matching with 95 % linked, against none linked", known, ours, aim=0.7)
    yield Line("matching, links made / that are right", f"{links:,}", f"{right:,}", links / right, aim=1.0)
    yield Line("matching, true pairs / linked or suggested", f"{true:,}", f"{seen:,}", true / seen, aim=1.02)
    less = measure(matching, parties=parties // 4)
    yield speed("matching, time at four times the parties", ours, less, aim=9.0)
    yield memory("matching, memory at four times the parties", ours, less, aim=4.0)


def matching(parties: int, linked: float = 0.0) -> Result:
    """Ours: as many clients as customers, of which a share may be linked already. Says what was found."""
    left, right, truth = companies(parties)
    known = sorted(truth.items())[: int(len(truth) * linked)]
    with timed() as taken:
        found = match(left, right, linked=known)
    links = {(each.left_id, each.right_id) for each in found.matches}
    seen = links | {(each.left_id, each.right_id) for each in found.suggestions}
    open_pairs = set(truth.items()) - set(known)
    return taken["seconds"], {
        "links": len(links),
        "right": len(links & open_pairs),
        "seen": len(seen & open_pairs),
        "open": len(open_pairs),
    }


def all_pairs(parties: int, rows: int, scorer: str) -> Result:
    """The naive way: each client's name against every customer's; only the first `rows` clients, scaled to all."""
    left, right, _ = companies(parties)
    score = {"WRatio": fuzz.WRatio, "ratio": fuzz.ratio}[scorer]
    with timed() as taken:
        names = [utils.default_process(each.name) for each in left]
        others = [utils.default_process(each.name) for each in right]
    with timed() as compared:
        for first in range(0, rows, 500):
            process.cdist(names[first : min(first + 500, rows)], others, scorer=score, score_cutoff=80, workers=1)
    return taken["seconds"] + compared["seconds"] * parties / rows, {"rows": rows}
