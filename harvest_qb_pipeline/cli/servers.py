"""Commands that start something: `sandbox`, `dev` and `demo`.

Only these commands (and tests) import the sandbox.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType

import click

from harvest_qb_pipeline.cli.dagster_home import dagster_home
from harvest_qb_pipeline.cli.local_sandbox import SANDBOX_PORT, answers, refused
from harvest_qb_pipeline.cli.output import Failed, note
from harvest_qb_pipeline.cli.running import prepare, publish_after, run_job
from harvest_qb_pipeline.settings import ConfigurationError, Settings, load_settings

_PATIENCE_SECONDS = 15
_LONGEST_END_SECONDS = 60
"""Dagster gives its own processes 45 seconds; a run at work ends at a safe place, whatever that place is."""
_PORT = click.IntRange(1, 65535)


@click.command()
@click.option("--port", default=SANDBOX_PORT, type=_PORT, show_default=True, help="Port on 127.0.0.1.")
@click.option("--state", type=click.Path(path_type=Path), help="File that remembers the companies.")
def sandbox(port: int, state: Path | None) -> None:
    """Serve the local twin of Harvest and QuickBooks Online, with the `demo` company in it."""
    from harvest_qb_pipeline.sandbox.server import serve

    note(f"Sandbox on http://127.0.0.1:{port} (control API under /sandbox). Stop it with Ctrl-C.")
    try:
        serve(port, state)
    except OSError as error:
        what = error.filename or f"Port {port}"
        remedy = "Name another with --state." if error.filename else "Choose another with --port."
        raise Failed(f"{what} cannot be used: {error.strerror}. {remedy}") from None
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


@click.command()
@click.option("--port", default=3000, type=_PORT, show_default=True, help="Port of the Dagster UI on 127.0.0.1.")
def dev(port: int) -> None:
    """Serve the Dagster UI, on the sandbox unless real accounts are set. The first time, sync and plan once.

    A browser that opens the link which this prints may decide; any other only reads.
    """
    settings = load_settings()
    prepare(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    if answers(port):
        raise Failed(f"Port {port} is in use, perhaps by another `harvest-qb dev`. Choose another with --port.")
    if why := refused(port):
        raise Failed(f"Port {port} cannot be used: {why}. Choose another with --port.")
    for end in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, _end)
    with _sandbox_if_needed(settings):
        # The copy is made last: without it, a first start did not come to its end.
        if not settings.analytics_path.exists():
            note("First start: landing both systems and drawing up drafts ...")
            run_job("sync")
            publish_after(run_job("plan"))
        note(f"Dagster UI on http://127.0.0.1:{port}; history and schedules are kept in {settings.home / 'dagster'}")
        note("Stop it with Ctrl-C.")
        code = _serve_dagster(settings, port)
    if code:
        raise Failed(f"Dagster stopped with code {code}.")
    note("Stopped. The next start goes on from here.")


def _serve_dagster(settings: Settings, port: int) -> int:
    """Dagster's exit code; 0 when a person ended it."""
    home = dagster_home(settings)
    services = [sys.executable, "-m", "harvest_qb_pipeline.web.services"]
    command = [*services, "--workspace", str(home / "workspace.yaml"), "--port", str(port)]
    environment = {
        **os.environ,
        **settings.environment(),
        "DAGSTER_HOME": str(home),
    }
    # A session of its own, so that Ctrl-C reaches Dagster once, from here, and it can end its parts in order.
    # In its own folder: beside another `dagster.yaml` it would warn that it does not use that one, which we have read.
    with subprocess.Popen(command, env=environment, cwd=home, start_new_session=True) as process:  # noqa: S603
        try:
            return process.wait()
        except KeyboardInterrupt:
            note("Stopping ...")
            process.send_signal(signal.SIGINT)
            _wait_for_end(process)
            return 0


def _wait_for_end(process: "subprocess.Popen[bytes]") -> None:
    """Wait for a process that was asked to end; end it for good when it does not, or on a second Ctrl-C."""
    try:
        process.wait(_LONGEST_END_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise KeyboardInterrupt


@click.command()
def demo() -> None:
    """Bill a month on the sandbox, from first sync to invoices in both systems, and try to bill it twice."""
    from harvest_qb_pipeline.cli.demo import run_demo

    run_demo()


@contextmanager
def _sandbox_if_needed(settings: Settings) -> Generator[None]:
    """A sandbox for as long as the UI runs, where no real accounts are set and none answers already."""
    if not settings.is_sandbox:
        yield
        return
    if answers(SANDBOX_PORT):
        if not _is_sandbox(SANDBOX_PORT):
            raise Failed(f"Port {SANDBOX_PORT} is in use by something that is not our sandbox. End that first.")
        note(f"The sandbox that already runs on http://127.0.0.1:{SANDBOX_PORT} is used.")
        yield
        return
    state = settings.home / "sandbox.json"
    command = [sys.executable, "-m", "harvest_qb_pipeline.cli", "sandbox", "--state", str(state)]
    with subprocess.Popen(command, start_new_session=True) as process:  # noqa: S603
        try:
            _wait_for(SANDBOX_PORT, process)
            yield
        finally:
            process.terminate()
            _wait_for_end(process)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while not answers(port):
        if process.poll() is not None:
            raise Failed("The sandbox did not start; it says why above.")
        if time.monotonic() > give_up_at:
            raise Failed(f"The sandbox does not answer on port {port} after {_PATIENCE_SECONDS} seconds.")
        time.sleep(0.05)


def _is_sandbox(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/sandbox/companies")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
