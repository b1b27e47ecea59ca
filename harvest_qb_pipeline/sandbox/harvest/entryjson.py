"""Time entries as JSON text, fast: what entries share (person, client, project, task, assignments) is printed once.

Belongs here: the shape of a time entry, as text for pages and as an object elsewhere. Must not be here: rules.
A page of 2,000 takes some ten milliseconds; the shared parts are forgotten whenever the account's catalogue changes.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from zoneinfo import ZoneInfo

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.harvest import rules, shapes
from harvest_qb_pipeline.sandbox.harvest.prepared import SharedText
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.timetable import TimeEntry
from harvest_qb_pipeline.sandbox.http import encode


class EntryPrinter:
    """Prints entries of one account. Without `rates`, billable and cost rates are null (people without that right)."""

    def __init__(self, tables: Tables, *, rates: bool = True) -> None:
        self._tables = tables
        self._rates = rates
        self._prepared = tables.prepared[rates]
        self._invoices: dict[int, str] = {}

    def texts(self, entries: Iterable[TimeEntry]) -> list[str]:
        """The JSON text of each entry."""
        self._prepared.renew(self._tables.catalog_version)
        self._invoices.clear()
        return [self._text(entry) for entry in entries]

    def objects(self, entries: Iterable[TimeEntry]) -> list[JsonObject]:
        """The entries as objects."""
        return jsontext.loads(f"[{','.join(self.texts(entries))}]")

    def object(self, entry: TimeEntry) -> JsonObject:
        """One entry as an object."""
        return self.objects([entry])[0]

    def _text(self, entry: TimeEntry) -> str:
        tables = self._tables
        key = (entry.user_id, entry.project_id, entry.task_id)
        prepared = self._prepared
        shared = prepared.shared.get(key)
        if shared is None:
            shared = prepared.shared[key] = self._shared_text(entry)
        common, billable, archived, by_day = shared
        rate_key = (*key, entry.spent_on if by_day else None)
        rate = prepared.rates.get(rate_key)
        if rate is None:
            rate = prepared.rates[rate_key] = self._rate_text(entry)
        hundredths = entry.hundredths if entry.timer_started_at is None else rules.hundredths_now(tables, entry)
        approved = entry.approval_status == "approved"
        if entry.is_billed or approved or archived:
            reason = rules.lock_sentence(invoiced=entry.is_billed, approved=approved, archived=archived)
            lock = f'true,"locked_reason":"{reason}"'
        else:
            lock = 'false,"locked_reason":null'
        status = f',"approval_status":"{entry.approval_status}"' if tables.switches.approval_status_present else ""
        return (
            f'{{"id":{entry.id},"spent_date":"{entry.spent_on}","hours":{hundredths / 100},'
            f'"hours_without_timer":{entry.hundredths / 100},'
            f'"rounded_hours":{rules.rounded(tables.account.time_rounding, hundredths) / 100},'
            f'"notes":{_string(entry.notes)},"is_locked":{lock},"is_closed":{_flag(approved)}{status},'
            f'"is_billed":{_flag(entry.is_billed)},{self._timer(entry)},'
            f'"billable":{_flag(billable)},{rate},'
            f'"created_at":"{shapes.moment(entry.created_at)}","updated_at":"{shapes.moment(entry.updated_at)}",'
            f'{common},"invoice":{self._invoice(entry.invoice_id)},"external_reference":{_reference(entry)}}}'
        )

    def _shared_text(self, entry: TimeEntry) -> SharedText:
        tables = self._tables
        user, project, task = (
            tables.users[entry.user_id],
            tables.projects[entry.project_id],
            tables.tasks[entry.task_id],
        )
        client = tables.clients[project.client_id]
        on_project = tables.user_assignment_of.get((project.id, user.id))
        on_task = tables.task_assignment_of.get((project.id, task.id))
        person = None if on_project is None else shapes.nested_user_assignment(on_project)
        assignment = None if on_task is None else shapes.nested_task_assignment(on_task)
        if not self._rates:
            for nested in (person, assignment):
                if nested is not None:
                    del nested["hourly_rate"]
        text = encode(
            {
                "budgeted": project.budget_by != "none",
                "user": {"id": user.id, "name": user.name},
                "client": {"id": client.id, "name": client.name, "currency": client.currency},
                "project": {"id": project.id, "name": project.name, "code": project.code},
                "task": {"id": task.id, "name": task.name},
                "user_assignment": person,
                "task_assignment": assignment,
            }
        ).decode()
        by_day = project.bill_by == "People" and bool(tables.rates_of.get(user.id))
        return SharedText(text[1:-1], rules.is_billable(tables, entry), rules.is_archived(tables, entry), by_day)

    def _rate_text(self, entry: TimeEntry) -> str:
        if not self._rates:
            return '"billable_rate":null,"cost_rate":null'
        rate = rules.billable_rate(self._tables, entry)
        return f'"billable_rate":{_number(rate)},"cost_rate":{_number(self._tables.users[entry.user_id].cost_rate)}'

    def _timer(self, entry: TimeEntry) -> str:
        if entry.extra is None and entry.timer_started_at is None:
            return '"timer_started_at":null,"started_time":null,"ended_time":null,"is_running":false'
        extra = entry.extra or {}
        timer = shapes.maybe_moment(entry.timer_started_at)
        if entry.timer_started_at is not None and "started" not in extra:
            # A running timer shows when it was started even where only durations are kept.
            extra = {**extra, "started": self._minutes(entry.timer_started_at)}
        started, ended = (
            None if extra.get(name) is None else shapes.time_of_day(self._tables, extra[name])
            for name in ("started", "ended")
        )
        return (
            f'"timer_started_at":{json.dumps(timer)},"started_time":{json.dumps(started)},'
            f'"ended_time":{json.dumps(ended)},"is_running":{_flag(timer is not None)}'
        )

    def _minutes(self, seconds: int) -> int:
        """Minutes since midnight of a moment, in the account's time zone."""
        local = datetime.fromtimestamp(seconds, ZoneInfo(self._tables.owner.timezone))
        return local.hour * 60 + local.minute

    def _invoice(self, invoice_id: int | None) -> str:
        if invoice_id is None:
            return "null"
        text = self._invoices.get(invoice_id)
        if text is None:
            text = self._invoices[invoice_id] = _json(shapes.invoice_ref(self._tables, invoice_id))
        return text


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _string(value: str | None) -> str:
    return "null" if value is None else encode_basestring(value)


@lru_cache(maxsize=10_000)
def _number(value: Decimal | None) -> str:
    return "null" if value is None else encode(value).decode()


def _json(value: Json) -> str:
    return encode(value).decode()


def _reference(entry: TimeEntry) -> str:
    return "null" if entry.extra is None else _json(entry.extra.get("external_reference"))
