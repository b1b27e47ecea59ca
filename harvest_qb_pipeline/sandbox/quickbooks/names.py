"""Customers with their jobs, vendors and employees: the lists whose names must differ from each other.

Belongs here: what makes such a record valid, its full name and level, deactivation, and balances. Must not be here:
transactions, two records becoming one (`joining`), HTTP.
Source: QuickBooks Online API, Customer, Vendor, Employee; accounting rule 48; error codes 6080, 6150, 6180, 6220, 6240.
"""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.quickbooks import faults
from harvest_qb_pipeline.sandbox.quickbooks.merging import check_references, merged, number_addresses
from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType
from harvest_qb_pipeline.sandbox.quickbooks.schema_company import ENTITIES
from harvest_qb_pipeline.sandbox.quickbooks.store import Record, Store, name_key

MOST_LEVELS = 5
KEPT = frozenset({"CurrencyRef", "Balance", "OpenBalanceDate"})
_NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_SUFFIX = " (deleted)"


def create(store: Store, entity: str, given: JsonObject) -> Record:
    """A new customer, vendor or employee."""
    is_active = given.get("Active") is not False
    data = _checked(store, entity, {**given, "Active": True}, None, sparse=False)
    record = store.add(entity, data)
    if not is_active:
        put_aside(store, record)
    return record


def create_project(store: Store, given: JsonObject) -> Record:
    """A project as a person makes it in the product: a job that is marked, which no client of the API can do."""
    parent = store.get("Customer", (given.get("ParentRef") or {}).get("value", ""))
    if parent is not None and parent.data.get("IsProject"):
        raise faults.business("A project belongs to a customer, not to another project.")
    record = create(store, "Customer", {"BillWithParent": True, **given, "Job": True})
    store.rename(record, {"IsProject": True})
    return record


def owe_vendor(store: Store, record: Record, amount: Decimal) -> None:
    """What is owed to a vendor, as bills that a person has entered would make it."""
    record.data["Balance"] = amount
    store.touch(record)


def update(store: Store, record: Record, given: JsonObject, *, sparse: bool) -> None:
    """Change a record; `Active` false puts it aside, true brings it back."""
    data = _checked(store, record.entity, given, record, sparse=sparse)
    will_be_active = data["Active"] is True
    if record.is_active and not will_be_active:
        if data.get("BalanceWithJobs") or data.get("Balance"):
            raise faults.has_balance(record.entity.lower())
        store.put(record, {**data, "Active": True})
        put_aside(store, record)
        return
    moved = record.data.get("ParentRef") != data.get("ParentRef")
    if moved:
        spread(store, record, -with_jobs(record))
    store.put(record, data)
    if moved:
        spread(store, record, with_jobs(record))
    name_children(store, record)


def add_balance(store: Store, customer_id: str, amount: Decimal) -> None:
    """What a customer owes has changed by `amount`, in its currency; the customers above it show it too."""
    record = store.tables["Customer"][customer_id]
    record.data["Balance"] = record.data["Balance"] + amount
    record.data["BalanceWithJobs"] = with_jobs(record) + amount
    store.touch(record)
    spread(store, record, amount)


def with_jobs(record: Record) -> Decimal:
    """What a customer owes together with its jobs."""
    return record.data.get("BalanceWithJobs", Decimal(0))


def spread(store: Store, record: Record, amount: Decimal) -> None:
    """Show a change of what a customer owes on those above it."""
    if amount:
        for ancestor in store.ancestors(record):
            ancestor.data["BalanceWithJobs"] = with_jobs(ancestor) + amount
            store.touch(ancestor)


def _checked(store: Store, entity: str, given: JsonObject, record: Record | None, *, sparse: bool) -> JsonObject:
    kind = ENTITIES[entity]
    old = record.data if record else None
    if entity == "Vendor" and record is None and store.switches.vendor_refs_on_create == "ignored":
        given = {name: value for name, value in given.items() if name not in ("CurrencyRef", "TermRef")}
    data = merged(kind, given, old, sparse=sparse, kept=KEPT if record else frozenset())
    _fill_name(kind, data)
    check_references(store, kind.shape, data, old)
    if entity == "Customer":
        _place_customer(store, data, record)
    if entity != "Employee":
        _set_currency(store, data, record)
    _restore_name(entity, data, record)
    _check_name(store, entity, data, record)
    number_addresses(store, kind.shape, data, old)
    if entity == "Vendor":
        data.setdefault("Balance", Decimal(0))
    return data


def _fill_name(kind: EntityType, data: JsonObject) -> None:
    if kind.name == "Employee" and not (data.get("GivenName") or data.get("FamilyName")):
        raise faults.no_name()
    if not data.get("DisplayName"):
        parts = [data[part] for part in _NAME_PARTS if data.get(part)]
        if not parts:
            raise faults.no_name()
        data["DisplayName"] = " ".join(parts)
    if not data.get("PrintOnCheckName"):
        most = kind.shape.properties["PrintOnCheckName"].most
        data["PrintOnCheckName"] = (data.get("CompanyName") or data["DisplayName"])[:most]


