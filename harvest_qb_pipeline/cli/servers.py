"""Commands that start something: `sandbox`, `dev` and `demo`.

Only these commands (and tests) import the sandbox.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from harvest_qb_pipeline.cli.dagster_home import PROJECT, dagster_home
from harvest_qb_pipeline.cli.output import Failed
from harvest_qb_pipeline.cli.running import note, run_job
from harvest_qb_pipeline.settings import Settings, load_settings

SANDBOX_PORT = 8765
_PATIENCE_SECONDS = 15


@click.command()
@click.option("--port", default=SANDBOX_PORT, show_default=True, help="Port on 127.0.0.1.")
@click.option("--state", type=click.Path(path_type=Path), help="File that remembers the companies.")
def sandbox(port: int, state: Path | None) -> None:
    """Serve the local twin of Harvest and QuickBooks Online, with the `demo` company in it."""
    from harvest_qb_pipeline.sandbox.server import serve

    note(f"Sandbox on http://127.0.0.1:{port} (control API under /sandbox). Stop it with Ctrl-C.")
    try:
        serve(port, state)
    except OSError as error:
        raise Failed(f"Port {port} cannot be used: {error.strerror}. Choose another with --port.") from None


@click.command()
@click.option("--port", default=3000, show_default=True, help="Port of the Dagster UI on 127.0.0.1.")
def dev(port: int) -> None:
    """Serve the Dagster UI, on the sandbox unless real accounts are set. The first time, sync and plan once."""
    settings = load_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    with _sandbox_if_needed(settings):
        if not settings.warehouse_path.exists():
            note("First start: landing both systems and drawing up drafts ...")
            run_job("sync")
            run_job("plan")
            run_job("publish")
        note(f"Dagster UI on http://127.0.0.1:{port} (history and schedules are kept in {settings.home / 'dagster'})")
        command = [sys.executable, "-m", "dagster", "dev", "-w", str(PROJECT / "workspace.yaml"), "-p", str(port)]
        environment = {**os.environ, "DAGSTER_HOME": str(dagster_home(settings))}
        try:
            code = subprocess.run(command, env=environment, cwd=Path.cwd(), check=False).returncode  # noqa: S603
        except KeyboardInterrupt:
            code = 0
    if code not in (0, -2, 130):
        raise Failed(f"Dagster stopped with code {code}.")


@click.command()
def demo() -> None:
    """Bill a month on the sandbox, from first sync to invoices in both systems, and try to bill it twice."""
    from harvest_qb_pipeline.cli.demo import run_demo

    run_demo()


@contextmanager
def _sandbox_if_needed(settings: Settings) -> Generator[None]:
    """A sandbox for as long as the UI runs, where no real accounts are set and none answers already."""
    if not settings.is_sandbox or _answers(SANDBOX_PORT):
        yield
        return
    state = settings.home / "sandbox.json"
    command = [sys.executable, "-m", "harvest_qb_pipeline.cli", "sandbox", "--state", str(state)]
    with subprocess.Popen(command) as process:  # noqa: S603
        try:
            _wait_for(SANDBOX_PORT, process)
            yield
        finally:
            process.terminate()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > give_up_at:
            raise Failed(f"The sandbox did not start on port {port}; is something else using it?")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


COMMANDS = (sandbox, dev, demo)
