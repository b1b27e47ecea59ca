"""A bookkeeper's example as literal tables: a few clients, projects, people and hours in an in-memory DuckDB."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb

from harvest_qb_pipeline.contacts.candidates import steps
from harvest_qb_pipeline.policy.load import parse_policy
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.policy.tables import policy_tables, write_policy
from harvest_qb_pipeline.warehouse.macros import register_macros
from harvest_qb_pipeline.warehouse.models import SqlModel, Step, in_order
from harvest_qb_pipeline.warehouse.parsing import Table

NOW = datetime(2026, 11, 5, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 5)
POLICY = """
timezone = "America/New_York"
cutover_on = 2026-01-01
native_copy = "off"
auto_reminders = "off"
[tax]
services = "NON"
"""

TABLES = {
    "harvest.company": "week_start_day VARCHAR, approval_feature BOOLEAN, invoice_feature BOOLEAN",
    "harvest.clients": "client_id_harvest BIGINT, client_name VARCHAR, currency VARCHAR, address VARCHAR,"
    " is_active BOOLEAN, created_at TIMESTAMPTZ DEFAULT TIMESTAMPTZ '2025-06-01 12:00:00+00'",
    "harvest.contacts": "contact_id_harvest BIGINT, client_id_harvest BIGINT, first_name VARCHAR, last_name VARCHAR,"
    " email VARCHAR, phone_office VARCHAR, phone_mobile VARCHAR",
    "harvest.projects": "project_id_harvest BIGINT, client_id_harvest BIGINT, project_name VARCHAR,"
    " project_code VARCHAR,"
    " is_active BOOLEAN, is_billable BOOLEAN, is_fixed_fee BOOLEAN, fee DECIMAL(18,3),"
    " created_at TIMESTAMPTZ DEFAULT TIMESTAMPTZ '2025-06-01 12:00:00+00'",
    "harvest.tasks": "task_id_harvest BIGINT, task_name VARCHAR, is_active BOOLEAN DEFAULT true",
    "harvest.invoice_item_categories": "category_id_harvest BIGINT, category_name VARCHAR",
    "harvest.users": "user_id_harvest BIGINT, user_name VARCHAR, first_name VARCHAR, last_name VARCHAR, email VARCHAR,"
    " is_contractor BOOLEAN DEFAULT false, is_active BOOLEAN DEFAULT true",
    "harvest.time_entries": "time_entry_id_harvest BIGINT, spent_on DATE, user_id_harvest BIGINT, user_name VARCHAR,"
    " client_id_harvest BIGINT, client_name VARCHAR, project_id_harvest BIGINT, project_name VARCHAR,"
    " project_code VARCHAR,"
    " task_id_harvest BIGINT, task_name VARCHAR, hours_worked DECIMAL(12,2), hours_rounded DECIMAL(12,2),"
    " billable_rate DECIMAL(18,5), is_billable BOOLEAN, is_billed BOOLEAN, is_running BOOLEAN, approval_status VARCHAR,"
    " invoice_id_harvest BIGINT, invoice_number VARCHAR, notes VARCHAR",
    "harvest.expenses": "expense_id_harvest BIGINT, spent_on DATE, user_name VARCHAR, client_id_harvest BIGINT,"
    " project_id_harvest BIGINT, expense_category_name VARCHAR, total_cost DECIMAL(18,3), is_billable BOOLEAN,"
    " is_billed BOOLEAN",
    "harvest.invoices": "invoice_id_harvest BIGINT, invoice_number VARCHAR, issued_on DATE",
    "harvest.uninvoiced": "project_id_harvest BIGINT, from_on DATE, to_on DATE, uninvoiced_hours DECIMAL(18,2),"
    " uninvoiced_amount DECIMAL(18,3),"
    " uninvoiced_expenses DECIMAL(18,3)",
    "raw_harvest.swept_windows": "stream VARCHAR, from_on DATE, to_on DATE, began_at TIMESTAMPTZ",
    "quickbooks.customers": "customer_id_qb VARCHAR, display_name VARCHAR, fully_qualified_name VARCHAR,"
    " currency VARCHAR,"
    " is_active BOOLEAN, is_job BOOLEAN, balance_with_jobs DECIMAL(18,3), parent_customer_id_qb VARCHAR,"
    " is_project BOOLEAN DEFAULT false, email VARCHAR, phone VARCHAR, mobile VARCHAR, address VARCHAR,"
    " given_name VARCHAR, family_name VARCHAR, notes VARCHAR, term_id_qb VARCHAR, is_taxable BOOLEAN,"
    " created_at TIMESTAMPTZ DEFAULT TIMESTAMPTZ '2025-06-01 12:00:00+00', landed_at TIMESTAMPTZ",
    "quickbooks.vendors": "vendor_id_qb VARCHAR, display_name VARCHAR, email VARCHAR, currency VARCHAR,"
    " is_active BOOLEAN DEFAULT true",
    "quickbooks.employees": "employee_id_qb VARCHAR, display_name VARCHAR, email VARCHAR,"
    " is_active BOOLEAN DEFAULT true",
    "quickbooks.items": "item_id_qb VARCHAR, item_name VARCHAR, fully_qualified_name VARCHAR, is_active BOOLEAN,"
    " item_type VARCHAR DEFAULT 'Service'",
    "quickbooks.accounts": "account_id_qb VARCHAR, account_name VARCHAR, fully_qualified_name VARCHAR,"
    " is_active BOOLEAN",
    "quickbooks.terms": "term_id_qb VARCHAR, term_name VARCHAR, due_days INTEGER, due_day_of_month INTEGER,"
    " due_next_month_days INTEGER, is_active BOOLEAN",
    "quickbooks.invoices": "invoice_id_qb VARCHAR, doc_number VARCHAR, customer_id_qb VARCHAR, transaction_on DATE,"
    " currency VARCHAR, total_amount DECIMAL(18,3)",
    "quickbooks.preferences": "book_close_on DATE, home_currency VARCHAR, is_multicurrency BOOLEAN DEFAULT true",
    "ledger.postings": "document VARCHAR, key VARCHAR, kind VARCHAR, state VARCHAR, is_newest BOOLEAN,"
    " doc_number VARCHAR,"
    " external_id VARCHAR, is_in_flight BOOLEAN, unknown_attempts INTEGER, amount DECIMAL(18,3), currency VARCHAR,"
    " occurs_on DATE, operation VARCHAR DEFAULT 'create', payload JSON, posted_at TIMESTAMPTZ, depends_on JSON",
    "ledger.sources": "document VARCHAR, purpose VARCHAR, source_type VARCHAR, source_id VARCHAR, version VARCHAR,"
    " line SMALLINT, amount DECIMAL(18,3)",
    "ledger.links": "key VARCHAR, external_id VARCHAR, is_removed BOOLEAN, how VARCHAR, rule VARCHAR, made_by VARCHAR,"
    " made_at TIMESTAMPTZ, baseline JSON",
    "ledger.link_decisions": "key VARCHAR, external_id VARCHAR, decision VARCHAR, is_withdrawn BOOLEAN DEFAULT false",
    "ledger.adjustments": "adjustment_id BIGINT, document VARCHAR, amount DECIMAL(18,3), reason VARCHAR,"
    " removed_by VARCHAR",
    "ledger.billing_requests": "client_id_harvest VARCHAR, to_on DATE, requested_at TIMESTAMPTZ, withdrawn_by VARCHAR",
}
"""The columns that billing reads of each landed table."""

_CLIENT, _PROJECT, _DESIGN, _ANN = 1, 10, 100, 1000
_USERS = {_ANN: "Ann Lee", 1001: "Bo Chan", 1002: "Cy Dunn"}
_TASKS = {_DESIGN: "Design", 101: "Development"}


@cache
def derived_tables() -> list[SqlModel | Step]:
    return in_order("policy", "contacts", "billing", steps=steps())


class Books:
    """One client "Acme Ltd" with project "Website", in both systems, and nothing worked yet."""

    def __init__(self) -> None:
        self._con = duckdb.connect()
        self._waiting: dict[Table, SqlModel | Step] = {}
        register_macros(self._con)
        self._con.execute("SET TimeZone = 'UTC'; SET threads = 1; CREATE SCHEMA billing; CREATE SCHEMA contacts")
        for table, columns in TABLES.items():
            self._con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.split('.')[0]}")
            self._con.execute(f"CREATE TABLE {table} ({columns})")
        self.policy: Policy
        self.today = TODAY
        self.say(POLICY)
        self.add("harvest.company", week_start_day="Monday", approval_feature=False, invoice_feature=True)
        self.add("quickbooks.preferences", home_currency="USD")
        self.add("quickbooks.terms", term_id_qb="3", term_name="Net 30", due_days=30, is_active=True)
        self.add(
            "quickbooks.items", item_id_qb="1", item_name="Services", fully_qualified_name="Services", is_active=True
        )
        for user_id, name in _USERS.items():
            self.add("harvest.users", user_id_harvest=user_id, user_name=name)
        for task_id, name in _TASKS.items():
            self.add("harvest.tasks", task_id_harvest=task_id, task_name=name)
        self.add(
            "raw_harvest.swept_windows", stream="time_entries", from_on=date(2025, 1, 1), to_on=TODAY, began_at=NOW
        )
        self.client(_CLIENT, "Acme Ltd")
        self.project(_PROJECT, "Website")
        self.customer("50", "Acme Limited")
        self._entries = 0

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The warehouse, with all that was to be built."""
        self._make(set(self._waiting))
        return self._con

    def say(self, policy: str) -> None:
        """The policy is this from now on."""
        self.policy = parse_policy(policy, "policy.toml")

    def add(self, table: str, **values: Any) -> None:
        self._make(set(self._waiting))
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        self._con.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))

    def client(self, client_id: int, name: str, currency: str = "USD") -> None:
        self.add("harvest.clients", client_id_harvest=client_id, client_name=name, currency=currency, is_active=True)

    def project(self, project_id: int, name: str, client_id: int = _CLIENT, **values: Any) -> None:
        given = {"is_active": True, "is_billable": True, "is_fixed_fee": False} | values
        self.add(
            "harvest.projects", project_id_harvest=project_id, client_id_harvest=client_id, project_name=name, **given
        )

    def customer(self, customer_id: str, name: str, **values: Any) -> None:
        given = {"currency": "USD", "is_active": True, "is_job": False, "balance_with_jobs": Decimal(0)} | values
        self.add(
            "quickbooks.customers", customer_id_qb=customer_id, display_name=name, fully_qualified_name=name, **given
        )

    def link(
        self, key: str, external_id: str, *, is_removed: bool = False, how: str = "confirmed", **values: Any
    ) -> None:
        """A link that the ledger has kept."""
        given = {"how": how, "rule": "", "made_by": "Bea", "made_at": NOW} | values
        self.add("ledger.links", key=key, external_id=external_id, is_removed=is_removed, **given)

    def entry(self, day: str, hours: str, rate: str | None = "100", **values: Any) -> int:
        """One entry of Ann's on Website, task Design, billable and not billed, unless `values` say otherwise."""
        self._entries += 1
        project_id = values.get("project_id_harvest", _PROJECT)
        client_id = self.one("SELECT client_id_harvest FROM harvest.projects WHERE project_id_harvest = ?", project_id)
        given = {
            "time_entry_id_harvest": self._entries,
            "spent_on": day,
            "user_id_harvest": _ANN,
            "client_id_harvest": client_id,
            "project_id_harvest": project_id,
            "task_id_harvest": _DESIGN,
            "hours_worked": hours,
            "hours_rounded": hours,
            "billable_rate": rate,
            "is_billable": True,
            "is_billed": False,
            "is_running": False,
            "approval_status": "unsubmitted",
        } | values
        given["client_name"], given["project_name"], given["project_code"] = self.one(
            "SELECT client_name, project_name, project_code FROM harvest.projects JOIN harvest.clients"
            " USING (client_id_harvest) WHERE project_id_harvest = ?",
            project_id,
        )
        given["user_name"] = _USERS[given["user_id_harvest"]]
        given["task_name"] = _TASKS[given["task_id_harvest"]]
        self.add("harvest.time_entries", **given)
        return int(given["time_entry_id_harvest"])

    def bill(self, key: str, entries: list[int], state: str = "posted", number: str = "H2610-0001") -> None:
        """The ledger has sent this bill, or has begun to."""
        for kind in ("twin", "invoice"):
            self.add(
                "ledger.postings",
                document=key,
                key=key.replace("invoice", kind, 1),
                kind=kind,
                state="posted" if kind == "twin" else state,
                is_newest=True,
                doc_number=number,
                external_id=f"{kind}-1" if kind == "invoice" else "900",
                is_in_flight=False,
                unknown_attempts=0,
                amount=Decimal(100),
                currency="USD",
                occurs_on=date(2026, 10, 31),
            )
        self.add("harvest.invoices", invoice_id_harvest=900, invoice_number=number)
        for entry in entries:
            self.add("ledger.sources", document=key, purpose="bill", source_type="time_entry", source_id=str(entry))

    def build(self) -> None:
        """Every derived table, as a run would make them on `today`: each when it is asked for first."""
        write_policy(self._con, policy_tables(self.policy, self.today, NOW))
        self._waiting = {table.key: table for table in derived_tables()}

    def _make(self, wanted: set[Table]) -> None:
        """Those tables that wait to be built, after all that they read."""
        needed = [key for key in wanted if key in self._waiting]
        for key in needed:
            needed += [read for read in self._waiting[key].dependencies if read in self._waiting and read not in needed]
        for key in [key for key in self._waiting if key in set(needed)]:
            table = self._waiting.pop(key)
            if isinstance(table, Step):
                table.make(self._con)
            else:
                # Without the words about each column, which would take most of the time.
                self._con.execute(f"CREATE OR REPLACE TABLE {table.schema}.{table.name} AS {table.sql}")

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        self._make({key for key in self._waiting if ".".join(key) in sql})
        return self._con.execute(sql, list(values)).fetchall()

    def one(self, sql: str, *values: Any) -> Any:
        (row,) = self.rows(sql, *values)
        return row[0] if len(row) == 1 else row

    def verdicts(self) -> dict[int, str]:
        return dict(self.rows("SELECT time_entry_id_harvest, verdict FROM billing.billable_time"))

    def reason_codes(self) -> dict[int, str]:
        return dict(self.rows("SELECT time_entry_id_harvest, reason_code FROM billing.billable_time"))

    def drafts(self) -> dict[str, Decimal]:
        return dict(self.rows("SELECT document_key, amount FROM billing.invoice_drafts ORDER BY 1"))

    def holds(self, key: str | None = None) -> dict[str, str]:
        """Sentences by code, of one document or of all that waits."""
        return dict(self.rows("SELECT code, sentence FROM billing.holds WHERE document_key = ? OR ? IS NULL", key, key))
