"""The policy as tables `policy.*`, which is how SQL reads it.

Belongs here: the shape of those tables and how policy values become rows. Must not be here: matching names with what
Harvest and QuickBooks hold; the SQL of the capabilities does that, where a miss can be shown.
"""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

import duckdb
from babel import Locale

from harvest_qb_pipeline.money import minor_unit_digits
from harvest_qb_pipeline.policy.contact_tables import CONTEXT_COLUMNS, contact_tables, context_values
from harvest_qb_pipeline.policy.model import ClientChoices, ClientRule, Policy, slug
from harvest_qb_pipeline.policy.table import PolicyTable, Value, of_harvest, of_quickbooks

DEFAULT_RULE = 1_000_000
"""Number of the item rule that fits when no other does."""


def policy_tables(policy: Policy, today: date, now: datetime) -> dict[str, PolicyTable]:
    """Every table of schema `policy` by name. `now` (UTC) is only compared with `today`, never stored."""
    return {
        "context": _context(policy, today, now),
        "billing_rules": _billing_rules(policy),
        "groups": _groups(policy),
        "item_rules": _item_rules(policy),
        "free": _free(policy),
        "caps": _caps(policy),
        "customers": _customers(policy),
        **contact_tables(policy),
        "currencies": _currencies(),
    }


def write_policy(con: duckdb.DuckDBPyConnection, tables: Mapping[str, PolicyTable]) -> None:
    """Replaces the tables of schema `policy` on `con` (caller's transaction)."""
    con.execute("CREATE SCHEMA IF NOT EXISTS policy")
    for name, table in tables.items():
        columns = ", ".join(f'"{column}" {kind}' for column, (kind, _) in table.columns.items())
        con.execute(f"CREATE OR REPLACE TABLE policy.{name} ({columns})")
        if table.rows:
            marks = ", ".join("?" * len(table.columns))
            con.executemany(f"INSERT INTO policy.{name} VALUES ({marks})", [list(row) for row in table.rows])  # noqa: S608


def _context(policy: Policy, today: date, now: datetime) -> PolicyTable:
    shift = (today - now.astimezone(ZoneInfo(policy.timezone)).date()).days
    adjustments = policy.items.adjustments or policy.items.default
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
        "adjustment_item_id_qb": ("VARCHAR", "Item of adjustment lines, by id"),
        "adjustment_item_name": ("VARCHAR", "Item of adjustment lines, by name"),
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
        *of_quickbooks(adjustments),
        *context_values(policy.contacts),
    )
    return PolicyTable("One row: today, and the choices that hold for the whole firm.", columns, [row])


def _billing_rules(policy: Policy) -> PolicyTable:
    columns = {
        "client_id_harvest": ("BIGINT", "The client by id; both empty: the default"),
        "client_name": ("VARCHAR", "The client by name"),
        "cadence": ("VARCHAR", "monthly, semi_monthly, weekly, every_two_weeks or on_demand (rule 5)"),
        "anchor_on": ("DATE", "First day of one two-week period"),
        "grouping": ("VARCHAR", "What makes a line: project_task, project_person, project or detailed"),
        "invoice_per": ("VARCHAR", "client, project or group (rule 21)"),
        "project_customers": ("VARCHAR", "client: invoices go to the customer; job: to its job of the project"),
        "grace_days": ("INTEGER", "Days after a period's end before it closes (rule 5)"),
        "terms_id_qb": ("VARCHAR", "Payment terms, by id"),
        "terms_name": ("VARCHAR", "Payment terms, by name"),
        "minimum_invoice": ("DECIMAL(18,3)", "Below it, work is carried over to the next period (rule 21)"),
        "clean_projects": ("BOOLEAN", "Bill projects without blocked time although others wait (rule 13)"),
        "credit_limit": ("DECIMAL(18,3)", "The most the customer may owe (rule 25)"),
    }
    rows = [_choices(None, policy.billing), *(_choices(rule, policy.billing) for rule in policy.clients)]
    return PolicyTable("How each client is billed; the row without a client holds for all others.", columns, rows)


def _choices(rule: ClientRule | None, default: ClientChoices) -> tuple[Value, ...]:
    given = rule.model_dump(exclude_none=True, exclude={"client", "groups", "terms"}) if rule else {}
    merged = default.model_copy(update=given | ({"terms": rule.terms} if rule and rule.terms else {}))
    return (
        *of_harvest(rule.client if rule else None),
        merged.cadence,
        merged.anchor_on,
        merged.grouping,
        merged.invoice_per,
        merged.project_customers,
        merged.grace_days,
        *of_quickbooks(merged.terms),
        merged.minimum_invoice,
        merged.clean_projects,
        merged.credit_limit,
    )