def _check_name(store: Store, entity: str, data: JsonObject, record: Record | None) -> None:
    owner = store.name_owner(name_key(entity, data) or ())
    if owner is not None and (record is None or owner != record.id):
        raise faults.duplicate_name("customer, vendor or employee")


def _place_customer(store: Store, data: JsonObject, record: Record | None) -> None:
    """Full name and level of a customer; a job has a parent, and nobody else has (6150)."""
    parent_id = (data.get("ParentRef") or {}).get("value")
    if bool(data.get("Job")) != (parent_id is not None):
        raise faults.parent_required()
    if record is None and data.get("Balance"):
        raise faults.business("Opening balances are not part of this sandbox: create the invoice instead.")
    data.setdefault("Balance", Decimal(0))
    data.setdefault("BalanceWithJobs", Decimal(0))
    if parent_id is None:
        data["FullyQualifiedName"] = data["DisplayName"]
        data.pop("Level", None)
        lowest = height(store, record)
    else:
        parent = store.tables["Customer"][parent_id]
        if record and (parent is record or any(one is record for one in store.ancestors(parent))):
            raise faults.bad_reference("Names", parent_id)
        data["FullyQualifiedName"] = f"{parent.data['FullyQualifiedName']}:{data['DisplayName']}"
        data["Level"] = parent.data.get("Level", 0) + 1
        lowest = data["Level"] + height(store, record)
    if lowest >= MOST_LEVELS:
        raise faults.too_many_levels()


def height(store: Store, record: Record | None) -> int:
    """How many generations are below a record."""
    return max((1 + height(store, child) for child in store.children(record)), default=0) if record else 0


def _set_currency(store: Store, data: JsonObject, record: Record | None) -> None:
    """A party has one currency for ever (rule 12); a job has its parent's."""
    if record is not None:
        data["CurrencyRef"] = record.data["CurrencyRef"]
    parent = data.get("ParentRef")
    inherited = store.tables["Customer"][parent["value"]].data["CurrencyRef"]["value"] if parent else None
    wanted = (data.get("CurrencyRef") or {}).get("value") or inherited or store.home_currency
    if inherited is not None and wanted != inherited:
        raise faults.wrong_currency("customer")
    if wanted != store.home_currency and not store.is_multicurrency:
        raise faults.feature_not_supported("Multicurrency")
    data["CurrencyRef"] = {"value": wanted}


def put_aside(store: Store, record: Record) -> None:
    """Put aside, with the jobs below; the names get a suffix, so that they are free again."""
    for child in store.children(record):
        if child.is_active:
            put_aside(store, child)
            child.sync_token += 1
    name = record.data["DisplayName"]
    if store.switches.inactive_names == "renamed" and not name.endswith(_SUFFIX):
        name = _free_name(store, record.entity, name)
    store.rename(record, {"Active": False, "DisplayName": name})
    _qualify(store, record)


def _free_name(store: Store, entity: str, name: str) -> str:
    number = 0
    while True:
        suffix = f" (deleted {number})" if number else _SUFFIX
        if store.name_owner(name_key(entity, {"DisplayName": name + suffix}) or ()) is None:
            return name + suffix
        number += 1


def _restore_name(entity: str, data: JsonObject, record: Record | None) -> None:
    """A record that comes back gets its name back, unless it was given a new one."""
    if record is None or record.is_active or data["Active"] is not True:
        return
    if data["DisplayName"] == record.data["DisplayName"] and " (deleted" in data["DisplayName"]:
        data["DisplayName"] = data["DisplayName"].rpartition(" (deleted")[0]
        if entity == "Customer":
            above = data["FullyQualifiedName"].rpartition(":")[0]
            data["FullyQualifiedName"] = f"{above}:{data['DisplayName']}" if above else data["DisplayName"]


def _qualify(store: Store, record: Record) -> None:
    if record.entity == "Customer":
        parent = next(store.ancestors(record), None)
        above = f"{parent.data['FullyQualifiedName']}:" if parent else ""
        store.rename(record, {"FullyQualifiedName": above + record.data["DisplayName"]})
        name_children(store, record)


def name_children(store: Store, record: Record) -> None:
    """Full names and levels below follow a renamed or moved record."""
    for child in store.children(record):
        name = f"{record.data['FullyQualifiedName']}:{child.data['DisplayName']}"
        level = record.data.get("Level", 0) + 1
        if (child.data["FullyQualifiedName"], child.data["Level"]) != (name, level):
            store.rename(child, {"FullyQualifiedName": name, "Level": level})
            name_children(store, child)
