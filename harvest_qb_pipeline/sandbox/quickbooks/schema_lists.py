"""The properties of QuickBooks' lists: customers, vendors, employees, items, accounts and terms.

Belongs here: tables. Must not be here: behaviour (`names`, `catalog`).
Source: QuickBooks Online API reference, attributes of each entity with their lengths and filterable/sortable flags.
"""

from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType, shape
from harvest_qb_pipeline.sandbox.quickbooks.schema_common import COMMON, SHAPES

CREATE_AND_UPDATE = frozenset({"create", "update"})

_PERSON = """
    Title            text <=16 name
    GivenName        text <=100 F S name
    MiddleName       text <=100 F S name
    FamilyName       text <=100 F S name
    DisplayName      text <=500 F S name
"""

_PARTY = """
    PrimaryPhone     {TelephoneNumber}
    Mobile           {TelephoneNumber}
    CompanyName      text <=100 F S
    AlternatePhone   {TelephoneNumber}
    Fax              {TelephoneNumber}
    WebAddr          {WebSiteAddress}
    BillAddr         {PhysicalAddress}
    CurrencyRef      currency
    Active           boolean F S =true
"""

CUSTOMER = EntityType(
    "Customer",
    shape(
        "Customer",
        f"""
        {COMMON}
        {_PERSON}
        Suffix                  text <=16 name
        PrintOnCheckName        text <=110 F S
        PrimaryEmailAddr        {{EmailAddress}} F
        {_PARTY}
        ShipAddr                {{PhysicalAddress}}
        Notes                   text <=2000
        Job                     boolean =false
        BillWithParent          boolean =false
        ParentRef               ref:Names
        FullyQualifiedName      text RO F S
        Level                   integer RO
        IsProject               boolean RO
        SalesTermRef            ref:Terms
        PaymentMethodRef        ref:PaymentMethods
        CustomerTypeRef         ref:CustomerTypes
        ARAccountRef            ref:Accounts
        Taxable                 boolean =true
        DefaultTaxCodeRef       taxcode
        TaxExemptionReasonId    number
        ResaleNum               text <=16
        PrimaryTaxIdentifier    text
        PreferredDeliveryMethod enum:Print|Email|None =Print
        OpenBalanceDate         date
        Balance                 number F S
        BalanceWithJobs         number RO S
        """,
        SHAPES,
        ignored="Organization UserId V4IDPseudonym OtherContactInfo OtherAddr ContactName AltContactName "
        "RootCustomerRef SalesRepRef TaxGroupCodeRef TaxRateRef CCDetail PriceLevelRef CreditLimit AcctNum "
        "OverDueBalance TotalRevenue TotalExpense JobInfo TDSEnabled CustomerEx SecondaryTaxIdentifier "
        "BusinessNumber GSTIN GSTRegistrationType ClientEntityId ClientCompanyId IsCISContractor AttachableRef",
    ),
    ids="names",
    operations=CREATE_AND_UPDATE,
    is_list=True,
    label="DisplayName",
    has_active=True,
)

VENDOR = EntityType(
    "Vendor",
    shape(
        "Vendor",
        f"""
        {COMMON}
        {_PERSON}
        Suffix           text <=16 F S name
        PrintOnCheckName text <=100 F S
        PrimaryEmailAddr {{EmailAddress}}
        {_PARTY}
        APAccountRef     ref:Accounts
        TermRef          ref:Terms
        AcctNum          text <=100
        TaxIdentifier    text <=20 masked
        Vendor1099       boolean =false
        BillRate         number
        CostRate         number
        Balance          number RO F
        """,
        SHAPES,
        ignored="OtherContactInfo OtherAddr ContactName AltContactName TaxCountry T4AEligible T5018Eligible "
        "PrefPaymentMethod VendorPaymentBankDetail HasTPAR TaxReportingBasis GSTIN GSTRegistrationType BusinessNumber "
        "V4IDPseudonym ClientEntityId AttachableRef",
    ),
    ids="names",
    operations=CREATE_AND_UPDATE,
    is_list=True,
    label="DisplayName",
    has_active=True,
)

