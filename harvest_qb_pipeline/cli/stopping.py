"""Ctrl-C while something is at work: said at once, ended at a safe place, and told what it leaves behind.

Belongs here: hearing the interrupt, whoever handles it (Dagster replaces handlers as it goes), and the words. Must not
be here: how work ends when it is interrupted (`posting/push.py` finishes the documents that are on their way).
"""

import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress

from harvest_qb_pipeline.cli.opening import home_ledger
from harvest_qb_pipeline.cli.output import note
from harvest_qb_pipeline.ledger import reading

STOPPED = 130
"""As shells say it of a program that SIGINT ended: 128 + 2."""


@contextmanager
def stoppable(ending: str, left_behind: Callable[[], str]) -> Generator[None]:
    """Within, the first Ctrl-C is answered with `ending`, and ends in `KeyboardInterrupt` with what `left_behind` says.

    A second one leaves at once, with the same words.
    """
    with _heard(ending, left_behind):
        try:
            yield
        except KeyboardInterrupt:
            raise KeyboardInterrupt(left_behind()) from None


def of_push() -> str:
    """What a push that was stopped leaves behind, from the ledger as it is now."""
    with home_ledger() as ledger:
        found = [*reading.postings(ledger, state="sending"), *reading.postings(ledger, state="uncertain")]
        waiting = len(reading.postings(ledger, state="approved"))
    rest = f" {waiting} approved postings were not sent; `harvest-qb push` sends them." if waiting else ""
    if not found:
        return f"Stopped. Of everything that was sent it is known that it arrived.{rest}"
    named = _named([posting.key for posting in found])
    return f"Stopped. {named}: the next `harvest-qb push` looks before it sends.{rest}"


def of_reading() -> str:
    """What a sync or a plan that was stopped leaves behind."""
    return "Stopped. Nothing was sent, and what was landed and planned before stays: run the same command again."


def _named(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - 5} more" if len(keys) > 5 else ""
    return f"{', '.join(keys[:5])}{more} may have arrived"


@contextmanager
def _heard(ending: str, left_behind: Callable[[], str]) -> Generator[None]:
    """Every signal that reaches this process is heard, by a thread that needs no handler."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard, written = os.pipe()
    os.set_blocking(written, False)
    before = signal.set_wakeup_fd(written, warn_on_full_buffer=False)
    listener = threading.Thread(target=_listen, args=(heard, ending, left_behind), daemon=True)
    listener.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(written)
        listener.join()
        os.close(heard)


def _listen(heard: int, ending: str, left_behind: Callable[[], str]) -> None:
    stops = 0
    while got := os.read(heard, 64):
        for _ in range(got.count(signal.SIGINT)):
            stops += 1
            with suppress(Exception):
                note(ending if stops == 1 else left_behind())
            if stops > 1:
                # The main thread waits for what is on its way, and Python would wait for it again at its end.
                os._exit(STOPPED)
