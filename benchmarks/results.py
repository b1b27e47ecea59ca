"""What a benchmark says: one line for each figure, with what it is held against and what is aimed at.

Belongs here: lines, whether they meet their aims, and printing them. Must not be here: measuring, or choosing an aim.
"""

from dataclasses import dataclass

from rich.table import Table

from benchmarks.measuring import Measured


@dataclass(frozen=True)
class Line:
    """One figure. `ratio` is what `aim` bounds: from above, or from below where more is better (`is_least`).

    Without an aim it is only for information.
    """

    what: str
    ours: str
    floor: str = ""
    ratio: float | None = None
    aim: float | None = None
    is_least: bool = False

    @property
    def is_missed(self) -> bool:
        if self.aim is None or self.ratio is None:
            return False
        return self.ratio < self.aim if self.is_least else self.ratio > self.aim

    @property
    def cells(self) -> tuple[str, ...]:
        """What it is, ours, the floor, the ratio, the aim, and whether that is met."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        if self.aim is None:
            return (self.what, self.ours, self.floor, ratio, "", "")
        aim = f"{'≥' if self.is_least else '≤'} {self.aim:g}"
        return (self.what, self.ours, self.floor, ratio, aim, "missed" if self.is_missed else "met")

    def __str__(self) -> str:
        what, ours, floor, ratio, aim, verdict = self.cells
        held = f", against {floor}" if floor else ""
        judged = f" (aim {aim}: {verdict})" if aim else ""
        # Where nothing is held against it, the ratio says the same again.
        return f"{what}: {ours}{held}{f': {ratio}' if ratio and floor else ''}{judged}"


def speed(what: str, ours: Measured, floor: Measured, *, aim: float | None = None) -> Line:
    """Seconds of both, and their ratio."""
    return Line(what, f"{ours.seconds:.2f} s", f"{floor.seconds:.2f} s", ours.seconds / floor.seconds, aim)


def memory(what: str, ours: Measured, less: Measured, *, aim: float | None = None) -> Line:
    """Peak memory of both, and their ratio."""
    ratio = ours.peak_megabytes / less.peak_megabytes
    return Line(what, f"{ours.peak_megabytes:.0f} MB", f"{less.peak_megabytes:.0f} MB", ratio, aim)


def count(what: str, number: float, floor: float | None = None, *, aim: float) -> Line:
    """A number that is itself what the aim bounds."""
    return Line(what, f"{number:g}", "" if floor is None else f"{floor:g}", number, aim)


def table(lines: list[Line]) -> Table:
    """All lines, as they stand at the end of a run."""
    shown = Table("", "ours", "floor", "ratio", "aim", "")
    for line in lines:
        shown.add_row(*line.cells)
    return shown
