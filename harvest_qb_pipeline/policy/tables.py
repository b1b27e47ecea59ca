"""What the policy says as tables `policy.*`: the choices as they are, the records it names as they are written.

Belongs here: the shape of those tables and how policy values become rows. Must not be here: finding the records that
are named in Harvest and QuickBooks; `sql/` does that once, and what reads the policy by id reads the tables there.
"""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

import duckdb
from babel import Locale

from harvest_qb_pipeline.money import minor_unit_digits
from harvest_qb_pipeline.policy.contact_tables import CONTEXT_COLUMNS, contact_tables, context_values
from harvest_qb_pipeline.policy.model import ClientChoices, ClientRule, Policy, slug
from harvest_qb_pipeline.policy.references import references_table
from harvest_qb_pipeline.policy.table import PolicyTable, Value
from harvest_qb_pipeline.warehouse.parsing import Table
from harvest_qb_pipeline.warehouse.versions import Version, digest, known_versions, record

_ROWS_AT_ONCE = 500


def policy_tables(policy: Policy, today: date, now: datetime) -> dict[str, PolicyTable]:
    """What is written of schema `policy`, by name. `now` (UTC) is only compared with `today`, never stored."""
    return {
        "context": _context(policy, today, now),
        "stated_references": references_table(policy),
        "stated_billing": _billing(policy),
        "stated_groups": _groups(policy),
        "stated_caps": _caps(policy),
        **contact_tables(policy),
        "currencies": _currencies(),
    }


def write_policy(con: duckdb.DuckDBPyConnection, tables: Mapping[str, PolicyTable]) -> None:
    """Replaces the tables of schema `policy` on `con` that say something else now (caller's transaction)."""
    con.execute("CREATE SCHEMA IF NOT EXISTS policy")
    known = known_versions(con, "policy")
    written: dict[Table, Version] = {}
    for name, table in tables.items():
        version = Version("", digest(table.columns, table.rows), len(table.rows))
        if known.get(("policy", name)) == version:
            continue
        columns = ", ".join(f'"{column}" {kind}' for column, (kind, _) in table.columns.items())
        con.execute(f"CREATE OR REPLACE TABLE policy.{name} ({columns})")
        # A row to a statement would take a second for a look-up file of a few hundred lines.
        for first in range(0, len(table.rows), _ROWS_AT_ONCE):
            some = table.rows[first : first + _ROWS_AT_ONCE]
            marks = ", ".join([f"({', '.join('?' * len(table.columns))})"] * len(some))
            con.execute(f"INSERT INTO policy.{name} VALUES {marks}", [value for row in some for value in row])  # noqa: S608
        written["policy", name] = version
    record(con, written)


def _context(policy: Policy, today: date, now: datetime) -> PolicyTable:
    shift = (today - now.astimezone(ZoneInfo(policy.timezone)).date()).days
    columns = {
        "today": ("DATE", "The accounting day of this run, in the policy's time zone"),
        "clock_shift_days": ("INTEGER", "Days by which `today` was set away from the clock; 0 outside of tests"),
        "policy_sha256": ("VARCHAR", "Digest of everything the policy says"),
        "timezone": ("VARCHAR", "Decides what a day is (rule 4)"),
        "cutover_on": ("DATE", "Work before this day is never billed by us"),
        "native_copy": ("VARCHAR", "Harvest's own copy to QuickBooks: on, off, or unstated (rule 28)"),
        "auto_reminders": ("VARCHAR", "Harvest's automatic reminders: on, off, or unstated (rule 29)"),
        "twin": ("VARCHAR", "import: each invoice has a twin in Harvest that claims its hours; none: it has not"),
        "invoice_date": ("VARCHAR", "period_end or closing_day (rule 2)"),
        "books_closed": ("VARCHAR", "hold or next_open_day (rule 1)"),
        "use_harvest_approvals": ("BOOLEAN", "Whether only approved time bills; unset: as the account does (rule 13)"),
        "services_tax_code": ("VARCHAR", "Tax code of services; unset holds every draft (rule 34)"),
        **CONTEXT_COLUMNS,
    }
    row = (
        today,
        shift,
        policy.sha256,
        policy.timezone,
        policy.cutover_on,
        policy.native_copy,
        policy.auto_reminders,
        policy.twin,
        policy.invoice_date,
        policy.books_closed,
        policy.approvals.use_harvest_approvals,
        policy.tax.services,
        *context_values(policy.contacts),
    )
    return PolicyTable("One row: today, and the choices that hold for the whole firm.", columns, [row])


