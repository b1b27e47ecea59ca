"""`harvest-qb`: the commands, and what a person sees when one of them fails.

Belongs here: the list of commands and the meaning of exit codes (0 done, 1 something failed or was rejected, 2 wrong
usage or configuration, 130 stopped by Ctrl-C, 141 nobody reads on). Must not be here: what a command does, or an import
that a listing would have to wait for.
"""

import io
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click

from harvest_qb_pipeline.cli.lazily import LazyCommands
from harvest_qb_pipeline.cli.output import Failed, NobodyReads, note
from harvest_qb_pipeline.settings import ConfigurationError, load_settings

_STOPPED, _NOBODY_READS = 130, 141
"""As shells say it of a program that a signal ended: 128 + SIGINT, 128 + SIGPIPE."""
_HERE = "harvest_qb_pipeline.cli"
_PLACES = {
    "demo": f"{_HERE}.servers:demo",
    "dev": f"{_HERE}.servers:dev",
    "sandbox": f"{_HERE}.servers:sandbox",
    "sync": f"{_HERE}.operations:sync",
    "plan": f"{_HERE}.operations:plan",
    "push": f"{_HERE}.operations:push",
    "run": f"{_HERE}.operations:run",
    "postings": f"{_HERE}.documents:postings",
    "show": f"{_HERE}.documents:show",
    "links": f"{_HERE}.links:links",
    "status": f"{_HERE}.status:status",
    "query": f"{_HERE}.query:query",
    "doctor": f"{_HERE}.doctor:doctor",
    "connect": f"{_HERE}.connect:connect",
    "accept-ledger": f"{_HERE}.auditing:accept_ledger",
}


def _decisions() -> Mapping[str, click.Command]:
    from harvest_qb_pipeline.cli.deciding import commands

    return commands()


@click.group(
    commands=LazyCommands(_PLACES, _decisions),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="harvest-qb-pipeline")
def cli() -> None:
    """Bill Harvest time into QuickBooks Online, exactly once.

    Try it without any account: `harvest-qb demo`. With no connection set, everything works on the local sandbox
    (`harvest-qb sandbox` or `harvest-qb dev` starts it).
    """
    from harvest_qb_pipeline.settings import keep_private

    keep_private()


def main() -> None:
    """Entry point: errors become one sentence on standard error and the right exit code."""
    _write_any_letter()
    _tell_warnings()
    output = sys.stdout
    try:
        code = cli.main(standalone_mode=False)
    except NobodyReads:
        _close_output()
        sys.exit(_NOBODY_READS)
    except click.exceptions.Abort as stopped:
        _end(_STOPPED if isinstance(stopped.__cause__, KeyboardInterrupt) else 1, *_words_of_stop(stopped))
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except SystemExit:
        # Click ends so when it could not print its own help, and has put something in the place of the output.
        if sys.stdout is output:
            raise
        _close_output()
        sys.exit(_NOBODY_READS)
    except click.ClickException as error:
        _end(error.exit_code, *_usage(error))
    except ConfigurationError as error:
        _end(2, *str(error).splitlines())
    except Failed as error:
        _end(1, *error.lines)
    except Exception as error:
        # Imported here: in good weather nobody asks.
        from harvest_qb_pipeline.cli.weather import weather_of

        weather = weather_of(error, _home())
        if weather is None:
            raise
        _end(2 if weather.is_configuration else 1, weather.sentence)
    sys.exit(code if isinstance(code, int) else 0)


class _OneLine(logging.Handler):
    """Warnings as lines on standard error, without their tracebacks."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        why = f": {next(iter(str(error).splitlines()), type(error).__name__)}" if error else ""
        with suppress(NobodyReads, OSError):
            note(f"{record.getMessage()}{why}")


def _tell_warnings() -> None:
    """What this program warns of is said, whoever set up logging: nobody waits in silence."""
    ours = logging.getLogger(__name__.partition(".")[0])
    if not any(isinstance(handler, _OneLine) for handler in ours.handlers):
        ours.addHandler(_OneLine(logging.WARNING))


def _end(code: int, *lines: str) -> NoReturn:
    """Say it on standard error, whoever reads that, and end."""
    with suppress(NobodyReads, OSError):
        for line in lines:
            note(line)
    sys.exit(code)


def _usage(error: click.ClickException) -> list[str]:
    """What click would print."""
    text = io.StringIO()
    error.show(text)
    return text.getvalue().splitlines()


def _words_of_stop(stopped: BaseException) -> list[str]:
    """What was at work may have said more with the interrupt."""
    said = [str(word) for word in stopped.__cause__.args] if stopped.__cause__ else []
    return said or ["Stopped. Nothing is lost: run the same command again at any time."]


def _home() -> Path:
    try:
        return load_settings().home
    except ConfigurationError:
        return Path.cwd()


def _write_any_letter() -> None:
    """A name has letters that the terminal's character set may lack: those are written out."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _close_output() -> None:
    """What is still to be written goes nowhere, or Python would complain of the closed pipe at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    # What stands in for a stream in a test has no number.
    with suppress(OSError, ValueError):
        os.dup2(nowhere, sys.stdout.fileno())
