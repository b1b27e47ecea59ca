"""What a terminal of any width, a pipe and NO_COLOR make of a listing."""

import io
import re
from contextlib import redirect_stdout

import pytest

from harvest_qb_pipeline.cli import output
from harvest_qb_pipeline.cli.main import _write_any_letter

KEY = "invoice/client-5735776/2026-10@1a2b3c4d"
ROWS = [
    ("Acme [uk] Ltd, Oct 2026", "held", "$1,234,567.50", KEY),
    ("A client whose name is long enough to be wrapped, Oct 2026", "posted !", "$7.25", "customer/client-12"),
]
COLUMNS = ("Bill", "State", "Amount", "Document")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


def plain(text: str) -> list[str]:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 132, 200])
def test_no_key_amount_or_word_is_broken_however_narrow(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, width: int
):
    monkeypatch.setenv("COLUMNS", str(width))
    sentence = f"a sentence that names {KEY} and `harvest-qb show {KEY}`, and goes on after that."
    with redirect_stdout(terminal):
        output.print_table("Plan", COLUMNS, ROWS, right=("Amount",))
        output.remark("Acme [uk] Ltd", sentence)
    lines = plain(terminal.getvalue())
    said = {word.strip("`,") for line in lines for word in line.split()}
    assert {KEY, "customer/client-12", "$1,234,567.50", "$7.25", "Acme", "[uk]"} <= said
    longest = max(len(KEY) + 8, width)
    assert all(len(line) <= longest for line in lines), max(lines, key=len)


def test_a_pipe_gets_each_row_and_each_sentence_on_one_line(capsys: pytest.CaptureFixture[str]):
    output.print_table("Plan", COLUMNS, ROWS, right=("Amount",))
    output.remark("Acme", "word " * 100)
    lines = capsys.readouterr().out.splitlines()
    assert sum(KEY in line and "held" in line for line in lines) == 1
    assert sum("long enough to be wrapped, Oct 2026" in line for line in lines) == 1
    assert lines[-1].count("word") == 100
    assert not any("\x1b" in line or line != line.rstrip() for line in lines[:-1])


@pytest.mark.parametrize("width", ["60", "132"])
def test_states_have_colours_on_a_terminal_unless_nobody_wants_them(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, width: str
):
    monkeypatch.setenv("COLUMNS", width)
    with redirect_stdout(terminal):
        output.print_table("Plan", COLUMNS, [*ROWS, ("held", "planned", "", "posted")])
    assert re.search(r"\x1b\[33m[^\x1b]*held", terminal.getvalue())
    assert re.search(r"\x1b\[32m[^\x1b]*posted !", terminal.getvalue())
    coloured = re.findall(r"\x1b\[3\dm", terminal.getvalue())
    assert len(coloured) == 3, "only states, whatever other cells are called"
    monkeypatch.setenv("NO_COLOR", "1")
    with redirect_stdout(Terminal()) as uncoloured:
        output.print_table("Plan", COLUMNS, ROWS)
    assert KEY in uncoloured.getvalue()
    assert not re.search(r"\x1b\[3\dm", uncoloured.getvalue())


def test_a_letter_that_the_character_set_lacks_is_written_out():
    raw = io.BytesIO()
    with redirect_stdout(io.TextIOWrapper(raw, encoding="latin-1")) as stream:
        _write_any_letter()
        output.say("Café ␛")
        stream.flush()
    assert raw.getvalue() == b"Caf\xe9 \\u241b\n"
