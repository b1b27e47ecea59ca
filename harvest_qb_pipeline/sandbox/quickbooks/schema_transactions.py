"""The properties of QuickBooks' transactions: invoices and payments, with their lines.

Belongs here: tables. Must not be here: behaviour (`invoices`, `lines`, `payments`).
Source: QuickBooks Online API reference, attributes of Invoice and Payment with their lengths and flags.
"""

from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType, Shape, shape
from harvest_qb_pipeline.sandbox.quickbooks.schema_common import COMMON, SHAPES

_NESTED: dict[str, Shape] = dict(SHAPES)


def _nest(name: str, table: str, ignored: str = "") -> None:
    _NESTED[name] = shape(name, table, _NESTED, ignored)


_nest("LinkedTxn", "TxnId text\nTxnType text\nTxnLineId text")
_nest("MarkupInfo", "PriceLevelRef ref:PriceLevels\nPercent number\nMarkUpIncomeAccountRef ref:Accounts RO")
_nest("DeliveryInfo", "DeliveryType text RO\nDeliveryTime datetime RO")
_nest("CustomField", "DefinitionId text\nName text\nType text\nStringValue text <=31")
_nest(
    "SalesItemLineDetail",
    """
    ItemRef              ref:Items
    Qty                  number
    UnitPrice            number
    TaxCodeRef           taxcode
    ServiceDate          date
    ClassRef             ref:Klasses
    ItemAccountRef       ref:Accounts
    DiscountRate         number
    DiscountAmt          number
    TaxInclusiveAmt      number
    MarkupInfo           {MarkupInfo}
    TaxClassificationRef ref:TaxClassifications RO
    """,
    ignored="RatePercent PriceLevelRef UOMRef DeferredRevenue",
)
_nest(
    "DiscountLineDetail",
    """
    PercentBased       boolean
    DiscountPercent    number
    DiscountAccountRef ref:Accounts
    ClassRef           ref:Klasses
    TaxCodeRef         taxcode
    """,
    ignored="ServiceDate DiscountRef",
)
_nest("DescriptionLineDetail", "ServiceDate date\nTaxCodeRef taxcode")
_nest("SubTotalLineDetail", "ServiceDate date", ignored="ItemRef")
_nest("GroupLineDetail", "GroupItemRef ref:Items\nQuantity number\nLine any", ignored="ServiceDate UOMRef")
_nest("TaxLineDetail", """
    TaxRateRef          ref:TaxRates
    NetAmountTaxable    number
    PercentBased        boolean
    TaxInclusiveAmount  number
    OverrideDeltaAmount number
    TaxPercent          number
""")  # fmt: skip
_nest("TaxLine", "Id text\nDetailType enum:TaxLineDetail\nTaxLineDetail {TaxLineDetail}\nAmount number")
_nest("TxnTaxDetail", "TxnTaxCodeRef ref:TaxCodes\nTotalTax number\nTaxLine [TaxLine]", ignored="UseAutomatedSalesTax")
_nest(
    "Line",
    """
    Id                    text
    LineNum               integer
    Description           text <=4000
    Amount                number
    DetailType            enum:SalesItemLineDetail|GroupLineDetail|DescriptionOnly|DiscountLineDetail|SubTotalLineDetail
    SalesItemLineDetail   {SalesItemLineDetail}
    GroupLineDetail       {GroupLineDetail}
    DiscountLineDetail    {DiscountLineDetail}
    DescriptionLineDetail {DescriptionLineDetail}
    SubTotalLineDetail    {SubTotalLineDetail}
    LinkedTxn             [LinkedTxn]
    """,
    ignored="Received LineEx CustomField ProjectRef",
)
_nest("PaymentLine", "Id text\nLineNum integer\nAmount number\nLinkedTxn [LinkedTxn]", ignored="LineEx Description")

LINE = _NESTED["Line"]

