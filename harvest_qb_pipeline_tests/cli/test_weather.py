"""Bad weather: a full disk, a home that cannot be written, a taken port, a reader that goes away: one sentence each."""

import contextlib
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from harvest_qb_pipeline.cli import servers
from harvest_qb_pipeline.cli.weather import weather_in, weather_of
from harvest_qb_pipeline.ledger import events
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline_tests.ledger.books import Books, bill
from harvest_qb_pipeline_tests.stories.firm import Firm, Typed

HOME = Path("/tmp")
NOBODY = 65534


def is_one_sentence(typed: Typed, code: int, said: str) -> None:
    """Nothing but a line on standard error, and the exit code."""
    assert typed.code == code, typed.err
    assert typed.out == ""
    assert said in typed.err
    assert len(typed.err.splitlines()) == 1
    assert "Traceback" not in typed.err
    assert "sqlalche" not in typed.err


@contextmanager
def every_ledger(pragma: str) -> Iterator[None]:
    """SQLite behaves so on each connection that is made within: these are its own refusals, not ours."""

    def set_pragma(connection: sqlite3.Connection, _entry: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(Engine, "connect", set_pragma)
    try:
        yield
    finally:
        event.remove(Engine, "connect", set_pragma)


@contextmanager
def no_file_larger_than(file: Path) -> Iterator[None]:
    """The system refuses to write beyond what this file has now, as it does where a quota is used up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (min(32_768, file.stat().st_size), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def books(firm: Firm) -> Books:
    assert firm.type("postings").code == 0
    books = Books(firm.home / "ledger.sqlite")
    books.plan(bill(1, [1]))
    return books


KEY = "invoice/client-1/2026-10"
WRITING = [
    ("approve", KEY, "--by", "Bea"),
    ("cancel", KEY, "--reason", "Wrong"),
    ("adjust", KEY, "--amount=-7", "--reason", "Goodwill"),
    ("bill", "7", "--to", "2026-10-31"),
]


@pytest.mark.parametrize("words", WRITING[:3])
def test_a_full_disk_stops_a_decision_and_loses_nothing(firm: Firm, books: Books, words: tuple[str, ...]):
    before = books.states()
    books.ledger.close()
    with no_file_larger_than(firm.home / "ledger.sqlite"):
        is_one_sentence(firm.type(*words), 1, "Nothing is lost: run the same command again then.")
    assert books.states() == before
    assert books.holds() == []
    assert firm.type(*words).code == 0


@pytest.mark.parametrize("words", WRITING)
def test_a_ledger_that_may_only_be_read_says_so(firm: Firm, books: Books, words: tuple[str, ...]):
    books.ledger.close()
    with every_ledger("query_only = ON"):
        typed = firm.type(*words)
    is_one_sentence(typed, 2, "readonly database")
    assert books.state(KEY) == "planned"


@pytest.mark.parametrize("words", [("status",), ("postings",), ("show", KEY), ("links",), ("sync",), ("push",)])
def test_a_home_that_is_a_file_or_cannot_be_made_is_wrong_configuration(
    firm: Firm, tmp_path: Path, words: tuple[str, ...]
):
    (tmp_path / "file").write_text("x")
    policy = firm.home / "policy.toml"
    firm.variables["HARVEST_QB_POLICY"] = str(policy)
    for home in (tmp_path / "file", tmp_path / "file" / "books"):
        firm.variables["HARVEST_QB_HOME"] = str(home)
        is_one_sentence(firm.type(*words), 2, f"The home {home} cannot be made, since {tmp_path / 'file'} is a file.")


@pytest.fixture
def home_of_another() -> Iterator[Path]:
    """A home with a ledger in it that whoever runs the command may read, and not write."""
    home = Path(tempfile.mkdtemp())
    home.chmod(0o755)
    yield home
    home.chmod(0o755)
    shutil.rmtree(home)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write everywhere, so it becomes somebody else for a while; whoever is no root stays who they are."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("words", [("status",), ("postings",), ("approve", KEY)])
def test_a_home_of_somebody_else_is_named_with_its_owner(
    firm: Firm, books: Books, home_of_another: Path, words: tuple[str, ...]
):
    books.ledger.close()
    shutil.copy(firm.home / "ledger.sqlite", home_of_another)
    (home_of_another / "ledger.sqlite").chmod(0o444)
    home_of_another.chmod(0o555)
    firm.variables["HARVEST_QB_HOME"] = str(home_of_another)
    with as_nobody():
        typed = firm.type(*words)
    is_one_sentence(typed, 2, f"The home {home_of_another} ")
    said = f"belongs to {home_of_another.owner()}" if os.geteuid() == 0 else "is read-only"
    assert said in typed.err
    assert "HARVEST_QB_HOME" in typed.err


def test_a_push_whose_ledger_cannot_be_written_any_more_is_taken_up_by_the_next(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
):
    """The disk is full once the twin has been sent: what the ledger does not know by then is looked up."""
    client = firm.client("Fern Ltd")
    firm.log(firm.project(client, "Shop"), "2026-10-05", "3.5")
    firm.draw_up()
    key = f"invoice/client-{client}/2026-10"
    firm.approve(key)
    transaction = Ledger.transaction

    def on_full_disk(ledger: Ledger) -> "contextlib.AbstractContextManager[object]":
        if firm.harvest("invoices"):
            raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
        return transaction(ledger)

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "transaction", on_full_disk)
        typed = firm.type("push")
    assert typed.code == 1
    assert f"The disk of {firm.home} is full." in typed.err
    assert "Traceback" not in typed.err
    assert "sqlalche" not in typed.err
    assert [len(firm.harvest("invoices")), len(firm.quickbooks("Invoice"))] == [1, 0]
    # The next look at it comes when nobody has it any more; until then nothing is sent a second time.
    assert firm.states() == {f"{kind}/client-{client}/2026-10": state for kind, state in LEFT.items()}
    firm.push()
    assert [len(firm.harvest("invoices")), len(firm.quickbooks("Invoice"))] == [1, 0]
    assert firm.ledger(events.verify_chain) == []


LEFT = {"twin": "sending", "invoice": "approved", "twin_open": "approved"}


def test_a_full_disk_keeps_the_spreadsheet_that_is_there(firm: Firm, monkeypatch: pytest.MonkeyPatch):
    from harvest_qb_pipeline.cli.links import _write

    file = firm.home / "who.csv"
    file.write_text("decided")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full)
        with pytest.raises(Exception, match="cannot be written: No space left on device"):
            _write(file, "new")
    assert file.read_text() == "decided"
    assert list(firm.home.glob(".who*")) == []


def full(*_: object, **__: object) -> int:
    raise OSError(28, "No space left on device")


def run(firm: Firm, *words: str, stdout: int) -> "subprocess.CompletedProcess[str]":
    """A command in a process of its own, whose standard output goes there."""
    command = [sys.executable, "-m", "harvest_qb_pipeline.cli", *words]
    with firm.at_work():
        return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=dict(os.environ))


@pytest.mark.parametrize("words", [("postings",), ("postings", "--json"), ("--help",)])
def test_a_reader_that_goes_away_ends_a_command_silently(firm: Firm, books: Books, words: tuple[str, ...]):
    read, written = os.pipe()
    os.close(read)
    done = run(firm, *words, stdout=written)
    os.close(written)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_output_on_a_full_disk_is_one_sentence(firm: Firm, books: Books):
    with Path("/dev/full").open("w") as disk:
        done = run(firm, "postings", stdout=disk.fileno())
    assert done.returncode == 1
    assert "is full" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize("command", ["sandbox", "dev"])
def test_a_taken_port_is_named_with_the_way_out(firm: Firm, taken: int, command: str):
    typed = firm.type(command, "--port", str(taken))
    assert typed.code == 1
    assert f"Port {taken} " in typed.err
    assert "Choose another with --port." in typed.err
    assert "Traceback" not in typed.err


def test_a_port_that_is_kept_without_an_answer_is_taken_too(firm: Firm):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        typed = firm.type("dev", "--port", str(other.getsockname()[1]))
    is_one_sentence(typed, 1, "cannot be used: Address already in use. Choose another with --port.")


@pytest.mark.parametrize("command", ["sandbox", "dev"])
def test_a_number_that_is_no_port_is_wrong_usage(firm: Firm, command: str):
    typed = firm.type(command, "--port", "70000")
    assert (typed.code, typed.out) == (2, "")
    assert "1<=x<=65535" in typed.err


def test_a_sandbox_whose_state_cannot_be_kept_names_the_file(firm: Firm, monkeypatch: pytest.MonkeyPatch):
    from harvest_qb_pipeline.sandbox import server

    def serve(port: int, state: Path) -> None:
        raise OSError(28, "No space left on device", str(state))

    monkeypatch.setattr(server, "serve", serve)
    typed = firm.type("sandbox", "--state", "companies.json")
    assert typed.code == 1
    assert "companies.json cannot be used: No space left on device. Name another with --state." in typed.err
    assert servers.SANDBOX_PORT


@pytest.mark.parametrize(
    ("name", "words", "said", "is_configuration"),
    [
        ("OSError", "[Errno 28] No space left on device: '/tmp/books/x'", "is full (at /tmp/books/x)", False),
        ("OSError", "[Errno 122] Disk quota exceeded", "is full", False),
        ("OperationalError", "(sqlite3.OperationalError) database or disk is full\n[SQL: INSERT]", "is full", False),
        ("OperationalError", "(sqlite3.OperationalError) disk I/O error", "a quota is used up, or it is broken", False),
        ("IOException", 'IO Error: Could not write file "/tmp/w": No space left on device', "is full", False),
        ("OperationalError", "(sqlite3.OperationalError) database is locked", "keeps /tmp/ledger.sqlite locked", False),
        ("Timeout", "The file lock '/tmp/l.lock' could not be acquired.", "locked", False),
        ("OSError", "[Errno 24] Too many open files", "ulimit -n", False),
        ("MemoryError", "", "not enough memory", False),
        ("OperationalError", "attempt to write a readonly database", "readonly", True),
        ("PermissionError", "[Errno 13] Permission denied: '/tmp/books/x'", "(at /tmp/books/x)", True),
    ],
)
def test_the_machine_is_told_by_its_words(name: str, words: str, said: str, is_configuration: bool):
    weather = weather_in(name, words, HOME)
    assert weather is not None
    assert said in weather.sentence
    assert weather.is_configuration is is_configuration


@pytest.mark.parametrize(
    ("name", "words"),
    [("Rejected", "Permission denied by QuickBooks"), ("ValueError", "disk is full"), ("OSError", "x")],
)
def test_what_is_not_of_the_machine_is_somebody_elses(name: str, words: str):
    assert weather_in(name, words, HOME) is None


def test_what_led_to_an_error_is_looked_at_too():
    def fails() -> None:
        try:
            full()
        except OSError as error:
            raise RuntimeError("The history could not be opened") from error

    with pytest.raises(RuntimeError) as raised:
        fails()
    weather = weather_of(raised.value, HOME)
    assert weather is not None
    assert "is full" in weather.sentence
