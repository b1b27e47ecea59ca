"""The records of one Harvest account as plain values, without behaviour.

Belongs here: fields, their units and nothing else. Times are whole epoch seconds (UTC), days are `date`, money and
rates `Decimal`. Must not be here: JSON shapes (`shapes`), rules or look-ups. Time entries, of which there may be half
a million, live in `timetable`.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject


@dataclass(slots=True)
class Account:
    """Settings of the account. `time_rounding` is invisible to the API: off, or nearest_|up_ with 6, 15 or 30."""

    name: str = "Sandbox Agency"
    subdomain: str = "sandboxagency"
    is_active: bool = True
    week_start_day: str = "Monday"
    wants_timestamp_timers: bool = False
    time_format: str = "decimal"
    date_format: str = "%m/%d/%Y"
    plan_type: str = "simple-v4"
    clock: str = "12h"
    currency: str = "USD"
    currency_code_display: str = "iso_code_none"
    currency_symbol_display: str = "symbol_before"
    decimal_symbol: str = "."
    thousands_separator: str = ","
    color_scheme: str = "orange"
    weekly_capacity: int = 126000
    expense_feature: bool = True
    invoice_feature: bool = True
    estimate_feature: bool = True
    approval_feature: bool = True
    team_feature: bool = True
    time_rounding: str = "off"


@dataclass(slots=True)
class User:
    id: int
    first_name: str
    last_name: str
    email: str
    created_at: int
    updated_at: int
    telephone: str = ""
    timezone: str = "Eastern Time (US & Canada)"
    has_access_to_all_future_projects: bool = False
    is_contractor: bool = False
    is_active: bool = True
    weekly_capacity: int = 126000
    cost_rate: Decimal | None = None
    roles: list[str] = field(default_factory=list[str])
    access_roles: list[str] = field(default_factory=list[str])

    @property
    def name(self) -> str:
        """The name by which every other record shows the person."""
        return f"{self.first_name} {self.last_name}"


@dataclass(slots=True)
class BillableRate:
    """A person's rate from `start_on` (None: for ever before) until the day before the next one starts."""

    id: int
    user_id: int
    amount: Decimal
    start_on: date | None
    created_at: int
    updated_at: int


@dataclass(slots=True)
class Client:
    id: int
    name: str
    currency: str
    statement_key: str
    created_at: int
    updated_at: int
    address: str | None = None
    is_active: bool = True


@dataclass(slots=True)
class Contact:
    id: int
    client_id: int
    first_name: str
    created_at: int
    updated_at: int
    last_name: str = ""
    title: str | None = None
    email: str = ""
    phone_office: str = ""
    phone_mobile: str = ""
    fax: str = ""


@dataclass(slots=True)
class Project:
    id: int
    client_id: int
    name: str
    created_at: int
    updated_at: int
    code: str | None = None
    is_active: bool = True
    is_billable: bool = True
    is_fixed_fee: bool = False
    bill_by: str = "none"
    hourly_rate: Decimal | None = None
    budget: Decimal | None = None
    budget_by: str = "none"
    budget_is_monthly: bool = False
    notify_when_over_budget: bool = False
    over_budget_notification_percentage: Decimal = Decimal("80.0")
    show_budget_to_all: bool = False
    cost_budget: Decimal | None = None
    cost_budget_include_expenses: bool = False
    fee: Decimal | None = None
    notes: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(slots=True)
class Task:
    id: int
    name: str
    created_at: int
    updated_at: int
    billable_by_default: bool = True
    default_hourly_rate: Decimal | None = None
    is_default: bool = False
    is_active: bool = True


@dataclass(slots=True)
class TaskAssignment:
    id: int
    project_id: int
    task_id: int
    created_at: int
    updated_at: int
    billable: bool = True
    hourly_rate: Decimal | None = None
    budget: Decimal | None = None
    is_active: bool = True


@dataclass(slots=True)
class UserAssignment:
    id: int
    project_id: int
    user_id: int
    created_at: int
    updated_at: int
    is_project_manager: bool = False
    use_default_rates: bool = True
    hourly_rate: Decimal | None = None
    budget: Decimal | None = None
    is_active: bool = True


@dataclass(slots=True)
class ExpenseCategory:
    id: int
    name: str
    created_at: int
    updated_at: int
    unit_name: str | None = None
    unit_price: Decimal | None = None
    is_active: bool = True


@dataclass(slots=True)
class Expense:
    id: int
    user_id: int
    project_id: int
    expense_category_id: int
    spent_on: date
    total_cost: Decimal
    created_at: int
    updated_at: int
    units: Decimal = Decimal("1.0")
    notes: str | None = None
    billable: bool = True
    approval_status: str = "unsubmitted"
    is_billed: bool = False
    invoice_id: int | None = None
    receipt: JsonObject | None = None


@dataclass(slots=True)
class InvoiceItemCategory:
    id: int
    name: str
    created_at: int
    updated_at: int
    use_as_service: bool = False
    use_as_expense: bool = False


@dataclass(slots=True)
class InvoiceLine:
    """One line; `entry_ids` and `expense_ids` are what an import put into it, which no API answer shows."""

    id: int
    kind: str
    description: str = ""
    quantity: Decimal = Decimal("1.0")
    unit_price: Decimal = Decimal("0.0")
    taxed: bool = False
    taxed2: bool = False
    project_id: int | None = None
    entry_ids: list[int] = field(default_factory=list[int])
    expense_ids: list[int] = field(default_factory=list[int])


@dataclass(slots=True)
class Invoice:
    """`sent_at`, `paid_at` and `closed_at` together are the state; amounts follow from the lines and payments."""

    id: int
    client_id: int
    creator_id: int
    number: str
    client_key: str
    currency: str
    issue_on: date
    due_on: date
    payment_term: str
    created_at: int
    updated_at: int
    purchase_order: str | None = None
    tax: Decimal | None = None
    tax2: Decimal | None = None
    discount: Decimal | None = None
    subject: str | None = None
    notes: str | None = None
    state: str = "draft"
    period_start: date | None = None
    period_end: date | None = None
    sent_at: int | None = None
    paid_at: int | None = None
    paid_on: date | None = None
    closed_at: int | None = None
    payment_options: list[str] = field(default_factory=list[str])
    lines: list[InvoiceLine] = field(default_factory=list[InvoiceLine])


@dataclass(slots=True)
class InvoiceMessage:
    id: int
    invoice_id: int
    sent_by_id: int
    event_type: str | None
    created_at: int
    updated_at: int
    recipients: list[JsonObject] = field(default_factory=list[JsonObject])
    subject: str | None = None
    body: str | None = None
    include_link_to_client_invoice: bool = False
    attach_pdf: bool = False
    send_me_a_copy: bool = False
    thank_you: bool = False
    reminder: bool = False


@dataclass(slots=True)
class InvoicePayment:
    id: int
    invoice_id: int
    amount: Decimal
    paid_at: int
    paid_on: date
    recorded_by_id: int
    created_at: int
    updated_at: int
    notes: str | None = None
    transaction_id: str | None = None


StampedRecord = (
    User
    | BillableRate
    | Client
    | Contact
    | Project
    | Task
    | TaskAssignment
    | UserAssignment
    | ExpenseCategory
    | Expense
    | InvoiceItemCategory
    | Invoice
    | InvoiceMessage
    | InvoicePayment
)
