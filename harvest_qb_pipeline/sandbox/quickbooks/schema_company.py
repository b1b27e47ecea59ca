"""The properties of the company itself: CompanyInfo and Preferences, and the table of all entities.

Belongs here: tables, and `ENTITIES`, where the others look an entity up by name. Must not be here: behaviour.
Source: QuickBooks Online API reference, attributes of CompanyInfo and Preferences.
"""

from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType, Shape, shape
from harvest_qb_pipeline.sandbox.quickbooks.schema_common import COMMON, SHAPES
from harvest_qb_pipeline.sandbox.quickbooks.schema_lists import ACCOUNT, CUSTOMER, EMPLOYEE, ITEM, TERM, VENDOR
from harvest_qb_pipeline.sandbox.quickbooks.schema_transactions import INVOICE, PAYMENT

_SECTIONS: dict[str, Shape] = {
    "AccountingInfoPrefs": shape(
        "AccountingInfoPrefs",
        """
        FirstMonthOfFiscalYear  text RO
        UseAccountNumbers       boolean RO
        TaxYearMonth            text RO
        ClassTrackingPerTxn     boolean
        ClassTrackingPerTxnLine boolean
        TrackDepartments        boolean
        TaxForm                 text RO
        CustomerTerminology     text
        DepartmentTerminology   text
        BookCloseDate           date RO
        """,
    ),
    "ProductAndServicesPrefs": shape(
        "ProductAndServicesPrefs",
        """
        ForSales                  boolean
        ForPurchase               boolean
        QuantityOnHand            boolean
        QuantityWithPriceAndRate  boolean
        RevenueRecognitionEnabled boolean
        RecognitionFrequencyType  text
        """,
    ),
    "SalesFormsPrefs": shape(
        "SalesFormsPrefs",
        """
        CustomTxnNumbers           boolean
        AllowServiceDate           boolean
        AllowDiscount              boolean
        AllowDeposit               boolean
        AllowShipping              boolean
        AllowEstimates             boolean
        AutoApplyCredit            boolean RO
        AutoApplyPayments          boolean
        DefaultTerms               ref:Terms
        DefaultCustomerMessage     text
        DefaultDiscountAccount     text
        DefaultShippingAccount     text
        EmailCopyToCompany         boolean
        EstimateMessage            text RO
        ETransactionEnabledStatus  text RO
        ETransactionPaymentEnabled boolean
        ETransactionAttachPDF      boolean
        IPNSupportEnabled          boolean RO
        UsingPriceLevels           boolean RO
        UsingProgressInvoicing     boolean RO
        SalesEmailBcc              {EmailAddress}
        SalesEmailCc               {EmailAddress}
        CustomField                any RO
        """,
        SHAPES,
    ),
    "VendorAndPurchasesPrefs": shape(
        "VendorAndPurchasesPrefs",
        """
        TrackingByCustomer      boolean
        BillableExpenseTracking boolean
        DefaultTerms            ref:Terms
        DefaultMarkup           number
        DefaultMarkupAccount    ref:Accounts
        POCustomField           any RO
        TPAREnabled             boolean RO
        """,
    ),
    "TimeTrackingPrefs": shape(
        "TimeTrackingPrefs",
        """
        UseServices             boolean
        BillCustomers           boolean
        ShowBillRateToAll       boolean
        WorkWeekStartDate       text RO
        MarkTimeEntriesBillable boolean RO
        """,
    ),
    "TaxPrefs": shape(
        "TaxPrefs",
        """
        UsingSalesTax     boolean RO
        PartnerTaxEnabled boolean RO
        TaxGroupCodeRef   ref:TaxCodes RO
        """,
    ),
    "CurrencyPrefs": shape("CurrencyPrefs", "HomeCurrency currency RO\nMultiCurrencyEnabled boolean RO"),
    "ReportPrefs": shape("ReportPrefs", "ReportBasis enum:Cash|Accrual\nCalcAgingReportFromTxnDate boolean RO"),
    "OtherPrefs": shape("OtherPrefs", "NameValue [NameValue]", SHAPES),
}

PREFERENCES = EntityType(
    "Preferences",
    shape(
        "Preferences",
        COMMON + "".join(f"{name} {{{name}}}\n" for name in _SECTIONS) + "EmailMessagesPrefs any",
        SHAPES | _SECTIONS,
    ),
    ids="preferences",
    operations=frozenset({"update"}),
    is_list=True,
)

COMPANY_INFO = EntityType(
    "CompanyInfo",
    shape(
        "CompanyInfo",
        f"""
        {COMMON}
        CompanyName               text <=1024 F S
        LegalName                 text <=1024
        CompanyAddr               {{PhysicalAddress}}
        LegalAddr                 {{PhysicalAddress}}
        CustomerCommunicationAddr {{PhysicalAddress}}
        PrimaryPhone              {{TelephoneNumber}}
        Email                     {{EmailAddress}}
        WebAddr                   {{WebSiteAddress}}
        CompanyStartDate          text RO
        FiscalYearStartMonth      text
        Country                   text
        SupportedLanguages        text
        DefaultTimeZone           text RO
        NameValue                 [NameValue]
        """,
        SHAPES,
        ignored="EmployerId CompanyEmailAddr CompanyURL QBVersion IsQbdtMigrated",
    ),
    ids="company",
    operations=frozenset({"update"}),
    is_list=True,
    label="CompanyName",
)

ENTITIES: dict[str, EntityType] = {
    one.name: one
    for one in (COMPANY_INFO, PREFERENCES, CUSTOMER, VENDOR, EMPLOYEE, ITEM, ACCOUNT, TERM, INVOICE, PAYMENT)
}
BY_PATH: dict[str, EntityType] = {name.lower(): one for name, one in ENTITIES.items() if not one.is_hidden}
"""Entities by their word in a path and (case-insensitively) in queries and change data capture."""
