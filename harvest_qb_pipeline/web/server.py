"""Dagster's web server with the guard in front of it, in one process: `python -m harvest_qb_pipeline.web.server`.

Belongs here: serving the pages of the instance of DAGSTER_HOME, on this machine only, and printing the link by which a
browser may decide. Must not be here: what is refused (the guard), or the other parts of `dev` (`services`).
"""

import contextlib
import threading
from collections.abc import AsyncGenerator
from pathlib import Path

import click
import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__
from starlette.applications import Starlette

from harvest_qb_pipeline.settings import keep_private, load_settings
from harvest_qb_pipeline.web.guard import OPEN_PATH, Guard
from harvest_qb_pipeline.web.sessions import Sessions, key_in

HOST = "127.0.0.1"
LINK_WORDS = "To decide in a browser, open"
_POLL_MILLISECONDS = 2000
_LONGEST_GOODBYE_SECONDS = 5
_STATEMENT_MILLISECONDS, _RECYCLE_SECONDS, _MOST_CONNECTIONS = 15_000, 3_600, 20
"""What `dagster-webserver` gives a history on Postgres."""


def serve_pages(instance: DagsterInstance, workspace: Path, port: int, ended: threading.Event) -> None:
    """Serve until a signal, or until `ended` is set."""
    settings = load_settings()
    sessions = Sessions(key_in(settings.home))

    def print_link() -> None:
        click.echo(f"{LINK_WORDS} http://{HOST}:{port}{OPEN_PATH}?token={sessions.new_link()}", err=True)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        print_link()
        yield

    instance.optimize_for_webserver(_STATEMENT_MILLISECONDS, _RECYCLE_SECONDS, _MOST_CONNECTIONS)
    target = WorkspaceFileTarget([str(workspace)])
    with WorkspaceProcessContext(instance, version=__version__, workspace_load_target=target) as context:
        pages = create_app_from_workspace_process_context(
            context, live_data_poll_rate=_POLL_MILLISECONDS, lifespan=lifespan
        )
        guarded = Guard(pages, sessions, settings.ui_hosts, print_link)
        server = uvicorn.Server(
            uvicorn.Config(
                guarded,
                host=HOST,
                port=port,
                log_level="warning",
                timeout_graceful_shutdown=_LONGEST_GOODBYE_SECONDS,
            )
        )
        threading.Thread(target=_end_with, args=(ended, server), daemon=True).start()
        # The signal that ended it is raised once more when it has said goodbye; whoever called goes on from here.
        with contextlib.suppress(KeyboardInterrupt):
            server.run()


def _end_with(ended: threading.Event, server: uvicorn.Server) -> None:
    ended.wait()
    server.should_exit = True


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--workspace", type=click.Path(path_type=Path, exists=True), required=True)
def main(port: int, workspace: Path) -> None:
    """Only the pages, without the daemon that runs schedules and sensors."""
    keep_private()
    with DagsterInstance.get() as instance:
        serve_pages(instance, workspace, port, threading.Event())


if __name__ == "__main__":
    main()
