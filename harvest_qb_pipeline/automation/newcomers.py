"""The sensor that looks for new customers in QuickBooks, so that time can be tracked for them on day one.

Belongs here: asking for what changed, and telling news from what we made ourselves. Must not be here: what becomes of
a newcomer (`contacts`). Unlike the other sensors it asks an API, since nothing of ours can know of a newcomer sooner.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.automation.jobs import contacts
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.keys import key_prefix, marked_keys
from harvest_qb_pipeline.ledger.links import links
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.endpoints import CDC_OBJECTS
from harvest_qb_pipeline.settings import utc_now
from harvest_qb_pipeline.transport.faults import Fault

OVERLAP = timedelta(minutes=15)
"""How far back each look goes: QuickBooks may tell of a customer some time after it was made."""
LONGEST_AGO = timedelta(days=29)
"""QuickBooks tells changes of the last 30 days; after a longer pause the job reads everything instead."""
EVERY_SECONDS = 30


@dataclass(frozen=True)
class Look:
    """Where the last look ended, by QuickBooks' clock, and which newcomers it has told of already."""

    since: datetime
    told: tuple[str, ...] = ()

    @classmethod
    def read(cls, cursor: str | None) -> "Look":
        if not cursor:
            return cls(utc_now())
        stored = json.loads(cursor)
        return cls(datetime.fromisoformat(stored["since"]), tuple(stored["told"]))

    def written(self) -> str:
        return json.dumps({"since": self.since.isoformat(), "told": list(self.told)})


@dg.sensor(
    job=contacts,
    minimum_interval_seconds=EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks QuickBooks for its changes twice a minute; a customer or job that somebody made there starts the "
    "job `contacts`, which plans the client and project for it in Harvest. Ours are recognised and start nothing.",
)
def new_customers(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    quickbooks: dg.ResourceParam[QuickBooksClient],
) -> dg.SkipReason | dg.SensorResult:
    look, now = Look.read(context.cursor), utc_now()
    if now - look.since > LONGEST_AGO:
        # The changes of so long a time can no longer be asked for.
        return _run(f"since-{look.since:%Y-%m-%d}", Look(now))
    try:
        answer = jsontext.loads(quickbooks.cdc(["Customer"], look.since - OVERLAP))
    except Fault as fault:
        return dg.SkipReason(f"QuickBooks could not be asked; the next look begins where this one did. {fault}")
    news = [one for one in newcomers(answer, look.since - OVERLAP, ledger) if one not in look.told]
    after = Look(datetime.fromisoformat(str(answer["time"])).astimezone(UTC), (*look.told, *news)[-1000:])
    if news:
        return _run("-".join(news[:20]), after)
    if len(_changed(answer)) >= CDC_OBJECTS:
        # The answer holds no more, and newcomers may be among those left out. Once an hour is enough.
        return _run(f"among-many-{after.since:%Y-%m-%dT%H}", after)
    return dg.SensorResult(skip_reason="No new customer in QuickBooks.", cursor=after.written())


def _run(about: str, after: Look) -> dg.SensorResult:
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=f"new-customers-{about}")], cursor=after.written())


def newcomers(answer: JsonObject, since: datetime, ledger: Ledger) -> list[str]:
    """Ids of customers in a change-data-capture answer that were made since, by somebody else than us."""
    made = [
        one
        for one in _changed(answer)
        if one.get("status") != "Deleted"
        and one.get("Active", True)
        and _created_at(one) >= since
        and not marked_keys(one.get("Notes"))
    ]
    ours = (
        {
            link.external_id
            for family, record in (("customer", "client"), ("job", "project"))
            for link in links(ledger, prefix=key_prefix(family, record))
        }
        if made
        else set()
    )
    return [str(one["Id"]) for one in made if str(one["Id"]) not in ours]


def _changed(answer: JsonObject) -> Sequence[JsonObject]:
    return [
        customer
        for response in answer["CDCResponse"]
        for block in response["QueryResponse"]
        for customer in block.get("Customer", ())
    ]


def _created_at(customer: JsonObject) -> datetime:
    return datetime.fromisoformat(str(customer["MetaData"]["CreateTime"]))
