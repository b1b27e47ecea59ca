"""How each record looks in JSON: the exact keys of Harvest's answers, for an administrator.

Belongs here: shapes only. Must not be here: what others may see of them (`visibility`), paging, rules. Time entries,
which come by the thousand, have their own module `entryjson`. Amounts stay `Decimal` and print as JSON numbers.
"""

from dataclasses import asdict
from datetime import date, timedelta
from functools import lru_cache

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest import rules
from harvest_qb_pipeline.sandbox.harvest.records import (
    BillableRate,
    Client,
    Contact,
    Expense,
    ExpenseCategory,
    Invoice,
    InvoiceItemCategory,
    InvoiceLine,
    InvoiceMessage,
    InvoicePayment,
    Project,
    StampedRecord,
    Task,
    TaskAssignment,
    User,
    UserAssignment,
)
from harvest_qb_pipeline.sandbox.harvest.tables import Tables


def moment(seconds: int) -> str:
    """`2026-10-31T14:59:22Z`."""
    day, second = divmod(seconds, 86_400)
    return f"{_utc_day(day)}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


@lru_cache(maxsize=10_000)
def _utc_day(number: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


def maybe_moment(seconds: int | None) -> str | None:
    return None if seconds is None else moment(seconds)


def maybe_day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def time_of_day(tables: Tables, minutes: int) -> str:
    """`3:00pm` or `15:00`, as the account's clock says."""
    hour, minute = divmod(minutes, 60)
    if tables.account.clock == "24h":
        return f"{hour:02d}:{minute:02d}"
    return f"{(hour - 1) % 12 + 1}:{minute:02d}{'am' if hour < 12 else 'pm'}"


def _stamps(record: StampedRecord) -> JsonObject:
    return {"created_at": moment(record.created_at), "updated_at": moment(record.updated_at)}


def company(tables: Tables) -> JsonObject:
    """Settings of the account; the time rounding is not among them."""
    fields = asdict(tables.account)
    subdomain = fields.pop("subdomain")
    del fields["time_rounding"]
    domain = f"{subdomain}.harvestapp.com"
    return {"base_uri": f"https://{domain}", "full_domain": domain, **fields}


def client(_: Tables, record: Client) -> JsonObject:
    return {
        "id": record.id,
        "name": record.name,
        "is_active": record.is_active,
        "address": record.address,
        "statement_key": record.statement_key,
        **_stamps(record),
        "currency": record.currency,
    }


def contact(tables: Tables, record: Contact) -> JsonObject:
    return {
        "id": record.id,
        "title": record.title,
        "first_name": record.first_name,
        "last_name": record.last_name,
        "email": record.email,
        "phone_office": record.phone_office,
        "phone_mobile": record.phone_mobile,
        "fax": record.fax,
        **_stamps(record),
        "client": {"id": record.client_id, "name": tables.clients[record.client_id].name},
    }


def project(tables: Tables, record: Project) -> JsonObject:
    owner = tables.clients[record.client_id]
    return {
        "id": record.id,
        "name": record.name,
        "code": record.code,
        "is_active": record.is_active,
        "is_billable": record.is_billable,
        "is_fixed_fee": record.is_fixed_fee,
        "bill_by": record.bill_by,
        "budget": record.budget,
        "budget_by": record.budget_by,
        "budget_is_monthly": record.budget_is_monthly,
        "notify_when_over_budget": record.notify_when_over_budget,
        "over_budget_notification_percentage": record.over_budget_notification_percentage,
        "show_budget_to_all": record.show_budget_to_all,
        **_stamps(record),
        "starts_on": maybe_day(record.starts_on),
        "ends_on": maybe_day(record.ends_on),
        "over_budget_notification_date": None,
        "notes": record.notes,
        "cost_budget": record.fee if record.is_fixed_fee else record.cost_budget,
        "cost_budget_include_expenses": record.cost_budget_include_expenses,
        "hourly_rate": record.hourly_rate,
        "fee": record.fee if record.is_fixed_fee else None,
        "client": {"id": owner.id, "name": owner.name, "currency": owner.currency},
    }


def task(_: Tables, record: Task) -> JsonObject:
    return {
        "id": record.id,
        "name": record.name,
        "billable_by_default": record.billable_by_default,
        "default_hourly_rate": record.default_hourly_rate,
        "is_default": record.is_default,
        "is_active": record.is_active,
        **_stamps(record),
    }


def nested_task_assignment(record: TaskAssignment) -> JsonObject:
    """As it appears inside time entries, without project and task."""
    return {
        "id": record.id,
        "billable": record.billable,
        "is_active": record.is_active,
        **_stamps(record),
        "hourly_rate": record.hourly_rate,
        "budget": record.budget,
    }


def task_assignment(tables: Tables, record: TaskAssignment) -> JsonObject:
    return {
        **nested_task_assignment(record),
        "project": _project_ref(tables, record.project_id),
        "task": {"id": record.task_id, "name": tables.tasks[record.task_id].name},
    }


def nested_user_assignment(record: UserAssignment) -> JsonObject:
    """As it appears inside time entries and expenses, without project and user."""
    return {
        "id": record.id,
        "is_project_manager": record.is_project_manager,
        "is_active": record.is_active,
        "use_default_rates": record.use_default_rates,
        "budget": record.budget,
        **_stamps(record),
        "hourly_rate": record.hourly_rate,
    }


def user_assignment(tables: Tables, record: UserAssignment) -> JsonObject:
    return {
        **nested_user_assignment(record),
        "project": _project_ref(tables, record.project_id),
        "user": _user_ref(tables, record.user_id),
    }


def user(tables: Tables, record: User) -> JsonObject:
    return {
        "id": record.id,
        "first_name": record.first_name,
        "last_name": record.last_name,
        "email": record.email,
        "telephone": record.telephone,
        "timezone": record.timezone,
        "weekly_capacity": record.weekly_capacity,
        "has_access_to_all_future_projects": record.has_access_to_all_future_projects,
        "is_contractor": record.is_contractor,
        "is_active": record.is_active,
        "calendar_integration_enabled": False,
        "calendar_integration_source": None,
        **_stamps(record),
        "can_create_projects": "administrator" in record.access_roles or "project_creator" in record.access_roles,
        "default_hourly_rate": rules.user_rate_on(tables, record.id, tables.today()),
        "cost_rate": record.cost_rate,
        "roles": record.roles,
        "access_roles": record.access_roles,
        "permissions_claims": [],
        "avatar_url": f"https://cache.harvestapp.com/assets/profile_images/{record.id}.png",
    }


def billable_rate(tables: Tables, record: BillableRate) -> JsonObject:
    history = tables.rates_of[record.user_id]
    place = history.index(record)
    following = history[place + 1].start_on if place + 1 < len(history) else None
    return {
        "id": record.id,
        "amount": record.amount,
        "start_date": maybe_day(record.start_on),
        "end_date": None if following is None else (following - timedelta(days=1)).isoformat(),
        **_stamps(record),
    }


def expense_category(_: Tables, record: ExpenseCategory) -> JsonObject:
    return {
        "id": record.id,
        "name": record.name,
        "unit_name": record.unit_name,
        "unit_price": record.unit_price,
        "is_active": record.is_active,
        **_stamps(record),
    }


def expense(tables: Tables, record: Expense) -> JsonObject:
    category = tables.expense_categories[record.expense_category_id]
    owner = tables.client_of(record.project_id)
    assignment = tables.user_assignment_of.get((record.project_id, record.user_id))
    approved = record.approval_status == "approved"
    reason = "Expense is invoiced." if record.is_billed else None
    if reason is None and approved:
        reason = "The project is locked for this time period."
    return {
        "id": record.id,
        "notes": record.notes,
        "total_cost": record.total_cost,
        "units": record.units,
        "is_closed": approved,
        "approval_status": record.approval_status,
        "is_locked": reason is not None,
        "is_billed": record.is_billed,
        "locked_reason": reason,
        "spent_date": record.spent_on.isoformat(),
        **_stamps(record),
        "billable": record.billable,
        "receipt": record.receipt,
        "user": _user_ref(tables, record.user_id),
        "user_assignment": None if assignment is None else nested_user_assignment(assignment),
        "project": _project_ref(tables, record.project_id),
        "expense_category": {
            "id": category.id,
            "name": category.name,
            "unit_price": category.unit_price,
            "unit_name": category.unit_name,
        },
        "client": {"id": owner.id, "name": owner.name, "currency": owner.currency},
        "invoice": invoice_ref(tables, record.invoice_id),
    }


def invoice_item_category(_: Tables, record: InvoiceItemCategory) -> JsonObject:
    return {
        "id": record.id,
        "name": record.name,
        "use_as_service": record.use_as_service,
        "use_as_expense": record.use_as_expense,
        **_stamps(record),
    }


def invoice(tables: Tables, record: Invoice) -> JsonObject:
    sums = rules.invoice_totals(record)
    return {
        "id": record.id,
        "client_key": record.client_key,
        "number": record.number,
        "purchase_order": record.purchase_order,
        "amount": sums.amount,
        "due_amount": rules.due_amount(tables, record),
        "tax": record.tax,
        "tax_amount": sums.tax_amount,
        "tax2": record.tax2,
        "tax2_amount": sums.tax2_amount,
        "discount": record.discount,
        "discount_amount": sums.discount_amount,
        "subject": record.subject,
        "notes": record.notes,
        "state": record.state,
        "period_start": maybe_day(record.period_start),
        "period_end": maybe_day(record.period_end),
        "issue_date": record.issue_on.isoformat(),
        "due_date": record.due_on.isoformat(),
        "payment_term": record.payment_term,
        "sent_at": maybe_moment(record.sent_at),
        "paid_at": maybe_moment(record.paid_at),
        "closed_at": maybe_moment(record.closed_at),
        "recurring_invoice_id": None,
        **_stamps(record),
        "paid_date": maybe_day(record.paid_on),
        "currency": record.currency,
        "payment_options": record.payment_options,
        "client": {"id": record.client_id, "name": tables.clients[record.client_id].name},
        "estimate": None,
        "retainer": None,
        "creator": _user_ref(tables, record.creator_id),
        "line_items": [_line(tables, line) for line in record.lines],
    }


def _line(tables: Tables, line: InvoiceLine) -> JsonObject:
    return {
        "id": line.id,
        "kind": line.kind,
        "description": line.description,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "amount": rules.line_amount(line),
        "taxed": line.taxed,
        "taxed2": line.taxed2,
        "project": _project_ref(tables, line.project_id),
    }


def invoice_message(tables: Tables, record: InvoiceMessage) -> JsonObject:
    sender = tables.users[record.sent_by_id]
    return {
        "id": record.id,
        "sent_by": sender.name,
        "sent_by_email": sender.email,
        "sent_from": sender.name,
        "sent_from_email": sender.email,
        "include_link_to_client_invoice": record.include_link_to_client_invoice,
        "send_me_a_copy": record.send_me_a_copy,
        "thank_you": record.thank_you,
        "reminder": record.reminder,
        "send_reminder_on": None,
        **_stamps(record),
        "attach_pdf": record.attach_pdf,
        "event_type": record.event_type,
        "recipients": record.recipients,
        "subject": record.subject,
        "body": record.body,
    }


def invoice_payment(tables: Tables, record: InvoicePayment) -> JsonObject:
    recorder = tables.users[record.recorded_by_id]
    return {
        "id": record.id,
        "amount": record.amount,
        "paid_at": moment(record.paid_at),
        "paid_date": record.paid_on.isoformat(),
        "recorded_by": recorder.name,
        "recorded_by_email": recorder.email,
        "notes": record.notes,
        "transaction_id": record.transaction_id,
        **_stamps(record),
        "payment_gateway": {"id": None, "name": None},
    }


def invoice_ref(tables: Tables, invoice_id: int | None) -> JsonObject | None:
    """`{id, number}` as time entries and expenses show it; None when there is no such invoice."""
    found = None if invoice_id is None else tables.invoices.get(invoice_id)
    return None if found is None else {"id": found.id, "number": found.number}


def _user_ref(tables: Tables, user_id: int) -> JsonObject:
    return {"id": user_id, "name": tables.users[user_id].name}


def _project_ref(tables: Tables, project_id: int | None) -> JsonObject | None:
    found = None if project_id is None else tables.projects.get(project_id)
    return None if found is None else {"id": found.id, "name": found.name, "code": found.code}