INVOICE = EntityType(
    "Invoice",
    shape(
        "Invoice",
        f"""
        {COMMON}
        DocNumber                    text <=21 F S
        TxnDate                      date F S
        DueDate                      date F S
        CustomerRef                  ref:Names F
        ProjectRef                   ref:Names F
        SalesTermRef                 ref:Terms F
        CurrencyRef                  currency
        ExchangeRate                 number
        Line                         [Line]
        LinkedTxn                    [LinkedTxn]
        TxnTaxDetail                 {{TxnTaxDetail}}
        GlobalTaxCalculation         enum:TaxExcluded|TaxInclusive|NotApplicable
        ApplyTaxAfterDiscount        boolean =false
        PrivateNote                  text <=4000
        CustomerMemo                 {{MemoRef}}
        BillEmail                    {{EmailAddress}}
        BillEmailCc                  {{EmailAddress}}
        BillEmailBcc                 {{EmailAddress}}
        EmailStatus                  enum:NotSet|NeedToSend|EmailSent =NotSet
        PrintStatus                  enum:NotSet|NeedToPrint|PrintComplete =NeedToPrint
        BillAddr                     {{PhysicalAddress}}
        ShipAddr                     {{PhysicalAddress}}
        ShipFromAddr                 {{PhysicalAddress}}
        FreeFormAddress              boolean
        ShipDate                     date
        ShipMethodRef                any
        TrackingNum                  text
        ClassRef                     ref:Klasses
        DepartmentRef                ref:Depts
        DepositToAccountRef          ref:Accounts
        Deposit                      number
        CustomField                  [CustomField]
        TxnSource                    text
        AllowIPNPayment              boolean =false
        AllowOnlinePayment           boolean =false
        AllowOnlineCreditCardPayment boolean =false
        AllowOnlineACHPayment        boolean =false
        DeliveryInfo                 {{DeliveryInfo}} RO
        RecurDataRef                 any RO
        TaxExemptionRef              any RO
        InvoiceLink                  text RO
        TotalAmt                     number RO F
        Balance                      number RO F S
        HomeTotalAmt                 number RO
        HomeBalance                  number RO
        """,
        _NESTED,
        ignored="AutoDocNumber TxnStatus TxnLocationType TransactionLocationType PaymentRefNum PaymentMethodRef "
        "ARAccountRef AROtherRef RemitToRef SalesRepRef PONumber FOB Memo DiscountRate DiscountAmt ShipVia "
        "FinanceCharge TDS InvoiceEx EInvoiceStatus ECloudStatusTimeStamp invoiceStatus CallToAction "
        "invoiceStatusLog LessCIS ReverseChargeAmount SubmitForEInvoice GovtTxnRefIdentifier TxnApprovalInfo "
        "TemplateRef SalesReceiptRef ClientEntityId AttachableRef TaxFormType TaxFormNum StatementMemo "
        "HomeTotalAmount BillAddrRef",
    ),
    ids="transactions",
    operations=frozenset({"create", "update", "delete", "void"}),
    label="DocNumber",
)

PAYMENT = EntityType(
    "Payment",
    shape(
        "Payment",
        f"""
        {COMMON}
        TxnDate             date F S
        CustomerRef         ref:Names F
        ProjectRef          ref:Names F
        CurrencyRef         currency
        ExchangeRate        number
        TotalAmt            number F S
        UnappliedAmt        number RO
        Line                [PaymentLine]
        PrivateNote         text <=4000
        PaymentRefNum       text <=21 F
        PaymentMethodRef    any
        DepositToAccountRef ref:Accounts
        ARAccountRef        ref:Accounts
        ProcessPayment      boolean =false
        TxnSource           text
        """,
        _NESTED,
        ignored="CreditCardPayment TaxExemptionRef ClientEntityId",
    ),
    ids="transactions",
    operations=frozenset(),
    is_hidden=True,
    label="PaymentRefNum",
)
