"""Customers and jobs: shapes, updates, full names, deactivation."""

from decimal import Decimal

import pytest

from harvest_qb_pipeline_tests.sandbox.quickbooks_api import Api, line

NOW = "2026-11-03T09:00:00-08:00"


@pytest.fixture
def api() -> Api:
    return Api()


def job(name: str, parent: str) -> dict[str, object]:
    return {"DisplayName": name, "Job": True, "ParentRef": {"value": parent}}


def test_a_created_customer_is_answered_whole(api: Api) -> None:
    status, answer = api.post(
        "/customer",
        {
            "DisplayName": " Lumière SARL ",
            "CompanyName": "Lumière",
            "GivenName": "Ana",
            "PrimaryEmailAddr": {"Address": "ana@example.com"},
            "PrimaryPhone": {"FreeFormNumber": "555-0100"},
            "BillAddr": {"Line1": "1 Rue A", "City": "Lyon", "PostalCode": "69001", "Country": "France"},
            "SalesTermRef": {"value": "1"},
            "CurrencyRef": {"value": "USD"},
            "Notes": "[hq:customer/client-1]",
            "FullyQualifiedName": "ignored",
            "MetaData": {"CreateTime": "2001-01-01T00:00:00Z"},
        },
    )
    assert (status, answer) == (
        200,
        {
            "Customer": {
                "Id": "2",
                "SyncToken": "0",
                "domain": "QBO",
                "sparse": False,
                "MetaData": {"CreateTime": NOW, "LastUpdatedTime": NOW},
                "DisplayName": "Lumière SARL",
                "FullyQualifiedName": "Lumière SARL",
                "CompanyName": "Lumière",
                "GivenName": "Ana",
                "PrintOnCheckName": "Lumière",
                "PrimaryEmailAddr": {"Address": "ana@example.com"},
                "PrimaryPhone": {"FreeFormNumber": "555-0100"},
                "BillAddr": {
                    "Id": "4", "Line1": "1 Rue A", "City": "Lyon", "PostalCode": "69001", "Country": "France",
                },
                "SalesTermRef": {"value": "1", "name": "Net 30"},
                "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
                "Notes": "[hq:customer/client-1]",
                "Active": True,
                "Job": False,
                "BillWithParent": False,
                "Taxable": True,
                "PreferredDeliveryMethod": "Print",
                "Balance": 0,
                "BalanceWithJobs": 0,
            },
            "time": "2026-11-03T09:00:00.0-08:00",
        },
    )  # fmt: skip


def test_a_job_shows_its_parent_level_and_full_name(api: Api) -> None:
    created = api.ok("/customer", {**job("Website", "1"), "BillWithParent": True})
    assert {name: created[name] for name in ("ParentRef", "Level", "FullyQualifiedName", "Job", "BillWithParent")} == {
        "ParentRef": {"value": "1", "name": "Acme"},
        "Level": 1,
        "FullyQualifiedName": "Acme:Website",
        "Job": True,
        "BillWithParent": True,
    }


def test_a_display_name_is_put_together_from_the_parts(api: Api) -> None:
    created = api.ok("/customer", {"Title": "Ms", "GivenName": "Ada", "FamilyName": "King", "Suffix": "Jr"})
    assert created["DisplayName"] == created["FullyQualifiedName"] == "Ms Ada King Jr"


def test_a_sparse_update_changes_only_what_is_given(api: Api) -> None:
    created = api.ok("/customer", {"DisplayName": "Beta", "Notes": "keep", "BillAddr": {"Line1": "A", "City": "B"}})
    api.company.clock.advance(60)
    change = {"Id": created["Id"], "SyncToken": "0", "sparse": True, "CompanyName": "Beta Ltd", "Balance": 99}
    updated = api.ok("/customer", change)
    assert updated == created | {
        "CompanyName": "Beta Ltd",
        "SyncToken": "1",
        "MetaData": {"CreateTime": NOW, "LastUpdatedTime": "2026-11-03T09:01:00-08:00"},
    }


def test_a_sparse_update_replaces_nested_objects_whole_and_ignores_null(api: Api) -> None:
    created = api.ok("/customer", {"DisplayName": "Beta", "Notes": "keep", "BillAddr": {"Line1": "A", "City": "B"}})
    change = {"Id": created["Id"], "SyncToken": "0", "sparse": True, "BillAddr": {"Line1": "C"}, "Notes": None}
    updated = api.ok("/customer", change)
    assert updated["BillAddr"] == {"Id": created["BillAddr"]["Id"], "Line1": "C"}
    assert updated["Notes"] == "keep"


@pytest.mark.parametrize("empty", ["", {}, {"value": ""}])
def test_a_sparse_update_clears_with_empty_values(api: Api, empty: object) -> None:
    created = api.ok("/customer", {"DisplayName": "Beta", "Notes": "x", "SalesTermRef": {"value": "1"},
                                   "BillAddr": {"City": "B"}})  # fmt: skip
    name = "Notes" if empty == "" else "SalesTermRef" if empty else "BillAddr"
    updated = api.ok("/customer", {"Id": created["Id"], "SyncToken": "0", "sparse": True, name: empty})
    assert set(created) - set(updated) == {name}


def test_a_full_update_resets_what_is_left_out(api: Api) -> None:
    created = api.ok("/customer", {"DisplayName": "Beta", "Notes": "x", "CompanyName": "B", "Taxable": False})
    updated = api.ok("/customer", {"Id": created["Id"], "SyncToken": "0", "DisplayName": "Beta"})
    assert "Notes" not in updated
    assert "CompanyName" not in updated
    assert (updated["Taxable"], updated["PrintOnCheckName"], updated["SyncToken"]) == (True, "Beta", "1")
    assert updated["CurrencyRef"] == created["CurrencyRef"]