def _groups(policy: Policy) -> PolicyTable:
    columns = {
        "client_id_harvest": ("BIGINT", "The client by id"),
        "client_name": ("VARCHAR", "The client by name"),
        "group_key": ("VARCHAR", "The group in keys"),
        "group_name": ("VARCHAR", "The group as people call it"),
        "purchase_order": ("VARCHAR", "Its purchase order number"),
        "project_id_harvest": ("BIGINT", "A project of the group by id"),
        "project_name": ("VARCHAR", "A project of the group by name or code"),
    }
    rows = [
        (*of_harvest(rule.client), slug(group.name), group.name, group.purchase_order, *of_harvest(project))
        for rule in policy.clients
        for group in rule.groups
        for project in group.projects
    ]
    return PolicyTable("One row per project of a named invoice group (rule 21).", columns, rows)


_WORK: dict[str, tuple[str, str]] = {
    "client_id_harvest": ("BIGINT", "Holds for this client, by id"),
    "client_name": ("VARCHAR", "Holds for this client, by name"),
    "project_id_harvest": ("BIGINT", "Holds for this project, by id"),
    "project_name": ("VARCHAR", "Holds for this project, by name or code"),
    "task_id_harvest": ("BIGINT", "Holds for this task, by id"),
    "task_name": ("VARCHAR", "Holds for this task, by name"),
}


def _item_rules(policy: Policy) -> PolicyTable:
    columns = {
        "rule_number": ("INTEGER", "The lowest number that fits wins"),
        **_WORK,
        "item_id_qb": ("VARCHAR", "The QuickBooks item, by id"),
        "item_name": ("VARCHAR", "The QuickBooks item, by name"),
        "account_id_qb": ("VARCHAR", "Another income account than the item's, by id"),
        "account_name": ("VARCHAR", "Another income account than the item's, by name"),
    }
    rows: list[tuple[Value, ...]] = [
        (
            number,
            *of_harvest(rule.client),
            *of_harvest(rule.project),
            *of_harvest(rule.task),
            *of_quickbooks(rule.item),
            *of_quickbooks(rule.income_account),
        )
        for number, rule in enumerate(policy.items.rules, start=1)
    ]
    default = (DEFAULT_RULE, *[None] * len(_WORK), *of_quickbooks(policy.items.default), None, None)
    return PolicyTable("Which QuickBooks item a line uses.", columns, [*rows, default])


def _free(policy: Policy) -> PolicyTable:
    rows = [(*of_harvest(rule.client), *of_harvest(rule.project), *of_harvest(rule.task)) for rule in policy.free]
    return PolicyTable("Work that is billed at a rate of nothing on purpose (rule 14).", _WORK, rows)


def _caps(policy: Policy) -> PolicyTable:
    columns = {
        "project_id_harvest": ("BIGINT", "The project by id"),
        "project_name": ("VARCHAR", "The project by name or code"),
        "cap_amount": ("DECIMAL(18,3)", "The most that may ever be billed on it, in its client's currency"),
    }
    return PolicyTable(
        "Caps on projects (rule 21).", columns, [(*of_harvest(cap.project), cap.amount) for cap in policy.caps]
    )


def _customers(policy: Policy) -> PolicyTable:
    columns = {
        "client_id_harvest": ("BIGINT", "The client by id"),
        "client_name": ("VARCHAR", "The client by name"),
        "customer_id_qb": ("VARCHAR", "Its customer by id"),
        "customer_name": ("VARCHAR", "Its customer by display name"),
    }
    rows = [(*of_harvest(known.client), *of_quickbooks(known.customer)) for known in policy.customers]
    return PolicyTable("Customers that a person has stated for a client (rule 49).", columns, rows)


def _currencies() -> PolicyTable:
    codes = sorted(str(code) for code in Locale("en").currencies)
    columns = {
        "currency": ("VARCHAR", "ISO 4217 code"),
        "minor_digits": ("INTEGER", "Decimal places of its amounts: 2 for USD, 0 for JPY, 3 for KWD (rule 6)"),
    }
    rows = [(code, minor_unit_digits(code)) for code in codes if minor_unit_digits(code) != 2]
    return PolicyTable("Currencies whose minor unit does not have two places.", columns, rows)