EMPLOYEE = EntityType(
    "Employee",
    shape(
        "Employee",
        f"""
        {COMMON}
        {_PERSON}
        Suffix           text <=16 F S name
        PrintOnCheckName text <=100 F S
        PrimaryEmailAddr {{EmailAddress}}
        PrimaryPhone     {{ShortTelephoneNumber}}
        Mobile           {{ShortTelephoneNumber}}
        PrimaryAddr      {{PhysicalAddress}}
        Active           boolean F =true
        BillableTime     boolean =false
        BillRate         number
        CostRate         number
        EmployeeNumber   text <=100
        HiredDate        date
        ReleasedDate     date
        BirthDate        date
        Gender           text
        SSN              text <=100 masked
        Organization     boolean
        """,
        SHAPES,
        ignored="EmployeeType PayrollDetails OtherContactInfo V4IDPseudonym ClientEntityId AttachableRef",
    ),
    ids="names",
    operations=CREATE_AND_UPDATE,
    is_list=True,
    label="DisplayName",
    has_active=True,
)

ITEM = EntityType(
    "Item",
    shape(
        "Item",
        f"""
        {COMMON}
        Name                 text <=100 F S name
        Sku                  text <=100
        Description          text <=4000
        Active               boolean F =true
        SubItem              boolean F
        ParentRef            ref:Items
        Level                integer RO
        FullyQualifiedName   text RO F
        Taxable              boolean F =false
        SalesTaxIncluded     boolean
        SalesTaxCodeRef      ref:TaxCodes
        PurchaseTaxIncluded  boolean
        PurchaseTaxCodeRef   ref:TaxCodes
        UnitPrice            number S =0 <=99999999999
        Type                 enum:Service|Inventory|NonInventory|Category|Group F S
        IncomeAccountRef     ref:Accounts
        PurchaseDesc         text <=1000
        PurchaseCost         number S <=99999999999
        ExpenseAccountRef    ref:Accounts
        AssetAccountRef      ref:Accounts
        TrackQtyOnHand       boolean =false
        QtyOnHand            number
        InvStartDate         date
        ReorderPoint         number
        PrefVendorRef        ref:Names
        ClassRef             ref:Klasses
        TaxClassificationRef ref:TaxClassifications
        ItemCategoryType     text
        """,
        SHAPES,
        ignored="ItemAssemblyDetail ItemGroupDetail PrintGroupedItems ManPartNum RatePercent DeferredRevenue "
        "AvgCost QtyOnPurchaseOrder QtyOnSalesOrder COGSAccountRef ClientEntityId UQCDisplayText UQCId AttachableRef",
    ),
    ids="items",
    operations=CREATE_AND_UPDATE,
    is_list=True,
    has_active=True,
)

ACCOUNT = EntityType(
    "Account",
    shape(
        "Account",
        f"""
        {COMMON}
        Name                          text <=100 F S name
        AcctNum                       text <=7
        Description                   text <=100
        Active                        boolean F S =true
        SubAccount                    boolean RO F S
        ParentRef                     ref:Accounts
        FullyQualifiedName            text RO F S
        Classification                text RO F
        AccountType                   text F S
        AccountSubType                text F S
        CurrencyRef                   currency
        TaxCodeRef                    taxcode
        CurrentBalance                number RO F S
        CurrentBalanceWithSubAccounts number RO F S
        """,
        SHAPES,
        ignored="AcctNumExtn AccountAlias BankNum OpeningBalance OpeningBalanceDate TaxAccount OnlineBankingEnabled "
        "FIName JournalCodeRef ClientEntityId TxnLocationType",
    ),
    ids="accounts",
    operations=CREATE_AND_UPDATE,
    is_list=True,
    has_active=True,
)

TERM = EntityType(
    "Term",
    shape(
        "Term",
        f"""
        {COMMON}
        Name              text <=31 F S
        Active            boolean F S =true
        Type              enum:STANDARD|DATE_DRIVEN|Standard|DateDriven F S
        DueDays           integer <=999
        DiscountDays      integer <=999
        DiscountPercent   number <=100
        DayOfMonthDue     integer <=31
        DueNextMonthDays  integer <=999
        DiscountDayOfMonth integer <=31
        """,
        SHAPES,
        ignored="SalesTermEx ClientEntityId",
    ),
    ids="terms",
    operations=CREATE_AND_UPDATE,
    is_list=True,
    has_active=True,
)