def test_an_object_read_can_be_sent_back_whole(api: Api) -> None:
    created = api.ok("/customer", {**job("Website", "1"), "Notes": "x"})
    assert api.ok("/customer", created) == created | {"SyncToken": "1"}


def test_renaming_a_parent_renames_the_full_names_below(api: Api) -> None:
    child = api.ok("/customer", job("Website", "1"))
    grandchild = api.ok("/customer", job("Phase 2", child["Id"]))
    api.ok("/customer", {"Id": "1", "SyncToken": "0", "sparse": True, "DisplayName": "Acme Corp"})
    after = api.read(f"/customer/{grandchild['Id']}")
    assert (after["FullyQualifiedName"], after["SyncToken"]) == ("Acme Corp:Website:Phase 2", "0")
    assert api.read(f"/customer/{child['Id']}")["ParentRef"] == {"value": "1", "name": "Acme Corp"}


def test_moving_a_job_moves_its_level_its_name_and_what_it_owes(api: Api) -> None:
    other = api.ok("/customer", {"DisplayName": "Beta"})["Id"]
    child = api.ok("/customer", job("Website", "1"))["Id"]
    api.ok("/invoice", {"CustomerRef": {"value": child}, "Line": [line(80)]})
    assert api.read("/customer/1")["BalanceWithJobs"] == 80
    moved = {"Id": child, "SyncToken": "0", "sparse": True, "Job": True, "ParentRef": {"value": other}}
    assert api.ok("/customer", moved)["FullyQualifiedName"] == "Beta:Website"
    assert (api.read("/customer/1")["BalanceWithJobs"], api.read(f"/customer/{other}")["BalanceWithJobs"]) == (0, 80)


def test_a_job_cannot_be_moved_below_itself(api: Api) -> None:
    child = api.ok("/customer", job("Website", "1"))["Id"]
    loop = {"Id": "1", "SyncToken": "0", "sparse": True, "Job": True, "ParentRef": {"value": child}}
    assert api.code("/customer", loop) == "2500"


def test_an_inactive_customer_is_renamed_and_frees_its_name(api: Api) -> None:
    gone = api.ok("/customer", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})
    assert (gone["Active"], gone["DisplayName"], gone["FullyQualifiedName"], gone["SyncToken"]) == (
        False, "Acme (deleted)", "Acme (deleted)", "1",
    )  # fmt: skip
    again = api.ok("/customer", {"DisplayName": "Acme"})
    back = {"Id": "1", "SyncToken": "1", "sparse": True, "Active": True}
    assert api.code("/customer", back) == "6240"
    api.ok("/customer", {"Id": again["Id"], "SyncToken": "0", "sparse": True, "DisplayName": "Acme 2"})
    assert api.ok("/customer", back)["DisplayName"] == "Acme"


def test_a_second_deletion_of_one_name_is_numbered(api: Api) -> None:
    api.books.ui_update("Customer", "1", {"Active": False})
    again = api.ok("/customer", {"DisplayName": "Acme"})["Id"]
    assert api.books.ui_update("Customer", again, {"Active": False})["DisplayName"] == "Acme (deleted 1)"


def test_jobs_become_inactive_with_their_parent(api: Api) -> None:
    child = api.ok("/customer", job("Website", "1"))["Id"]
    api.ok("/customer", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})
    after = api.read(f"/customer/{child}")
    assert (after["Active"], after["FullyQualifiedName"]) == (False, "Acme (deleted):Website (deleted)")


def test_an_inactive_name_may_stay_taken_by_switch() -> None:
    api = Api(inactive_names="kept")
    gone = api.ok("/customer", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})
    assert gone["DisplayName"] == "Acme"
    assert api.code("/customer", {"DisplayName": "Acme"}) == "6240"


def test_a_currency_is_fixed_at_creation_and_jobs_share_it(api: Api) -> None:
    api.books.ui_update("Preferences", "1", {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    euro = api.ok("/customer", {"DisplayName": "Euro", "CurrencyRef": {"value": "EUR"}})
    assert euro["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    change = {"Id": euro["Id"], "SyncToken": "0", "sparse": True, "CurrencyRef": {"value": "USD"}}
    assert api.ok("/customer", change)["CurrencyRef"]["value"] == "EUR"
    assert api.ok("/customer", job("Projekt", euro["Id"]))["CurrencyRef"]["value"] == "EUR"
    assert api.code("/customer", {**job("Other", euro["Id"]), "CurrencyRef": {"value": "USD"}}) == "6000"


def test_what_a_customer_owes_follows_its_invoices_without_a_new_sync_token(api: Api) -> None:
    child = api.ok("/customer", job("Website", "1"))["Id"]
    api.company.clock.advance(5)
    api.ok("/invoice", api.invoice(100))
    api.ok("/invoice", {"CustomerRef": {"value": child}, "Line": [line(Decimal("20.50"))]})
    acme, website = api.read("/customer/1"), api.read(f"/customer/{child}")
    assert (acme["Balance"], acme["BalanceWithJobs"], acme["SyncToken"]) == (100, Decimal("120.5"), "0")
    assert (website["Balance"], website["BalanceWithJobs"]) == (Decimal("20.5"), Decimal("20.5"))
    assert acme["MetaData"]["LastUpdatedTime"] == "2026-11-03T09:00:05-08:00"
