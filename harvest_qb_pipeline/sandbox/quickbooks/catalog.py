"""Accounts, items and terms: the lists a company sets up once.

Belongs here: what makes them valid and what is derived of them. Must not be here: customers, transactions.
Source: QuickBooks Online API, Account, Item and Term; error codes 2020, 2170, 6180, 6240, 6430.
"""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.quickbooks import faults
from harvest_qb_pipeline.sandbox.quickbooks.account_types import CLASSIFICATIONS, DEFAULT_SUB_TYPES, SUB_TYPES
from harvest_qb_pipeline.sandbox.quickbooks.merging import check_references, merged, require
from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType
from harvest_qb_pipeline.sandbox.quickbooks.schema_company import ENTITIES
from harvest_qb_pipeline.sandbox.quickbooks.store import Record, Store, name_key

MOST_LEVELS = 5
_OWNERS = {"Item": "product, service, category or bundle", "Account": "account", "Term": "term"}
_NO_SALES = {"Bank", "Accounts Receivable", "Accounts Payable", "Credit Card", "Fixed Asset", "Equity", "Non-Posting"}
_KEPT = {"Account": frozenset({"CurrencyRef"}), "Item": frozenset[str](), "Term": frozenset[str]()}


def create(store: Store, entity: str, given: JsonObject) -> Record:
    """A new account, item or term."""
    is_active = given.get("Active") is not False
    record = store.add(entity, _checked(store, ENTITIES[entity], {**given, "Active": True}, None, sparse=False))
    if not is_active:
        store.rename(record, {"Active": False, **_inactive_names(store, record)})
    return record


def update(store: Store, record: Record, given: JsonObject, *, sparse: bool) -> None:
    """Change a record; an inactive one gets the suffix ` (deleted)` and gives its name free."""
    data = _checked(store, ENTITIES[record.entity], given, record, sparse=sparse)
    if record.is_active and data["Active"] is not True:
        if data.get("CurrentBalanceWithSubAccounts"):
            raise faults.has_balance("account")
        store.put(record, data)
        store.rename(record, _inactive_names(store, record))
    else:
        store.put(record, data)
    _name_children(store, record)


def _checked(store: Store, entity: EntityType, given: JsonObject, record: Record | None, *, sparse: bool) -> JsonObject:
    old = record.data if record else None
    kept = _KEPT[entity.name] if record else frozenset[str]()
    data = merged(entity, given, old, sparse=sparse, kept=kept)
    require(data, "Name")
    check_references(store, entity.shape, data, old)
    _restore_name(data, record)
    if entity.name == "Account":
        _check_account(store, data)
    elif entity.name == "Item":
        _check_item(store, data)
    else:
        _check_term(data)
    if entity.name != "Term":
        _place(store, entity.name, data, record)
    owner = store.name_owner(name_key(entity.name, data) or ())
    if owner is not None and (record is None or owner != record.id):
        raise faults.duplicate_name(_OWNERS[entity.name])
    return data


def _check_account(store: Store, data: JsonObject) -> None:
    kind, sub_type = data.get("AccountType"), data.get("AccountSubType")
    if '"' in data["Name"]:
        raise faults.bad_name("Name")
    if not kind and not sub_type:
        raise faults.missing("AccountType")
    if sub_type is not None:
        kind = kind or SUB_TYPES.get(sub_type)
        if SUB_TYPES.get(sub_type) != kind:
            raise faults.bad_enumeration(sub_type)
    if kind not in CLASSIFICATIONS:
        raise faults.bad_enumeration(str(kind))
    data |= {
        "AccountType": kind,
        "AccountSubType": sub_type or DEFAULT_SUB_TYPES.get(kind, kind.replace(" ", "")),
        "Classification": CLASSIFICATIONS[kind],
    }
    currency = (data.get("CurrencyRef") or {}).get("value") or store.home_currency
    if currency != store.home_currency and not store.is_multicurrency:
        raise faults.feature_not_supported("Multicurrency")
    data["CurrencyRef"] = {"value": currency}
    data.setdefault("CurrentBalance", Decimal(0))
    data.setdefault("CurrentBalanceWithSubAccounts", Decimal(0))


def _check_item(store: Store, data: JsonObject) -> None:
    kind = data.setdefault("Type", "Service")
    if kind == "Group":
        raise faults.unsupported_operation("create of a bundle")
    if kind == "Category":
        data.pop("UnitPrice", None)
        return
    require(data, "IncomeAccountRef")
    if kind == "Inventory":
        require(data, "AssetAccountRef", "ExpenseAccountRef", "InvStartDate", "QtyOnHand")
    account = store.tables["Account"][data["IncomeAccountRef"]["value"]]
    if account.data["AccountType"] in _NO_SALES:
        raise faults.wrong_account_type("IncomeAccountRef")


def _check_term(data: JsonObject) -> None:
    is_dated = "DayOfMonthDue" in data
    if not is_dated and "DueDays" not in data:
        raise faults.missing("DueDays")
    data["Type"] = "DATE_DRIVEN" if is_dated else "STANDARD"
    data.setdefault("DiscountPercent", Decimal(0))
    for other in ("DueDays", "DiscountDays") if is_dated else ("DueNextMonthDays", "DiscountDayOfMonth"):
        data.pop(other, None)


def _place(store: Store, entity: str, data: JsonObject, record: Record | None) -> None:
    """Full name and level below the parent."""
    parent_id = (data.get("ParentRef") or {}).get("value")
    parent = store.get(entity, parent_id) if parent_id else None
    if parent and record and (parent is record or any(one is record for one in store.ancestors(parent))):
        raise faults.bad_reference(f"{entity}s", parent.id)
    above = f"{parent.data['FullyQualifiedName']}:" if parent else ""
    if above.count(":") >= MOST_LEVELS:
        raise faults.too_many_levels()
    data["FullyQualifiedName"] = above + data["Name"]
    if entity == "Account":
        data["SubAccount"] = parent is not None
    elif parent:
        data |= {"SubItem": True, "Level": above.count(":")}
    else:
        data.pop("SubItem", None)
        data.pop("Level", None)


def _inactive_names(store: Store, record: Record) -> JsonObject:
    name = record.data["Name"]
    if store.switches.inactive_names != "renamed" or " (deleted" in name:
        return {}
    number = 0
    while True:
        renamed = f"{name} (deleted {number})" if number else f"{name} (deleted)"
        if store.name_owner(name_key(record.entity, {**record.data, "Name": renamed}) or ()) is None:
            break
        number += 1
    if record.entity == "Term":
        return {"Name": renamed}
    above = record.data["FullyQualifiedName"].rpartition(":")[0]
    return {"Name": renamed, "FullyQualifiedName": f"{above}:{renamed}" if above else renamed}


def _restore_name(data: JsonObject, record: Record | None) -> None:
    if record is None or record.is_active or data["Active"] is not True:
        return
    if data["Name"] == record.data["Name"] and " (deleted" in data["Name"]:
        data["Name"] = data["Name"].rpartition(" (deleted")[0]


def _name_children(store: Store, record: Record) -> None:
    for child in store.children(record):
        name = f"{record.data['FullyQualifiedName']}:{child.data['Name']}"
        if child.data["FullyQualifiedName"] != name:
            store.rename(child, {"FullyQualifiedName": name})
            _name_children(store, child)
