"""`harvest-qb`: the commands, and what a person sees when one of them fails.

Belongs here: the list of commands and the meaning of exit codes (0 done, 1 something failed or was rejected, 2 wrong
usage or configuration). Must not be here: what a command does.
"""

import sys

import click

from harvest_qb_pipeline.cli import connect, doctor, documents, links, operations, query, servers, status
from harvest_qb_pipeline.cli.output import Failed
from harvest_qb_pipeline.settings import ConfigurationError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="harvest-qb-pipeline")
def cli() -> None:
    """Bill Harvest time into QuickBooks Online, exactly once.

    Try it without any account: `harvest-qb demo`. With no connection set, everything works on the local sandbox
    (`harvest-qb sandbox` or `harvest-qb dev` starts it).
    """


for command in (
    *servers.COMMANDS,
    *operations.COMMANDS,
    *documents.COMMANDS,
    links.links,
    status.status,
    query.query,
    doctor.doctor,
    connect.connect,
):
    cli.add_command(command)


def main() -> None:
    """Entry point: errors become one sentence on standard error and the right exit code."""
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
