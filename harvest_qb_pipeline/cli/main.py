"""`harvest-qb`: the commands, and what a person sees when one of them fails.

Belongs here: the list of commands and the meaning of exit codes (0 done, 1 something failed or was rejected, 2 wrong
usage or configuration). Must not be here: what a command does, or an import that a listing would have to wait for.
"""

import sys
from collections.abc import Mapping

import click

from harvest_qb_pipeline.cli.lazily import LazyCommands
from harvest_qb_pipeline.cli.output import Failed

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


def main() -> None:
    """Entry point: errors become one sentence on standard error and the right exit code."""
    from harvest_qb_pipeline.settings import ConfigurationError

    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped. Nothing is lost: run the same command again at any time.", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ConfigurationError as error:
        click.echo(f"{error}", err=True)
        sys.exit(2)
    except Failed as error:
        click.echo(f"{error}", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
