"""People's billable rates over time, and what a change of any rate does to the time already logged.

Belongs here: the history of rates and the moving of `updated_at` by rate changes. Must not be here: which rate an entry
has (`rules`).
"""

from collections.abc import Iterable
from datetime import date

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest import insertion
from harvest_qb_pipeline.sandbox.harvest.params import Body
from harvest_qb_pipeline.sandbox.harvest.records import BillableRate
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.timetable import TimeEntry, Wanted


def create_rate(tables: Tables, fields: JsonObject) -> BillableRate:
    """A new rate of `user_id`. Without `start_date` it replaces all; else those that start on that day or later."""
    body = Body(fields)
    body.require("amount")
    amount, start_on = body.number("amount"), body.day("start_date")
    user_id = body.integer("user_id") or 0
    if user_id not in tables.users:
        body.problems.append("User can't be blank")
    if start_on is not None and start_on > tables.today():
        body.problems.append("Start date can't be in the future")
    body.check()
    assert amount is not None  # noqa: S101 (required above)
    for rate in list(tables.rates_of.get(user_id, ())):
        if start_on is None or (rate.start_on is not None and rate.start_on >= start_on):
            _forget(tables, rate)
    rate = insertion.add_billable_rate(tables, user_id, amount, start_on, {})
    _people_changed(tables, user_id)
    return rate


def update_rate(tables: Tables, rate: BillableRate, fields: JsonObject) -> None:
    """Changes the amount or the start of a rate, as its page in Harvest can."""
    body = Body(fields)
    amount, start_on = body.number("amount"), body.day("start_date")
    body.check()
    rate.amount = amount if amount is not None else rate.amount
    if body.has("start_date"):
        rate.start_on = start_on
        tables.rates_of[rate.user_id].sort(key=lambda each: each.start_on or date.min)
    tables.touch(rate)
    _people_changed(tables, rate.user_id)


def delete_rate(tables: Tables, rate: BillableRate) -> None:
    """Removes a rate; the one before holds on."""
    _forget(tables, rate)
    _people_changed(tables, rate.user_id)


def touch_entries(tables: Tables, entries: Iterable[TimeEntry]) -> None:
    """Moves `updated_at` of entries whose rate or rounding changed."""
    moment = tables.now()
    for entry in list(entries):
        entry.updated_at = moment
        tables.time.touched(entry)


def project_changed(tables: Tables, project_id: int) -> None:
    """To be called after rates of a project changed."""
    tables.catalog_changed()
    if tables.switches.rates_move_updated_at:
        touch_entries(tables, tables.time.find(Wanted(project_ids=frozenset([project_id]))))


def _people_changed(tables: Tables, user_id: int) -> None:
    tables.catalog_changed()
    if not tables.switches.rates_move_updated_at:
        return
    entries = tables.time.find(Wanted(user_ids=frozenset([user_id])))
    touch_entries(tables, [entry for entry in entries if tables.projects[entry.project_id].bill_by == "People"])


def _forget(tables: Tables, rate: BillableRate) -> None:
    del tables.billable_rates[rate.id]
    tables.rates_of[rate.user_id].remove(rate)
