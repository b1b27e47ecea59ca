"""Every behaviour of the real APIs that nobody could confirm, as a switch with each plausible truth.

Belongs here: the one list of switches, their values, defaults and meaning. Must not be here: the behaviour itself
(that is in the books and routes of each twin), nor faults, which are armed per request. docs/apis.md says
what code has to be right under each switch, and why.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin, get_type_hints

from harvest_qb_pipeline.jsontext import Json, JsonObject


def _switch(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass
class Switches:
    """One company's switches; the first value named is the default. Read them at the moment of each request."""

    # QuickBooks: writes
    requestid: Literal["replay", "forgotten", "replays_faults", "ignores_body", "checks_body"] = _switch(
        "replay",
        "A write with a requestid seen before: the first success is answered again (`replay`); it is carried out anew "
        "(`forgotten`); a first fault is answered again too (`replays_faults`); also with another body the first "
        "result is answered (`ignores_body`); another body is fault 600 (`checks_body`).",
    )
    doc_number: Literal["kept", "replaced"] = _switch(
        "kept", "A DocNumber given on create is kept, or QuickBooks puts its own next number in its place."
    )
    duplicate_doc_numbers: Literal["refused", "accepted"] = _switch(
        "refused", "A used DocNumber is fault 6140 while custom numbers are on, or is silently accepted."
    )
    total_with_automated_tax: bool = _switch(
        False, "Automated sales tax adds tax to a created invoice, so its total is not the sum of its lines."
    )
    closed_books_on_create: Literal["refused", "accepted"] = _switch(
        "refused", "A transaction dated within closed books is fault 6210, or is let through (no closing password)."
    )
    inactive_names: Literal["renamed", "kept"] = _switch(
        "renamed", "A list object made inactive gets the suffix ` (deleted)` and frees its name, or keeps its name."
    )
    missing_exchange_rate: Literal["refused", "one"] = _switch(
        "refused", "A foreign transaction without ExchangeRate is fault 2410, or is booked at rate 1."
    )
    vendor_refs_on_create: Literal["kept", "ignored"] = _switch(
        "kept", "CurrencyRef and TermRef of a new vendor are kept, or ignored: it gets the home currency and no term."
    )
    merged_names: Literal["inactive", "gone", "deleted"] = _switch(
        "inactive",
        "A customer or vendor merged with another is read as inactive with the suffix ` (deleted)`; it is gone (610) "
        "without a trace; or it is gone and change data capture reports it as deleted.",
    )
    merge_touches_transactions: bool = _switch(
        True, "Transactions moved by a merge get a new SyncToken and LastUpdatedTime, or change unnoticed."
    )
    subscription_active: bool = _switch(True, "False: the subscription has ended; every write is fault 6190.")
    # QuickBooks: reads
    query_lag_seconds: float = _switch(
        0.0, "Objects stay invisible to queries for so many seconds of company time after they were created."
    )
    cdc_lag_seconds: float = _switch(
        0.0, "Changes stay invisible to change data capture for so many seconds of company time."
    )
    max_results_over_1000: Literal["fault", "clamp"] = _switch(
        "fault", "MAXRESULTS above 1000 is fault 4001, or is taken as 1000."
    )
    # QuickBooks: connection
    rotate_refresh_token: Literal["daily", "always", "never"] = _switch(
        "daily", "A refresh answers a new refresh token when the present one is older than a day, always, or never."
    )
    old_refresh_token_grace: bool = _switch(
        False, "A replaced refresh token works for 24 hours more, instead of being `invalid_grant` at once."
    )
    app_connected: bool = _switch(True, "False: the company has disconnected the app; every call is 403/3100.")
    user_has_access: bool = _switch(
        True, "False: the person who connected the app has lost access to the company; every call is 403/120."
    )
    employees_access: Literal["allowed", "forbidden", "permission_denied"] = _switch(
        "allowed",
        "The connected person's rights: employees may be read and written, or every call that names them is 403/120 "
        "(`forbidden`) or fault 5020 (`permission_denied`).",
    )
    vendors_access: Literal["allowed", "forbidden", "permission_denied"] = _switch("allowed", "The same for vendors.")
    throttle_body: Literal["xml", "json"] = _switch("xml", "Form of the body of a 429, whatever was asked for.")
    unauthorised_body: Literal["lower_case", "capitalised"] = _switch(
        "lower_case", "Form of the body of a 401 for an expired token."
    )
    # Harvest: imports and invoices
    import_rates: Literal["grouped_by_rate", "averaged", "split"] = _switch(
        "grouped_by_rate",
        "Time of one group at several rates is imported as a line per rate, as one line at the average rate, or as "
        "several lines even at one rate.",
    )
    import_lines_order: Literal["by_name", "by_id_descending"] = _switch(
        "by_name", "Order of the lines that an import makes."
    )
    import_period: Literal["actual", "requested"] = _switch(
        "actual", "An imported invoice's period is that of the time it took, or the window that was asked for."
    )
    delete_invoice_frees_entries: bool = _switch(
        True, "Deleting an invoice makes the time imported into it uninvoiced again, or leaves it billed."
    )
    invoice_number_unique: bool = _switch(True, "A used invoice number is 422, or is accepted.")
    payment_over_due: Literal["accepted", "refused"] = _switch(
        "accepted", "A payment above the due amount is accepted (due becomes negative), or is 422."
    )
    # Harvest: clients and projects
    client_names_unique: bool = _switch(
        True, "A client name in use, also by an archived client and in another case, is 422, or is accepted."
    )
    project_names_unique: Literal["per_client", "account"] = _switch(
        "per_client", "A project name is 422 when in use with the same client, or anywhere in the account."
    )
    project_required_fields: Literal["client_and_name", "documented"] = _switch(
        "client_and_name",
        "A new project needs `client_id` and `name`, as was seen, or also `is_billable`, `bill_by` and `budget_by`, as "
        "is documented.",
    )
    archive_client_with_projects: Literal["accepted", "refused"] = _switch(
        "accepted", "A client with active projects may be archived, which locks their time, or that is 422."
    )
    unknown_client_currency: Literal["refused", "account_currency"] = _switch(
        "refused", "A client's currency that is none is 422, or the account's currency takes its place."
    )
    # Harvest: reads and transport
    updated_since_inclusive: bool = _switch(True, "`updated_since` includes its own second, or only later ones.")
    rates_move_updated_at: bool = _switch(
        False, "A changed rate or rounding also moves `updated_at` of the time entries it touches."
    )
    approval_moves_updated_at: bool = _switch(
        True, "Approving time moves its `updated_at`, or cannot be seen by `updated_since`."
    )
    approval_status_present: bool = _switch(True, "Time entries carry `approval_status`, or lack the key.")
    per_page_default: Literal[2000, 100] = _switch(2000, "Rows in a page when `per_page` is not given.")
    invoices_off_status: Literal[403, 404] = _switch(
        403, "Status of every invoice request while the account's invoice module is off."
    )
    wrong_account_status: Literal[401, 404] = _switch(401, "Status for a valid token with an account id not its own.")
    retry_after_header: bool = _switch(True, "A Harvest 429 carries `Retry-After`, or not.")

    def update(self, values: Mapping[str, Json]) -> None:
        """Set several switches, all or none. Raises `ValueError` naming the switch and its values."""
        hints = get_type_hints(type(self))
        checked = {name: _checked(name, value, hints) for name, value in values.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def to_state(self) -> JsonObject:
        return asdict(self)


def describe() -> list[JsonObject]:
    """Each switch with its name, values, default and meaning, for the control API."""
    hints = get_type_hints(Switches)
    return [
        {"name": f.name, "values": _values(hints[f.name]), "default": f.default, "meaning": f.metadata["meaning"]}
        for f in fields(Switches)
    ]


def _values(hint: Any) -> list[Json]:
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    return [True, False] if hint is bool else ["seconds"]


def _checked(name: str, value: Json, hints: Mapping[str, Any]) -> Json:
    if name not in hints:
        raise ValueError(f"There is no switch {name!r}; there are {', '.join(sorted(hints))}.")
    hint = hints[name]
    if hint is float:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise ValueError(f"Switch {name!r} is a number of seconds, not {value!r}.")
        return float(value)
    allowed = _values(hint)
    if not any(value == choice and type(value) is type(choice) for choice in allowed):
        raise ValueError(f"Switch {name!r} is one of {', '.join(map(str, allowed))}, not {value!r}.")
    return value
