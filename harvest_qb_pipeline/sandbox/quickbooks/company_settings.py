"""CompanyInfo and Preferences: the company itself, and how it is set up.

Belongs here: their first values and changing them, by the API and by an administrator in the product. Must not be
here: what settings mean to other objects.
Source: QuickBooks Online API, CompanyInfo and Preferences.
"""

from copy import deepcopy

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.quickbooks import faults
from harvest_qb_pipeline.sandbox.quickbooks.merging import check_references, merged, number_addresses
from harvest_qb_pipeline.sandbox.quickbooks.properties import Shape
from harvest_qb_pipeline.sandbox.quickbooks.schema_company import ENTITIES
from harvest_qb_pipeline.sandbox.quickbooks.store import Record, Store

_PREFERENCES: JsonObject = {
    "AccountingInfoPrefs": {
        "FirstMonthOfFiscalYear": "January",
        "UseAccountNumbers": False,
        "TaxYearMonth": "January",
        "ClassTrackingPerTxn": False,
        "ClassTrackingPerTxnLine": False,
        "TrackDepartments": False,
        "TaxForm": "6",
        "CustomerTerminology": "Customers",
        "DepartmentTerminology": "Location",
    },
    "ProductAndServicesPrefs": {
        "ForSales": True,
        "ForPurchase": True,
        "QuantityOnHand": False,
        "QuantityWithPriceAndRate": True,
    },
    "SalesFormsPrefs": {
        "CustomTxnNumbers": True,
        "AllowServiceDate": True,
        "AllowDiscount": True,
        "AllowDeposit": False,
        "AllowShipping": False,
        "AllowEstimates": True,
        "AutoApplyCredit": False,
        "AutoApplyPayments": False,
        "DefaultCustomerMessage": "Thank you for your business.",
        "EmailCopyToCompany": False,
        "ETransactionEnabledStatus": "NotApplicable",
        "ETransactionPaymentEnabled": False,
        "ETransactionAttachPDF": False,
        "IPNSupportEnabled": False,
        "UsingPriceLevels": False,
        "UsingProgressInvoicing": False,
    },
    "VendorAndPurchasesPrefs": {"TrackingByCustomer": True, "BillableExpenseTracking": True},
    "TimeTrackingPrefs": {
        "UseServices": True,
        "BillCustomers": True,
        "ShowBillRateToAll": False,
        "WorkWeekStartDate": "Monday",
        "MarkTimeEntriesBillable": True,
    },
    "TaxPrefs": {"UsingSalesTax": False, "PartnerTaxEnabled": False},
    "CurrencyPrefs": {"HomeCurrency": {"value": "USD"}, "MultiCurrencyEnabled": False},
    "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
    "OtherPrefs": {
        "NameValue": [
            {"Name": "ProjectsEnabled", "Value": "false"},
            {"Name": "WarnDuplicateJournalNumber", "Value": "true"},
        ]
    },
}
"""The settings of a new US company that numbers its own forms."""


def open_company(store: Store) -> None:
    """The two records every company has, as a new US company has them."""
    for entity, data in (("CompanyInfo", _company_info(store)), ("Preferences", deepcopy(_PREFERENCES))):
        store.add(entity, data)


def update(store: Store, record: Record, given: JsonObject, *, sparse: bool) -> None:
    """Change what the API may change; read-only settings stay."""
    kind = ENTITIES[record.entity]
    data = merged(kind, given, record.data, sparse=sparse)
    for name, known in kind.shape.properties.items():
        section = record.data.get(name)
        if known.shape and not known.is_array and section and name not in {"MetaData"}:
            data[name] = {**_read_only(known.shape, section), **data.get(name, {})}
    check_references(store, kind.shape, data, record.data)
    number_addresses(store, kind.shape, data, record.data)
    store.put(record, data)


def administer(store: Store, record: Record, changes: JsonObject) -> None:
    """Change any setting, section by section, as an administrator in the product; null or "" empties one.

    Raises fault 2010 for a setting that does not exist; several currencies cannot be turned off again.
    """
    shape = ENTITIES[record.entity].shape
    data = dict(record.data)
    for name, value in changes.items():
        known = shape.properties.get(name)
        if known is None:
            raise faults.bad_property()
        if known.shape and not known.is_array and isinstance(value, dict):
            if unknown := set(value) - set(known.shape.properties) - known.shape.ignored:
                raise faults.bad_property(f"{name}.{min(unknown)}")
            value = {**data.get(name, {}), **value}
            data[name] = {key: one for key, one in value.items() if one not in (None, "")}
        elif value in (None, ""):
            data.pop(name, None)
        else:
            data[name] = value
    if store.is_multicurrency and record.entity == "Preferences" and not data["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        raise faults.business("Multicurrency cannot be turned off once it is on.")
    store.put(record, data)


def turn_on_projects(store: Store) -> None:
    """Turn the feature Projects on, as a person does before making the first one."""
    record = store.tables["Preferences"]["1"]
    others = record.data.get("OtherPrefs", {}).get("NameValue", [])
    values = [{**one, "Value": "true"} if one["Name"] == "ProjectsEnabled" else one for one in others]
    if values != others:
        store.put(record, {**record.data, "OtherPrefs": {"NameValue": values}})


def _read_only(shape: Shape, section: JsonObject) -> JsonObject:
    return {
        name: value
        for name, value in section.items()
        if name in shape.properties and shape.properties[name].is_read_only
    }


def _company_info(store: Store) -> JsonObject:
    name = "Sandbox Company" if store.owner.id == "demo" else f"Sandbox Company {store.owner.id}"
    address = {"Line1": "123 Sierra Way", "City": "San Pablo", "CountrySubDivisionCode": "CA", "PostalCode": "87999"}
    addresses = ("CompanyAddr", "LegalAddr", "CustomerCommunicationAddr")
    return {
        "CompanyName": name,
        "LegalName": name,
        **{one: {"Id": store.new_id("addresses"), **address, "Country": "US"} for one in addresses},
        "Email": {"Address": "books@example.com"},
        "CompanyStartDate": "2020-01-01",
        "FiscalYearStartMonth": "January",
        "Country": "US",
        "SupportedLanguages": "en",
        "DefaultTimeZone": store.owner.timezone,
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "IndustryType", "Value": "Professional, Scientific, and Technical Services"},
            {"Name": "SubscriptionStatus", "Value": "PAID"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "PayrollFeature", "Value": "false"},
            {"Name": "ItemCategoriesFeature", "Value": "true"},
        ],
    }