def _billing(policy: Policy) -> PolicyTable:
    columns = {
        "statement": ("INTEGER", "The entry under [[clients]] that names the client; 0 for [billing]"),
        "cadence": ("VARCHAR", "monthly, semi_monthly, weekly, every_two_weeks or on_demand (rule 5)"),
        "anchor_on": ("DATE", "First day of one two-week period"),
        "grouping": ("VARCHAR", "What makes a line: project_task, project_person, project or detailed"),
        "invoice_per": ("VARCHAR", "client, project or group (rule 21)"),
        "project_customers": ("VARCHAR", "client: invoices go to the customer; job: to its job of the project"),
        "grace_days": ("INTEGER", "Days after a period's end before it closes (rule 5)"),
        "minimum_invoice": ("DECIMAL(18,3)", "Below it, work is carried over to the next period (rule 21)"),
        "clean_projects": ("BOOLEAN", "Bill projects without blocked time although others wait (rule 13)"),
        "credit_limit": ("DECIMAL(18,3)", "The most the customer may owe (rule 25)"),
    }
    rules = [_choices(number, rule, policy.billing) for number, rule in enumerate(policy.clients, start=1)]
    rows = [_choices(0, None, policy.billing), *rules]
    return PolicyTable("How each client is billed; entry 0 holds for all that have none.", columns, rows)


def _choices(number: int, rule: ClientRule | None, default: ClientChoices) -> tuple[Value, ...]:
    given = rule.model_dump(exclude_none=True, exclude={"client", "groups", "terms"}) if rule else {}
    merged = default.model_copy(update=given)
    return (
        number,
        merged.cadence,
        merged.anchor_on,
        merged.grouping,
        merged.invoice_per,
        merged.project_customers,
        merged.grace_days,
        merged.minimum_invoice,
        merged.clean_projects,
        merged.credit_limit,
    )


def _groups(policy: Policy) -> PolicyTable:
    columns = {
        "statement": ("INTEGER", "The group, counted over all clients from 1"),
        "client_statement": ("INTEGER", "The entry under [[clients]] that it stands in"),
        "group_key": ("VARCHAR", "The group in keys"),
        "group_name": ("VARCHAR", "The group as people call it"),
        "purchase_order": ("VARCHAR", "Its purchase order number"),
    }
    named = [(number, group) for number, rule in enumerate(policy.clients, start=1) for group in rule.groups]
    rows = [
        (statement, number, slug(group.name), group.name, group.purchase_order)
        for statement, (number, group) in enumerate(named, start=1)
    ]
    return PolicyTable("Named invoice groups (rule 21).", columns, rows)


def _caps(policy: Policy) -> PolicyTable:
    columns = {
        "statement": ("INTEGER", "The entry under [[caps]], from 1"),
        "cap_amount": ("DECIMAL(18,3)", "The most that may ever be billed on it, in its client's currency"),
    }
    rows = [(number, cap.amount) for number, cap in enumerate(policy.caps, start=1)]
    return PolicyTable("Caps on projects (rule 21).", columns, rows)


def _currencies() -> PolicyTable:
    codes = sorted(str(code) for code in Locale("en").currencies)
    columns = {
        "currency": ("VARCHAR", "ISO 4217 code"),
        "minor_digits": ("INTEGER", "Decimal places of its amounts: 2 for USD, 0 for JPY, 3 for KWD (rule 6)"),
    }
    rows = [(code, minor_unit_digits(code)) for code in codes if minor_unit_digits(code) != 2]
    return PolicyTable("Currencies whose minor unit does not have two places.", columns, rows)
