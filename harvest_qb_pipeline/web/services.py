"""What `dagster dev` starts, with the guard in front of its pages: `python -m harvest_qb_pipeline.web.services`.

Belongs here: one code server for all, the daemon, and the pages, begun and ended together. Must not be here: the pages
(`server`), or what is done before and around them (the command `dev`).
"""

import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click
import yaml
from dagster import DagsterInstance
from dagster._cli.proxy_server_manager import ProxyServerManager
from dagster._core.workspace.load_target import WorkspaceFileTarget

from harvest_qb_pipeline.settings import keep_private
from harvest_qb_pipeline.web.server import serve_pages

_LONGEST_END_SECONDS = 50
"""Dagster gives its own processes 45."""


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--workspace", type=click.Path(path_type=Path, exists=True), required=True)
def main(port: int, workspace: Path) -> None:
    """Serve the instance of DAGSTER_HOME until a signal; 1 when a part of it ended by itself."""
    keep_private()
    os.environ["DAGSTER_IS_DEV_CLI"] = "1"
    logging.getLogger("dagster").setLevel(logging.WARNING)
    ended = threading.Event()
    with DagsterInstance.get() as instance, _code_servers(instance, workspace) as shared, _daemon(shared, ended):
        serve_pages(instance, shared, port, ended)
    if ended.is_set():
        click.echo("Dagster's daemon ended by itself, so all of it was ended. It says why above.", err=True)
        sys.exit(1)


@contextmanager
def _code_servers(instance: DagsterInstance, workspace: Path) -> Generator[Path]:
    """Load the code once for daemon and pages; the workspace file by which both find it, in a folder of ours alone."""
    with (
        ProxyServerManager(instance, WorkspaceFileTarget([str(workspace)]), "WARNING") as servers,
        tempfile.TemporaryDirectory() as folder,
    ):
        shared = Path(folder) / "workspace.yaml"
        shared.write_text(yaml.safe_dump({"load_from": servers.get_code_server_specs()}), encoding="utf-8")
        yield shared


@contextmanager
def _daemon(workspace: Path, ended: threading.Event) -> Generator[None]:
    """Schedules, sensors and queued runs; `ended` is set when it ends before it is asked to."""
    command = [sys.executable, "-m", "dagster._daemon", "run", "--workspace", str(workspace)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:  # noqa: S603
        asked = threading.Event()
        threading.Thread(target=_watch, args=(process, asked, ended), daemon=True).start()
        try:
            yield
        finally:
            asked.set()
            process.terminate()
            try:
                process.wait(_LONGEST_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _watch(process: "subprocess.Popen[bytes]", asked: threading.Event, ended: threading.Event) -> None:
    process.wait()
    if not asked.is_set():
        ended.set()


if __name__ == "__main__":
    main()
