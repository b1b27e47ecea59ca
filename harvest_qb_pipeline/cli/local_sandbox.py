"""Whether the local sandbox is up: asked before a command works on it, so that nobody waits for what is not there."""

import socket

from harvest_qb_pipeline.settings import ConfigurationError, Settings

SANDBOX_PORT = 8765


def answers(port: int) -> bool:
    """Whether something accepts connections on this port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def refused(port: int) -> str | None:
    """Why nothing can be served on this port; None when it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror
    return None


def require_sandbox(settings: Settings) -> None:
    """Raises `ConfigurationError` when no accounts are set and the sandbox, used then, does not run."""
    if settings.is_sandbox and not answers(SANDBOX_PORT):
        raise ConfigurationError(
            "No accounts are set, so this works on the local sandbox, which does not run. Start it in another terminal "
            "with `harvest-qb sandbox` (or `harvest-qb dev`), or set the connection variables of .env.example."
        )
