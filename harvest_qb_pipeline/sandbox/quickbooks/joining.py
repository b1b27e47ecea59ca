"""Two customers, or two vendors, that a person makes one in the product: nothing of this can be done over the API.

Belongs here: what moves to the record that stays, and what becomes of the other. Must not be here: the rules of single
records (`names`), HTTP.
Source: QuickBooks Online API, webhooks ("Merge", `deletedId`); what clients read of the other record afterwards is
nowhere said, hence the switches `merged_names` and `merge_touches_transactions`.
"""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.quickbooks import faults
from harvest_qb_pipeline.sandbox.quickbooks.names import (
    MOST_LEVELS,
    height,
    name_children,
    put_aside,
    spread,
    with_jobs,
)
from harvest_qb_pipeline.sandbox.quickbooks.store import Record, Store

_ZERO = Decimal(0)


def merge(store: Store, record: Record, survivor_id: str) -> Record:
    """Move all that belongs to `record` to the survivor and put it aside. Answers the survivor.

    Raises fault 6000 for records that cannot become one, 6180 when jobs would be nested too deeply.
    """
    survivor = _survivor(store, record, survivor_id)
    _move_transactions(store, record, survivor)
    if record.entity == "Vendor":
        survivor.data["Balance"] += record.data["Balance"]
    else:
        _move_jobs(store, record, survivor)
    store.touch(survivor)
    if store.switches.merged_names == "inactive":
        store.put(record, {**record.data, "Balance": _ZERO})
        put_aside(store, record)
    else:
        store.remove(record, is_reported=store.switches.merged_names == "deleted")
    return survivor


def _survivor(store: Store, record: Record, survivor_id: str) -> Record:
    survivor = store.get(record.entity, survivor_id)
    if record.entity not in ("Customer", "Vendor"):
        raise faults.business("Only customers and vendors can be merged.")
    if survivor is None or not survivor.is_active or not record.is_active or survivor is record:
        raise faults.business(f"{record.entity} {record.id} can only be merged with another one, both of them active.")
    if survivor.data["CurrencyRef"] != record.data["CurrencyRef"]:
        raise faults.business("Names that use different currencies can't be merged.")
    if survivor.data.get("IsProject") or record.data.get("IsProject"):
        raise faults.business("Projects can't be merged.")
    if any(one is record for one in store.ancestors(survivor)):
        raise faults.business("A customer can't be merged with a job of its own.")
    if survivor.data.get("Level", 0) + height(store, record) >= MOST_LEVELS:
        raise faults.too_many_levels()
    return survivor


def _move_transactions(store: Store, record: Record, survivor: Record) -> None:
    """Forms, and items that prefer a vendor, name the survivor from now on."""
    names = ("PrefVendorRef",) if record.entity == "Vendor" else ("CustomerRef", "ProjectRef")
    tables = ("Item",) if record.entity == "Vendor" else ("Invoice", "Payment")
    for one in [one for table in tables for one in store.tables[table].values()]:
        moved: JsonObject = {
            name: {"value": survivor.id} for name in names if (one.data.get(name) or {}).get("value") == record.id
        }
        if moved and store.switches.merge_touches_transactions:
            store.put(one, {**one.data, **moved})
        else:
            one.data.update(moved)


def _move_jobs(store: Store, record: Record, survivor: Record) -> None:
    own, total = record.data["Balance"], with_jobs(record)
    spread(store, record, -total)
    record.data["BalanceWithJobs"] = _ZERO
    survivor.data["Balance"] += own
    survivor.data["BalanceWithJobs"] = with_jobs(survivor) + total
    spread(store, survivor, total)
    for job in store.children(record):
        store.put(job, {**job.data, "ParentRef": {"value": survivor.id}})
    name_children(store, survivor)
