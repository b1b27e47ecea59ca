"""What only a person in the product can do with names: merging two of them, and making projects."""

from typing import Any

import pytest

from harvest_qb_pipeline.sandbox.quickbooks.faults import RefusalError
from harvest_qb_pipeline_tests.sandbox.quickbooks_api import Api, line


def job(name: str, parent: str, **more: Any) -> dict[str, Any]:
    return {"DisplayName": name, "Job": True, "ParentRef": {"value": parent}, **more}


def filled(**switches: Any) -> Api:
    """Customer 2 Akme with an invoice of 100 (paid 30), its job 3 with one of 50; customer 1 Acme with one of 10."""
    api = Api(**switches)
    api.ok("/customer", {"DisplayName": "Akme"})
    api.ok("/customer", job("Website", "2"))
    api.ok("/invoice", api.invoice(100, CustomerRef={"value": "2"}, DocNumber="1"))
    api.ok("/invoice", api.invoice(50, CustomerRef={"value": "3"}, DocNumber="2"))
    api.ok("/invoice", api.invoice(10, DocNumber="3"))
    applied = {"Amount": 30, "LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}]}
    api.books.ui_create("Payment", {"CustomerRef": {"value": "2"}, "TotalAmt": 30, "Line": [applied]})
    api.company.clock.advance(60)
    return api


def merge(api: Api, record_id: str = "2", survivor: str = "1", kind: str = "Customer") -> dict[str, Any]:
    return api.books.ui_update(kind, record_id, {"merge_into": survivor})


def cdc(api: Api, entity: str) -> list[dict[str, Any]]:
    _, answer = api.get("/cdc", entities=entity, changedSince="2026-11-03T09:01:00-08:00")
    return answer["CDCResponse"][0]["QueryResponse"][0].get(entity, [])


def test_transactions_jobs_and_balances_move_to_the_customer_that_stays() -> None:
    api = filled()
    survivor = merge(api)
    assert (survivor["Id"], survivor["DisplayName"], survivor["Active"]) == ("1", "Acme", True)
    assert (survivor["Balance"], survivor["BalanceWithJobs"]) == (80, 130)
    website = api.read("/customer/3")
    assert (website["ParentRef"]["value"], website["FullyQualifiedName"]) == ("1", "Acme:Website")
    assert {api.read(f"/invoice/{one}")["CustomerRef"]["value"] for one in ("1", "3")} == {"1"}
    assert api.read("/invoice/2")["CustomerRef"]["value"] == "3"
    assert [one["CustomerRef"]["value"] for one in api.books.dump("Payment")] == ["1"]
    assert api.ids("select * from Invoice where CustomerRef = '1'") == ["1", "3"]


def test_a_merged_customer_is_read_as_inactive_and_deleted_and_frees_its_name() -> None:
    api = filled()
    merge(api)
    gone = api.read("/customer/2")
    assert (gone["Active"], gone["DisplayName"], gone["Balance"], gone["BalanceWithJobs"]) == (
        False, "Akme (deleted)", 0, 0,
    )  # fmt: skip
    assert "2" in [one["Id"] for one in cdc(api, "Customer")]
    assert api.code("/invoice", api.invoice(5, CustomerRef={"value": "2"})) == "610"
    assert api.ok("/customer", {"DisplayName": "Akme"})["Active"] is True


def test_a_merged_customer_is_gone_without_a_trace_by_switch() -> None:
    api = filled(merged_names="gone")
    merge(api)
    assert api.get("/customer/2")[1]["Fault"]["Error"][0]["code"] == "610"
    assert api.ids("select * from Customer where Active in (true, false)") == ["1", "3"]
    assert "2" not in [one["Id"] for one in cdc(api, "Customer")]
    assert api.code("/invoice", api.invoice(5, CustomerRef={"value": "2"})) == "2500"


def test_a_merged_customer_is_reported_as_deleted_by_switch() -> None:
    api = filled(merged_names="deleted")
    merge(api)
    assert cdc(api, "Customer")[-1] == {
        "status": "Deleted", "domain": "QBO", "Id": "2", "MetaData": {"LastUpdatedTime": "2026-11-03T09:01:00-08:00"},
    }  # fmt: skip


@pytest.mark.parametrize(("touches", "changed"), [(True, ["1"]), (False, [])])
def test_moved_transactions_may_change_unnoticed_by_switch(touches: bool, changed: list[str]) -> None:
    api = filled(merge_touches_transactions=touches)
    token = int(api.read("/invoice/1")["SyncToken"])
    merge(api)
    assert [one["Id"] for one in cdc(api, "Invoice")] == changed
    assert int(api.read("/invoice/1")["SyncToken"]) == token + len(changed)


def test_a_job_merges_with_its_parent_and_with_a_job_elsewhere() -> None:
    api = filled()
    other = api.ok("/customer", job("Webseite", "1"))["Id"]
    merge(api, "3", other)
    akme, acme, webseite = (api.read(f"/customer/{one}") for one in ("2", "1", other))
    assert (akme["BalanceWithJobs"], acme["BalanceWithJobs"], webseite["Balance"]) == (70, 60, 50)
    merge(api, other, "1")
    acme = api.read("/customer/1")
    assert (acme["Balance"], acme["BalanceWithJobs"]) == (60, 60)


def test_vendors_merge_with_what_they_are_owed_and_the_items_that_prefer_them() -> None:
    api = Api()
    for name in ("Printer", "Printers"):
        api.ok("/vendor", {"DisplayName": name})
    api.books.ui_update("Vendor", "3", {"Balance": 40})
    api.books.ui_update("Item", "1", {"PrefVendorRef": {"value": "3"}})
    assert merge(api, "3", "2", "Vendor")["Balance"] == 40
    assert api.read("/item/1")["PrefVendorRef"]["value"] == "2"
    assert api.read("/vendor/3")["DisplayName"] == "Printers (deleted)"


def test_what_cannot_be_one_is_not_merged() -> None:
    api = filled()
    api.books.ui_update("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    api.ok("/customer", {"DisplayName": "Euro", "CurrencyRef": {"value": "EUR"}})
    api.ok("/employee", {"GivenName": "Jane"})
    api.ok("/employee", {"GivenName": "John"})
    before = api.books.to_state()
    for kind, one, other in (
        ("Customer", "2", "4"),
        ("Customer", "2", "2"),
        ("Customer", "2", "3"),
        ("Customer", "2", "99"),
        ("Customer", "2", "5"),
        ("Employee", "5", "6"),
    ):
        with pytest.raises(RefusalError, match="fault 6000"):
            merge(api, one, other, kind)
    assert api.books.to_state() == before


def test_a_deep_tree_is_not_merged_below_the_lowest_level() -> None:
    api = Api()
    above = "1"
    for number in range(4):
        above = api.ok("/customer", job(f"Job {number}", above))["Id"]
    api.ok("/customer", {"DisplayName": "Akme"})
    api.ok("/customer", job("Website", "6"))
    with pytest.raises(RefusalError, match="fault 6180"):
        merge(api, "6", above)


def test_a_person_makes_a_project_that_clients_see_as_a_job() -> None:
    api = Api()
    made = api.books.ui_create("Customer", {"DisplayName": "Relaunch", "IsProject": True, "ParentRef": {"value": "1"}})
    shown = api.read(f"/customer/{made['Id']}")
    wanted = ("Job", "IsProject", "BillWithParent", "FullyQualifiedName", "Level", "ParentRef")
    assert {name: shown[name] for name in wanted} == {
        "Job": True,
        "IsProject": True,
        "BillWithParent": True,
        "FullyQualifiedName": "Acme:Relaunch",
        "Level": 1,
        "ParentRef": {"value": "1", "name": "Acme"},
    }
    enabled = {one["Name"]: one["Value"] for one in api.read("/preferences")["OtherPrefs"]["NameValue"]}
    assert enabled["ProjectsEnabled"] == "true"
    api.ok("/invoice", {"CustomerRef": {"value": made["Id"]}, "Line": [line(80)]})
    assert api.read("/customer/1")["BalanceWithJobs"] == 80


def test_a_client_can_neither_make_nor_unmake_a_project() -> None:
    api = Api()
    assert "IsProject" not in api.ok("/customer", job("Website", "1", IsProject=True))
    made = api.books.ui_create("Customer", job("Relaunch", "1", IsProject=True))
    full = {**made, "IsProject": False, "Notes": "x"}
    assert api.ok("/customer", full)["IsProject"] is True
    sparse = {"Id": made["Id"], "SyncToken": "1", "sparse": True, "IsProject": False, "DisplayName": "Relaunch 2"}
    assert api.ok("/customer", sparse)["IsProject"] is True


def test_a_project_needs_a_customer_and_can_neither_hold_projects_nor_merge() -> None:
    api = Api()
    made = api.books.ui_create("Customer", job("Relaunch", "1", IsProject=True))["Id"]
    with pytest.raises(RefusalError, match="fault 6150"):
        api.books.ui_create("Customer", {"DisplayName": "Lone", "IsProject": True})
    with pytest.raises(RefusalError, match="fault 6000"):
        api.books.ui_create("Customer", job("Inner", made, IsProject=True))
    other = api.ok("/customer", job("Website", "1"))["Id"]
    for one, into in ((made, other), (other, made)):
        with pytest.raises(RefusalError, match="Projects can't be merged"):
            merge(api, one, into)
