"""The heads of the ledger's audit chain that were noted outside of it: comparing them, and accepting what is there.

Belongs here: gathering them from files, warehouse and Dagster's runs, and `accept-ledger`. Must not be here: what a
head says (`ledger/anchors`).
"""

from collections.abc import Iterator

import click

from harvest_qb_pipeline.cli.opening import home_ledger, person
from harvest_qb_pipeline.cli.output import Failed, say
from harvest_qb_pipeline.ledger import anchors
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.settings import ConfigurationError, Settings, load_settings

_WAIT_SECONDS = 5


def contradictions(settings: Settings, ledger: Ledger) -> Iterator[str]:
    """What was noted in files, in the warehouse and with Dagster's runs against the ledger; a sentence each."""
    from harvest_qb_pipeline.warehouse.database import WarehouseDamagedError

    with ledger.reading() as con:
        yield from anchors.file_contradictions(ledger, con)
        try:
            yield from anchors.contradictions(con, _in_warehouse(settings), "the warehouse")
            yield from anchors.contradictions(con, _in_runs(settings), "Dagster's runs")
        except (WarehouseDamagedError, ConfigurationError) as error:
            yield str(error)


def damaged_files(settings: Settings) -> Iterator[str]:
    """What is wrong with the files of the home that no other look meets, a sentence each."""
    from harvest_qb_pipeline.automation import alerts
    from harvest_qb_pipeline.automation.landed import landed
    from harvest_qb_pipeline.warehouse.querying import CannotAnswer, frames

    if sentence := alerts.damage(settings.home):
        yield sentence
    yield from {said for said in landed(settings.home).values() if said and "damaged" in said}
    if settings.analytics_path.exists():
        try:
            list(frames(settings.analytics_path, "SELECT count(*) FROM duckdb_tables()"))
        except CannotAnswer as error:
            yield str(error)


def _in_warehouse(settings: Settings) -> list[anchors.Head]:
    """Empty where nothing was landed yet, or another process has the file."""
    if not settings.warehouse_path.exists():
        return []
    from harvest_qb_pipeline.ledger.landing import noted_heads
    from harvest_qb_pipeline.warehouse.database import WarehouseBusyError, open_warehouse

    try:
        with open_warehouse(settings.warehouse_path, wait_seconds=_WAIT_SECONDS) as warehouse:
            return noted_heads(warehouse.connection)
    except WarehouseBusyError:
        return []


def _in_runs(settings: Settings) -> list[anchors.Head]:
    if not (settings.home / "dagster").exists():
        return []
    from harvest_qb_pipeline.automation.heads import heads_of_runs
    from harvest_qb_pipeline.cli.running import instance

    return heads_of_runs(instance())


@click.command("accept-ledger")
@click.option("--reason", required=True, help="Why the ledger is right as it is. Kept where heads are noted.")
def accept_ledger(reason: str) -> None:
    """Say that the ledger is right as it is, after a backup of it was restored on purpose.

    What was noted of it before, in the home, in HARVEST_QB_ANCHOR_FILE, in the warehouse and with Dagster's runs,
    counts no more. Rows that were changed by hand stay refused.
    """
    if not reason.strip():
        raise click.UsageError("Say why: the reason is kept where heads are noted.")
    settings = load_settings()
    because = f"{person()}: {reason.strip()}"
    with home_ledger(settings) as ledger:
        anchors.note_head(ledger, accepted_because=because)
        _accept_in_warehouse(settings, ledger, because)
        _accept_in_runs(settings)
        left = list(contradictions(settings, ledger))
    if left:
        raise Failed(" ".join(left))
    say("The ledger is accepted as it is. `harvest-qb doctor` says whether its chain and rows hold.")


def _accept_in_warehouse(settings: Settings, ledger: Ledger, because: str) -> None:
    if not settings.warehouse_path.exists():
        return
    from harvest_qb_pipeline.ledger.landing import accept_head
    from harvest_qb_pipeline.warehouse.database import WarehouseBusyError, WarehouseDamagedError, open_warehouse

    try:
        with (
            open_warehouse(settings.warehouse_path, wait_seconds=_WAIT_SECONDS) as warehouse,
            warehouse.transaction() as con,
        ):
            accept_head(ledger, con, because)
    except WarehouseBusyError as busy:
        raise Failed(f"{busy} Repeat this when that has ended.") from None
    except WarehouseDamagedError as damaged:
        raise Failed(str(damaged)) from None


def _accept_in_runs(settings: Settings) -> None:
    if (settings.home / "dagster").exists():
        from harvest_qb_pipeline.automation.heads import forget_heads
        from harvest_qb_pipeline.cli.running import instance

        forget_heads(instance())
