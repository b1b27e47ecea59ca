"""Ctrl-C: said at once, what is on its way is finished, and what is left behind is told, with exit code 130."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from harvest_qb_pipeline.cli import operations, stopping
from harvest_qb_pipeline_tests.ledger.books import Books, bill
from harvest_qb_pipeline_tests.stories.firm import Firm


def press_ctrl_c(*_: object, **__: object) -> None:
    """As a terminal sends it, while the command works."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)


@pytest.fixture
def books(firm: Firm) -> Books:
    assert firm.type("postings").code == 0
    books = Books(firm.home / "ledger.sqlite")
    books.plan(bill(1, [1]), bill(2, [2]))
    return books


def test_a_push_that_is_stopped_names_what_may_have_arrived(firm: Firm, books: Books, monkeypatch: pytest.MonkeyPatch):
    books.approve("invoice/client-1/2026-10")
    books.approve("invoice/client-2/2026-10")
    books.begin("twin/client-1/2026-10")
    monkeypatch.setattr(operations, "run_job", press_ctrl_c)
    typed = firm.type("push")
    assert (typed.code, typed.out) == (130, "")
    first, last = [line for line in typed.err.splitlines() if line]
    assert first.startswith("Stopping: the documents that are on their way are finished first")
    assert last == (
        "Stopped. twin/client-1/2026-10 may have arrived: the next `harvest-qb push` looks before it sends. "
        "5 approved postings were not sent; `harvest-qb push` sends them."
    )


def test_a_push_that_is_stopped_when_all_is_known_says_so(firm: Firm, books: Books, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(operations, "run_job", press_ctrl_c)
    typed = firm.type("push")
    assert typed.code == 130
    assert typed.err.splitlines()[-1] == "Stopped. Of everything that was sent it is known that it arrived."


@pytest.mark.parametrize("words", [("sync",), ("sync", "--full"), ("plan",)])
def test_reading_that_is_stopped_has_sent_nothing(firm: Firm, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(operations, "run_job", press_ctrl_c)
    typed = firm.type(*words)
    assert (typed.code, typed.out) == (130, "")
    assert "Nothing was sent, and what was landed and planned before stays" in typed.err
    assert "Traceback" not in typed.err


def test_a_second_ctrl_c_leaves_at_once_with_the_same_words(monkeypatch: pytest.MonkeyPatch):
    left: list[object] = []
    said: list[str] = []
    monkeypatch.setattr(stopping.os, "_exit", left.append)
    monkeypatch.setattr(stopping, "note", said.append)
    with pytest.raises(KeyboardInterrupt, match="Two are open"):
        stop_twice(lambda: len(left))
    assert left == [130]
    assert said == ["Stopping", "Two are open"]


def stop_twice(count: Callable[[], int]) -> None:
    with stopping.stoppable("Stopping", lambda: "Two are open"):
        try:
            press_ctrl_c()
        except KeyboardInterrupt:
            with pytest.raises(KeyboardInterrupt):
                press_ctrl_c()
            while not count():
                time.sleep(0.01)
            raise


def test_ctrl_c_in_the_middle_of_a_push_finishes_the_document_and_exits_with_130(firm: Firm):
    """For real, in a process of its own: Harvest takes its time over a twin when it comes."""
    client = firm.client("Fern Ltd")
    firm.log(firm.project(client, "Shop"), "2026-10-05", "3.5")
    firm.draw_up()
    key = f"invoice/client-{client}/2026-10"
    firm.approve(key)
    firm.arm(method="POST", path="/invoices", kind="delay", seconds=2)
    command = [sys.executable, "-m", "harvest_qb_pipeline.cli", "push"]
    with firm.at_work():
        process = subprocess.Popen(
            command, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    while "sending" not in firm.states().values() and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), err
    assert "Stopping: the documents that are on their way" in err
    assert "Stopped. " in err
    assert "Traceback" not in err
    firm.push()
    assert firm.both(key) == (350, 350)
