"""What a benchmark says of itself: a line is missed when its ratio is on the wrong side of its aim, and only then."""

import pytest

from benchmarks.__main__ import main
from benchmarks.results import Line, count


@pytest.mark.parametrize(
    ("line", "is_missed"),
    [
        (Line("a", "2 s", "1 s", ratio=2.0, aim=2.0), False),
        (Line("a", "2.1 s", "1 s", ratio=2.1, aim=2.0), True),
        (Line("a", "1 s", "30 s", ratio=30.0, aim=30.0, is_least=True), False),
        (Line("a", "1 s", "29 s", ratio=29.0, aim=30.0, is_least=True), True),
        (Line("a", "9 s", "1 s", ratio=9.0), False),
        (Line("a", "9 s"), False),
        (count("tables", 0, 0, aim=0), False),
        (count("tables", 1, 0, aim=0), True),
    ],
)
def test_a_line_is_missed_beyond_its_aim(line: Line, is_missed: bool):
    assert line.is_missed is is_missed
    assert line.cells[-1] == ("" if line.aim is None else "missed" if is_missed else "met")


def test_a_line_reads_as_a_sentence():
    line = Line("landing", "3.10 s", "4.00 s", 0.775, aim=1.0)
    assert str(line) == "landing: 3.10 s, against 4.00 s: 0.78 (aim ≤ 1: met)"
    assert str(Line("plan", "3 s")) == "plan: 3 s"
    assert str(count("tables", 1, aim=0)) == "tables: 1 (aim ≤ 0: missed)"
    least = Line("dlt / ours", "1 s", "20 s", 20.0, aim=30.0, is_least=True)
    assert str(least) == "dlt / ours: 1 s, against 20 s: 20.00 (aim ≥ 30: missed)"


def test_a_section_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as refused:
        main(["--only", "landing,flying"])
    assert refused.value.code == 2
    assert "there is no flying; known are landing," in capsys.readouterr().err
